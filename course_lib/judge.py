"""The judge: a small digit classifier whose features tell how far generated digits are from real ones."""

from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.language import message
from course_lib.metrics import through

WEIGHTS = Path(__file__).with_name("judge.safetensors")


class Judge(nn.Module):
    """Three convolutions, 64 features, ten classes: 60,874 weights.

    Trained by tools/judge.py on full MNIST without the lessons' held-out digits; on the 10,000 test images at least
    99 % right.
    Taught in: 05_vae
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *_block(1, 16), *_block(16, 32), *_block(32, 64), nn.Flatten(), nn.Linear(64 * 3 * 3, 64), nn.ReLU()
        )
        self.classify = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 1, 28, 28) in [0, 1]; returns logits (N, 10)."""
        return self.classify(self.features(x))

    def loss(self, x: Tensor, labels: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """x: (N, 1, 28, 28) in [0, 1]; labels: (N,) int64."""
        error = F.cross_entropy(self(x), labels)
        return error, {"cross_entropy": error}


def _block(inputs: int, outputs: int) -> list[nn.Module]:
    """Half the height and width."""
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]


@cache
def _trained(device: torch.device) -> Judge:
    from safetensors.torch import load_file

    judge = Judge()
    judge.load_state_dict(load_file(WEIGHTS))
    return judge.eval().to(device)


def _for(x: Tensor) -> Judge:
    if x.shape[1:] != (1, 28, 28):
        raise ValueError(message("error_images", name="x", shape=tuple(x.shape), expected="(N, 1, 28, 28)"))
    return _trained(x.device)


def features(x: Tensor) -> Tensor:
    """What the judge sees in digits, for `metrics.frechet_distance`.

    x: (N, 1, 28, 28) in [0, 1], on any device
    returns: (N, 64), zero or positive, on the same device
    raises: ValueError for another shape
    Taught in: 05_vae
    """
    return through(_for(x).features, x)


def classify(x: Tensor) -> Tensor:
    """Which digit the judge reads. x: (N, 1, 28, 28) in [0, 1]; returns: (N,) int64. Taught in: 05_vae"""
    return through(_for(x), x).argmax(dim=1)
