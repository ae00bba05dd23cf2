"""Strips of digits: what stands on them, how many, and where."""

import itertools

import pytest
import torch

from course_lib import data
from course_lib.data.digit_strips import GAP, digit_strips
from course_lib.data.number_words import hindi

WIDE = 6  # columns of ink in each of the small pictures


@pytest.fixture(scope="module")
def ten():
    """Ten pictures, each of its own grey, with empty columns at both sides."""
    images = torch.zeros(10, 1, 28, 28)
    images[..., 8 : 8 + WIDE] = torch.arange(1, 11).view(10, 1, 1, 1) / 10
    return data.Split(images, torch.arange(10))


def read(strip):
    """The digits on a strip, and the first column of each."""
    columns = strip[0, 5]
    starts = [n for n in range(len(columns)) if columns[n] and not (n and columns[n - 1])]
    for start in starts:
        assert (strip[..., start : start + WIDE] == columns[start]).all()
        assert not strip[..., start + WIDE : start + WIDE + GAP].any()
    return [round(10 * float(columns[start])) - 1 for start in starts], starts


def test_strips_show_the_digits_that_the_words_name(ten):
    strips = digit_strips(ten, 100)
    assert strips.images.shape == (100, 1, 28, 112)
    for strip, text in zip(strips.images, strips.hindi, strict=True):
        digits, _ = read(strip)
        assert text == " ".join(map(hindi, digits))


def test_how_many_and_where_is_left_to_chance(ten):
    """All numbers of digits occur equally often, first digits nearly everywhere, and gaps of many sizes."""
    found = [read(strip) for strip in digit_strips(ten, 600).images]
    lengths = [len(digits) for digits, _ in found]
    assert all(150 < lengths.count(length) < 250 for length in (2, 3, 4))
    assert min(starts[0] for _, starts in found) == 0
    assert max(starts[-1] for _, starts in found) == 112 - WIDE
    gaps = {b - a - WIDE for _, starts in found for a, b in itertools.pairwise(starts)}
    assert set(range(GAP, 60)) <= gaps


def test_same_seed_same_strips(ten):
    first, again, other = (digit_strips(ten, 20, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.images, again.images)
    assert first.hindi == again.hindi != other.hindi


def test_strips_keep_the_digits_upright():
    images = torch.rand(10, 1, 28, 28)
    [image] = digit_strips(data.Split(images, torch.arange(10)), 1, digits=(1, 1), width=28).images
    assert any(torch.equal(image, digit) for digit in images)


def test_digits_that_do_not_fit():
    images = torch.ones(10, 1, 28, 28)
    with pytest.raises(ValueError, match="2 digits do not fit into 57 pixels"):
        digit_strips(data.Split(images, torch.arange(10)), 1, digits=(2, 2), width=57)
    strips = digit_strips(data.Split(torch.zeros(10, 1, 28, 28), torch.arange(10)), 3)
    assert not strips.images.any()  # digits without ink take no room
