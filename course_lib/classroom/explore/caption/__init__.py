"""The explorer of text-to-image: a caption in Hindi or English, typed by the student, and the digits drawn from it."""

from collections.abc import Sequence

import torch
import traitlets
from torch import nn

from course_lib.classroom.explore.base import Explorer, rounded, script
from course_lib.classroom.explore.pack import dense, pack
from course_lib.classroom.language import message
from course_lib.data.digit_captions import DIGIT, WORDS
from course_lib.data.tokens import Vocabulary
from course_lib.models.conditional import CaptionEncoder, ConditionalBatchNorm2d, ConditionalNormGenerator
from course_lib.models.seq2seq import GRUEncoder

# What students may write in place of a word of the captions: figures, other spellings, the feminine forms.
FIGURES = {digit: words[0] for digit, words in zip("0123456789", WORDS["en"][DIGIT], strict=True)}
HINDI_FIGURES = {digit: words[0] for digit, words in zip("०१२३४५६७८९", WORDS["hi"][DIGIT], strict=True)}
SPELLINGS = {
    "पांच": "पाँच",
    "छः": "छह",
    "छ": "छह",
    "हिंदी": "हिन्दी",
    "बाएं": "बाएँ",
    "दाएं": "दाएँ",
    "an": "a",
    "roman": "latin",
}
FEMININE = {"मोटी": "मोटा", "पतली": "पतला", "झुकी": "झुका", "हुई": "हुआ", "सीधी": "सीधा", "खड़ी": "खड़ा", "तिरछी": "तिरछा"}


class CaptionToImage(Explorer):
    """Type a caption: the reader reads it, the generator draws it from several noises, and the strokes are measured.

    generator: ConditionalNormGenerator(CaptionEncoder(…, GRUEncoder(…))), trained; its 28 × 28 pixels in [−1, 1]
    vocabulary: of its captions, of level "words"
    examples: captions for the buttons; the first one is drawn at once
    pictures: how many noises
    bits: for each weight, as in `pack`
    raises: ValueError where the generator is another one, or the vocabulary does not belong to it
    Taught in: 07b_text_to_image
    """

    _esm = script("network.js", "translator/gru.js", "page.js", "caption/caption.js")
    _css = script("explorers.css", "caption/caption.css")
    tokens = traitlets.List().tag(sync=True)
    same = traitlets.Dict().tag(sync=True)
    examples = traitlets.List().tag(sync=True)
    noise = traitlets.List().tag(sync=True)

    def __init__(
        self,
        generator: ConditionalNormGenerator,
        vocabulary: Vocabulary,
        examples: Sequence[str],
        pictures: int = 8,
        bits: int = 8,
    ):
        _check(generator, vocabulary)
        latent_dim = generator.start[0].in_features - generator.embed.embed.embedding_dim
        rng = torch.Generator().manual_seed(0)  # its own: an explorer must not change what the lesson draws next
        own = ("field", "go", "again", "examples", "picture", "measured", "empty", "unknown", "long")
        super().__init__(
            [pack(layers, bits=bits) for layers in _layers(generator)],
            ("caption_explorer", *(f"caption_{key}" for key in own)),
            tokens=vocabulary.tokens,
            same=FIGURES | HINDI_FIGURES | SPELLINGS | FEMININE,
            examples=list(examples),
            noise=rounded(torch.randn(pictures, latent_dim, generator=rng)),
        )


def _check(generator, vocabulary: Vocabulary) -> None:
    """The browser has the loops for one kind of generator only, and no word may be missing there."""
    embed = getattr(generator, "embed", None)
    parts = [generator, embed, getattr(embed, "encoder", None)]
    if [type(part) for part in parts] != [ConditionalNormGenerator, CaptionEncoder, GRUEncoder]:
        given = ", ".join(type(part).__name__ for part in parts if part is not None)
        raise ValueError(message("error_caption", given=given))
    if vocabulary.level != "words" or len(vocabulary) != embed.embed.num_embeddings:
        given = f'level="{vocabulary.level}", {len(vocabulary)} tokens (generator: {embed.embed.num_embeddings})'
        raise ValueError(message("error_caption", given=given))


def _layers(generator: ConditionalNormGenerator) -> list[nn.Sequential]:
    """All layers, in the order in which caption.js takes them."""
    reader, gru, norm = generator.embed.embed, generator.embed.encoder.gru, generator.embed.norm
    by = (norm.running_var + norm.eps).rsqrt()
    return [
        nn.Sequential(dense(reader.weight)),  # an embedding: a row for each token
        nn.Sequential(dense(gru.weight_ih_l0, gru.bias_ih_l0)),
        nn.Sequential(dense(gru.weight_hh_l0, gru.bias_hh_l0)),
        nn.Sequential(dense(by.diag(), -norm.running_mean * by)),
        nn.Sequential(generator.start[0]),
        nn.Sequential(_folded(generator.norm7)),
        nn.Sequential(generator.up7),
        nn.Sequential(_folded(generator.norm14)),
        nn.Sequential(generator.up14, nn.Tanh()),
    ]


@torch.no_grad()
def _folded(norm: ConditionalBatchNorm2d) -> nn.Linear:
    """Condition -> scale and shift of the raw maps: in eval mode BatchNorm's mean and deviation are fixed numbers."""
    by = (norm.norm.running_var + norm.norm.eps).rsqrt()
    (scale, shift), (scale_bias, shift_bias) = norm.scale_shift.weight.chunk(2), norm.scale_shift.bias.chunk(2)
    scale, scale_bias = scale * by[:, None], (1 + scale_bias) * by
    shift, shift_bias = (
        shift - norm.norm.running_mean[:, None] * scale,
        shift_bias - norm.norm.running_mean * scale_bias,
    )
    return dense(torch.cat([scale, shift]), torch.cat([scale_bias, shift_bias]))
