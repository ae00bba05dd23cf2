"""Corruptions: functions that spoil clean images on purpose, so that a model can learn to undo it.

All take images (N, C, H, W) in [0, 1] and return new ones of the same shape, range and device. The random numbers
are drawn on the CPU, so that one seed means one noise on every device.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from course_lib import check


def gaussian(x: Tensor, strength: float = 0.3, generator: Generator | None = None) -> Tensor:
    """Gaussian noise on every pixel, clipped back to [0, 1]: clip(x + strength · N(0, 1)).

    strength: the noise's standard deviation before clipping, 0 or more; the reference is 0.3
    raises: ValueError for a negative strength, or images that are not (N, C, H, W) in [0, 1]
    Taught in: 03_denoising
    """
    _check(x, strength)
    return (x + strength * _random(torch.randn, x.shape, generator, x)).clamp(0, 1)


def salt_and_pepper(x: Tensor, strength: float = 0.3, generator: Generator | None = None) -> Tensor:
    """Some pixels turn black or white, each half of the time.

    strength: the share of pixels that are replaced, in [0, 1]
    raises: ValueError for another strength, or images that are not (N, C, H, W) in [0, 1]
    Taught in: 03_denoising
    """
    _check(x, strength, most=1)
    hit = _random(torch.rand, x.shape, generator, x)
    return torch.where(hit < strength, (hit < strength / 2).to(x), x)


def blocks(x: Tensor, strength: float = 0.3, generator: Generator | None = None, side: int = 4) -> Tensor:
    """Square blocks are erased: the image is cut into blocks of side × side pixels, and some are set to 0.

    strength: the share of blocks that are erased, in [0, 1]
    side: height and width of a block in pixels
    raises: ValueError for another strength, or images that are not (N, C, H, W) in [0, 1]
    Source: masking noise of Vincent et al. (2008), in blocks. Taught in: 03_denoising
    """
    _check(x, strength, most=1)
    check.whole("side", side)
    rows, columns = (-(-size // side) for size in x.shape[2:])
    keep = (_random(torch.rand, (len(x), 1, rows, columns), generator, x) >= strength).to(x)
    keep = keep.repeat_interleave(side, dim=2).repeat_interleave(side, dim=3)
    return x * keep[..., : x.shape[2], : x.shape[3]]


def scan(x: Tensor, strength: float = 0.3, generator: Generator | None = None) -> Tensor:
    """A bad photocopy of dark print on white paper (1 is white): stains that darken the paper, and grain.

    strength: 0 is a perfect copy; at 1 the darkest stains are black and the grain has standard deviation 0.4
    raises: ValueError for a strength outside [0, 1], or images that are not (N, C, H, W) in [0, 1]
    Taught in: 03_denoising
    """
    _check(x, strength, most=1)
    coarse = _random(torch.randn, (len(x), 1, 2 + x.shape[2] // 16, 2 + x.shape[3] // 16), generator, x)
    clouds = F.interpolate(coarse, size=x.shape[2:], mode="bicubic", align_corners=False)
    stained = x * (1 - strength * torch.sigmoid(6 * (clouds - 0.3)))  # soft-edged stains on about a third of the paper
    return gaussian(stained, 0.4 * strength, generator)


KINDS: dict[str, Callable[..., Tensor]] = {"gaussian": gaussian, "salt_and_pepper": salt_and_pepper, "blocks": blocks}


def mixed(x: Tensor, most: float = 0.6, generator: Generator | None = None) -> Tensor:
    """Every image gets one of KINDS, at a strength of its own drawn evenly from 0 to `most`.

    raises: ValueError for `most` outside [0, 1], or images that are not (N, C, H, W) in [0, 1]
    Taught in: 03_denoising
    """
    _check(x, most, most=1, name="most")
    kind = _random(torch.rand, (len(x),), generator, x).mul(len(KINDS)).long()
    strength = most * _random(torch.rand, (len(x), 1, 1, 1), generator, x)
    spoilt = torch.stack([spoil(x, strength, generator) for spoil in KINDS.values()])
    return spoilt[kind, torch.arange(len(x), device=x.device)]


def _random(draw, shape, generator: Generator | None, like: Tensor) -> Tensor:
    if generator is not None:
        check.kind("generator", generator, Generator)
    return draw(tuple(shape), generator=generator).to(like)


def _check(x: Tensor, strength: float | Tensor, most: float = math.inf, name: str = "strength") -> None:
    check.tensor("x", x, check.IMAGES)
    check.between("x", x, 0, 1)
    if isinstance(strength, Tensor):  # one for each image, from `mixed`
        check.tensor(name, strength, (len(x), 1, 1, 1))
    else:
        check.number(name, strength, 0, most)
