"""The room in which an autoencoder is trained in the page."""

import torch
import traitlets
from torch import Tensor

from course_lib.classroom.explore.base import script
from course_lib.classroom.explore.training import EACH, DigitWorkshop, some, worker
from course_lib.data.base import DataSet

SIZES = 32  # the largest code that the page offers
SHOWN = 10  # held-out digits that are drawn


class TrainAutoencoder(DigitWorkshop):
    """Train an autoencoder in the browser, against PCA, and have a digit of one's own rebuilt.

    digits: what `data.mnist()` returns. EACH[0] of every class are trained on: some 100 bytes each travel to the
        browser. EACH[1] of every class are held out: the error is theirs, as is the map, and the first ten are drawn
    Taught in: 02_autoencoder
    """

    _esm = script("page.js", "digits.js", "drawing.js", "workshop.js", "train_autoencoder/train_autoencoder.js")
    _worker = worker("digit_run.js", "train_autoencoder/run.js")
    shown = traitlets.Int().tag(sync=True)
    pca = traitlets.List().tag(sync=True)

    def __init__(self, digits: DataSet):
        images, held_out = some(digits.train, EACH[0]).images, some(digits.test, EACH[1]).images
        tasks = ("task_pca", "task_small", "task_drawn", "task_overfit")
        super().__init__(
            digits,
            "autoencoder",
            "02_autoencoder.html#pytorch-training-loop-plain-pytorch-the-training-loop",
            ("sheet", "curve", "map", "write", "rebuilt", "clear", "latent_dim", "error", "pca", *tasks),
            shown=min(SHOWN, len(held_out)),
            pca=[round(error, 3) for error in pca_errors(images, held_out)],
        )


def pca_errors(images: Tensor, held_out: Tensor) -> list[float]:
    """What PCA with 1, 2, … SIZES numbers loses of the held-out images: squared error, summed over the pixels."""
    middle = images.flatten(1).mean(dim=0)
    rows = held_out.flatten(1) - middle
    axes = torch.linalg.svd(images.flatten(1) - middle, full_matrices=False).Vh[:SIZES]
    kept = (rows @ axes.T).square().mean(dim=0).cumsum(dim=0)  # the axes stand at right angles: Pythagoras
    return (rows.square().sum(dim=1).mean() - kept).tolist()
