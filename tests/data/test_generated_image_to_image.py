"""The Devanagari digits that the long CycleGAN makes of Latin ones."""

import torch

from course_lib import data
from course_lib.data.generated_image_to_image import WEIGHTS
from course_lib.measures import judge


def test_most_held_out_digits_become_the_same_digit():
    digits = data.mnist().test
    made = data.translated_digits(digits.images)
    assert made.shape == digits.images.shape
    assert made.min() >= 0
    assert made.max() <= 1
    same = judge.classify(made, "devanagari") == digits.labels
    untouched = judge.classify(digits.images, "devanagari") == digits.labels
    assert same.float().mean() > untouched.float().mean() + 0.1
    unlike = digits.labels >= 7  # these do not look alike in the two scripts
    assert same[unlike].float().mean() > untouched[unlike].float().mean() + 0.3


def test_each_image_is_translated_by_itself():
    digits = data.mnist().test.images[:300]  # more than one batch
    together, alone = data.translated_digits(digits), data.translated_digits(digits[260:262])
    assert torch.allclose(together[260:262], alone, atol=1e-5)


def test_the_weights_are_small():
    assert WEIGHTS.stat().st_size < 500_000
