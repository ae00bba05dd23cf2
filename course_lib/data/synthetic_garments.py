"""Clothes drawn by a rule, for a shop that does not exist."""

from typing import NamedTuple

import numpy as np
import torch
from PIL import ImageDraw
from torch import Tensor

from course_lib.data.synthetic_avatars import COLOURS, PAPER, drawn, shade

KINDS, MOTIFS = ("kurta", "sari", "shirt"), ("plain", "stripes", "dots")
GOLD, BROWN = (214, 170, 60), (140, 60, 20)


class Garments(NamedTuple):
    """Clothes and what they are. images: (N, 3, 32, 32) float32 in [0, 1]; the others (N,) int64, places in the lists.

    kind: in KINDS; colour: in COLOURS; motif: in MOTIFS
    """

    images: Tensor
    kind: Tensor
    colour: Tensor
    motif: Tensor
    name: str


def synthetic_garments(count: int = 3600, seed: int = 0, device: torch.device | str = "cpu") -> Garments:
    """Kurtas, saris and shirts in four colours and three motifs, equally many of each; widths and lengths are random.

    Source: our own drawing, by Pillow. Taught in: 06c_applications
    """
    return Garments(*drawn(count, seed, device, (3, 4, 3), _garment), f"synthetic garments, {count:,}")


def _garment(pen: ImageDraw.ImageDraw, rng: np.random.Generator, kind: int, colour: int, motif: int) -> None:
    cloth = shade(list(COLOURS.values())[colour], rng.uniform(0.85, 1.15))
    wide, left = rng.uniform(17, 24), rng.uniform(-2, 2)
    low = (rng.uniform(112, 122), rng.uniform(112, 122), rng.uniform(82, 92))[kind]
    middle, flare = 64 + left, (8, 18, 1)[kind]
    if kind != 1:  # sleeves, long or short
        long = rng.uniform(44, 56) if kind == 0 else rng.uniform(20, 26)
        for side in (-1, 1):
            shoulder, out = middle + side * wide, middle + side * (wide + (16 if kind == 0 else 20))
            pen.polygon([(shoulder, 22), (out, 22 + long), (out - side * 10, 26 + long), (shoulder, 46)], cloth)
    body = [(middle - wide, 20), (middle + wide, 20), (middle + wide + flare, low), (middle - wide - flare, low)]
    pen.polygon(body, cloth)
    ink = PAPER if colour != 1 else BROWN
    if motif == 1:
        for y in np.arange(40 + rng.uniform(-2, 2), low - 4, 20):
            pen.line([(middle - wide + 1, y), (middle + wide - 1, y)], ink, 8)
    elif motif == 2:
        for row, y in enumerate(np.arange(40 + rng.uniform(-2, 2), low - 6, 18)):
            for x in (-9, 9) if row % 2 else (-18, 0, 18):
                pen.ellipse([middle + x - 4.5, y - 4.5, middle + x + 4.5, y + 4.5], ink)
    if kind == 1:  # the pallu, over one shoulder, with a border of gold
        left, right = middle - wide, middle + wide
        pen.polygon([(left, 16), (left + 16, 16), (right + 12, 84), (right + 4, 96)], shade(cloth, 0.7))
        pen.line([(middle - wide - flare, low), (middle + wide + flare, low)], GOLD, 8)
    else:  # neck
        pen.polygon([(middle - 8, 18), (middle + 8, 18), (middle, 36 if kind == 0 else 30)], PAPER)
