"""A ring of Gaussians: points on a plane on which one can see, and count, what a GAN leaves out."""

import math

import torch
from torch import Tensor

from course_lib import check

STD = 0.05  # of each Gaussian; the ring's radius is 1, so that eight of them lie far apart


def centers(modes: int = 8) -> Tensor:
    """The middles of the Gaussians, on the circle of radius 1 around 0, the first on the right.

    returns: (modes, 2)
    raises: ValueError for fewer than one
    Taught in: 06_gan
    """
    check.whole("modes", modes)
    angle = torch.arange(modes) * (2 * math.pi / modes)
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def gaussians(n: int, modes: int = 8, seed: int = 0) -> Tensor:
    """Points of a mixture of equal Gaussians on a ring, each with standard deviation STD in both directions.

    n: how many points; the modes take turns, so that each has the same number of them, to within one
    returns: (n, 2) float32
    raises: ValueError for fewer than one point or mode
    Source: the test of Metz et al. (2017). Taught in: 06_gan
    """
    check.whole("n", n)
    check.whole("seed", seed, *check.SEED)
    chance = torch.Generator().manual_seed(seed)
    middles = centers(modes)[torch.arange(n) % modes]
    return middles + STD * torch.randn(n, 2, generator=chance)


def modes_covered(points: Tensor, modes: int = 8, share: float = 0.25) -> int:
    """How many of the Gaussians the points cover.

    points: (N, 2)
    share: a Gaussian counts when at least this share of the N / modes points that it should have lies within three
        standard deviations of its center; 99 % of its own points do
    returns: from 0 to modes
    raises: ValueError for another shape, no points, NaN, or a share outside (0, 1]
    Taught in: 06_gan
    """
    check.number("share", share, 0, 1, above=True)
    counts = _near(points, modes).sum(dim=0)
    return int((counts >= share * len(points) / modes).sum())


def good_share(points: Tensor, modes: int = 8) -> float:
    """The share of points that lie within three standard deviations of some center; 0.99 for the data itself.

    points: (N, 2)
    returns: in [0, 1]
    raises: ValueError for another shape, no points, or NaN
    Source: the "high-quality samples" of Srivastava et al. (2017). Taught in: 06_gan
    """
    return float(_near(points, modes).any(dim=1).float().mean())


def _near(points: Tensor, modes: int) -> Tensor:
    """(N, modes): which points lie within three standard deviations of which center."""
    check_points(points, "points")
    return torch.cdist(points.detach().cpu().float(), centers(modes)) <= 3 * STD


def check_points(points: Tensor, name: str) -> None:
    """Points on a plane are (N, 2) finite numbers, and there are some.

    raises: ValueError for anything else
    """
    check.tensor(name, points, ("N", 2))
    check.finite(name, points)
