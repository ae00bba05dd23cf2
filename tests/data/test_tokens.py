"""Texts become numbers and come back."""

import pytest
import torch

from course_lib.data.number_words import hindi
from course_lib.data.tokens import END, PAD, START, Vocabulary


def test_texts_come_back():
    texts = [hindi(n) for n in (0, 7, 98, 427, 1_23_00_045)]
    for level in ("words", "characters"):
        vocabulary = Vocabulary(texts, level)
        ids = vocabulary.encode(texts)
        assert ids.dtype == torch.int64
        assert vocabulary.decode(ids) == texts
        assert ((ids == END).sum(dim=1) == 1).all()
        assert (ids[0] == PAD).sum() == ids.shape[1] - 1 - len(vocabulary.split(texts[0]))
        assert [vocabulary.tokens[n] for n in (PAD, START, END)] == ["<pad>", "<start>", "<end>"]


def test_words_are_cut_at_spaces_and_hyphens_and_characters_at_code_points():
    words, characters = Vocabulary(["twenty-seven two"]), Vocabulary(["चार"], "characters")
    assert words.tokens[END + 1 :] == ["seven", "twenty", "two"]
    assert words.pieces(words.encode(["Two twenty seven"])[0]) == ["two", "twenty", "seven", "<end>"]
    assert characters.split("चार") == ["च", "ा", "र"]


def test_decoding_stops_at_the_end():
    vocabulary = Vocabulary(["a b"])
    rows = torch.tensor([[3, END, 4], [3, 4, 3], [END, PAD, PAD]])
    assert vocabulary.decode(rows) == ["a", "a b a", ""]
    assert [vocabulary.pieces(row) for row in rows] == [["a", "<end>"], ["a", "b", "a"], ["<end>"]]


def test_normal_forms_are_one_token():
    """ज़ typed as one code point is the same word as ज़ typed as two."""
    assert torch.equal(*(Vocabulary(["हज\u093cार"]).encode([text]) for text in ("हज\u093cार", "ह\u095bार")))


def test_unknown_tokens_are_named():
    with pytest.raises(ValueError, match="'billion' is not in this vocabulary"):
        Vocabulary(["one million"]).encode(["one million", "one billion"])
    with pytest.raises(ValueError, match="level='letters' is none of 'words', 'characters'"):
        Vocabulary(["a"], "letters")
