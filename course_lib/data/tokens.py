"""From texts to whole numbers and back: a word, or a character, becomes its place in a list."""

import unicodedata
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from course_lib import need
from course_lib.models.seq2seq import END, PAD, START

__all__ = ["END", "PAD", "START", "Vocabulary"]


class Vocabulary:
    """The list of all tokens of some texts: words, or single characters.

    texts: where the tokens are taken from
    level: "words" cuts at spaces and hyphens (twenty-seven is two words); "characters" takes every code point, so
        that a Devanagari vowel sign is a token of its own
    tokens: the list; a token's number is its place. The first three are PAD, START and END.
    raises: ValueError for another level
    Taught in: 01_encoder_decoder
    """

    def __init__(self, texts: Iterable[str], level: str = "words"):
        need.one_of("level", level, ("words", "characters"))
        self.level = level
        found = sorted({token for text in texts for token in self.split(text)})
        self.tokens = ["<pad>", "<start>", "<end>", *found]
        self._places = {token: place for place, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def split(self, text: str) -> list[str]:
        """The tokens of a text; capital letters count as small ones."""
        text = unicodedata.normalize("NFC", text).lower()
        return text.replace("-", " ").split() if self.level == "words" else list(text)

    def encode(self, texts: Sequence[str]) -> Tensor:
        """texts: N of them; returns (N, T) int64, each row closed by END and filled up with PAD.

        raises: ValueError naming the first token that is not in the list
        """
        rows = [[*map(self._place, self.split(text)), END] for text in texts]
        ids = torch.full((len(rows), max(map(len, rows), default=0)), PAD)
        for row, places in zip(ids, rows, strict=True):
            row[: len(places)] = torch.tensor(places)
        return ids

    def decode(self, ids: Tensor) -> list[str]:
        """ids: (N, T); returns N texts, each up to its END. Two words stand apart by a space, never by a hyphen."""
        between = " " if self.level == "words" else ""
        return [between.join(token for token in self.pieces(row) if token != self.tokens[END]) for row in ids]

    def pieces(self, row: Tensor) -> list[str]:
        """row: (T,), one text; returns its tokens up to <end>, for a figure."""
        places = row.tolist()
        stop = places.index(END) + 1 if END in places else len(places)
        return [self.tokens[place] for place in places[:stop]]

    def _place(self, token: str) -> int:
        if token not in self._places:
            raise ValueError(f"{token!r} is not in this vocabulary: the model never saw it in training")
        return self._places[token]
