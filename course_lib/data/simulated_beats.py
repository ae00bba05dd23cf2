"""Single heartbeats as an ECG draws them, simulated: the usual ones and three kinds that a doctor wants to see."""

import numpy as np
import torch
from torch import Tensor

from course_lib.data.ecg import RATE, WAVES

BEFORE, AFTER = 54, 90  # samples around the R wave: 0.3 and 0.5 s
KINDS = ("normal", "ventricular", "st_elevation", "missing_p")


def simulated_beats(count: int, kind: str = "normal", seed: int = 0) -> Tensor:
    """Heartbeats of one kind, each of another simulated heart. No measurement of anybody.

    kind: of KINDS.
        "ventricular": a premature beat from the ventricle, broad and tall, without P wave, its T wave upside down
        "st_elevation": the line between S and T lies 0.1 to 0.3 mV too high
        "missing_p": no P wave, as when the beat does not begin where it should
    returns: (count, 144) float32 in mV, RATE samples a second, the R wave 0.3 s from the left
    55 to 110 beats a minute; with muscle noise and a wandering baseline of 0.02 mV each, as after filtering
    Source: five Gaussians a beat after McSharry et al. (2003). Taught in: 02c_applications
    """
    rng = np.random.default_rng((seed, KINDS.index(kind)))
    return torch.from_numpy(np.stack([_beat(kind, rng) for _ in range(count)])).float()


def _beat(kind: str, rng: np.random.Generator) -> np.ndarray:
    """(144,): the beat, the T wave of the one before and the P wave of the one after."""
    seconds = np.arange(-BEFORE, AFTER) / RATE
    length = rng.uniform(60 / 110, 60 / 55)
    usual = WAVES * rng.normal(1, (0.08, 0.2, 0.15), (5, 3))
    this = usual.copy()
    if kind == "ventricular":
        this[1:4] *= (1.0, rng.uniform(1.1, 1.8), rng.uniform(2.2, 3.5))
        this[0, 1], this[4, 1] = 0.0, -this[4, 1] * rng.uniform(0.8, 2.0)
    elif kind == "missing_p":
        this[0, 1] = 0.0
    elif kind == "st_elevation":
        this = np.vstack([this, (50, rng.uniform(0.1, 0.3), 25)])
    wave = sum(
        _drawn(seconds - shift, length, waves) for shift, waves in ((-length, usual), (0, this), (length, usual))
    )
    sway = np.sin(2 * np.pi * (rng.uniform(0.15, 0.5) * seconds + rng.random()))
    return wave * rng.uniform(0.8, 1.2) + 0.02 * rng.standard_normal(len(seconds)) + 0.02 * np.sqrt(2) * sway


def _drawn(seconds: np.ndarray, length: float, waves: np.ndarray) -> np.ndarray:
    """The waves of one beat; a faster heart makes them shorter, but by the root only (Bazett, 1920)."""
    angles = 360 * seconds / np.sqrt(length * 60 / 75)
    return sum(height * np.exp(-(((angles - angle) / width) ** 2) / 2) for angle, height, width in waves)
