"""From texts to whole numbers and back: a word, or a character, becomes its place in a list."""

import unicodedata
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from course_lib import check
from course_lib.language import message

PAD, START, END = range(3)  # fills up short rows; what the decoder reads first; the end of a text


class Vocabulary:
    """The list of all tokens of some texts: words, or single characters.

    texts: where the tokens are taken from
    level: "words" cuts at spaces and hyphens (twenty-seven is two words); "characters" takes every code point, so
        that a Devanagari vowel sign is a token of its own
    tokens: the list; a token's number is its place. The first three are PAD, START and END.
    raises: ValueError for another level, or what is no collection of texts
    Taught in: 01_encoder_decoder
    """

    def __init__(self, texts: Iterable[str], level: str = "words"):
        if not isinstance(level, str) or level not in ("words", "characters"):
            raise ValueError(message("error_level", level=repr(level)))
        texts = _checked(texts)
        self.level = level
        found = sorted({token for text in texts for token in self.split(text)})
        self.tokens = ["<pad>", "<start>", "<end>", *found]
        self._places = {token: place for place, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def split(self, text: str) -> list[str]:
        """The tokens of a text; capital letters count as small ones."""
        check.kind("text", text, str)
        text = unicodedata.normalize("NFC", text).lower()
        return text.replace("-", " ").split() if self.level == "words" else list(text)

    def encode(self, texts: Sequence[str]) -> Tensor:
        """texts: N of them; returns (N, T) int64, each row closed by END and filled up with PAD.

        raises: ValueError naming the first token that is not in the list
        """
        texts = _checked(texts)
        rows = [[*map(self._place, self.split(text)), END] for text in texts]
        ids = torch.full((len(rows), max(map(len, rows), default=0)), PAD)
        for row, places in zip(ids, rows, strict=True):
            row[: len(places)] = torch.tensor(places)
        return ids

    def decode(self, ids: Tensor) -> list[str]:
        """ids: (N, T); returns N texts, each up to its END. Two words stand apart by a space, never by a hyphen.

        raises: ValueError for a number that no token has
        """
        check.tensor("ids", ids, ("N", "T"), like=torch.int64)
        between = " " if self.level == "words" else ""
        return [between.join(token for token in self.pieces(row) if token != self.tokens[END]) for row in ids]

    def pieces(self, row: Tensor) -> list[str]:
        """row: (T,), one text; returns its tokens up to <end>, for a figure."""
        check.tensor("ids", row, ("T",), like=torch.int64)
        check.ids("ids", row, len(self))
        places = row.tolist()
        stop = places.index(END) + 1 if END in places else len(places)
        return [self.tokens[place] for place in places[:stop]]

    def _place(self, token: str) -> int:
        if token not in self._places:
            raise ValueError(message("error_token", token=repr(token)))
        return self._places[token]


def _checked(texts: object) -> list[str]:
    """Texts, not one text, whose letters would each be taken for a text."""
    texts = check.several("texts", texts, '["…", "…"]')
    for text in texts:
        check.kind("text", text, str)
    return texts
