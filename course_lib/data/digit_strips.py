"""Strips of handwritten digits with their Hindi words: a small captioning task whose right answers are all known."""

from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.data.base import Split
from course_lib.data.number_words import hindi

GAP = 2  # pixels that always lie between two digits


class Strips(NamedTuple):
    """Strips of handwritten digits and what stands on them.

    images: (N, 1, H, width) float32 in [0, 1]
    hindi: N texts, a word for each digit from left to right
    """

    images: Tensor
    hindi: list[str]


def digit_strips(
    split: Split, count: int, *, digits: tuple[int, int] = (2, 4), width: int = 112, seed: int = 0
) -> Strips:
    """Strips of handwritten digits, as many and as far apart as chance wills, with their Hindi words: "तीन सात एक".

    split: the digits that may stand on the strips; take training digits for training strips and held-out ones for
        held-out strips, so that a model meets handwriting it has never seen
    count: how many strips; a digit may stand on several
    digits: the fewest and the most digits on a strip
    width: pixels of a strip; empty columns beside a digit are cut off, and what is free lies before, between and after
    seed: fixes which digits, and where they stand
    raises: ValueError where digits are too wide for the strip
    Taught in: 01b_transformer
    """
    rng = torch.Generator().manual_seed(seed)
    images = split.images.new_zeros(count, *split.images.shape[1:3], width)
    texts = []
    for strip in images:
        number = int(torch.randint(digits[0], digits[1] + 1, (), generator=rng))
        chosen = torch.randint(len(split.labels), (number,), generator=rng)
        inked = [_trimmed(split.images[index]) for index in chosen]
        free = width - GAP * (number - 1) - sum(image.shape[-1] for image in inked)
        if free < 0:
            raise ValueError(f"{number} digits do not fit into {width} pixels: make the strip wider")
        place = 0
        before = torch.randint(free + 1, (number,), generator=rng).sort().values  # free columns to the left of each
        for shift, image in zip(before.tolist(), inked, strict=True):
            strip[..., place + shift : place + shift + image.shape[-1]] = image
            place += image.shape[-1] + GAP
        texts.append(" ".join(hindi(int(digit)) for digit in split.labels[chosen.to(split.labels.device)]))
    return Strips(images, texts)


def _trimmed(image: Tensor) -> Tensor:
    """(C, H, W) without the empty columns at both sides; at least one column is left."""
    columns = image.amax(dim=(0, 1)).nonzero().flatten()
    first, last = (int(columns[0]), int(columns[-1])) if len(columns) else (0, 0)
    return image[..., first : last + 1]
