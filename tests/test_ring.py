"""The ring of Gaussians, and how many of them a cloud of points covers."""

import math

import pytest
import torch

from course_lib import ring


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


@pytest.mark.parametrize("modes", [1, 8, 12])
def test_the_data_covers_every_mode(modes):
    points = ring.gaussians(4000, modes)
    assert ring.modes_covered(points, modes) == modes
    assert ring.good_share(points, modes) == pytest.approx(1 - math.exp(-4.5), abs=0.01)  # Rayleigh within 3 σ


@pytest.mark.parametrize("kept", range(9))
def test_missing_modes_are_counted(kept):
    points = ring.gaussians(4000)
    points[torch.arange(4000) % 8 >= kept] = 0.0  # the middle of the ring
    assert ring.modes_covered(points) == kept
    assert ring.good_share(points) == pytest.approx(kept / 8, abs=0.02)


def test_a_mode_counts_from_a_share_of_its_fair_share_on():
    points = ring.centers().repeat(100, 1)  # 800 points, 100 each
    points[8 * 25 :: 8] = points[1]  # the first mode keeps 25
    assert ring.modes_covered(points) == 8
    assert ring.modes_covered(points, share=0.26) == 7
    points[0] = 9.0
    assert ring.modes_covered(points) == 7


def test_between_two_modes_is_nowhere():
    middles = ring.centers()
    between = (middles + middles.roll(1, 0)) / 2
    assert (ring.modes_covered(between), ring.good_share(between)) == (0, 0)


def test_an_untrained_generator_covers_nothing():
    from course_lib.models import gan

    for seed in range(5):
        torch.manual_seed(seed)
        generator, _ = gan.pair("points")
        points = generator(gan.noise(generator, 1000))
        assert ring.modes_covered(points) < 2
        assert ring.good_share(points) < 0.2


@pytest.mark.parametrize("shape", [(5, 3), (5,), (0, 2)])
def test_other_shapes_are_refused(shape):
    for measure in (ring.modes_covered, ring.good_share):
        with pytest.raises(ValueError, match="points has shape"):
            measure(torch.zeros(shape))


def test_a_ring_of_nothing_is_refused_in_both_languages():
    with pytest.raises(ValueError, match="modes=0 is not allowed") as error:
        ring.gaussians(10, modes=0)
    assert "चाहिए" in str(error.value)
