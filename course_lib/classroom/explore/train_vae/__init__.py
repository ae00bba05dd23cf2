"""The room in which a VAE is trained in the page."""

import torch
import traitlets
from torch.distributions import Normal

from course_lib.classroom.explore.base import script
from course_lib.classroom.explore.training import DigitWorkshop, worker
from course_lib.data.base import DataSet

SIDE = 8  # the manifold shows SIDE × SIDE digits


class TrainVAE(DigitWorkshop):
    """Train a VAE with a code of two numbers in the browser, turn β on the way, and draw new digits.

    digits: what `data.mnist()` returns. 100 of every class are trained on, 20 of every class are held out: both parts
        of the loss that the page tells are theirs, as is the map
    Taught in: 05_vae
    """

    _esm = script("page.js", "digits.js", "workshop.js", "train_vae/train_vae.js")
    _worker = worker("digit_run.js", "train_vae/run.js")
    quantiles = traitlets.List().tag(sync=True)

    def __init__(self, digits: DataSet):
        shown = ("sheet", "curve", "curve_kl", "map", "first", "second", "drawn", "new", "ten")
        numbers = ("beta", "reconstruction", "kl", "elbo")
        super().__init__(
            digits,
            "vae",
            "05_vae.html#loop-train-it-the-same-loop",
            (*shown, *numbers, "task_bar", "task_collapse", "task_back", "task_ten"),
            quantiles=quantiles(SIDE).tolist(),
        )


def quantiles(count: int) -> torch.Tensor:
    """(count,) places that cut the prior N(0, 1) into equal shares, each in the middle of its own."""
    return Normal(0.0, 1.0).icdf((torch.arange(count) + 0.5) / count)
