"""What the rooms share in which a model is trained in the page; training.js and serve.js are the worker's side."""

import gzip

import torch
import traitlets
from torch import Tensor

from course_lib.classroom.explore.base import Explorer, as_bytes, need_shape, script
from course_lib.classroom.show import COLOURS
from course_lib.data.base import DataSet, Split

SHARED = ("play", "pause", "step", "reset", "steps", "loss", "speed", "lr", "seed", "tasks", "done", "open")
SHARED += ("code", "lesson", "link", "linked", "failed")


def worker(*run: str) -> str:
    """What a room's worker does, its own files last."""
    return script("training.js", "serve.js", *run)


class Workshop(Explorer):
    """A page that trains: a worker does it, so that the page goes on answering.

    room: its name; its texts begin with `workshop_` and that
    worker: the worker's JavaScript
    lesson: the site's page, and the place on it, that tells what is done here
    keys, borrowed: of the bilingual table, the room's own without what they begin with, and others as they are
    """

    _css = script("explorers.css", "workshop.css")
    room = traitlets.Unicode().tag(sync=True)
    worker = traitlets.Unicode().tag(sync=True)
    lesson = traitlets.Unicode().tag(sync=True)

    _worker = ""

    def __init__(self, room: str, lesson: str, keys: tuple[str, ...], borrowed=(), **state):
        own = [f"{room}_{key}" for key in keys]
        super().__init__(
            [],
            [f"workshop_{key}" for key in (f"{room}_explorer", *own, *SHARED)] + list(borrowed),
            room=room,
            lesson=lesson,
            worker=self._worker,
            **state,
        )


LEVELS = 16  # of grey: no eye tells them from 256
EACH = 100, 20  # of every class: digits to train on, and held-out ones


class DigitWorkshop(Workshop):
    """A room that trains on digits, and draws the held-out ones on a map; the others as for `Workshop`.

    digits: what `data.mnist()` returns
    """

    digits = traitlets.Bytes().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    glyphs = traitlets.List().tag(sync=True)
    colours = traitlets.List().tag(sync=True)

    def __init__(self, digits: DataSet, room: str, lesson: str, keys: tuple[str, ...], **state):
        train, held_out = some(digits.train, EACH[0]), some(digits.test, EACH[1])
        super().__init__(
            room,
            lesson,
            keys,
            digits=packed(train.images, held_out.images),
            labels=held_out.labels.to(torch.uint8).numpy().tobytes(),
            glyphs=list("0123456789"),
            colours=COLOURS,
            **state,
        )


def some(split: Split, each: int) -> Split:
    """The first `each` images of every class, the classes in turn; in LEVELS levels, which gzip packs far smaller."""
    rows = torch.stack([(split.labels == digit).nonzero()[:each, 0] for digit in split.labels.unique()], dim=1)
    images = split.images[rows.flatten()].cpu()
    return Split((images * (LEVELS - 1)).round() / (LEVELS - 1), split.labels[rows.flatten()].cpu())


def packed(images: Tensor, held_out: Tensor) -> bytes:
    """Images (N, 1, 28, 28) and (M, 1, 28, 28) in [0, 1] as one byte a pixel, made smaller with gzip."""
    for name, one in (("images", images), ("held_out", held_out)):
        need_shape(name, one, len(one), 1, 28, 28)
    return gzip.compress(as_bytes(images) + as_bytes(held_out), mtime=0)
