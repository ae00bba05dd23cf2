"""Spoken digits: who says what, that nothing of the test was heard before, and that it can be said again."""

import pytest
import torch

from course_lib import data
from course_lib.data.speech import RATE, voices
from course_lib.data.spoken_digits import SECONDS, recordings, triple

pytest.importorskip("espeakng_loader")


@pytest.fixture
def few(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return data.spoken_digits(train=70, test=20)


def test_neither_voice_nor_triple_was_heard(few):
    assert not set(few.train.voices) & set(few.test.voices)
    assert not set(few.train.texts) & set(few.test.texts)
    assert set(few.train.voices) == set(voices(held_out=False))
    assert "synthetic" in few.name
    for part, count in ((few.train, 70), (few.test, 20)):
        assert part.waves.shape == (count, int(SECONDS * RATE))
        assert part.waves.dtype == torch.float32
        assert part.waves.abs().max() <= 1
        assert len(part.texts) == len(part.voices) == count
        assert all(len(text.split()) == 3 for text in part.texts)


def test_speech_is_louder_than_its_noise_and_whole(few):
    """The end is noise alone, so no word is cut off."""
    loud, end = (few.train.waves[:, part].square().mean(dim=1) for part in (slice(800, 8000), slice(-400, None)))
    assert (loud > 2 * end).all()


def test_the_same_again(few, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "other"))
    again = data.spoken_digits(train=70, test=20)
    assert torch.equal(again.train.waves, few.train.waves)
    assert torch.equal(data.spoken_digits(train=70, test=20).train.waves, few.train.waves)  # from its file


def test_words_of_a_triple():
    assert triple(42) == "शून्य चार दो"


def test_other_texts(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    said = recordings(["चार सौ सत्ताईस", "दस"], held_out=True, name="numbers")
    assert said.texts == ["चार सौ सत्ताईस", "दस"]
    assert said.voices == voices(held_out=True)[:2]


def test_other_texts_under_one_name_are_spoken_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    first = recordings(["एक", "दो"], held_out=True, name="mine").waves
    for texts, held_out in ((["नौ", "दस"], True), (["एक", "दो"], False)):
        assert not torch.equal(recordings(texts, held_out, "mine").waves, first)
    assert torch.equal(recordings(("एक", "दो"), held_out=True, name="mine").waves, first)
    assert len(list(tmp_path.glob("mine*"))) == 3


def test_the_courses_own_recordings_keep_their_file(few, tmp_path):
    """What lies in a student's cache is made anew only when the number in the name grows."""
    assert {path.name for path in tmp_path.iterdir()} == {"spoken_digits_train_2_70.npz", "spoken_digits_test_2_20.npz"}
