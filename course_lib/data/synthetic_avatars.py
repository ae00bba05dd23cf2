"""Cartoon faces drawn by a rule: they belong to nobody."""

import math
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

SIDE, FINE = 32, 4  # drawn four times as large, then made smaller: soft edges
COLOURS = {"red": (200, 50, 50), "yellow": (235, 180, 40), "green": (50, 150, 80), "blue": (60, 90, 190)}
EXPRESSIONS = ("sad", "calm", "happy")
SKIN = ((241, 206, 170), (224, 172, 126), (198, 140, 94), (160, 104, 66), (117, 74, 48))
HAIR = ((20, 18, 20), (60, 38, 26), (120, 120, 124))
MOUTHS = (((73, 97), (210, 330)), None, ((56, 80), (30, 150)))  # an arc's top and bottom, and its angles
PAPER = (244, 240, 232)


class Avatars(NamedTuple):
    """Faces and what they are. images: (N, 3, 32, 32) float32 in [0, 1]; the others (N,) int64, places in the lists.

    colour: of the clothes, in COLOURS; expression: in EXPRESSIONS
    """

    images: Tensor
    colour: Tensor
    expression: Tensor
    name: str


def synthetic_avatars(
    count: int = 3600, seed: int = 0, device: torch.device | str = "cpu", expression: int | None = None
) -> Avatars:
    """Faces in four colours of clothes and three expressions, equally many of each; skin, hair and shape are random.

    expression: the same faces, all with this one
    Source: our own drawing, by Pillow; nobody was its model. Taught in: 06c_applications
    """
    return Avatars(*drawn(count, seed, device, (4, 3), _face, expression), f"synthetic avatars, {count:,}")


def drawn(count: int, seed: int, device, sizes: tuple[int, ...], draw, last: int | None = None) -> tuple[Tensor, ...]:
    """Images, and a tensor of labels for each of `sizes`, all combinations in turn; `last`: the same for the last."""
    rng = np.random.default_rng(seed)
    labels = np.stack(np.unravel_index(np.arange(count) % math.prod(sizes), sizes), axis=1)
    if last is not None:
        labels[:, -1] = last
    pictures = []
    for row in labels:
        sheet = Image.new("RGB", (SIDE * FINE, SIDE * FINE), PAPER)
        draw(ImageDraw.Draw(sheet), rng, *row)
        pictures.append(np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX)))
    images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous().float().div_(255)
    return images.to(device), *torch.from_numpy(labels).to(device).T


def shade(colour: tuple[int, ...], by: float) -> tuple[int, ...]:
    """The colour, so many times as bright."""
    return tuple(round(min(255, part * by)) for part in colour)


def _face(pen: ImageDraw.ImageDraw, rng: np.random.Generator, colour: int, expression: int) -> None:
    skin, hair = SKIN[rng.integers(5)], HAIR[rng.choice(3, p=(0.6, 0.25, 0.15))]
    wide, high, long = rng.uniform(25, 31), rng.uniform(32, 38), rng.random() < 0.5
    cloth = shade(list(COLOURS.values())[colour], rng.uniform(0.85, 1.15))
    if long:
        pen.rounded_rectangle([60 - wide, 30, 68 + wide, 104], 16, hair)
    pen.ellipse([20, 94, 108, 160], cloth)
    pen.rectangle([54, 80, 74, 100], shade(skin, 0.9))
    pen.ellipse([64 - wide, 58 - high, 64 + wide, 58 + high], skin)
    fringe = rng.uniform(8, 20)
    pen.chord([62 - wide, 52 - high, 66 + wide, 62 + high], 180 + fringe, 360 - fringe, hair)
    eyes, apart = rng.uniform(54, 58), rng.uniform(11, 13)
    for side in (-1, 1):
        x = 64 + side * apart
        pen.ellipse([x - 4, eyes - 4, x + 4, eyes + 4], (30, 24, 24))
    if rng.random() < 0.3:
        for side in (-1, 1):
            x = 64 + side * apart
            pen.ellipse([x - 10, eyes - 9, x + 10, eyes + 9], None, (40, 40, 48), 3)
    if expression == 1:
        pen.line([(54, 76), (74, 76)], (110, 30, 36), 5)
    else:
        (top, bottom), (start, end) = MOUTHS[expression]
        pen.arc([50, top, 78, bottom], start, end, (110, 30, 36), 6)
