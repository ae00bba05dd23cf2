"""The measures, against closed forms and scikit-learn."""

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import mean_squared_error
from torch import nn

from course_lib import metrics, numbers
from course_lib.models.autoencoders import Autoencoder, LinearAutoencoder
from course_lib.train import fit


def pair():
    return torch.rand(2, 6, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_reconstruction_error_is_784_times_sklearns_mse():
    x, y = pair()
    expected = 784 * mean_squared_error(x.flatten(1), y.flatten(1))
    assert metrics.reconstruction_error(y, x) == pytest.approx(expected, rel=1e-5)
    assert metrics.reconstruction_error(x, x) == 0


def test_psnr_closed_form():
    x, y = pair()
    assert metrics.psnr(y, x) == pytest.approx(-10 * math.log10((x - y).square().mean().item()), rel=1e-4)
    assert metrics.psnr(x + 0.1, x) == pytest.approx(20, abs=1e-3)


@pytest.mark.parametrize("measure", [metrics.psnr, metrics.ssim])
def test_digits_from_0_to_255_are_not_compared_with_those_from_0_to_1(measure):
    x, y = pair()
    for given in ((255 * y, x), (y, 255 * x)):
        with pytest.raises(ValueError, match="expected 0 to 1"):
            measure(*given)
    assert math.isfinite(measure(x + 2 * torch.randn_like(x), x))  # noise, however strong, is no other scale


@pytest.mark.parametrize("measure", [metrics.reconstruction_error, metrics.psnr])
def test_shapes_must_agree(measure):
    with pytest.raises(ValueError, match=r"\(2, 1, 28, 28\).*expected \(2, 28, 28\)"):
        measure(torch.zeros(2, 1, 28, 28), torch.zeros(2, 28, 28))


@pytest.mark.parametrize("degrees", [0, 5, 30, 90])
def test_angle_of_planes(degrees):
    """Two planes in 4-D that share one axis and are turned by a known angle in the other."""
    t = math.radians(degrees)
    a = np.array([[1, 0], [0, 1], [0, 0], [0, 0]], dtype=float)
    b = np.array([[1, 0], [0, math.cos(t)], [0, math.sin(t)], [0, 0]])
    assert metrics.subspace_angle(a, b) == pytest.approx(degrees, abs=1e-5)
    mixed = torch.from_numpy(b @ np.array([[2.0, 1.0], [0.5, -3.0]]))  # other axes of the same plane
    assert metrics.subspace_angle(a, mixed) == pytest.approx(degrees, abs=1e-5)


def test_active_share():
    assert metrics.active_share(torch.tensor([[0.0, 1.0, -2.0, 1e-4]])) == 0.5


def test_linear_autoencoder_finds_the_subspace_of_pca():
    """On data with a clear gap after the third direction."""
    torch.manual_seed(0)
    spread = torch.tensor([5.0, 4, 3, *[0.3] * 61])
    x = (torch.randn(2000, 64) * spread @ torch.linalg.qr(torch.randn(64, 64))[0]).view(-1, 1, 8, 8)
    model = LinearAutoencoder(image=(1, 8, 8), code=3)
    list(fit(model, x, epochs=60, lr=1e-2))
    pca = PCA(3).fit(x.flatten(1))
    assert metrics.subspace_angle(model.decoder[0].weight, pca.components_.T) < 2
    assert metrics.subspace_angle(model.encoder[1].weight.T, pca.components_.T) < 10
    untrained = LinearAutoencoder(image=(1, 8, 8), code=3)
    assert metrics.subspace_angle(untrained.decoder[0].weight, pca.components_.T) > 30


def test_through_is_the_model_in_eval_mode():
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    x = torch.rand(25, 3)
    model.train()
    out = metrics.through(model, x, batch_size=10)
    assert model.training
    assert not out.requires_grad
    assert torch.allclose(out, model[0](x), atol=1e-6)  # another batch size rounds otherwise, which shows near zero


def test_count_parameters():
    assert metrics.count_parameters(Autoencoder()) == 2 * 784 * 128 + 2 * 128 * 32 + 128 + 32 + 128 + 784


def test_psnr_and_ssim_agree_with_torchmetrics():
    from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

    x, y = pair()
    y = 0.8 * x + 0.2 * y
    assert metrics.psnr(y, x) == pytest.approx(peak_signal_noise_ratio(y, x, data_range=1.0).item(), rel=1e-4)
    # The two libraries treat the outermost pixels of the windows a little differently.
    assert metrics.ssim(y, x) == pytest.approx(
        float(structural_similarity_index_measure(y, x, data_range=1.0)), abs=0.01
    )
    assert metrics.ssim(x, x) == pytest.approx(1)
    assert metrics.psnr(x, x) == math.inf
    with pytest.raises(ValueError, match="expected"):
        metrics.ssim(x, x[0])


def test_neighbour_accuracy_is_sklearns_leave_one_out():
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(90) % 3
    codes = labels[:, None] + 0.8 * torch.randn(90, 2, generator=generator)
    theirs = cross_val_score(KNeighborsClassifier(10), codes.numpy(), labels.numpy(), cv=LeaveOneOut()).mean()
    assert metrics.neighbour_accuracy(codes, labels) == pytest.approx(theirs, abs=1e-6)
    shuffled = labels[torch.randperm(90, generator=generator)]
    assert metrics.neighbour_accuracy(codes, shuffled) < 0.55  # a third by chance
    with pytest.raises(ValueError, match="> 10"):
        metrics.neighbour_accuracy(codes[:10], labels[:10])


def test_trustworthiness_of_a_copy_and_of_chance():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(300, 1, 2, 1, generator=generator)
    assert metrics.trustworthiness(3 * x.flatten(1) + 1, x) == pytest.approx(1)
    assert metrics.trustworthiness(torch.randn(300, 2, generator=generator), x) == pytest.approx(0.5, abs=0.05)


def test_rand_index_ignores_names_and_chance():
    labels = torch.arange(600) % 10
    assert metrics.rand_index((labels + 3) % 10, labels) == pytest.approx(1)
    random = torch.randint(10, (600,), generator=torch.Generator().manual_seed(0))
    assert metrics.rand_index(random, labels) == pytest.approx(0, abs=0.01)
    # Worked by hand: {a b}{c d} against {a b c}{d}; index 1, expected 2·3/6 = 1, so adjusted 0.
    assert metrics.rand_index(np.array([0, 0, 1, 1]), torch.tensor([0, 0, 0, 1])) == pytest.approx(0)


def gaussians(n, dimensions, seed):
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(dimensions, dimensions, generator=generator)
    return torch.randn(n, dimensions, generator=generator) @ mix + torch.randn(dimensions, generator=generator)


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
    assert metrics.frechet_distance(a, b) == pytest.approx(float(other.compute()), rel=1e-4)
    assert metrics.frechet_distance(a, b) == pytest.approx(metrics.frechet_distance(b, a), rel=1e-9)


def test_frechet_distance_closed_form():
    """Moving a cloud by d costs ‖d‖²; stretching axis k from σ to cσ costs (c − 1)² σ². A copy costs nothing."""
    x = gaussians(500, 5, seed=0)
    assert metrics.frechet_distance(x, x) == pytest.approx(0, abs=1e-8)
    move = torch.tensor([1.0, -2, 0, 0.5, 3])
    assert metrics.frechet_distance(x + move, x) == pytest.approx(float(move.square().sum()), rel=1e-5)
    axes = torch.linalg.qr(x.double() - x.double().mean(dim=0))[0]  # axes without correlation: cov = 1/(N−1)
    stretch = torch.tensor([1.0, 2, 3, 0.5, 0], dtype=torch.float64)
    expected = (stretch - 1).square().sum() / 499
    assert metrics.frechet_distance(axes * stretch, axes) == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize("shapes", [((9, 3), (9, 4)), ((9, 3), (1, 3)), ((1, 3), (9, 3)), ((9, 1, 3), (9, 3))])
def test_frechet_distance_needs_two_clouds_of_one_kind(shapes):
    with pytest.raises(ValueError, match="expected"):
        metrics.frechet_distance(*map(torch.rand, shapes))


def test_character_error_rate_agrees_with_torchmetrics():
    from torchmetrics.text import CharErrorRate

    true = [numbers.hindi(n) for n in range(0, 99_000, 997)]
    predicted = [numbers.hindi(n + n % 7) for n in range(0, 99_000, 997)]
    predicted[3] = ""
    expected = CharErrorRate()(predicted, true).item()
    assert metrics.character_error_rate(predicted, true) == pytest.approx(expected)
    assert 0.05 < expected < 0.9


def test_edit_distance_by_hand():
    assert metrics.edit_distance("kitten", "sitting") == 3
    assert metrics.edit_distance("", "abc") == metrics.edit_distance("abc", "") == 3
    assert metrics.edit_distance([1, 2], [1, 2]) == 0


def test_exact_match():
    assert metrics.exact_match(["एक", "दो", "तीन", ""], ["एक", "दो", "चार", "छह"]) == 0.5


@pytest.mark.parametrize("measure", [metrics.exact_match, metrics.character_error_rate])
@pytest.mark.parametrize("lists", [([], []), (["a"], ["a", "b"])])
def test_lists_that_do_not_fit_are_refused(measure, lists):
    with pytest.raises(ValueError, match="right ones"):
        measure(*lists)
