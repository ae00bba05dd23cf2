"""Errors of images, against scikit-learn, torchmetrics and closed forms."""

import math

import pytest
import torch
from sklearn.metrics import mean_squared_error

from course_lib import measures

MEASURES = [measures.reconstruction_error, measures.psnr, measures.ssim]


def pair():
    return torch.rand(2, 6, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_reconstruction_error_is_784_times_sklearns_mse():
    x, y = pair()
    expected = 784 * mean_squared_error(x.flatten(1), y.flatten(1))
    assert measures.reconstruction_error(y, x) == pytest.approx(expected, rel=1e-6)
    assert measures.reconstruction_error(x, x) == 0


def test_psnr_closed_form():
    x, y = pair()
    assert measures.psnr(y, x) == pytest.approx(-10 * math.log10((x - y).square().mean().item()), rel=1e-4)
    assert measures.psnr(x + 0.1, x) == pytest.approx(20, abs=1e-3)
    assert measures.psnr(x, x) == math.inf


@pytest.mark.parametrize("channels", [1, 3])
def test_psnr_and_ssim_agree_with_torchmetrics(channels):
    from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

    x, y = pair()
    x, y = (images.expand(-1, channels, -1, -1) ** torch.arange(1, channels + 1).view(-1, 1, 1) for images in (x, y))
    y = 0.8 * x + 0.2 * y
    assert measures.psnr(y, x) == pytest.approx(peak_signal_noise_ratio(y, x, data_range=1.0).item(), rel=1e-4)
    # The two libraries treat the outermost pixels of the windows a little differently.
    theirs = float(structural_similarity_index_measure(y, x, data_range=1.0))
    assert measures.ssim(y, x) == pytest.approx(theirs, abs=0.01)
    assert measures.ssim(x, x) == pytest.approx(1)
    assert measures.ssim(y[:, 0], x[:, 0]) == pytest.approx(measures.ssim(y[:, :1], x[:, :1]))


@pytest.mark.parametrize("measure", MEASURES)
def test_arrays_and_every_dtype_are_taken(measure):
    x, y = pair()
    known = measure(y, x)
    assert measure(y.numpy(), x) == known
    assert measure(y.double().requires_grad_(), x) == known
    assert measure(y.bfloat16(), x) == pytest.approx(known, rel=0.01, abs=0.01)


@pytest.mark.parametrize("measure", MEASURES)
def test_shapes_that_would_broadcast_are_refused(measure):
    with pytest.raises(ValueError, match=r"x_hat has shape \(2, 1, 28, 28\), but x has shape \(1, 1, 28, 28\)"):
        measure(torch.zeros(2, 1, 28, 28), torch.zeros(1, 1, 28, 28))


@pytest.mark.parametrize("measure", MEASURES[1:])
def test_pixels_on_another_scale_are_refused(measure):
    x, y = pair()
    for given in ((255 * y, x), (y, 255 * x), (y, 4 * x - 2)):
        with pytest.raises(ValueError, match="pixels go from 0 to 1"):
            measure(*given)
    assert math.isfinite(measure(x + 2 * torch.randn_like(x), x))  # noise, however strong, is no other scale
