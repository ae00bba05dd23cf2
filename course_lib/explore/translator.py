"""The explorer of translation: a number in, its Hindi out, word by word."""

from collections.abc import Sequence

import traitlets
from torch import nn

from course_lib import check, numbers
from course_lib.explore.base import Explorer, script
from course_lib.explore.pack import dense, pack
from course_lib.language import message
from course_lib.models.seq2seq import AttentionDecoder, GRUReader, Seq2Seq, TextEncoder
from course_lib.tokens import Vocabulary

# What each language counts in above 99, the largest first.
ENGLISH_GROUPS = (1_000_000, 1_000, 100)
HINDI_GROUPS = (1_00_00_000, 1_00_000, 1_000, 100)


class Translator(Explorer):
    """Type a number in digits or English words, and step through its translation: attention, and the likeliest words.

    model: Seq2Seq(TextEncoder(…, GRUReader(…)), AttentionDecoder(…)), trained on words
    english, hindi: its vocabularies, of level "words"
    bits: for each weight, as in `pack`
    start: the number to begin with
    examples: numbers for the buttons
    raises: ValueError where the model is another one, a vocabulary does not belong to it, or a number is too large
    Taught in: 01_encoder_decoder
    """

    _esm = script("network", "gru", "page", "number_words", "translator")
    english = traitlets.List().tag(sync=True)
    hindi = traitlets.List().tag(sync=True)
    spelling = traitlets.Dict().tag(sync=True)
    most = traitlets.Int().tag(sync=True)
    start = traitlets.Int().tag(sync=True)
    examples = traitlets.List().tag(sync=True)

    def __init__(
        self,
        model: Seq2Seq,
        english: Vocabulary,
        hindi: Vocabulary,
        bits: int = 8,
        start: int = 12_34_567,
        examples: Sequence[int] = (27, 427, 99_999, 12_34_567, 9_99_99_999),
    ):
        own = ("number", "go", "examples", "step", "read", "written", "next", "chosen")
        answer = ("model", "true", "same", "other")
        problems = ("empty", "unknown", "order", "large", "unseen")
        _check(model, english, hindi)
        check.kind("examples", examples, Sequence, "[27, …]")
        for name, number in (("start", start), *(("examples", each) for each in examples)):
            check.whole(name, number, least=0, most=numbers.CEILING)
        super().__init__(
            [pack(layers, bits=bits) for layers in _matrices(model)],
            ("translate_explorer", *(f"translate_{key}" for key in own + answer + problems)),
            english=english.tokens,
            hindi=hindi.tokens,
            spelling={
                "english": _spelling(numbers.english, ENGLISH_GROUPS),
                "hindi": _spelling(numbers.hindi, HINDI_GROUPS),
            },
            most=numbers.CEILING,
            start=start,
            examples=list(examples),
        )


def _check(model, english: Vocabulary, hindi: Vocabulary) -> None:
    """The browser has the loops for one kind of model only, and no word may be missing there."""
    parts = [model]
    if isinstance(model, Seq2Seq):
        parts = [model.encoder, getattr(model.encoder, "reader", None), model.decoder]
    if [type(part) for part in parts] != [TextEncoder, GRUReader, AttentionDecoder]:
        given = ", ".join(type(part).__name__ for part in parts if part is not None)
        raise ValueError(message("error_translator", given=given))
    for name, vocabulary, embed in (("english", english, model.encoder.embed), ("hindi", hindi, model.decoder.embed)):
        check.kind(name, vocabulary, Vocabulary)
        if vocabulary.level != "words" or len(vocabulary) != embed.num_embeddings:
            given = f'{name}: level="{vocabulary.level}", {len(vocabulary)} tokens (model: {embed.num_embeddings})'
            raise ValueError(message("error_translator", given=given))


def _matrices(model: Seq2Seq) -> list[nn.Sequential]:
    """All matrices of the model as dense layers, in the order in which static/gru.js takes them."""
    reads, writes, decoder = model.encoder.reader.gru, model.decoder.gru, model.decoder
    return [
        nn.Sequential(dense(model.encoder.embed.weight)),  # an embedding: a row for each token
        nn.Sequential(dense(reads.weight_ih_l0, reads.bias_ih_l0)),
        nn.Sequential(dense(reads.weight_hh_l0, reads.bias_hh_l0)),
        nn.Sequential(dense(decoder.embed.weight)),
        nn.Sequential(dense(writes.weight_ih_l0, writes.bias_ih_l0)),
        nn.Sequential(dense(writes.weight_hh_l0, writes.bias_hh_l0)),
        nn.Sequential(decoder.query),
        nn.Sequential(decoder.mix, nn.Tanh()),
        nn.Sequential(decoder.out),
    ]


def _spelling(spell, groups: Sequence[int]) -> dict:
    """What the browser needs to spell any number itself: the words from 0 to 99, and the names of larger groups."""
    small = [spell(number) for number in range(100)]
    return {"small": small, "groups": [[size, spell(size).split()[-1]] for size in groups]}
