"""What Translator sends to the browser; tests/browser/test_translator_page.py looks at what the browser makes of it."""

import base64
import copy
import json

import pytest
import torch
from test_explore import unpack

from course_lib.classroom import explore, language
from course_lib.data import number_words
from course_lib.data.tokens import Vocabulary
from course_lib.models.seq2seq import AttentionDecoder, GRUDecoder, GRUEncoder, Seq2Seq, TextEncoder
from course_lib.models.transformer import TransformerEncoder

# Every word that a number up to 99,99,99,999 has.
WORDS = [*range(100), 100, 1_000, 1_00_000, 1_00_00_000]
ENGLISH = Vocabulary(map(number_words.english, WORDS))
HINDI = Vocabulary(map(number_words.hindi, WORDS))


def build(width=16, english=ENGLISH, hindi=HINDI, encoder=GRUEncoder, decoder=AttentionDecoder):
    torch.manual_seed(0)
    reads = TextEncoder(len(english), encoder(width), width=width)
    return Seq2Seq(reads, decoder(len(hindi), width=width)).eval()


def received(widget, model):
    """The model as the browser gets it, read by the tests' own reader of packed weights."""
    at, matrices = 0, []
    for [layer] in widget.networks:
        stream = -(-layer["outputs"] * layer["inputs"] * layer["bits"] // 32) * 4
        size = 8 * layer["outputs"] + stream
        [(_, weight, bias)] = unpack([layer], widget.weights[at : at + size])
        matrices.append((weight[:, :, 0, 0], bias))
        at += size
    assert at == len(widget.weights)
    copied = copy.deepcopy(model)
    read, write, decoder = copied.encoder.encoder.gru, copied.decoder.gru, copied.decoder
    places = [
        (copied.encoder.embed.weight, None),
        (read.weight_ih_l0, read.bias_ih_l0),
        (read.weight_hh_l0, read.bias_hh_l0),
        (decoder.embed.weight, None),
        (write.weight_ih_l0, write.bias_ih_l0),
        (write.weight_hh_l0, write.bias_hh_l0),
        *((layer.weight, layer.bias) for layer in (decoder.query, decoder.combine, decoder.out)),
    ]
    assert sum(p.numel() for place in places for p in place if p is not None) == sum(
        p.numel() for p in model.parameters()
    )
    with torch.no_grad():
        for (weight, bias), (sent, offset) in zip(places, matrices, strict=True):
            weight.copy_(sent)
            if bias is None:
                assert not offset.any()
            else:
                bias.copy_(offset)
    return copied


def kilobytes(widget):
    """The widget's whole state as a notebook keeps it: JSON, and base64 for bytes; its JavaScript and CSS too."""
    state = widget.get_state().values()
    return sum(len(base64.b64encode(v) if isinstance(v, bytes) else json.dumps(v, default=str)) for v in state) / 1000


@pytest.mark.parametrize(("bits", "close"), [(16, 1e-4), (8, 0.02), (7, 0.04), (6, 0.08)])
def test_packed_model_expects_what_the_model_expects(bits, close):
    model = build(48)
    few = number_words.pairs([0, 7, 427, 12_34_567, 9_99_99_999])
    source, target = ENGLISH.encode(few.english), HINDI.encode(few.hindi)
    packed = received(explore.Translator(model, ENGLISH, HINDI, bits), model)
    error = packed(source, target) - model(source, target)
    assert 0 < error.abs().max() < close
    assert torch.allclose(packed.greedy(source, 10)[1][:, 0], model.greedy(source, 10)[1][:, 0], atol=close)


@pytest.mark.parametrize(("width", "bits", "most"), [(96, 8, 325), (112, 8, 415), (128, 8, 515), (112, 6, 330)])
def test_translator_stays_small(width, bits, most):
    assert kilobytes(explore.Translator(build(width), ENGLISH, HINDI, bits)) < most


def test_the_model_and_the_random_numbers_stay_as_they_were():
    model = build()
    before = copy.deepcopy(model.state_dict())
    state = torch.get_rng_state()
    explore.Translator(model, ENGLISH, HINDI)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_browser_gets_the_words_of_the_course():
    widget = explore.Translator(build(), ENGLISH, HINDI, start=5, examples=range(3))
    assert widget.spelling["hindi"] == {
        "small": [number_words.hindi(number) for number in range(100)],
        "groups": [[1_00_00_000, "करोड़"], [1_00_000, "लाख"], [1_000, "हज़ार"], [100, "सौ"]],
    }
    assert widget.spelling["english"]["small"][::27] == ["zero", "twenty-seven", "fifty-four", "eighty-one"]
    assert widget.spelling["english"]["groups"] == [[1_000_000, "million"], [1_000, "thousand"], [100, "hundred"]]
    assert (widget.english, widget.hindi) == (ENGLISH.tokens, HINDI.tokens)
    assert (widget.start, widget.examples, widget.most) == (5, [0, 1, 2], 99_99_99_999)
    assert repr(widget) == "Translate a number, step by step"
    assert widget.texts["translate_same"]["hi"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((build(encoder=TransformerEncoder), ENGLISH, HINDI), "TextEncoder, TransformerEncoder, AttentionDecoder"),
        ((build(decoder=GRUDecoder), ENGLISH, HINDI), "TextEncoder, GRUEncoder, GRUDecoder"),
        ((Seq2Seq(torch.nn.Flatten(), AttentionDecoder(len(HINDI))), ENGLISH, HINDI), "Flatten, AttentionDecoder"),
        ((build(), HINDI, HINDI), 'english: level="words", 107 tokens (model: 34)'),
        ((build(), ENGLISH, ENGLISH), 'hindi: level="words", 34 tokens (model: 107)'),
    ],
)
def test_what_the_browser_cannot_run_is_refused(given, said):
    with pytest.raises(ValueError, match="Translator") as error:
        explore.Translator(*given)
    assert said in str(error.value)
    assert "चाहिए" in str(error.value)


def test_a_model_of_characters_is_refused():
    letters = Vocabulary(map(number_words.english, WORDS), level="characters")
    with pytest.raises(ValueError, match='english: level="characters"'):
        explore.Translator(build(english=letters), letters, HINDI)


def test_one_language_alone():
    language.use("hi")
    try:
        assert explore.Translator(build(), ENGLISH, HINDI).language == "hi"
    finally:
        language.use("both")
