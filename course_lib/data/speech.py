"""Synthetic speech: eSpeak NG, a program that speaks over a hundred languages by rule, through its own library."""

import atexit
import ctypes
import os
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

RATE = 8000  # samples a second, as on the telephone
SYNCHRONOUS, UTF8, DONT_EXIT = 2, 1, 0x8000  # eSpeak NG's own numbers
LONGEST = 159  # bytes of a path that it has room for
SPEED, PITCH = 1, 3

# Voices that no model of the course is trained on: whole families (iven, iven2, … are one), some deep, some high.
HELD_OUT = {"Alicia", "Andy", "Mario", "Nguyen", "anika", "aunty", "edward", "f2", "f4", "grandpa", "iven", "m3", "max"}
# Not a person's voice: whispers, croaks, robots. Good for asking what a model does with something quite different.
# Reed and caleb breathe with a noise that no seed reaches: what they say differs from time to time.
STRANGE = re.compile("whisper|croak|Demonic|Anxious|Tweaky|Storm|kaukovalta|[Rr]obo|Reed|caleb")


def voices(held_out: bool) -> list[str]:
    """Names of voices for `speak`, after a language and a plus sign: "hi+f2".

    held_out: those kept from training, 17 of them, or else the other 67
    Taught in: 01c_applications
    """
    known = [name for name in _names() if not STRANGE.search(name)]
    return [name for name in known if (name in HELD_OUT or name.rstrip("0123456789") in HELD_OUT) == held_out]


def speak(text: str, voice: str = "hi", speed: int = 175, pitch: int = 50) -> Tensor:
    """A synthetic voice says a text, the same way each time; for many texts make one Speaker.

    Arguments and result as of `Speaker`. Taught in: 01c_applications
    """
    return Speaker()(text, voice, speed, pitch)


class Speaker:
    """A synthetic voice of its own: speaker(text, voice="hi", speed=175, pitch=50) -> (T,) float32 in [-1, 1].

    voice: a language, "hi" or "en", and behind a plus sign one of `voices`: "hi+f2"
    speed: words a minute, 80 to 450; pitch: 0 to 100
    returns: RATE samples a second
    raises: ValueError for a voice that does not exist, OSError where eSpeak NG does not find its own files
    A voice flutters a little, as a person's does, and goes on fluttering where it was; so the same texts spoken in the
    same order by a new Speaker sound the same, and one text spoken twice does not.
    Source: eSpeak NG 1.52 (GPL-3.0-or-later), in the package espeakng-loader. Taught in: 01c_applications
    """

    def __init__(self):
        import espeakng_loader

        # A copy, since the library keeps its flutter in itself: loaded twice from one file it would be the same one.
        original = Path(espeakng_loader.get_library_path())
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Windows keeps what is loaded
            self.library = ctypes.CDLL(shutil.copy(original, folder))
        self.rate = self.library.espeak_Initialize(SYNCHRONOUS, 0, _short(espeakng_loader.get_data_path()), DONT_EXIT)
        if self.rate <= 0:
            raise OSError("eSpeak NG did not start: install the package espeakng-loader anew")
        self.library.espeak_ng_SetRandSeed(ctypes.c_long(0))
        self.parts: list[np.ndarray] = []

        @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        def take(wave, count, _events):
            if wave and count:
                self.parts.append(np.ctypeslib.as_array(wave, (count,)).copy())
            return 0

        self.take = take  # kept, for the library calls it
        self.library.espeak_SetSynthCallback(take)

    def __call__(self, text: str, voice: str = "hi", speed: int = 175, pitch: int = 50) -> Tensor:
        from scipy.signal import resample_poly  # it comes with scikit-learn

        _, plus, variant = voice.partition("+")
        known = not plus or variant in _names()  # for an unknown one the library would take another, silently
        if not known or self.library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"there is no voice {voice!r}: write hi or en, a plus sign, and one of voices(False)")
        self.library.espeak_SetParameter(SPEED, int(speed), 0)
        self.library.espeak_SetParameter(PITCH, int(pitch), 0)
        self.parts.clear()
        said = text.encode() + b"\0"
        self.library.espeak_Synth(said, ctypes.c_size_t(len(said)), 0, 0, 0, UTF8, None, None)
        self.library.espeak_Synchronize()
        wave = np.concatenate(self.parts) / 32768 if self.parts else np.zeros(0)
        common = np.gcd(self.rate, RATE)
        return torch.from_numpy(resample_poly(wave, RATE // common, self.rate // common)).float().clamp(-1, 1)


@cache
def _short(path: str) -> bytes:
    """Where eSpeak NG is to look for its data: there, or where that path is too long for it, at a link or a copy.

    raises: OSError where the folder for temporary files has too long a path as well
    """
    if len(os.fsencode(path)) <= LONGEST:
        return os.fsencode(path)
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)  # not before: a voice is read when it first speaks
    short = Path(folder.name, "data")
    if len(os.fsencode(short)) > LONGEST:
        said = f"eSpeak NG takes a path of at most {LONGEST} bytes, and {path} has {len(os.fsencode(path))}"
        raise OSError(f"{said}: install the course in a folder with a shorter path")
    try:
        os.symlink(path, short, target_is_directory=True)
    except (OSError, NotImplementedError):  # Windows lets not everyone make one
        shutil.copytree(path, short)
    return os.fsencode(short)


@cache
def _names() -> list[str]:
    """Of all voices, the strange ones too."""
    import espeakng_loader

    return sorted(path.name for path in Path(espeakng_loader.get_data_path(), "voices", "!v").iterdir())
