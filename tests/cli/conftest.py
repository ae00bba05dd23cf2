"""Data on which every model of the command is quick to train."""

import pytest

from course_lib import data
from course_lib.data import number_words


@pytest.fixture
def little_data(monkeypatch):
    """A few digits and a few number words, so that every model is quick to train and to measure."""
    whole, words = data.mnist(), number_words.number_words
    few, fewer = (
        data.Split(*(part[:count] for part in split)) for split, count in ((whole.train, 200), (whole.test, 80))
    )
    monkeypatch.setattr(data, "mnist", lambda *_: data.DataSet(few, fewer, "a few digits"))
    monkeypatch.setattr(
        number_words, "number_words", lambda train, max_words: words(train=500, test=20, max_words=max_words)
    )
