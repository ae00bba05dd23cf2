"""Captions of digits in Hindi and English, and what they are made of: script, digit, thickness of the stroke, slant.

A wish is four whole numbers: script (0 Latin, 1 Devanagari), digit (0 … 9), thickness (0 thin, 1 medium, 2 thick) and
slant (0 left, 1 upright, 2 right); ANY where nothing is said of it.
"""

import unicodedata
from collections.abc import Sequence

import torch
from torch import Tensor

from course_lib.data.tokens import Vocabulary

ANY = -1
SCRIPT, DIGIT, THICKNESS, SLANT = range(4)  # the columns of a wish
LANGUAGES = ("hi", "en")

# Words of one meaning stand together. Each form of a sentence has a place for each of the four, in the order above.
WORDS = {
    "en": (
        (("latin", "english"), ("devanagari", "hindi")),
        (("zero",), ("one",), ("two",), ("three",), ("four",), ("five",), ("six",), ("seven",), ("eight",), ("nine",)),
        (("thin", "fine"), ("medium", "normal"), ("thick", "bold")),
        (("leaning left", "tilted left"), ("upright", "straight"), ("leaning right", "tilted right")),
    ),
    "hi": (
        (("अंग्रेज़ी",), ("देवनागरी", "हिन्दी")),
        (("शून्य",), ("एक",), ("दो",), ("तीन",), ("चार",), ("पाँच",), ("छह",), ("सात",), ("आठ",), ("नौ",)),
        (("पतला", "बारीक"), ("मध्यम", "सामान्य"), ("मोटा", "भारी")),
        (("बाईं ओर झुका हुआ", "बाएँ तिरछा"), ("सीधा", "खड़ा"), ("दाईं ओर झुका हुआ", "दाएँ तिरछा")),
    ),
}
FORMS = {
    "en": ("a {2} {0} {1} {3}", "{1} {2} {3} {0}", "{0} {1} {2} {3}", "{3} {2} {0} {1}"),
    "hi": ("{2} {0} {1} {3}", "{1} {2} {3} {0}", "{0} {1} {2} {3}", "{3} {2} {0} {1}"),
}
CORNERS = ((0, 0), (2, 2), (0, 2), (2, 0))  # thickness and slant, both at an end


def thirds(values: Tensor, groups: Tensor) -> tuple[Tensor, Tensor]:
    """In which third of its own group each value lies: 0 the lowest, 2 the highest.

    values: (N,), such as stroke widths; groups: (N,) whole numbers from 0, each group with three values at least
    returns: (N,) int64, and the two bounds of every group, (groups, 2)
    Taught in: 07b_text_to_image
    """
    cuts = torch.tensor([1 / 3, 2 / 3], device=values.device)
    bounds = torch.stack([values[groups == group].quantile(cuts) for group in range(int(groups.max()) + 1)])
    return third(values, bounds[groups]), bounds


def third(values: Tensor, bounds: Tensor) -> Tensor:
    """values: (N,); bounds: (N, 2), the lower first; returns (N,) int64 in 0 … 2. Taught in: 07b_text_to_image"""
    return (values[:, None] > bounds).sum(dim=1)


def unseen() -> Tensor:
    """Twenty wishes to hold out: of every digit of both scripts one corner, such as thick and leaning left.

    returns: (20, 4) int64
    Taught in: 07b_text_to_image
    """
    wishes = [(script, digit, *CORNERS[(digit + script) % 4]) for script in range(2) for digit in range(10)]
    return torch.tensor(wishes)


def among(wishes: Tensor, others: Tensor) -> Tensor:
    """Whether each wish is one of the others. wishes: (N, 4); others: (M, 4); returns (N,) bool."""
    return (wishes[:, None] == others).all(dim=2).any(dim=1)


def every_wish() -> Tensor:
    """All 180 that say everything, (180, 4) int64. Taught in: 07b_text_to_image"""
    return torch.cartesian_prod(*map(torch.arange, (2, 10, 3, 3)))


def vocabulary() -> Vocabulary:
    """Every word of every caption, of both languages. Taught in: 07b_text_to_image"""
    parts = (part for language in LANGUAGES for part in WORDS[language])
    words = (word for part in parts for same in part for word in same)
    return Vocabulary([*words, *(form.format(*[""] * 4) for language in LANGUAGES for form in FORMS[language])])


def captions(wishes: Tensor, language: str, rng: torch.Generator, silent: float = 0.0) -> list[str]:
    """A caption for every wish: one of several words for each of its four parts, in one of four orders.

    wishes: (N, 4) int64; of what is ANY the caption says nothing
    language: "hi" or "en"
    rng: chooses among words and orders
    silent: the share of script, thickness and slant, each by itself, that a caption leaves out all the same
    returns: N texts in NFC and small letters, without commas
    Source: made up for this course. Taught in: 07b_text_to_image
    """
    wishes = wishes.cpu().clone()
    left_out = torch.rand(wishes.shape, generator=rng) < silent
    left_out[:, DIGIT] = False
    wishes[left_out] = ANY
    draws = torch.rand(len(wishes), 5, generator=rng).tolist()
    return [_caption(wish, language, draw) for wish, draw in zip(wishes.tolist(), draws, strict=True)]


def _caption(wish: Sequence[int], language: str, draws: Sequence[float]) -> str:
    """draws: five numbers in [0, 1), for the form and for each part of the wish."""
    forms, (form, *parts) = FORMS[language], draws
    words = [
        "" if chosen == ANY else meanings[chosen][int(draw * len(meanings[chosen]))]
        for meanings, chosen, draw in zip(WORDS[language], wish, parts, strict=True)
    ]
    return unicodedata.normalize("NFC", " ".join(forms[int(form * len(forms))].format(*words).split()))
