"""Classical filters, most from scikit-image: the rivals that every learned denoiser must beat.

All take images (N, 1, H, W) in [0, 1] and one setting, and return images of the same shape, clipped to [0, 1].
`tune` chooses the setting, and new black and white points for what comes out.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib import need
from course_lib.measures.images import psnr

AS_IT_IS = (0.0, 1.0)  # black and white points that change nothing
LEVELS = (AS_IT_IS, *product((0.1, 0.2, 0.3, 0.4), (0.6, 0.7, 0.8, 0.9)))


def median(x: Tensor, size: int = 3) -> Tensor:
    """Every pixel becomes the median of the size × size pixels around it. Taught in: 03_denoising"""
    from skimage.filters import median

    return _each(partial(median, footprint=np.ones((size, size))), x)


def gaussian_blur(x: Tensor, sigma: float = 0.8) -> Tensor:
    """Every pixel becomes an average of its surroundings, whose weights fall off as a bell of this width in pixels.

    Taught in: 03_denoising
    """
    from skimage.filters import gaussian

    return _each(partial(gaussian, sigma=sigma), x)


def non_local_means(x: Tensor, h: float = 0.12, sigma: float = 0.3) -> Tensor:
    """Every pixel becomes the average of pixels whose 7 × 7 surroundings look alike, at most 2 pixels away.

    h: how different surroundings may be, as a grey level; larger smooths more
    sigma: the standard deviation of the noise, which makes surroundings differ anyway
    The exact method, not scikit-image's fast one, and near pixels only: so it is best on digits, by 1.5 dB.
    Source: Buades, Coll, Morel (2005). Taught in: 03_denoising
    """
    from skimage.restoration import denoise_nl_means

    options = {"patch_size": 7, "patch_distance": 2, "fast_mode": False}
    return _each(partial(denoise_nl_means, h=h, sigma=sigma, **options), x)


def total_variation(x: Tensor, weight: float = 0.1) -> Tensor:
    """The image nearest to x̃ whose neighbouring pixels differ little in sum; larger weights smooth more.

    Source: Chambolle (2004). Taught in: 03_denoising
    """
    from skimage.restoration import denoise_tv_chambolle

    return _each(partial(denoise_tv_chambolle, weight=weight), x)


def cosines(x: Tensor, threshold: float = 0.6, side: int = 8) -> Tensor:
    """Every patch of side × side pixels becomes a sum of cosines (DCT), the weak ones are dropped, patches averaged.

    The first half of BM3D, without its search for similar patches; wavelets are thresholded in the same way.
    threshold: how large a coefficient must be to stay, about 2 to 3 times the noise's standard deviation
    Source: Yu and Sapiro, DCT image denoising (2011). Taught in: 03_denoising
    """
    need.unit_range("x", x)
    places = torch.arange(side).to(x)
    basis = torch.cos(torch.pi / side * (places + 0.5) * places[:, None]) * (2 / side) ** 0.5
    basis[0] /= 2**0.5  # now orthonormal: (frequency, place)
    waves = torch.kron(basis, basis).view(side**2, 1, side, side)  # of rows and columns
    return torch.cat([_thresholded(part, waves, threshold) for part in x.split(20)])  # few at a time, for memory


def _thresholded(x: Tensor, waves: Tensor, threshold: float) -> Tensor:
    around = waves.shape[-1] - 1
    coefficients = F.conv2d(F.pad(x, (around,) * 4, mode="reflect"), waves)  # (N, side², places of a patch)
    keep = coefficients.abs() > threshold
    keep[:, 0] = True  # the mean of a patch is no noise
    summed = F.conv_transpose2d(coefficients * keep, waves)[..., around:-around, around:-around]
    return (summed / len(waves)).clamp(0, 1)  # every pixel lies in side² patches


def background(x: Tensor, window: int = 7) -> Tensor:
    """Dark print on stained paper: smooth the grain, then divide every pixel by the brightness of the paper around it.

    window: width in pixels of the surroundings whose brighter part (the 60th percentile) counts as paper
    Taught in: 03_denoising
    """
    from scipy.ndimage import percentile_filter
    from skimage.filters import gaussian

    def divide(image: np.ndarray) -> np.ndarray:
        paper = gaussian(percentile_filter(image, 60, size=window), window / 4)
        return image / paper.clip(min=0.05)

    return _each(divide, total_variation(x, 0.05))


def levels(x: Tensor, black: float, white: float) -> Tensor:
    """New black and white points: `black` and below becomes 0, `white` and above 1, what lies between is stretched.

    Clipping noise at 0 and 1 lifts black to grey on average, and lowers white: this takes it back.
    Taught in: 03_denoising
    """
    return ((x - black) / (white - black)).clamp(0, 1)


class Tuned(NamedTuple):
    """A filter with the setting, black and white points that `tune` chose: call it with noisy images."""

    filter: Callable
    setting: float
    black: float
    white: float

    def __call__(self, x: Tensor) -> Tensor:
        return levels(self.filter(x, self.setting), self.black, self.white)


def tune(filter: Callable, settings: Iterable, noisy: Tensor, clean: Tensor, points: Iterable = LEVELS) -> Tuned:
    """The setting, and the black and white points after it, that give these images the best PSNR together.

    noisy, clean: (N, 1, H, W); training images, never the held-out ones
    points: pairs (black, white) to try; [AS_IT_IS] leaves the levels alone
    Taught in: 03_denoising
    """
    best, found = -float("inf"), None
    for setting in settings:
        smooth = filter(noisy, setting)
        for black, white in points:
            reached = psnr(levels(smooth, black, white), clean)
            if reached > best:
                best, found = reached, Tuned(filter, setting, black, white)
    return found


def _each(filter: Callable, x: Tensor) -> Tensor:
    need.unit_range("x", x)
    clean = np.stack([filter(image) for image in x[:, 0].cpu().to(torch.promote_types(x.dtype, torch.float32)).numpy()])
    return torch.from_numpy(clean).to(x).view_as(x).clamp(0, 1)  # scikit-image may drop a height or width of 1
