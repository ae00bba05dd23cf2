"""The explorer of a latent diffusion's way from noise to a picture, recorded in Python and drawn in the browser."""

import torch
import traitlets
from torch import Tensor, nn

from course_lib.classroom.explore.base import Explorer, need_shape, rounded, script
from course_lib.classroom.explore.pack import dense, drawn_part, drawn_side, pack
from course_lib.models.diffusion import Diffusion


class NoiseWalk(Explorer):
    """From noise to a picture: what the model holds at each time, beside what it takes for the clean image.

    decoder: dense layers from the code to the pixels, a sigmoid at the end
    noisy, clean: (S, L, K), what `walk` recorded of S samples at L times, on the scale of the decoder's codes
    noise: (L,) in [0, 1], the share of noise at each of them, from pure noise to none
    bits: for each weight of the decoder, as in `pack`
    raises: ValueError where these do not belong together, or the browser cannot run the decoder
    Taught in: 09_gan_vae_diffusion
    """

    _esm = script("network.js", "page.js", "noise_walk/noise_walk.js")
    _css = script("explorers.css", "noise_walk/noise_walk.css")  # of its own: a notebook keeps the style of each
    noise = traitlets.List().tag(sync=True)
    used = traitlets.List().tag(sync=True)

    def __init__(self, decoder: nn.Sequential, noisy: Tensor, clean: Tensor, noise: Tensor, bits: int = 7):
        own = ("sample", "level", "noisy", "clean")
        need_shape("noisy", noisy, len(noisy), len(noise), noisy.shape[-1])
        need_shape("clean", clean, *noisy.shape)
        codes = torch.stack([noisy, clean]).flatten(0, 2)
        side = drawn_side(decoder, codes)
        used, narrow = drawn_part(decoder, codes)
        super().__init__(
            # The codes travel as the rows of one more layer; with 12 bits they are finer than the decoder's weights.
            [pack(narrow, bits=bits), pack(nn.Sequential(dense(codes)), bits=12)],
            ("noise_walk", "game_play", "game_pause", *(f"noise_walk_{key}" for key in own)),
            noise=rounded(noise[None])[0],
            used=used.tolist(),
            side=side,
        )


@torch.no_grad()
def walk(
    diffusion: Diffusion,
    count: int,
    steps: int,
    label: Tensor | None = None,
    guidance: float = 1.0,
    rng: torch.Generator | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The way of `Diffusion.sample` with eta 0, step by step: what it holds, and what the network takes for clean.

    returns: noisy and clean (count, steps + 1, dim), and the share of noise (steps + 1,); at the last time there is
        none, and both are the sample
    Taught in: 09_gan_vae_diffusion
    """
    x = torch.randn(count, diffusion.dim, generator=rng).to(diffusion.signal)
    times, rows = torch.linspace(diffusion.timesteps, 0, steps + 1).round().int().tolist(), []
    for t, s in zip(times, [*times[1:], 0], strict=True):  # from time t to the earlier time s
        clean, epsilon = diffusion.clean_and_noise(x, t, label, guidance)
        rows.append(torch.stack([x, clean]))
        x = diffusion.signal[s] * clean + diffusion.noise[s] * epsilon
    noisy, clean = torch.stack(rows, dim=2)  # (count, steps + 1, dim) each
    return noisy, clean, diffusion.noise[times]
