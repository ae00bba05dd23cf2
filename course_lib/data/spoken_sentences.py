"""Hindi and English speech to put noise on: synthetic voices that say a few words in a row."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib.data.base import cached
from course_lib.data.documents import WORDS
from course_lib.data.speech import Speaker, voices

LENGTH, LOUDNESS = 16384, 0.1  # samples of a clip, 2 s; its root mean square
STRANGE = ("whisper", "whisperf", "croak", "UniRobot")  # voices that are hardly a person's


class Clips(NamedTuple):
    """Short recordings, Hindi and English in turn.

    waves: (N, 16384) float32, speech.RATE samples a second, root mean square 0.1, silent at the end
    texts: N texts of up to five words, of which the last may be cut off
    voices: the N names of the voices, such as "hi+f2"
    """

    waves: Tensor
    texts: list[str]
    voices: list[str]


class SpokenSentences(NamedTuple):
    """Clips to learn from, clips with other voices and other words, and clips of a kind of voice apart.

    strange: the words of `test`, said by two whispering voices, a croaking one and a robot
    name: what they really are
    """

    train: Clips
    test: Clips
    strange: Clips
    name: str


def spoken_sentences() -> SpokenSentences:
    """Words in a row, Hindi and English, without noise. Synthetic: eSpeak NG says them, no person does.

    320 clips to learn from by 67 voices, 80 held out by 17 others, 32 strange; no word of a held-out clip is in a
    training clip. Speed 130 to 200 words a minute, pitch 30 to 70. The first call takes some seconds.
    Source: eSpeak NG (GPL-3.0-or-later), through espeakng-loader. Taught in: 03c_applications
    """
    rng = np.random.default_rng(0)
    plans = {
        "train": _planned(rng, 320, voices(held_out=False), held_out=False),
        "test": _planned(rng, 80, voices(held_out=True), held_out=True),
        "strange": _planned(rng, 32, STRANGE, held_out=True),
    }
    counts = [(len(plan), LENGTH) for plan in plans.values()]
    waves = cached("spoken_sentences_2", counts, lambda: [_spoken(plan) for plan in plans.values()])
    clips = [
        Clips(torch.from_numpy(w).float() / 32767, [said for said, *_ in plan], [voice for _, voice, *_ in plan])
        for w, plan in zip(waves, plans.values(), strict=True)
    ]
    return SpokenSentences(*clips, "Hindi and English words (synthetic voices)")


def _planned(rng: np.random.Generator, count: int, names, held_out: bool) -> list[tuple]:
    """(text, voice, speed, pitch) of each clip."""
    plan = []
    for place in range(count):
        language = ("hi", "en")[place % 2]
        words = rng.choice(WORDS[language][held_out].split(), 5, replace=False)
        voice = f"{language}+{names[place // 2 % len(names)]}"
        plan.append((" ".join(words), voice, int(rng.integers(130, 200)), int(rng.integers(30, 70))))
    return plan


def _spoken(plan: list[tuple]) -> np.ndarray:
    """(N, 16384) int16; one voice after the other, as changing costs."""
    waves, speaker = np.zeros((len(plan), LENGTH), np.int16), Speaker()
    for row in sorted(range(len(plan)), key=lambda place: plan[place][1]):
        wave = speaker(*plan[row]).numpy()[:LENGTH]
        padded = np.pad(wave, (0, LENGTH - len(wave)))
        padded *= LOUDNESS / np.sqrt(np.square(padded).mean())
        waves[row] = (padded.clip(-1, 1) * 32767).round()
    return waves
