"""What CaptionToImage sends to the browser; tests/browser/test_caption_page.py looks at what it makes of it."""

import copy
import json

import pytest
import torch
from test_translator import kilobytes
from torch import nn

from course_lib.classroom import explore, language
from course_lib.classroom.explore.caption import FEMININE, FIGURES, HINDI_FIGURES, SPELLINGS, _folded
from course_lib.data.digit_captions import captions, every_wish
from course_lib.data.tokens import Vocabulary
from course_lib.models.conditional import CaptionEncoder, ConditionalBatchNorm2d, ConditionalNormGenerator
from course_lib.models.seq2seq import GRUEncoder
from course_lib.models.transformer import TransformerEncoder

TEXTS = [
    text
    for code in ("hi", "en")
    for text in captions(every_wish().repeat(4, 1), code, torch.Generator().manual_seed(0))
]
WORDS = Vocabulary(TEXTS)


def build(width=32, channels=(32, 16), encoder=GRUEncoder, vocabulary=WORDS):
    torch.manual_seed(0)
    reader = CaptionEncoder(len(vocabulary), encoder(width), width)
    generator = ConditionalNormGenerator(reader, width, channels=channels)
    generator(torch.randn(64, 64), vocabulary.encode(TEXTS[:64]))  # BatchNorm gets its averages
    return generator.eval()


def test_folded_batch_norm_does_what_it_does():
    norm = ConditionalBatchNorm2d(5, 7)
    x, condition = 3 * torch.randn(40, 5, 4, 4) + 2, torch.randn(40, 7)
    norm(x, condition)
    norm.eval()
    scale, shift = _folded(norm)(condition)[:, :, None, None].chunk(2, dim=1)
    assert torch.allclose(norm(x, condition), scale * x + shift, atol=1e-5)


def test_the_state_is_plain_and_small():
    widget = explore.CaptionToImage(build(), WORDS, TEXTS[:3])
    state = {name: getattr(widget, name) for name in ("tokens", "same", "texts", "networks", "examples", "noise")}
    assert json.loads(json.dumps(state)) == state
    assert kilobytes(widget) < 290
    assert kilobytes(explore.CaptionToImage(build(channels=(40, 20)), WORDS, TEXTS[:3], bits=6)) < 290
    assert repr(widget) == "Write a caption, get a picture"


def test_the_model_and_the_random_numbers_stay_as_they_were():
    generator = build()
    before, state = copy.deepcopy(generator.state_dict()), torch.get_rng_state()
    explore.CaptionToImage(generator, WORDS, TEXTS[:1])
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_every_other_spelling_leads_to_a_word_that_is_known():
    for other, word in (FIGURES | HINDI_FIGURES | SPELLINGS | FEMININE).items():
        assert word in WORDS.tokens, word
        assert other not in WORDS.tokens, other


@pytest.mark.parametrize(
    ("generator", "vocabulary", "said"),
    [
        (build(encoder=TransformerEncoder), WORDS, "ConditionalNormGenerator, CaptionEncoder, TransformerEncoder"),
        (ConditionalNormGenerator(nn.Embedding(10, 32)), WORDS, "ConditionalNormGenerator, Embedding"),
        (nn.Flatten(), WORDS, "Flatten"),
        (build(), Vocabulary(TEXTS[:3]), f"(generator: {len(WORDS)})"),
    ],
)
def test_what_the_browser_cannot_run_is_refused(generator, vocabulary, said):
    with pytest.raises(ValueError, match="CaptionToImage") as error:
        explore.CaptionToImage(generator, vocabulary, TEXTS[:1])
    assert said in str(error.value)
    assert "चाहिए" in str(error.value)


def test_one_language_alone():
    language.use("hi")
    try:
        assert explore.CaptionToImage(build(), WORDS, TEXTS[:1]).language == "hi"
    finally:
        language.use("both")
