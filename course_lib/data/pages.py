"""Whole pages of print, Hindi and English, and what a desk, a pocket and a cup of tea do to them."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from course_lib.data.base import cached
from course_lib.data.corrupt import scan
from course_lib.data.documents import HEIGHT, WIDTH, WORDS, can_draw_hindi, line, number
from course_lib.data.fonts import FACES

LINES, MARGIN, GAP, MOST = 16, 16, 7, 6  # lines of a page, pixels around them and between words, most words of one


class Word(NamedTuple):
    """Where a word stands: pixels `left` to `right` of the 32 rows from `top` on."""

    page: int
    top: int
    left: int
    right: int
    text: str


class Pages(NamedTuple):
    """Pages (N, 1, 544, 288) float32 in [0, 1], ink at 0 and paper at 1, and every word on them that is no number."""

    images: Tensor
    words: list[Word]
    name: str


def printed_pages(count: int, held_out: bool, seed: int = 0) -> Pages:
    """Pages of print, English and Hindi in turn. Synthetic: random words, amounts and dates in one font a page.

    held_out: with the words that no training line or page has
    Source: the words and fonts of `printed_lines`. Taught in: 03c_applications
    """
    shapes = [(count, 2 * MARGIN + LINES * HEIGHT, 2 * MARGIN + WIDTH), (count, LINES, MOST, 3), (count, LINES, MOST)]
    languages = ("en", "hi") if can_draw_hindi() else ("en",)
    file = f"printed_pages_1_{'_'.join(languages)}_{count}_{held_out:d}_{seed}"
    images, places, texts = cached(file, shapes, lambda: _printed(shapes, languages, held_out, seed))
    words = [Word(int(i), *places[i, j, k].tolist(), str(texts[i, j, k])) for i, j, k in np.argwhere(texts != "")]
    return Pages(torch.from_numpy(images).float()[:, None] / 255, words, "pages of print (synthetic)")


def _printed(shapes, languages, held_out: bool, seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng((seed, held_out))
    images, places, texts = np.full(shapes[0], 255, np.uint8), np.zeros(shapes[1], np.int16), np.zeros(shapes[2], "U16")
    for page, row in np.ndindex(*shapes[2][:2]):
        language = languages[page % len(languages)]
        if row == 0:
            face, size = FACES[rng.integers(len(FACES))], rng.uniform(17.5, 20)
        top, left = MARGIN + row * HEIGHT, MARGIN + int(rng.integers(0, 12))
        for place in range(rng.integers(3, MOST + 1)):
            numeric = rng.random() < 0.25
            text = number(language, rng) if numeric else str(rng.choice(WORDS[language][held_out].split()))
            word = ink(line(text, face, size))
            right = left + word.shape[1]
            if right > shapes[0][2] - MARGIN:
                break
            images[page, top : top + HEIGHT, left:right] = word
            if not numeric:
                places[page, row, place], texts[page, row, place] = (top, left, right), text
            left = right + GAP
    return images, places, texts


def cut(images: Tensor, words: list[Word], width: int = 104) -> Tensor:
    """Every word by itself, from pages (N, 1, H, W) or from what a model made of them, as `measures.reader` takes it.

    returns: (len(words), 1, 32, width), what is not of the word white. Taught in: 03c_applications
    """
    alone = images.new_ones(len(words), 1, HEIGHT, width)
    for image, (page, top, left, right, _) in zip(alone, words, strict=True):
        image[..., : right - left + 6] = images[page, :, top : top + HEIGHT, left - 3 : right + 3]
    return alone


def ink(drawn: np.ndarray) -> np.ndarray:
    """(H, W) without the empty columns on both sides."""
    columns = np.flatnonzero(drawn.min(axis=0) < 250)
    return drawn[:, columns[0] : columns[-1] + 1]


def worn(x: Tensor, rng: Generator | None = None) -> Tensor:
    """Pages with stains, a ring of tea, two folds that lose ink and darken one side, a shadow, grain. Synthetic.

    x: (N, 1, H, W) in [0, 1], dark ink on white paper; returns: the same shape. Taught in: 03c_applications
    """

    def uniform(low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(len(x), 1, 1, 1, generator=rng)).to(x)

    def away_from(low: float, high: float) -> tuple[Tensor, Tensor]:
        down, across = torch.arange(x.shape[2]).to(x)[:, None], torch.arange(x.shape[3]).to(x)
        return down - uniform(low, high) * x.shape[2], across - uniform(low, high) * x.shape[3]

    page, (down, across) = x, away_from(0.2, 0.8)
    for away, along in ((down, across), (across, down)):
        away = away + uniform(-0.05, 0.05) * along  # no fold is quite straight
        page = page + (1 - page) * torch.exp(-((away / 1.2) ** 2))
        page = page * (1 - uniform(0.1, 0.45) * torch.exp(-away.clamp(min=0) / 14) * (away > 0))
    far = torch.hypot(*away_from(0, 1)) - uniform(35, 70)
    page = page * (1 - uniform(0.1, 0.4) * torch.exp(-((far / 3) ** 2)) - uniform(0.05, 0.2) * torch.sigmoid(-far / 2))
    turn, (down, across) = uniform(0, 2 * torch.pi), away_from(0.3, 0.7)
    page = page * (1 - uniform(0.2, 0.6) * torch.sigmoid((down * turn.cos() + across * turn.sin()) / uniform(6, 40)))
    return scan(page.clamp(0, 1), 0.4, rng)
