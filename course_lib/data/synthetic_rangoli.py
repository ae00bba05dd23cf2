"""Kolam, the rangoli of South India, drawn by a rule: a line loops around every dot, the same from all eight sides."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

DOTS, TILE = 7, 8  # dots in a row, and pixels from one to the next
SIDE = DOTS * TILE
EDGES = 12  # kinds of pairs of neighbours; turning or mirroring the picture takes a pair to one of its kind
CUTS = (6, 4, 3)  # how far from the middle dots may lie, in steps along the lines: a square, an octagon, a diamond
JOINED = 0.6  # the share of kinds whose loops are joined
SPIKE = 0.45  # how wide the tip is with which a loop reaches for its neighbour, in radians


class Rangoli(NamedTuple):
    """Pictures and what the rule drew them from.

    images: (N, 1, 56, 56) float32 in [0, 1], white lines on black
    designs: (N, 12) bool, which kinds of neighbours are joined
    name: what they really are
    """

    images: Tensor
    designs: Tensor
    name: str


def eighth(folds: int = 8, side: int = SIDE) -> Tensor:
    """A table (side, side) that says for each pixel which number it takes: pixels that must be alike take the same.

    folds: 8: mirrored at both axes and both diagonals; 4: turned by quarters, not mirrored
    So a whole picture is `numbers[:, eighth()]` of 406 numbers, or of 784 with 4 folds.
    Taught in: 06c_applications
    """
    places = torch.arange(side * side).view(side, side)
    same = [places.rot90(turn) for turn in range(4)]
    if folds == 8:
        same += [turned.T for turned in same]
    first = torch.stack(same).amin(dim=0)
    return first.unique(return_inverse=True)[1]


def synthetic_rangoli(count: int = 4000, seed: int = 0, device: torch.device | str = "cpu") -> Rangoli:
    """Kolam of 7 × 7 dots or fewer, each with eight-fold symmetry; which loops are joined, and how round, is random.

    Source: the rule of loops around dots after Nagata (2015), in our own drawing. Taught in: 06c_applications
    """
    rng = np.random.default_rng(seed)
    designs, cuts = rng.random((count, EDGES)) < JOINED, rng.choice(CUTS, count)
    radius, width = rng.uniform(0.31, 0.36, count), rng.uniform(0.12, 0.17, count)
    table = eighth()
    numbers = _drawn(designs, cuts, radius, width, table.numpy())
    images = torch.from_numpy(numbers)[:, table][:, None].to(device)
    return Rangoli(images, torch.from_numpy(designs).to(device), f"synthetic kolam, {count:,}")


def _drawn(designs, cuts, radius, width, table: np.ndarray, fine: int = 3) -> np.ndarray:
    """(N, 406) float32: how much ink lies in each pixel of an eighth, `fine` × `fine` looks a pixel."""
    rows, columns = np.divmod(np.unique(table, return_index=True)[1], SIDE)
    ink = np.zeros((len(designs), len(rows)), np.float32)
    radius, width = radius[:, None], width[:, None]
    for look in np.ndindex(fine, fine):
        y, x = ((at + (part + 0.5) / fine) / TILE for at, part in zip((rows, columns), look, strict=True))
        down, right = np.floor(y) - DOTS // 2, np.floor(x) - DOTS // 2  # the dot of this tile, seen from the middle one
        y, x = y % 1 - 0.5, x % 1 - 0.5
        far, angle = np.hypot(y, x), np.arctan2(y, x)
        there = np.abs(down) + np.abs(right) <= cuts[:, None]
        line = np.repeat(radius, len(rows), axis=1)
        for turn, (dy, dx) in enumerate(((0, 1), (1, 0), (0, -1), (-1, 0))):  # the neighbour at this angle
            kind = _kind(down, right, dy, dx)
            joined = (np.abs(down + dy) + np.abs(right + dx) <= cuts[:, None]) & (kind >= 0) & designs[:, kind]
            off = np.angle(np.exp(1j * (angle - turn * np.pi / 2)))
            line = line + joined * (0.5 - radius) * np.exp(-((off / SPIKE) ** 2))
        ink += there * ((np.abs(far - line) < width / 2) | (far < 0.09))
    return ink / fine**2


def _kind(down, right, dy: int, dx: int) -> np.ndarray:
    """Which of the 12 kinds the pair of this dot and that neighbour is, −1 where there is no neighbour."""
    along, across = (right + dx / 2, down) if dx else (down + dy / 2, right)
    kind = 4 * (np.abs(along) - 0.5) + np.abs(across)
    return np.where((np.abs(along) < DOTS / 2 - 0.5), kind, -1).astype(int)
