"""Three Hindi digits in a row, said by synthetic voices: a small speech-to-text task with unheard voices."""

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib.data.base import cached
from course_lib.data.number_words import hindi
from course_lib.data.speech import RATE, Speaker, voices

SECONDS = 1.9  # the slowest voice needs 1.7, and up to 0.1 is silence before it
HELD_OUT = 200  # of the thousand triples 000 to 999


class Recordings(NamedTuple):
    """What was said, by whom.

    waves: (N, 15200) float32 in [-1, 1], RATE samples a second, noise to the end
    texts: N texts in Hindi words
    voices: the N names of the voices
    """

    waves: Tensor
    texts: list[str]
    voices: list[str]


class SpokenDigits(NamedTuple):
    """Two sets that share neither a voice nor a triple, and the name of what they really are."""

    train: Recordings
    test: Recordings
    name: str


def spoken_digits(train: int = 1600, test: int = 400) -> SpokenDigits:
    """Three Hindi digits in a row, such as "चार दो सात". Synthetic: eSpeak NG says them, no person does.

    train: recordings of 800 triples by 67 voices; test: of the other 200 triples by 17 other voices
    Speed 140 to 220 words a minute, pitch 30 to 70, up to 0.1 s of silence before, white noise at 10 to 30 dB.
    The first call takes about 10 s; after it the recordings lie in a file.
    Source: eSpeak NG (GPL-3.0-or-later), through espeakng-loader. Taught in: 01c_applications
    """
    order = np.random.default_rng(0).permutation(1000).tolist()
    parts = []
    for name, count, numbers, held_out in (
        ("train", train, order[HELD_OUT:], False),
        ("test", test, order[:HELD_OUT], True),
    ):
        texts = [triple(numbers[place % len(numbers)]) for place in range(count)]
        parts.append(_kept(texts, held_out, f"spoken_digits_{name}_2_{count}"))
    return SpokenDigits(*parts, "three Hindi digits in a row (synthetic voices)")


def triple(number: int) -> str:
    """Three digits in Hindi words: 42 is "शून्य चार दो"."""
    return " ".join(hindi(int(digit)) for digit in f"{number:03}")


def recordings(texts: Sequence[str], held_out: bool, name: str) -> Recordings:
    """These texts, each said once, by every voice in turn, with noise. Synthetic.

    held_out: by the voices that no model of the course is trained on
    name: the file in which the recordings are kept begins with it
    Taught in: 01c_applications
    """
    said = json.dumps([*texts, held_out]).encode()  # other texts under one name need another file
    return _kept(texts, held_out, f"{name}_{len(texts)}_{hashlib.sha256(said).hexdigest()[:12]}")


def _kept(texts: Sequence[str], held_out: bool, file: str) -> Recordings:
    names = voices(held_out)
    chosen = [names[place % len(names)] for place in range(len(texts))]
    shape = (len(texts), int(SECONDS * RATE))
    [waves] = cached(file, [shape], lambda: (_spoken(texts, chosen, shape),))
    return Recordings(torch.from_numpy(waves).float().div_(127), list(texts), chosen)


def _spoken(texts: Sequence[str], chosen: Sequence[str], shape: tuple[int, int]) -> np.ndarray:
    """As int8, enough beside the noise and a quarter of the file; voice by voice, for changing them takes time."""
    rng = np.random.default_rng(0)
    speeds, pitches, pauses = (rng.integers(*span, len(texts)) for span in ((140, 221), (30, 71), (0, RATE // 10)))
    loudness, decibels = rng.uniform(0.3, 0.9, len(texts)), rng.uniform(10, 30, len(texts))
    waves, speaker = np.zeros(shape, np.int8), Speaker()
    for row in sorted(range(len(texts)), key=lambda place: chosen[place]):
        said = speaker(texts[row], f"hi+{chosen[row]}", int(speeds[row]), int(pitches[row])).numpy()
        said = said * loudness[row] / max(1e-3, np.abs(said).max())
        wave = np.sqrt(np.square(said).mean()) * 10 ** (-decibels[row] / 20) * rng.standard_normal(shape[1])
        wave[pauses[row] : pauses[row] + len(said)] += said[: shape[1] - pauses[row]]
        waves[row] = (wave * 127).clip(-127, 127).round()
    return waves
