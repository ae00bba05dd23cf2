"""Caves for a game, drawn by a rule: each is one piece, so that every place can be reached from every other."""

from collections import deque

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

SIDE = 16
ROCK, SMOOTHING = 0.42, 3  # how much is rock at first, and how often each cell then asks its eight neighbours
SMALLEST, LARGEST = 60, 150  # cells of floor
FLAT = np.array([np.zeros((3, 3)), [[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.zeros((3, 3))])  # joins no two caves

Place = tuple[int, int]  # (row, column)


def synthetic_caves(count: int = 4000, seed: int = 0, device: torch.device | str = "cpu") -> Tensor:
    """Caves of 16 × 16 cells, 1 for floor and 0 for rock, with rock all around: (count, 1, 16, 16) float32.

    A cell becomes rock where five or more of the nine around it are; of what comes of it the largest piece is kept.
    Source: cellular automata for caves, after Johnson, Yannakakis and Togelius (2010). Taught in: 06c_applications
    """
    rng = np.random.default_rng(seed)
    kept = np.zeros((0, SIDE, SIDE), bool)
    while len(kept) < count:
        kept = np.concatenate([kept, _some(rng)])
    return torch.from_numpy(kept[:count].astype(np.float32))[:, None].to(device)


def _some(rng: np.random.Generator, tries: int = 1000) -> np.ndarray:
    """Those of so many tries whose largest piece is neither too small nor too large."""
    rock = rng.random((tries, SIDE, SIDE)) < ROCK
    for _ in range(SMOOTHING):
        rock = ndimage.convolve(rock.astype(int), np.ones((1, 3, 3), int), mode="constant", cval=1) >= 5
    rock[:, [0, -1]] = rock[:, :, [0, -1]] = True
    pieces, number = ndimage.label(~rock, FLAT)
    sizes = ndimage.sum_labels(~rock, pieces, np.arange(number + 1))  # of 0, the rock, it is 0
    largest = sizes[pieces].max(axis=(1, 2))
    floor = (pieces > 0) & (sizes[pieces] == largest[:, None, None])
    once = floor.sum(axis=(1, 2)) == largest  # two of one size are thrown away
    return floor[once & (largest >= SMALLEST) & (largest <= LARGEST)]


def ends(level: Tensor) -> tuple[Place, Place] | None:
    """Start and treasure by rule: the floor nearest to the corner at the top left, and to the one opposite.

    level: (16, 16) or (1, 16, 16), floor above 0.5. A hole with fewer than two cells of floor around it does not count.
        The rule does not look whether a way leads from one place to the other.
    returns: None where there are not two such cells
    Taught in: 06c_applications
    """
    floor = (level.reshape(1, 1, SIDE, SIDE) > 0.5).float()
    around = F.avg_pool2d(floor, 3, stride=1, padding=1)[0, 0] * 9
    wide = ((floor[0, 0] > 0) & (around > 2.5)).nonzero().tolist()
    if len(wide) < 2:
        return None
    return tuple(min(wide, key=sum)), tuple(max(wide, key=sum))


def way(level: Tensor, start: Place | None = None, treasure: Place | None = None) -> list[Place]:
    """A shortest way from start to treasure, both included, found by breadth-first search; [] where there is none.

    start, treasure: those of `ends` where they are not given
    Taught in: 06c_applications
    """
    places = ends(level) if start is None or treasure is None else (start, treasure)
    if places is None:
        return []
    start, treasure = places
    floor = (level.reshape(SIDE, SIDE) > 0.5).tolist()
    came_from, todo = {start: start}, deque([start])
    while todo and treasure not in came_from:
        row, column = here = todo.popleft()
        for step in ((row + 1, column), (row, column + 1), (row - 1, column), (row, column - 1)):
            inside = min(step) >= 0 and max(step) < SIDE
            if inside and floor[step[0]][step[1]] and step not in came_from:
                came_from[step] = here
                todo.append(step)
    if treasure not in came_from:
        return []
    path = [treasure]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]
