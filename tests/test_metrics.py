"""The measures, against closed forms and scikit-learn."""

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import mean_squared_error
from torch import nn

from course_lib import metrics
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
    assert torch.allclose(out, model[0](x))


def test_count_parameters():
    assert metrics.count_parameters(Autoencoder()) == 2 * 784 * 128 + 2 * 128 * 32 + 128 + 32 + 128 + 784
