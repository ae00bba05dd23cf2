"""The reader: how well it reads clean words, and that it cannot read what is not there."""

import pytest
import torch

from course_lib.data import pages
from course_lib.data.documents import WORDS, can_draw_hindi
from course_lib.measures import reader


@pytest.mark.parametrize("held_out", [False, True])
def test_reads_clean_words_of_pages(held_out):
    """Of pages that tools/reader.py has not seen, among them the words that no model is trained on."""
    printed = pages.printed_pages(3, held_out=held_out, seed=77)
    words = pages.cut(printed.images, printed.words)
    assert reader.reading_rate(words, [word.text for word in printed.words]) >= 0.99
    upside_down = words.flip(2)
    assert reader.reading_rate(upside_down, [word.text for word in printed.words]) < 0.2


def test_knows_every_word_of_the_pages():
    known = set(reader._trained(torch.device("cpu"))[1])
    assert known == {word for both in WORDS.values() for part in both for word in part.split()}
    assert can_draw_hindi() or known  # older matplotlib: pages are English, the reader is the same


def test_refuses_images_on_another_scale():
    with pytest.raises(ValueError, match="images"):
        reader.read(torch.full((1, 1, 32, 104), 255.0))


def test_weights_are_small():
    assert reader.WEIGHTS.stat().st_size < 500_000
