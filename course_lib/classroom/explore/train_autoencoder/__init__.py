"""The room in which an autoencoder is trained in the page."""

import torch
import traitlets
from torch import Tensor

from course_lib.classroom.explore.base import need_shape, script
from course_lib.classroom.explore.training import Workshop, packed
from course_lib.classroom.show import COLOURS

SIZES = 32  # the largest code that the page offers
SHOWN = 10  # held-out digits that are drawn


class TrainAutoencoder(Workshop):
    """Train an autoencoder in the browser, against PCA, and have a digit of one's own rebuilt.

    images: (N, 1, 28, 28) in [0, 1], to train on; about 160 bytes each travel to the browser
    held_out, labels: (M, 1, 28, 28) and (M,) with labels 0 … 9, never trained on: the error is theirs, as is the map;
        the first ten are drawn
    Taught in: 02_autoencoder
    """

    _esm = script("page.js", "digits.js", "drawing.js", "workshop.js", "train_autoencoder/train_autoencoder.js")
    digits = traitlets.Bytes().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    shown = traitlets.Int().tag(sync=True)
    pca = traitlets.List().tag(sync=True)
    glyphs = traitlets.List().tag(sync=True)
    colours = traitlets.List().tag(sync=True)

    def __init__(self, images: Tensor, held_out: Tensor, labels: Tensor):
        need_shape("labels", labels, len(held_out))
        tasks = ("task_pca", "task_small", "task_drawn", "task_overfit")
        super().__init__(
            "autoencoder",
            "02_autoencoder.html#pytorch",
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
