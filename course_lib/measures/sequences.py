"""How far texts are from the right ones."""

from collections.abc import Sequence
from statistics import fmean


def exact_match(predicted: Sequence[str], true: Sequence[str]) -> float:
    """The share of texts that are right from the first character to the last.

    predicted, true: N texts each
    returns: in [0, 1]
    Taught in: 01_encoder_decoder
    """
    return fmean(p == t for p, t in zip(_texts(predicted), _texts(true), strict=True))


def character_error_rate(predicted: Sequence[str], true: Sequence[str]) -> float:
    """How many characters must be put in, taken out or changed, for each character of the right texts.

    predicted, true: N texts each; a character is a code point, so that a wrong vowel sign is one error
    returns: 0 where all is right; above 1 where more is wrong than there is to write
    Source: edit distance of Levenshtein (1966), through jiwer. Taught in: 01_encoder_decoder
    """
    import jiwer

    characters = jiwer.ReduceToListOfListOfChars()  # spaces at the ends as well, which jiwer would forgive
    return float(jiwer.cer(_texts(true), _texts(predicted), characters, characters))


def _texts(given: Sequence[str]) -> list[str]:
    """One text is a list of one, not of its letters."""
    return [given] if isinstance(given, str) else list(given)
