"""A latent diffusion model that has learned for longer than a lesson can wait."""

from pathlib import Path

from torch import nn

from course_lib.models.autoencoders import dense
from course_lib.models.diffusion import Diffusion, TimeMLP

WEIGHTS = Path(__file__).with_name("diffusion.safetensors")


def latent_diffusion() -> tuple[Diffusion, nn.Sequential]:
    """A diffusion of 32 numbers that is told the digit, and the decoder that draws them: tools/long_diffusion.py.

    Learned from the lessons' 4,000 digits in 2.3 minutes on one core; 430 kB at half precision.
    returns: the diffusion, and a decoder (N, 32) -> (N, 1, 28, 28) in [0, 1] of what it samples; both in eval mode
    Taught in: 09_gan_vae_diffusion
    """
    from safetensors.torch import load_file

    both = nn.ModuleDict(networks())
    both.load_state_dict(load_file(WEIGHTS))
    both.eval()
    return both["diffusion"], both["decoder"]


def networks() -> dict[str, nn.Module]:
    """Untrained."""
    return {"diffusion": Diffusion(TimeMLP(32, width=128, classes=10), dim=32), "decoder": dense(latent_dim=32)[1]}
