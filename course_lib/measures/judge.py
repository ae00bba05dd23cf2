"""The judges: two small digit classifiers, whose features tell how far generated digits are from real ones."""

from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from course_lib import need
from course_lib.measures.models import predict
from course_lib.models.vision import DigitClassifier

SCRIPTS = ("latin", "devanagari")


def weights(script: str) -> Path:
    """The file of the judge of this script."""
    need.one_of("script", script, SCRIPTS)
    return Path(__file__).with_name(f"judge_{script}.safetensors")


class Judge(DigitClassifier):
    """Three convolutions, 64 features, ten classes: 60,874 weights.

    Trained by tools/judge.py. The one for Latin digits: on full MNIST without the lessons' held-out digits; on the
    10,000 test images at least 99 % right. The one for Devanagari digits: on 30,000 drawn as the lessons' are, none of
    them theirs; at least 99 % right on the lessons' 1,000, which are drawn from the same fonts.
    Taught in: 05_vae, 06_gan
    """

    def __init__(self):
        blocks = *_block(1, 16), *_block(16, 32), *_block(32, 64)
        super().__init__(nn.Sequential(*blocks, nn.Flatten(), nn.Linear(64 * 3 * 3, 64), nn.ReLU()), size=64)


def _block(inputs: int, outputs: int) -> list[nn.Module]:
    """Half the height and width."""
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]


@cache
def _trained(script: str, device: torch.device) -> Judge:
    from safetensors.torch import load_file

    judge = Judge()
    judge.load_state_dict(load_file(weights(script)))
    return judge.eval().to(device)


def _digits(x: Tensor) -> Tensor:
    x = torch.as_tensor(x).detach().float()
    need.unit_range("x", x, overshoot=0.25)
    return x


def features(x: Tensor, script: str = "latin") -> Tensor:
    """What the judge sees in digits, for `frechet_distance`.

    x: (N, 1, 28, 28) in [0, 1], on any device
    script: "latin" or "devanagari", which digits they are meant to be
    returns: (N, 64), zero or positive, on the same device
    Taught in: 05_vae
    """
    x = _digits(x)
    return predict(_trained(script, x.device).features, x)


def classify(x: Tensor, script: str = "latin") -> Tensor:
    """Which digit the judge reads. x, script: as for `features`; returns: (N,) int64. Taught in: 05_vae"""
    x = _digits(x)
    return predict(_trained(script, x.device), x).argmax(dim=1)


def confidence(x: Tensor, script: str = "latin") -> Tensor:
    """How sure the judge is of what it reads: the largest of its ten probabilities. A blurred digit may still be clear.

    x, script: as for `features`; returns: (N,) in [0.1, 1]. Taught in: 06_gan
    """
    x = _digits(x)
    return predict(_trained(script, x.device), x).softmax(dim=1).amax(dim=1)
