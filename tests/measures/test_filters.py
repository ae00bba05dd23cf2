"""The classical filters, on images whose right answer is known, and their tuning."""

import numpy as np
import pytest
import torch
from scipy.ndimage import median_filter

from course_lib import data, measures
from course_lib.data import corrupt
from course_lib.measures import filters

PLAIN = [filters.median, filters.non_local_means, filters.total_variation]
ALL = [*PLAIN, filters.with_levels, filters.background]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("filter", ALL, ids=lambda f: f.__name__)
def test_form_and_flat_images(filter):
    flat = torch.full((2, 1, 28, 40), 0.6)
    clean = filter(flat)
    assert clean.shape == flat.shape
    assert clean.dtype == torch.float32
    with pytest.raises(ValueError, match="pixels go from 0 to 1"):
        filter(255 * flat)
    # Evenly grey paper is paper; levels of 0.2 and 0.7 take 0.6 to 0.8.
    expected = {filters.background: 1.0, filters.with_levels: 0.8}.get(filter, 0.6)
    assert torch.allclose(clean, torch.full_like(flat, expected), atol=1e-4)


def test_median_agrees_with_scipy():
    x = torch.rand(3, 1, 28, 28, generator=seeded())
    theirs = np.stack([median_filter(image, size=3, mode="nearest") for image in x[:, 0].numpy()])
    assert np.array_equal(filters.median(x)[:, 0].numpy(), theirs)


@pytest.mark.parametrize("filter", ALL[:4], ids=lambda f: f.__name__)
def test_denoises_real_digits(filter):
    clean = data.mnist().train.images[:30]
    noisy = corrupt.gaussian(clean, 0.3, seeded())
    assert measures.psnr(filter(noisy), clean) > measures.psnr(noisy, clean) + 2


def test_levels_repair_what_clipping_lifted():
    """Noise clipped at 0 lifts black; smoothing keeps that grey, new levels take it away."""
    noisy = corrupt.gaussian(torch.zeros(5, 1, 28, 28), 0.3, seeded())
    assert filters.total_variation(noisy, 0.2).mean() > 0.1
    assert filters.with_levels(noisy, (0.2, 0.2, 0.7)).mean() < 0.01


def test_background_removes_a_stain_and_keeps_ink():
    page = torch.ones(1, 1, 32, 64)
    page[..., 10:22, 8:11] = page[..., 10:22, 50:53] = 0  # two strokes
    stained = page.clone()
    stained[..., 32:] *= 0.6
    clean = filters.background(stained)
    assert clean[..., 26:30, 40:60].mean() > 0.95  # stained paper is white again
    assert clean[..., 12:20, 51].mean() < 0.2  # the stroke on the stain is still ink


def test_tune_takes_the_best_setting():
    tried = []

    def brighten(x, by):
        tried.append(by)
        return x + by

    clean = torch.full((2, 1, 8, 8), 0.5)
    setting, tuned = filters.tune(brighten, (0.0, 0.1, 0.3), clean - 0.1, clean)
    assert setting == 0.1
    assert tried == [0.0, 0.1, 0.3]
    assert torch.allclose(tuned(clean), clean + 0.1)
