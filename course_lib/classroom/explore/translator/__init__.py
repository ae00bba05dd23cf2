"""The explorer of translation: a number in, its Hindi out, word by word."""

from collections.abc import Sequence

import traitlets
from torch import nn

from course_lib.classroom.explore.base import Explorer, script
from course_lib.classroom.explore.pack import dense, pack
from course_lib.classroom.language import message
from course_lib.data import number_words
from course_lib.data.tokens import Vocabulary
from course_lib.models.seq2seq import AttentionDecoder, GRUEncoder, Seq2Seq, TextEncoder

# What each language counts in above 99, the largest first.
ENGLISH_GROUPS = (1_000_000, 1_000, 100)
HINDI_GROUPS = (1_00_00_000, 1_00_000, 1_000, 100)


class Translator(Explorer):
    """Type a number in digits or English words, and step through its translation: attention, and the likeliest words.

    model: Seq2Seq(TextEncoder(…, GRUEncoder(…)), AttentionDecoder(…)), trained on words
    english, hindi: its vocabularies, of level "words"
    bits: for each weight, as in `pack`
    start: the number to begin with
    examples: numbers for the buttons
    raises: ValueError where the model is another one, or a vocabulary does not belong to it
    Taught in: 01_encoder_decoder
    """

    _esm = script(
        "network.js", "translator/gru.js", "page.js", "translator/number_words.js", "translator/translator.js"
    )
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
        super().__init__(
            [pack(layers, bits=bits) for layers in _matrices(model)],
            ("translate_explorer", *(f"translate_{key}" for key in own + answer + problems)),
            english=english.tokens,
            hindi=hindi.tokens,
            spelling={
                "english": _spelling(number_words.english, ENGLISH_GROUPS),
                "hindi": _spelling(number_words.hindi, HINDI_GROUPS),
            },
            most=number_words.CEILING,
            start=start,
            examples=list(examples),
        )


def _check(model, english: Vocabulary, hindi: Vocabulary) -> None:
    """The browser has the loops for one kind of model only, and no word may be missing there."""
    parts = [model.encoder, getattr(model.encoder, "encoder", None), model.decoder]
    if [type(part) for part in parts] != [TextEncoder, GRUEncoder, AttentionDecoder]:
        given = ", ".join(type(part).__name__ for part in parts if part is not None)
        raise ValueError(message("error_translator", given=given))
    for name, vocabulary, embed in (("english", english, model.encoder.embed), ("hindi", hindi, model.decoder.embed)):
        if vocabulary.level != "words" or len(vocabulary) != embed.num_embeddings:
            given = f'{name}: level="{vocabulary.level}", {len(vocabulary)} tokens (model: {embed.num_embeddings})'
            raise ValueError(message("error_translator", given=given))


def _matrices(model: Seq2Seq) -> list[nn.Sequential]:
    """All matrices of the model as dense layers, in the order in which gru.js takes them."""
    reads, writes, decoder = model.encoder.encoder.gru, model.decoder.gru, model.decoder
    return [
        nn.Sequential(dense(model.encoder.embed.weight)),  # an embedding: a row for each token
        nn.Sequential(dense(reads.weight_ih_l0, reads.bias_ih_l0)),
        nn.Sequential(dense(reads.weight_hh_l0, reads.bias_hh_l0)),
        nn.Sequential(dense(decoder.embed.weight)),
        nn.Sequential(dense(writes.weight_ih_l0, writes.bias_ih_l0)),
        nn.Sequential(dense(writes.weight_hh_l0, writes.bias_hh_l0)),
        nn.Sequential(decoder.query),
        nn.Sequential(decoder.combine, nn.Tanh()),
        nn.Sequential(decoder.out),
    ]


def _spelling(spell, groups: Sequence[int]) -> dict:
    """What the browser needs to spell any number itself: the words from 0 to 99, and the names of larger groups."""
    small = [spell(number) for number in range(100)]
    return {"small": small, "groups": [[size, spell(size).split()[-1]] for size in groups]}
