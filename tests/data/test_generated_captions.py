"""The text-to-image generator that ships draws what captions say, in both languages, combinations unseen as well."""

import pytest
import torch

from course_lib import data
from course_lib.data.digit_captions import captions, third, thirds, unseen
from course_lib.data.generated_captions import WEIGHTS, caption_generator, drawn_captions
from course_lib.measures import judge, slant, stroke_width


@pytest.mark.parametrize("language", ["hi", "en"])
def test_what_was_asked_is_drawn_on_combinations_never_seen(language):
    """By chance a digit would be right once in ten times, thickness and slant once in three."""
    wishes = unseen().repeat(20, 1)
    images = drawn_captions(captions(wishes, language, torch.Generator().manual_seed(0)))
    assert images.shape == (400, 1, 28, 28)
    digits, right = (data.mnist(), data.devanagari_digits()), []
    for script, (train, _, _) in enumerate(digits):
        own, asked = images[wishes[:, 0] == script], wishes[wishes[:, 0] == script]
        read = judge.classify(own, judge.SCRIPTS[script]) == asked[:, 1]
        for measure, column in ((stroke_width, 2), (slant, 3)):
            _, bounds = thirds(measure(train.images), train.labels)
            right.append((column, third(measure(own), bounds[asked[:, 1]]) == asked[:, column]))
        right.append((1, read))
    for column, least in ((1, 0.9), (2, 0.7), (3, 0.85)):
        assert torch.cat([some for which, some in right if which == column]).float().mean() > least


def test_one_seed_means_one_picture():
    assert torch.equal(drawn_captions(["three"], 2), drawn_captions(["three"], 2))
    assert not torch.equal(drawn_captions(["three"], 2), drawn_captions(["three"], 2, seed=1))
    assert drawn_captions(["three", "सात"], 3).shape == (6, 1, 28, 28)


def test_a_word_it_does_not_know_is_named():
    with pytest.raises(ValueError, match="'purple' is not in this vocabulary"):
        drawn_captions(["a purple seven"])


def test_the_weights_are_small():
    generator, words = caption_generator()
    assert WEIGHTS.stat().st_size < 500_000
    assert generator.embed.embed.num_embeddings == len(words)
    assert not generator.training
