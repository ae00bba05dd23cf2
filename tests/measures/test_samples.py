"""Clouds of samples: the Fréchet distance against torchmetrics and closed forms, and what of a ring is covered."""

import math
from contextlib import suppress

import pytest
import torch
from torch import nn

from course_lib import measures
from course_lib.data import ring


def gaussians(n, dimensions, seed):
    rng = torch.Generator().manual_seed(seed)
    mix = torch.randn(dimensions, dimensions, generator=rng)
    return torch.randn(n, dimensions, generator=rng) @ mix + torch.randn(dimensions, generator=rng)


def test_frechet_distance_agrees_with_torchmetrics():
    """On features of their own making, with covariances that do not commute."""
    from torchmetrics.image.fid import FrechetInceptionDistance

    class Flat(nn.Module):
        num_features = 12

        def forward(self, x):
            return x.flatten(1)

    a, b = gaussians(400, 12, seed=0), gaussians(300, 12, seed=1)
    other = FrechetInceptionDistance(feature=Flat(), normalize=True, input_img_size=(1, 3, 4)).eval()
    other.update(a.view(-1, 1, 3, 4), real=True)
    other.update(b.view(-1, 1, 3, 4), real=False)
    assert measures.frechet_distance(a, b) == pytest.approx(float(other.compute()), rel=1e-4)
    assert measures.frechet_distance(a, b.numpy()) == pytest.approx(measures.frechet_distance(b, a), rel=1e-9)


def test_frechet_distance_closed_form():
    """Moving a cloud by d costs ‖d‖²; stretching axis k from σ to cσ costs (c − 1)² σ². A copy costs nothing."""
    x = gaussians(500, 5, seed=0)
    assert measures.frechet_distance(x, x) == pytest.approx(0, abs=1e-8)
    move = torch.tensor([1.0, -2, 0, 0.5, 3])
    assert measures.frechet_distance(x + move, x) == pytest.approx(float(move.square().sum()), rel=1e-5)
    axes = torch.linalg.qr(x.double() - x.double().mean(dim=0))[0]  # axes without correlation: cov = 1/(N−1)
    stretch = torch.tensor([1.0, 2, 3, 0.5, 0], dtype=torch.float64)
    expected = (stretch - 1).square().sum() / 499
    assert measures.frechet_distance(axes * stretch, axes) == pytest.approx(float(expected), rel=1e-6)


def test_a_cloud_with_nan_is_at_no_distance():
    """Above all not at 0, which would be perfect; LAPACK may refuse NaN or hand it on."""
    x = gaussians(50, 3, seed=0)
    for a, b in ((x + math.nan, x), (x, x + math.nan)):
        with suppress(RuntimeError):
            assert math.isnan(measures.frechet_distance(a, b))


def by_hand(real, generated, k):
    """Precision and recall pair by pair, in plain Python; precision is what recall is with the two changed over."""

    def covered(points, cloud):
        found = 0
        for point in points:
            for n, center in enumerate(cloud):
                ways = sorted(math.dist(center, other) for m, other in enumerate(cloud) if m != n)
                if math.dist(point, center) <= ways[k - 1]:
                    found += 1
                    break
        return found / len(points)

    real, generated = real.double().tolist(), generated.double().tolist()
    return covered(generated, real), covered(real, generated)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_precision_and_recall_agree_with_counting_by_hand(k):
    real, generated = gaussians(60, 4, seed=0), 0.6 * gaussians(45, 4, seed=1)
    found = measures.precision_recall(real, generated, k)
    assert found == pytest.approx(by_hand(real, generated, k), abs=1e-12)
    assert 0 < found[0] < 1
    assert measures.precision_recall(generated, real.numpy(), k) == pytest.approx(found[::-1], abs=1e-12)


def test_precision_tells_quality_and_recall_coverage():
    real = ring.gaussians(800, seed=0)
    again, one_mode = ring.gaussians(800, seed=1), ring.centers()[0] + ring.STD * gaussians(800, 2, seed=2) / 3
    assert min(measures.precision_recall(real, again)) > 0.9
    precision, recall = measures.precision_recall(real, one_mode)
    assert precision > 0.7
    assert recall < 0.14  # an eighth of the ring
    with_rubbish = torch.cat([again[:400], 9 + gaussians(400, 2, seed=3)])
    precision, recall = measures.precision_recall(real, with_rubbish)
    assert precision == pytest.approx(0.48, abs=0.04)
    assert recall > 0.85


def test_precision_and_recall_of_copies_and_of_one_thing_again_and_again():
    real = gaussians(200, 8, seed=0)
    assert measures.precision_recall(real, real) == (1, 1)
    assert measures.precision_recall(real, real + 1e3) == (0, 0)
    precision, recall = measures.precision_recall(real, real[:1].repeat(200, 1))
    assert (precision, recall) == (1, 1 / 200)  # balls of no width: they hold the one point alone


def test_the_data_covers_every_mode():
    for modes in (1, 8, 12):
        points = ring.gaussians(4000, modes)
        assert measures.modes_covered(points, modes) == modes
        within = measures.high_quality_fraction(points, modes)
        assert within == pytest.approx(1 - math.exp(-4.5), abs=0.01)  # Rayleigh within 3 σ


def test_missing_modes_are_counted():
    for kept in range(9):
        points = ring.gaussians(4000)
        points[torch.arange(4000) % 8 >= kept] = 0.0  # the middle of the ring
        assert measures.modes_covered(points) == kept
        assert measures.high_quality_fraction(points) == pytest.approx(kept / 8, abs=0.02)


def test_a_mode_counts_from_a_share_of_its_fair_share_on():
    points = ring.centers().repeat(100, 1)  # 800 points, 100 each
    points[8 * 25 :: 8] = points[1]  # the first mode keeps 25
    assert measures.modes_covered(points) == 8
    assert measures.modes_covered(points, share=0.26) == 7
    points[0] = 9.0
    assert measures.modes_covered(points) == 7


def test_between_two_modes_is_nowhere():
    middles = ring.centers()
    between = (middles + middles.roll(1, 0)) / 2
    assert (measures.modes_covered(between), measures.high_quality_fraction(between)) == (0, 0)


def test_an_untrained_generator_covers_nothing():
    from course_lib.models.gan import GAN
    from course_lib.models.gan_networks import pair

    for seed in range(5):
        torch.manual_seed(seed)
        gan = GAN(*pair("points"), latent_dim=2)
        points = measures.predict(gan.generator, torch.randn(1000, 2))
        assert measures.modes_covered(points) < 2
        assert measures.high_quality_fraction(points) < 0.2
