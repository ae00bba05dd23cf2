"""Digits that a GAN draws from a caption: too long to train in a lesson, so its generator's weights are packaged."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from course_lib.data.digit_captions import vocabulary
from course_lib.data.tokens import Vocabulary
from course_lib.models.conditional import CaptionEncoder, ConditionalNormGenerator
from course_lib.models.gan_networks import from_tanh
from course_lib.models.seq2seq import GRUEncoder

WEIGHTS = Path(__file__).with_name("text_to_image.safetensors")  # half precision, 420 kB
SIZES = {"condition_dim": 32, "latent_dim": 64, "channels": (40, 20)}


@cache
def caption_generator() -> tuple[ConditionalNormGenerator, Vocabulary]:
    """The generator of lesson 07b with a few more feature maps, and the vocabulary that its reader knows.

    Trained by tools/long_captions.py in 4 minutes on one core, on the lesson's digits and captions: the twenty
    wishes of `digit_captions.unseen()` were held out.
    returns: (z (N, 64), tokens (N, T)) -> (N, 1, 28, 28) in [−1, 1]; its vocabulary
    Taught in: 07b_text_to_image
    """
    from safetensors.torch import load_file

    words, width = vocabulary(), SIZES["condition_dim"]
    generator = ConditionalNormGenerator(CaptionEncoder(len(words), GRUEncoder(width), width), **SIZES)
    generator.load_state_dict(load_file(WEIGHTS), strict=False)
    return generator.eval().requires_grad_(False), words


@torch.no_grad()
def drawn_captions(captions: Sequence[str], count: int = 1, seed: int = 0) -> Tensor:
    """What `caption_generator` draws.

    captions: N texts of words that it knows; count: how many pictures of each
    returns: (N · count, 1, 28, 28) float32 in [0, 1], those of one caption side by side
    raises: ValueError naming the first word that it does not know
    Taught in: 07b_text_to_image
    """
    generator, words = caption_generator()
    z = torch.randn(len(captions) * count, SIZES["latent_dim"], generator=torch.Generator().manual_seed(seed))
    return from_tanh(generator(z, words.encode(captions).repeat_interleave(count, dim=0)))
