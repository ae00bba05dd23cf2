"""Corruptions: functions that corrupt clean images on purpose, so that a model can learn to undo it.

All take images (N, C, H, W) in [0, 1] and return new ones of the same shape, range and device. The random numbers
are drawn on the CPU, so that one seed means one noise on every device.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from course_lib import need


def gaussian(x: Tensor, strength: float = 0.3, rng: Generator | None = None) -> Tensor:
    """Gaussian noise on every pixel, clipped back to [0, 1]: clip(x + strength · N(0, 1)).

    strength: the noise's standard deviation before clipping, 0 or more; the reference is 0.3
    raises: ValueError for images on another scale
    A sensor's own noise is stronger where light is (Poisson); this one is the same everywhere, which is the usual test.
    Taught in: 03_denoising
    """
    need.unit_range("x", x)
    return (x + strength * _random(torch.randn, x.shape, rng, x)).clamp(0, 1)


def salt_and_pepper(x: Tensor, strength: float = 0.3, rng: Generator | None = None) -> Tensor:
    """Some pixels turn black or white, each half of the time.

    strength: the fraction of pixels that are replaced, in [0, 1]
    raises: ValueError for images on another scale
    Taught in: 03_denoising
    """
    need.unit_range("x", x)
    hit = _random(torch.rand, x.shape, rng, x)
    return torch.where(hit < strength, (hit < strength / 2).to(x), x)


def blocks(x: Tensor, strength: float = 0.3, rng: Generator | None = None, side: int = 4) -> Tensor:
    """Square blocks are erased: the image is cut into blocks of side × side pixels, and some are set to 0.

    strength: the fraction of blocks that are erased, in [0, 1]
    side: height and width of a block in pixels
    raises: ValueError for images on another scale
    Source: masking noise of Vincent et al. (2008), in blocks. Taught in: 03_denoising
    """
    need.unit_range("x", x)
    rows, columns = (-(-size // side) for size in x.shape[2:])
    keep = (_random(torch.rand, (len(x), 1, rows, columns), rng, x) >= strength).to(x)
    keep = keep.repeat_interleave(side, dim=2).repeat_interleave(side, dim=3)
    return x * keep[..., : x.shape[2], : x.shape[3]]


def scan(x: Tensor, strength: float = 0.3, rng: Generator | None = None) -> Tensor:
    """A bad photocopy of dark print on white paper (1 is white): stains that darken the paper, and grain.

    strength: 0 is a perfect copy; at 1 the darkest stains are black and the grain has standard deviation 0.4
    raises: ValueError for images on another scale
    Taught in: 03_denoising
    """
    need.unit_range("x", x)
    coarse = _random(torch.randn, (len(x), 1, 2 + x.shape[2] // 16, 2 + x.shape[3] // 16), rng, x)
    clouds = F.interpolate(coarse, size=x.shape[2:], mode="bicubic", align_corners=False)
    stained = x * (1 - strength * torch.sigmoid(6 * (clouds - 0.3)))  # soft-edged stains on about a third of the paper
    return gaussian(stained, 0.4 * strength, rng)


KINDS: dict[str, Callable[..., Tensor]] = {"gaussian": gaussian, "salt_and_pepper": salt_and_pepper, "blocks": blocks}


def mixed(x: Tensor, max_strength: float = 0.6, rng: Generator | None = None) -> Tensor:
    """For a blind denoiser: every image gets one of KINDS, at a strength of its own, even from 0 to `max_strength`.

    raises: ValueError for images on another scale
    Taught in: 03_denoising
    """
    kind = _random(torch.rand, (len(x),), rng, x).mul(len(KINDS)).long()
    strength = max_strength * _random(torch.rand, (len(x), 1, 1, 1), rng, x)
    corrupted = torch.stack([corrupt(x, strength, rng) for corrupt in KINDS.values()])
    return corrupted[kind, torch.arange(len(x), device=x.device)]


def _random(draw: Callable, shape: Sequence[int], rng: Generator | None, like: Tensor) -> Tensor:
    return draw(tuple(shape), generator=rng).to(like)
