"""A ring of Gaussians: points on a plane on which one can see, and count, what a GAN leaves out."""

import math

import torch
from torch import Tensor

STD = 0.05  # of each Gaussian; the ring's radius is 1, so that eight of them lie far apart


def centers(modes: int = 8) -> Tensor:
    """The middles of the Gaussians, on the circle of radius 1 around 0, the first on the right.

    returns: (modes, 2)
    Taught in: 06_gan
    """
    angle = torch.arange(modes) * (2 * math.pi / modes)
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def gaussians(n: int, modes: int = 8, seed: int = 0) -> Tensor:
    """Points of a mixture of equal Gaussians on a ring, each with standard deviation STD in both directions.

    n: how many points; the modes take turns, so that each has the same number of them, to within one
    returns: (n, 2) float32
    Source: the test of Metz et al. (2017). Taught in: 06_gan
    """
    rng = torch.Generator().manual_seed(seed)
    middles = centers(modes)[torch.arange(n) % modes]
    return middles + STD * torch.randn(n, 2, generator=rng)
