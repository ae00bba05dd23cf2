"""The classical filters, on images whose right answer is known, and their tuning."""

import numpy as np
import pytest
import torch
from scipy.fft import dctn, idctn
from scipy.ndimage import median_filter

from course_lib import data, measures
from course_lib.data import corrupt
from course_lib.measures import filters

PLAIN = [filters.median, filters.gaussian_blur, filters.non_local_means, filters.total_variation, filters.cosines]
ALL = [*PLAIN, filters.background]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def pairs():
    """Real digits, noisy and clean."""
    clean = data.mnist().train.images[:30]
    return corrupt.gaussian(clean, 0.3, seeded()), clean


@pytest.mark.parametrize("filter", ALL, ids=lambda f: f.__name__)
def test_form_and_flat_images(filter):
    flat = torch.full((2, 1, 28, 40), 0.6)
    clean = filter(flat)
    assert clean.shape == flat.shape
    assert clean.dtype == torch.float32
    with pytest.raises(ValueError, match="pixels go from 0 to 1"):
        filter(255 * flat)
    expected = 1.0 if filter is filters.background else 0.6  # evenly grey paper is paper
    assert torch.allclose(clean, torch.full_like(flat, expected), atol=1e-4)


def test_median_agrees_with_scipy():
    x = torch.rand(3, 1, 28, 28, generator=seeded())
    theirs = np.stack([median_filter(image, size=3, mode="nearest") for image in x[:, 0].numpy()])
    assert np.array_equal(filters.median(x)[:, 0].numpy(), theirs)


def test_blur_spreads_a_point_as_a_bell():
    point = torch.zeros(1, 1, 21, 21)
    point[..., 10, 10] = 1
    blurred = filters.gaussian_blur(point, 1.5)[0, 0]
    assert blurred.sum().item() == pytest.approx(1, abs=1e-3)
    falls = (blurred[10, 12] / blurred[10, 10]).item()
    assert falls == pytest.approx(np.exp(-(2**2) / (2 * 1.5**2)), abs=0.01)


def test_cosines_agree_with_scipy():
    """In the middle of one image: the average over all patches of scipy's thresholded DCT."""
    x, threshold = 0.3 + 0.4 * torch.rand(1, 1, 16, 16, generator=seeded()), 0.15
    image, total, count = x[0, 0].double().numpy(), np.zeros((16, 16)), np.zeros((16, 16))
    for row in range(9):
        for column in range(9):
            patch = (slice(row, row + 8), slice(column, column + 8))
            kept = dctn(image[patch], norm="ortho")
            mean = kept[0, 0]
            kept[np.abs(kept) <= threshold] = 0
            kept[0, 0] = mean
            total[patch] += idctn(kept, norm="ortho")
            count[patch] += 1
    ours = filters.cosines(x, threshold)[0, 0].numpy()
    assert np.allclose(ours[7:9, 7:9], (total / count)[7:9, 7:9], atol=1e-5)


@pytest.mark.parametrize("filter", PLAIN, ids=lambda f: f.__name__)
def test_denoises_real_digits(filter, pairs):
    noisy, clean = pairs
    assert measures.psnr(filter(noisy), clean) > measures.psnr(noisy, clean) + 1.8


def test_non_local_means_uses_the_noise_it_is_told_of(pairs):
    """Told of the noise, it smooths more at the same h: as scikit-image says."""
    noisy, clean = pairs
    told, untold = (filters.non_local_means(noisy, sigma=sigma) for sigma in (0.3, 0.0))
    assert measures.psnr(told, clean) > measures.psnr(untold, clean) + 0.5


def test_levels_stretch_and_clip():
    x = torch.tensor([0.1, 0.3, 0.5, 0.7, 0.9])
    assert torch.allclose(filters.levels(x, 0.3, 0.7), torch.tensor([0, 0, 0.5, 1, 1]), atol=1e-6)
    assert torch.equal(filters.levels(x, *filters.AS_IT_IS), x)


def test_levels_repair_what_clipping_lifted():
    """Noise clipped at 0 lifts black; smoothing keeps that grey, new levels take it away."""
    noisy = corrupt.gaussian(torch.zeros(5, 1, 28, 28), 0.3, seeded())
    smooth = filters.total_variation(noisy, 0.2)
    assert smooth.mean() > 0.1
    assert filters.levels(smooth, 0.2, 0.7).mean() < 0.01


def test_background_removes_a_stain_and_keeps_ink():
    page = torch.ones(1, 1, 32, 64)
    page[..., 10:22, 8:11] = page[..., 10:22, 50:53] = 0  # two strokes
    stained = page.clone()
    stained[..., 32:] *= 0.6
    clean = filters.levels(filters.background(stained), 0.15, 0.7)
    assert clean[..., 26:30, 40:60].mean() > 0.95  # stained paper is white again
    assert clean[..., 12:20, 51].mean() < 0.2  # the stroke on the stain is still ink


def test_tune_takes_the_best_setting_and_the_best_levels():
    tried = []

    def brighten(x, by):
        tried.append(by)
        return x + by

    clean = torch.linspace(0, 1, 128).view(2, 1, 8, 8)
    grey = 0.2 + 0.4 * clean  # what levels of 0.2 and 0.6 undo
    tuned = filters.tune(brighten, (0.3, 0.1, 0.0), grey - 0.1, clean)
    assert tuned == (brighten, 0.1, 0.2, 0.6)
    assert tried == [0.3, 0.1, 0.0]  # once for each setting: levels are tried on what came out
    assert torch.allclose(tuned(grey - 0.1), clean, atol=1e-6)
    alone = filters.tune(brighten, (0.0, 0.1), clean - 0.1, clean, points=[filters.AS_IT_IS])
    assert alone == (brighten, 0.1, 0.0, 1.0)


def test_blur_and_levels_are_the_rival_to_beat(pairs):
    noisy, clean = pairs
    plain = filters.tune(filters.median, (3, 5), noisy, clean, points=[filters.AS_IT_IS])
    rivals = {filters.gaussian_blur: (0.6, 0.8, 1.0), filters.non_local_means: (0.12, 0.15)}
    best = [filters.tune(filter, settings, noisy, clean) for filter, settings in rivals.items()]
    for tuned in best:
        assert measures.psnr(tuned(noisy), clean) > measures.psnr(plain(noisy), clean) + 2
