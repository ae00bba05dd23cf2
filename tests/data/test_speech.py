"""Synthetic voices: what is said, by whom, and that it can be said again."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch

from course_lib.classroom.explain import explanation
from course_lib.data import speech
from course_lib.data.speech import RATE, STRANGE, Speaker, speak, voices

espeakng_loader = pytest.importorskip("espeakng_loader")


def hertz(wave):
    """The pitch of a voice: after how many samples the sound is most like itself."""
    wave = wave[len(wave) // 4 : len(wave) // 2]
    likeness = torch.fft.irfft(torch.fft.rfft(wave, 2 * len(wave)).abs().square())
    return RATE / (likeness[RATE // 250 : RATE // 50].argmax() + RATE // 250).item()


def test_speech_is_sound_of_a_plausible_length():
    for text, voice in (("तीन सात एक", "hi"), ("three seven one", "en+f2")):
        wave = speak(text, voice)
        assert wave.dtype == torch.float32
        assert 0.5 * RATE < len(wave) < 2 * RATE
        assert 0.2 < wave.abs().max() <= 1


def test_speed_pitch_and_voice_are_heard():
    slow, fast = (len(speak("चार सौ सत्ताईस", speed=speed)) for speed in (100, 300))
    assert slow > 1.8 * fast
    low, high = (hertz(speak("आआआ", pitch=pitch)) for pitch in (10, 90))
    assert 50 < 1.3 * low < high < 250
    assert not torch.equal(speak("एक", "hi+m3"), speak("एक", "hi+f4"))


def test_a_new_speaker_says_the_same_again():
    """Also after others have spoken: each has its own library."""

    def several():
        speaker = Speaker()
        return [speaker("तीन सात", f"hi+{name}") for name in ("f2", "m3", "klatt3")]

    first = several()
    speak("something else", "en+m1")
    assert all(map(torch.equal, first, several()))
    assert torch.equal(speak("तीन"), speak("तीन"))


def test_voices_are_shared_out_by_family():
    kept, others = voices(held_out=True), voices(held_out=False)
    assert (len(kept), len(others)) == (17, 67)
    families = [{name.rstrip("0123456789") for name in names if not name[1:].isdigit()} for names in (kept, others)]
    assert not families[0] & families[1]
    assert not any(STRANGE.search(name) for name in kept + others)
    assert speech._names() == sorted({*kept, *others, *filter(STRANGE.search, speech._names())})


@pytest.mark.parametrize("voice", ["hi+nobody", "no-language", "hi+"])
def test_a_voice_that_does_not_exist_is_refused(voice):
    with pytest.raises(ValueError, match="there is no voice"):
        speak("एक", voice)


FAR = """
import os
import sys
from pathlib import Path
from unittest import mock

import espeakng_loader
import torch

from course_lib.data.speech import speak

near = speak("तीन", "hi+f2")
with mock.patch.object(espeakng_loader, "get_data_path", lambda: sys.argv[1]):
    assert torch.equal(speak("तीन", "hi+f2"), near)
with (
    mock.patch.object(espeakng_loader, "get_data_path", lambda: sys.argv[1] + "/."),
    mock.patch.object(os, "symlink", side_effect=OSError("a privilege is needed")),
):
    assert torch.equal(speak("तीन", "hi+f2"), near)
with mock.patch.object(espeakng_loader, "get_data_path", lambda: sys.argv[2]):
    try:
        speak("तीन")
    except OSError as error:
        print(error)
"""


def test_data_in_a_deep_folder_are_found(tmp_path):
    """In a process of its own: by itself the library ends the one it runs in."""
    deep = tmp_path.joinpath("पाठ" * 20, "espeak-ng-data")
    deep.parent.mkdir()
    deep.symlink_to(espeakng_loader.get_data_path(), target_is_directory=True)
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-c", FAR, str(deep), str(tmp_path / "nothing")]
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, cwd=Path(__file__).parents[2])
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "eSpeak NG did not start: install the package espeakng-loader anew\n"
    assert not list((tmp_path / "tmp").iterdir())  # nothing is left there


def test_where_no_path_is_short_enough_the_error_says_so(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 160)
    deep.mkdir()
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(deep))
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with pytest.raises(OSError, match=f"at most 159 bytes, and {deep} has {len(str(deep))}: ") as error:
        Speaker()
    meaning = explanation(error.value)
    assert str(deep) in meaning.en
    assert str(len(str(deep))) in meaning.hi
