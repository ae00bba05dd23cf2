"""The corpus: every number read back by parsers of the tests' own, spelling against a reference, splits."""

import random
import re
import unicodedata

import pytest
from hindi_numbers import ACCEPTED, STANDARD

from course_lib.data import number_words
from course_lib.data.number_words import CEILING, english, hindi

NUMBERS = [
    *range(1200),
    *(10**k + d for k in range(3, 9) for d in (-1, 0, 1)),
    *(int(10 ** random.Random(n).uniform(0, 9)) for n in range(2500)),
    CEILING - 1,
    CEILING,
]
SMALL = """zero one two three four five six seven eight nine ten
eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"""
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def from_english(text: str) -> int:
    """Reads words up to a thousand's name as one group; groups must get smaller from left to right."""
    total, group, last, small, tens = 0, 0, float("inf"), SMALL.split(), TENS.split()
    for word in re.split(r"[ -]", text):
        if word in small:
            group += small.index(word)
        elif word in tens:
            group += 10 * (tens.index(word) + 2)
        elif word == "hundred":
            group *= 100
        else:
            scale = {"thousand": 1_000, "million": 1_000_000}[word]
            assert 0 < group < 1000
            assert scale < last
            total, group, last = total + group * scale, 0, scale
    return total + group


def from_hindi(text: str) -> int:
    """Reads pairs of a word below 100 and a name; names must get smaller from left to right."""
    total, waiting, last = 0, None, float("inf")
    for word in text.split():
        if word in STANDARD:
            assert waiting is None
            waiting = STANDARD.index(word)
        else:
            scale = {"सौ": 100, "हज़ार": 1_000, "लाख": 1_00_000, "करोड़": 1_00_00_000}[unicodedata.normalize("NFC", word)]
            assert waiting
            assert scale < last
            total, waiting, last = total + waiting * scale, None, scale
    return total + (waiting or 0)


def test_both_languages_read_back():
    for number in NUMBERS:
        assert from_english(english(number)) == number
        assert from_hindi(hindi(number)) == number


def test_no_two_numbers_share_their_words():
    assert len({english(n) for n in NUMBERS}) == len({hindi(n) for n in NUMBERS}) == len(set(NUMBERS))


def test_words_below_100_are_the_standard_ones():
    assert [hindi(n) for n in range(100)] == [unicodedata.normalize("NFC", word) for word in STANDARD]
    assert len(set(STANDARD)) == 100


def test_the_library_differs_from_the_standard_only_where_we_say_so():
    """What unicode-rbnf itself writes is the standard or an accepted variant; should it change, look again."""
    for number in range(100):
        written = unicodedata.normalize("NFC", number_words._spell(number, "hi"))
        assert written in [STANDARD[number], *ACCEPTED.get(number, [])]


def test_accepted_variants_are_no_other_number():
    assert not {word for words in ACCEPTED.values() for word in words} & set(STANDARD)


def test_normal_form_has_two_code_points_for_letters_with_a_dot():
    for number in NUMBERS:
        assert unicodedata.is_normalized("NFC", hindi(number))
        assert english(number).isascii()
    assert "ह\u091c\u093cार" in hindi(1000)
    assert "करो\u0921\u093c" in hindi(1_00_00_000)
    assert not {"\u095b", "\u095c"} & set(hindi(1_00_01_000))


def test_spoken_examples():
    assert english(427) == "four hundred twenty-seven"
    assert hindi(427) == unicodedata.normalize("NFC", "चार सौ सत्ताईस")
    assert english(1_23_00_000) == "twelve million three hundred thousand"
    assert hindi(1_23_00_000) == unicodedata.normalize("NFC", "एक करोड़ तेईस लाख")


def test_other_numbers_are_refused():
    for number in (-1, CEILING + 1, 1.5):
        for spell in (english, hindi):
            with pytest.raises(
                ValueError, match=f"{number} has no words here: take a whole number from 0 to 999999999"
            ):
                spell(number)


@pytest.fixture(scope="module")
def words():
    return number_words.number_words(train=3000, test=400, max_words=7)


def test_splits_share_no_number(words):
    sizes = [len(part.numbers) for part in words]
    assert sizes == [3000, 400, 400]
    assert len({number for part in words for number in part.numbers}) == sum(sizes)
    for part in words:
        assert part.english == [english(n) for n in part.numbers]
        assert part.hindi == [hindi(n) for n in part.numbers]


def test_longer_numbers_are_longer_than_any_to_train_on(words):
    lengths = [[len(text.split()) for text in part.hindi] for part in words]
    assert max(lengths[0] + lengths[1]) == 7
    assert min(lengths[2]) > 7
    assert max(len(t.split()) for t in words.longer.english) > max(len(t.split()) for t in words.train.english)


def test_the_training_set_has_every_word_of_the_held_out_ones(words):
    for language in ("english", "hindi"):
        seen, *held_out = ({w for t in getattr(part, language) for w in re.split("[ -]", t)} for part in words)
        assert all(part <= seen for part in held_out)
    assert set(STANDARD) <= {w for t in words.train.hindi for w in t.split()}


def test_short_and_long_numbers_both_occur_in_both_splits(words):
    for part, least in ((words.train, 90), (words.test, 8)):
        digits = [len(str(n)) for n in part.numbers]
        assert all(digits.count(length) >= least for length in range(3, 10)), digits
    assert min(words.test.numbers) < 1000


def test_words_are_counted_as_they_are_written(words):
    for number in words.train.numbers + words.longer.numbers:
        assert number_words._words(number) == len(hindi(number).split())


def test_same_seed_same_numbers(words):
    assert number_words.number_words(train=3000, test=400, max_words=7) == words
    assert number_words.number_words(train=3000, test=400, max_words=7, seed=1).train != words.train


def test_a_lower_ceiling():
    small = number_words.number_words(train=2000, test=500, ceiling=9_999)
    assert max(small.train.numbers + small.test.numbers) <= 9_999
    assert small.longer.numbers == []


def test_more_numbers_than_there_are():
    with pytest.raises(ValueError, match="there are not 1100 different numbers up to 999 with at most 9 words"):
        number_words.number_words(train=1000, test=100, ceiling=999)
