"""The ring of Gaussians: its centers, the spread of each, and equal shares."""

import math

import torch

from course_lib.data import ring


def test_the_centers_lie_on_a_circle_at_equal_distances():
    middles = ring.centers(5)
    assert middles[0].tolist() == [1, 0]
    assert torch.allclose(middles.norm(dim=1), torch.ones(5))
    assert torch.allclose((middles - middles.roll(1, 0)).norm(dim=1), torch.full((5,), 2 * math.sin(math.pi / 5)))


def test_every_mode_is_a_gaussian_with_its_share():
    points = ring.gaussians(8000)
    assert points.shape == (8000, 2)
    nearest = torch.cdist(points, ring.centers()).argmin(dim=1)
    assert nearest.bincount().tolist() == [1000] * 8
    for mode, center in enumerate(ring.centers()):
        own = points[nearest == mode] - center
        # Five standard errors of a mean, of a variance, and of a covariance.
        assert torch.allclose(own.mean(dim=0), torch.zeros(2), atol=5 * ring.STD / 1000**0.5)
        assert torch.allclose(own.T.cov() / ring.STD**2, torch.eye(2), atol=5 * (2 / 1000) ** 0.5)


def test_the_seed_decides():
    assert torch.equal(ring.gaussians(50), ring.gaussians(50))
    assert not torch.equal(ring.gaussians(50), ring.gaussians(50, seed=1))
