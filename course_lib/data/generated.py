"""Digits that a GAN has generated which learned for longer than a lesson can wait."""

from pathlib import Path

import torch
from torch import Tensor

from course_lib.models.gan_networks import from_tanh, pair

SIZES = {"latent_dim": 32, "channels": (48, 24), "classes": 50}  # of the generator, pair("dcgan", **SIZES)


def weights(script: str) -> Path:
    """The file with the generator's weights, at half precision, and the share of each cluster."""
    return Path(__file__).with_name(f"gan_{script}.safetensors")


@torch.no_grad()
def generated_digits(count: int, script: str = "latin", seed: int = 0) -> Tensor:
    """Digits of a GAN that learned for 20 minutes on one core: tools/long_gan.py, from the lessons' 4,000 digits.

    script: "latin" or "devanagari"
    returns: (count, 1, 28, 28) in [0, 1]
    Taught in: 06_gan
    """
    from safetensors.torch import load_file

    numbers = {name: x.float() for name, x in load_file(weights(script)).items()}
    rng = torch.Generator().manual_seed(seed)
    cluster = torch.multinomial(numbers.pop("shares"), count, replacement=True, generator=rng)
    generator, _ = pair("dcgan", **SIZES)
    generator.load_state_dict(numbers)
    return from_tanh(generator.eval()(torch.randn(count, SIZES["latent_dim"], generator=rng), cluster))
