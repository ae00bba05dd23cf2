"""Spoken sentences: other voices and other words in the held-out clips, all equally loud."""

import pytest

from course_lib.data import spoken_sentences

pytest.importorskip("espeakng_loader")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", str(tmp_path_factory.mktemp("data")))
        return spoken_sentences.spoken_sentences()


def test_clips_are_equally_loud_and_none_is_silent(spoken):
    assert [len(clips.waves) for clips in spoken[:3]] == [320, 80, 32]
    for clips in spoken[:3]:
        assert clips.waves.shape[1] == spoken_sentences.LENGTH
        assert len(clips.texts) == len(clips.voices) == len(clips.waves)
        loudness = clips.waves.square().mean(dim=1).sqrt()
        assert loudness.median() == pytest.approx(spoken_sentences.LOUDNESS, rel=0.01)
        assert loudness.min() > 0.8 * spoken_sentences.LOUDNESS  # the highest peaks are cut off
    assert spoken.name.endswith("(synthetic voices)")


def test_held_out_clips_share_no_voice_and_no_word(spoken):
    for pick in (lambda clips: {voice.partition("+")[2] for voice in clips.voices}, _words):
        assert not pick(spoken.train) & pick(spoken.test)
    assert not {v.partition("+")[2] for v in spoken.strange.voices} & {v.partition("+")[2] for v in spoken.train.voices}
    assert len({voice.partition("+")[2] for voice in spoken.train.voices}) > 60
    for clips in spoken[:3]:
        assert {voice[:2] for voice in clips.voices} == {"hi", "en"}


def _words(clips):
    return {word for text in clips.texts for word in text.split()}
