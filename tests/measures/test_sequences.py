"""Texts beside the right ones, against a small edit distance of our own."""

import random
from functools import cache

import pytest

from course_lib import measures


@cache
def edits(a: str, b: str) -> int:
    """By the definition: the cheapest of the three ways to come here."""
    if not (a and b):
        return len(a) + len(b)
    return min(edits(a[1:], b) + 1, edits(a, b[1:]) + 1, edits(a[1:], b[1:]) + (a[0] != b[0]))


def test_character_error_rate_agrees_with_the_definition():
    rng = random.Random(0)
    texts = ["".join(rng.choices("कखािी् a", k=rng.randrange(12))) for _ in range(200)]
    predicted, true = texts[:100], texts[100:]
    expected = sum(map(edits, predicted, true)) / sum(map(len, true))
    assert measures.character_error_rate(predicted, true) == pytest.approx(expected)


def test_character_error_rate_by_hand():
    assert measures.character_error_rate(["sitting", ""], ["kitten", "ab"]) == (3 + 2) / 8
    assert measures.character_error_rate(["की"], ["कि"]) == 0.5  # one vowel sign
    assert measures.character_error_rate(["एक "], ["एक"]) == 0.5  # one space
    assert measures.character_error_rate(("दो",), ("दो",)) == measures.character_error_rate([""], [""]) == 0


def test_exact_match():
    assert measures.exact_match(["एक", "दो", "तीन", ""], ["एक", "दो", "चार", "छह"]) == 0.5
    assert measures.exact_match("तीन", "तीस") == 0  # one text, not three letters


@pytest.mark.parametrize("measure", [measures.exact_match, measures.character_error_rate])
def test_lists_of_different_length_are_refused(measure):
    for predicted, true in ((["a"], ["a", "b"]), ("ab", ["a", "b"])):
        with pytest.raises(ValueError, match=r"shorter|longer|lengths must match"):
            measure(predicted, true)
