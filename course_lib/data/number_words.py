"""Numbers in English and in Hindi words, made by rule: a small translation task whose right answers are all known.

English counts in thousands and millions, Hindi in हज़ार, लाख and करोड़, and its words from 1 to 99 are irregular.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np

CEILING = 99_99_99_999  # the largest number that needs no word above करोड़

# Unicode's rules for Hindi, which unicode-rbnf follows, spell these otherwise (पन्द्रह, इक्यानबे …): also in use,
# but not the standard of the Central Hindi Directorate, which tests/data/hindi_numbers.py lists.
STANDARD = {"पन्द्रह": "पंद्रह", "चौवालीस": "चवालीस", "तिरेपन": "तिरपन", "तिरेसठ": "तिरसठ"}
NINETIES = ("नबे", "नवे")  # the end of 91 … 99, in Unicode's rules and in the standard


class Pairs(NamedTuple):
    """The same numbers three times over.

    numbers: N whole numbers, all different
    english, hindi: N texts, the words of each number
    """

    numbers: list[int]
    english: list[str]
    hindi: list[str]


class NumberWords(NamedTuple):
    """Three sets of pairs that have no number in common.

    train, test: alike
    longer: Hindi sentences with more words than any in `train`; empty where `train` has them all
    """

    train: Pairs
    test: Pairs
    longer: Pairs


@cache
def _engine(language: str):
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(language)


def _spell(number: int, language: str) -> str:
    if not 0 <= number <= CEILING or number != int(number):
        raise ValueError(f"{number} has no words here: take a whole number from 0 to {CEILING}")
    spelled = _engine(language).format_number(int(number), ruleset_names=["spellout-cardinal"])
    return spelled.text_by_ruleset["spellout-cardinal"]


def english(number: int) -> str:
    """A number in English words, counted in thousands and millions: "four hundred twenty-seven".

    number: whole, from 0 to 99,99,99,999
    raises: ValueError for another number
    Source: Unicode's spell-out rules (CLDR), through unicode-rbnf. Taught in: 01_encoder_decoder
    """
    return _spell(number, "en")


def hindi(number: int) -> str:
    """A number in Hindi words, counted in हज़ार, लाख and करोड़: "चार सौ सत्ताईस".

    number: whole, from 0 to 99,99,99,999
    returns: in Unicode's normal form NFC, where ड़ and ज़ are two code points each (the letter and its dot): the
        single code points U+095C and U+095B look the same, but no normal form keeps them
    raises: ValueError for another number
    Source: Unicode's spell-out rules (CLDR), through unicode-rbnf; spelling of the Central Hindi Directorate.
    Taught in: 01_encoder_decoder
    """
    words = unicodedata.normalize("NFC", _spell(number, "hi")).split()
    old, new = NINETIES
    return " ".join(STANDARD.get(word, word[: -len(old)] + new if word.endswith(old) else word) for word in words)


def number_words(
    *, train: int = 12_000, test: int = 1_000, ceiling: int = CEILING, max_words: int = 9, seed: int = 0
) -> NumberWords:
    """English number words and their Hindi, some to train on, some held out: whole numbers, not single words.

    train, test: how many numbers to train on, and how many to hold out in each of the two held-out sets
    ceiling: the largest number, up to 99,99,99,999; with 9_999 the task is an easy one
    max_words: the most Hindi words that a number has in `train` and `test`; `longer` has more (9 is the most there is)
    seed: fixes which numbers, and which of them are held out
    Short numbers are as frequent as long ones while there are enough of them; many are round, as in daily life.
    0 is always in `train`: its word occurs in no other number.
    raises: ValueError where there are not that many numbers
    Taught in: 01_encoder_decoder
    """
    rng = np.random.default_rng(seed)
    drawn, short, long = {0}, [0], []
    for _ in range(100):
        for number in _draw(rng, 2 * (train + test), ceiling):
            if number not in drawn:
                drawn.add(number)
                (short if _words(number) <= max_words else long).append(number)
        if len(short) >= train + test and (len(long) >= test or max_words >= _words(CEILING)):
            # Small numbers are soon all drawn and stand in front: without mixing, hardly any would be held out.
            mixed = [0, *rng.permutation(short[1 : train + test]).tolist()]
            return NumberWords(pairs(mixed[:train]), pairs(mixed[train:]), pairs(long[:test]))
    wanted = f"{train + test} different numbers up to {ceiling} with at most {max_words} words"
    raise ValueError(f"there are not {wanted}: ask for fewer")


def pairs(numbers: Iterable[int]) -> Pairs:
    """These numbers with their words in both languages. raises: ValueError where one is not such a number."""
    numbers = list(numbers)
    return Pairs(numbers, [english(n) for n in numbers], [hindi(n) for n in numbers])


def _draw(rng: np.random.Generator, count: int, ceiling: int) -> list[int]:
    """Random numbers from 1 to `ceiling`: first how many digits, then the digits; every other number is a round one."""
    places = len(str(ceiling))
    length = rng.integers(1, places + 1, size=(count, 1))
    digits = rng.integers(0, 10, size=(count, places))
    round_ones = rng.random((count, 1)) < 0.5
    digits[round_ones & (rng.random(digits.shape) < 0.5)] = 0
    digits[np.arange(places) < places - length] = 0
    drawn = digits @ 10 ** np.arange(places)[::-1]
    return [int(number) for number in drawn if 0 < number <= ceiling]


def _words(number: int) -> int:
    """How many words the number has in Hindi: one for each group that is there, one for its name."""
    groups = [number // 1_00_00_000, number // 1_00_000 % 100, number // 1_000 % 100, number // 100 % 10]
    return 2 * sum(group > 0 for group in groups) + (number % 100 > 0 or number == 0)
