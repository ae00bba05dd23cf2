"""Captions read back by a parser of the test's own; thirds against NumPy; what is held out."""

import unicodedata

import numpy as np
import torch

from course_lib.data import digit_captions, number_words
from course_lib.data.digit_captions import ANY, DIGIT, WORDS, among, captions, every_wish, third, thirds, unseen


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def read(caption, language):
    """The wish that a caption says: for each part the meaning one of whose words stands in it."""
    wish = []
    for meanings in WORDS[language]:
        said = [
            place
            for place, words in enumerate(meanings)
            if any(f" {unicodedata.normalize('NFC', word)} " in f" {caption} " for word in words)
        ]
        assert len(said) <= 1, caption
        wish += said or [ANY]
    return wish


def test_captions_say_the_wish_and_nothing_else():
    for language in digit_captions.LANGUAGES:
        wishes = every_wish().repeat(3, 1)
        for wish, caption in zip(wishes.tolist(), captions(wishes, language, rng()), strict=True):
            assert read(caption, language) == wish, caption
            assert unicodedata.is_normalized("NFC", caption)
            assert caption == caption.lower() == " ".join(caption.split())
            assert any("\u0900" <= letter <= "\u097f" for letter in caption) == (language == "hi")


def test_all_words_and_all_orders_are_used():
    for language in digit_captions.LANGUAGES:
        some = captions(every_wish().repeat(20, 1), language, rng())
        words = {word for meanings in WORDS[language] for same in meanings for word in same}
        for word in map(unicodedata.normalize, ["NFC"] * len(words), words):
            assert any(f" {word} " in f" {caption} " for caption in some), word
        assert len(set(captions(torch.tensor([[1, 7, 2, 0]] * 200), language, rng()))) >= 16


def test_what_is_left_out_is_left_out_but_never_the_digit():
    wishes = every_wish().repeat(10, 1)
    before = wishes.clone()
    for language in digit_captions.LANGUAGES:
        told = torch.tensor([read(caption, language) for caption in captions(wishes, language, rng(), silent=0.25)])
        assert torch.equal(wishes, before)
        assert torch.equal(told[:, DIGIT], wishes[:, DIGIT])
        for part in (0, 2, 3):
            said = told[:, part] != ANY
            assert abs(said.float().mean() - 0.75) < 0.04
            assert torch.equal(told[said, part], wishes[said, part])
    assert read(captions(torch.tensor([[ANY, 3, ANY, 1]]), "hi", rng())[0], "hi") == [ANY, 3, ANY, 1]


def test_the_digits_are_those_of_the_course():
    assert [words[0] for words in WORDS["hi"][DIGIT]] == [number_words.hindi(n) for n in range(10)]
    assert [words[0] for words in WORDS["en"][DIGIT]] == [number_words.english(n) for n in range(10)]


def test_one_seed_means_one_set_of_captions():
    some = every_wish()
    assert captions(some, "en", rng(3)) == captions(some, "en", rng(3)) != captions(some, "en", rng(4))


def test_a_corner_of_every_digit_is_held_out_and_each_pair_of_its_words_is_seen():
    held_out, rest = unseen(), every_wish()[~among(every_wish(), unseen())]
    assert held_out.shape == (20, 4)
    assert len(rest) == 180 - 20
    assert {tuple(row) for row in held_out[:, :2].tolist()} == {(s, d) for s in range(2) for d in range(10)}
    assert not (held_out[:, 2:] == 1).any()
    for wish in held_out:
        for parts in ([0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]):  # of the same digit in the other script, too
            assert (rest[:, parts] == wish[parts]).all(dim=1).any()


def test_thirds_are_those_of_the_group():
    values, groups = torch.randn(300, generator=rng()), torch.arange(300) % 4
    values += 10.0 * groups
    places, bounds = thirds(values, groups)
    for group in range(4):
        own = values[groups == group].numpy()
        assert np.allclose(bounds[group], np.quantile(own, [1 / 3, 2 / 3]), atol=1e-5)
        assert torch.bincount(places[groups == group]).tolist() == [25, 25, 25]
    assert torch.equal(third(values, bounds[groups]), places)
    assert third(torch.tensor([-1.0, 0.5, 2.0]), torch.tensor([[0.0, 1.0]]).expand(3, 2)).tolist() == [0, 1, 2]
