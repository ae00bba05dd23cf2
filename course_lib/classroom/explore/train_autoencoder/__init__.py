"""The room in which an autoencoder is trained in the page."""

import torch
import traitlets
from torch import Tensor

from course_lib.classroom.explore.base import script
from course_lib.classroom.explore.training import Workshop, packed, some
from course_lib.classroom.show import COLOURS
from course_lib.data.base import DataSet

SIZES = 32  # the largest code that the page offers
EACH = 100, 20
SHOWN = 10  # held-out digits that are drawn


class TrainAutoencoder(Workshop):
    """Train an autoencoder in the browser, against PCA, and have a digit of one's own rebuilt.

    digits: what `data.mnist()` returns. EACH[0] of every class are trained on: some 160 bytes each travel to the
        browser. EACH[1] of every class are held out: the error is theirs, as is the map, and the first ten are drawn
    Taught in: 02_autoencoder
    """

    _esm = script("page.js", "digits.js", "drawing.js", "workshop.js", "train_autoencoder/train_autoencoder.js")
    digits = traitlets.Bytes().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    shown = traitlets.Int().tag(sync=True)
    pca = traitlets.List().tag(sync=True)
    glyphs = traitlets.List().tag(sync=True)
    colours = traitlets.List().tag(sync=True)

    def __init__(self, digits: DataSet):
        images, (held_out, labels) = some(digits.train, EACH[0]).images, some(digits.test, EACH[1])
        tasks = ("task_pca", "task_small", "task_drawn", "task_overfit")
        super().__init__(
            "autoencoder",
            "02_autoencoder.html#pytorch-training-loop-plain-pytorch-the-training-loop",
            ("train_autoencoder/run.js",),
            ("sheet", "curve", "map", "write", "rebuilt", "clear", "latent_dim", "error", "pca", *tasks),
            digits=packed(images, held_out),
            labels=labels.cpu().to(torch.uint8).numpy().tobytes(),
            shown=min(SHOWN, len(held_out)),
            pca=[round(error, 3) for error in pca_errors(images, held_out)],
            glyphs=list("0123456789"),
            colours=COLOURS,
        )


def pca_errors(images: Tensor, held_out: Tensor) -> list[float]:
    """What PCA with 1, 2, … SIZES numbers loses of the held-out images: squared error, summed over the pixels."""
    middle = images.flatten(1).mean(dim=0)
    rows = held_out.flatten(1) - middle
    axes = torch.linalg.svd(images.flatten(1) - middle, full_matrices=False).Vh[:SIZES]
    kept = (rows @ axes.T).square().mean(dim=0).cumsum(dim=0)  # the axes stand at right angles: Pythagoras
    return (rows.square().sum(dim=1).mean() - kept).tolist()
