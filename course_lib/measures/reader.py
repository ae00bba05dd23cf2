"""The reader: a small classifier of printed words, which tells how much of a page can still be read."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from course_lib import need
from course_lib.measures.models import predict
from course_lib.models.vision import DigitClassifier

WEIGHTS = Path(__file__).with_name("reader.safetensors")
HEIGHT, WIDTH = 32, 104  # of a word's image


class Reader(DigitClassifier):
    """Two convolutions and one answer for each word it knows: 120,000 weights.

    Trained by tools/reader.py on the 160 words of `data.printed_pages`, drawn in its fonts, clean or a little
    spoilt, never stained, folded or in a shadow; of clean words on pages at least 99 % right. It always names a word,
    and knows no others: so it is a measure, and no OCR.
    Taught in: 03c_applications
    """

    def __init__(self, words: int):
        see = nn.Conv2d(1, 32, 8, 4, 2), nn.ReLU()  # 32 × 104 → 8 × 26
        join = nn.Conv2d(32, 38, (HEIGHT // 4, 4), (1, 2), (0, 1)), nn.ReLU()  # → 1 × 13
        super().__init__(nn.Sequential(*see, *join), size=38 * WIDTH // 8, classes=words)

    def forward(self, images: Tensor) -> Tensor:
        """images: (N, 1, 32, 104) in [0, 1], dark ink on white paper; returns logits (N, words)."""
        return super().forward(1 - images)


@cache
def _trained(device: torch.device) -> tuple[Reader, list[str]]:
    from safetensors import safe_open

    with safe_open(WEIGHTS, "pt") as file:
        words = file.metadata()["words"].split()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
    reader = Reader(len(words))
    reader.load_state_dict(tensors)
    return reader.eval().to(device), words


def read(images: Tensor) -> list[str]:
    """Which word the reader sees in each image; it always names one of those it knows.

    images: (N, 1, 32, 104) in [0, 1], dark ink on white paper, as `data.pages.cut` gives them
    Taught in: 03c_applications
    """
    images = torch.as_tensor(images).detach().float()
    need.unit_range("images", images, overshoot=0.25)
    model, words = _trained(images.device)
    return [words[place] for place in predict(model, images).argmax(dim=1).tolist()]


def reading_rate(images: Tensor, words: Sequence[str]) -> float:
    """The share of words that the reader reads right; chance is one of 160.

    images: as for `read`; words: what stands there
    Taught in: 03c_applications
    """
    return sum(a == b for a, b in zip(read(images), words, strict=True)) / len(words)
