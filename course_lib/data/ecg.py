"""An ECG of a few heartbeats: simulated strips to learn from, and one real record."""

import numpy as np
import torch
from torch import Tensor

RATE, LENGTH = 180, 512  # samples a second, and of a strip: 2.8 s
PADDING = 100  # samples on both sides of a strip, so that beats may begin before it and end after it
# Angle of the beat in degrees, height, and width in degrees of the waves P, Q, R, S and T.
WAVES = np.array([(-70, 0.12, 14), (-15, -0.10, 6), (0, 1.0, 6), (15, -0.25, 6), (100, 0.30, 24)])


def simulated_ecg(count: int, seed: int = 0) -> Tensor:
    """Strips of an ECG, each of another simulated heart. No measurement of anybody.

    count: how many strips; seed: fixes them all
    returns: (count, 1, 512) float32, RATE samples a second, the highest wave of each strip at 1 or -1
    55 to 109 beats a minute, no two beats quite alike, every seventh heart with its T wave upside down.
    Source: five Gaussians a beat after McSharry et al. (2003). Taught in: 03c_applications
    """
    rng = np.random.default_rng(seed)
    return torch.from_numpy(np.stack([_strip(rng) for _ in range(count)])).float()[:, None]


def _strip(rng: np.random.Generator) -> np.ndarray:
    seconds = np.arange(LENGTH + 2 * PADDING) / RATE
    length = rng.uniform(0.55, 1.1)  # of a beat, in seconds
    waves = WAVES * rng.normal(1, (0.10, 0.25, 0.2), (5, 3))  # this heart's own
    if rng.random() < 0.15:
        waves[4, 1] *= -1
    strip, beat = np.zeros(len(seconds)), -rng.uniform(0, length)
    while beat < seconds[-1] + length:
        this = length * rng.normal(1, 0.05)
        angle, height, width = waves.T[..., None]  # (5, 1) each
        shape = np.exp(-((((seconds - beat) / this * 360 - angle) / width) ** 2) / 2)
        strip += (height * rng.normal(1, 0.04, (5, 1)) * shape).sum(axis=0)
        beat += this
    strip = strip[PADDING:-PADDING]
    return strip / np.abs(strip).max()


def real_ecg() -> Tensor:
    """The real ECG that PyWavelets ships: 2.8 s of one person, of whom nothing more is said.

    returns: (1, 1, 512) float32, its median at 0 and its highest wave at 1
    PyWavelets states no rate; taken as 360 samples a second, of which every other one is left, the heart beats 66
    times a minute. It has a little noise and wander of its own, which count as part of the truth.
    Source: `pywt.data.ecg` (MIT licence). Taught in: 03c_applications
    """
    from pywt import data
    from scipy.signal import resample_poly

    record = resample_poly(data.ecg().astype(float), 1, 2)
    record -= np.median(record)
    return torch.from_numpy(record / np.abs(record).max()).float()[None, None]
