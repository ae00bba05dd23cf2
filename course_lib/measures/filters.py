"""Classical filters from scikit-image: the rivals that every learned denoiser must beat.

All take images (N, 1, H, W) in [0, 1] and one setting, and return images of the same shape, clipped to [0, 1].
"""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_lib import need
from course_lib.measures.images import psnr


def median(x: Tensor, size: int = 3) -> Tensor:
    """Every pixel becomes the median of the size × size pixels around it. Taught in: 03_denoising"""
    from skimage.filters import median

    return _each(partial(median, footprint=np.ones((size, size))), x)


def non_local_means(x: Tensor, h: float = 0.15) -> Tensor:
    """Every pixel becomes the average of pixels whose 5 × 5 surroundings look alike, at most 6 pixels away.

    h: how different surroundings may be, as a grey level; larger smooths more
    Source: Buades, Coll, Morel (2005). Taught in: 03_denoising
    """
    from skimage.restoration import denoise_nl_means

    return _each(partial(denoise_nl_means, patch_size=5, patch_distance=6, h=h, fast_mode=True), x)


def total_variation(x: Tensor, weight: float = 0.1) -> Tensor:
    """The image nearest to x̃ whose neighbouring pixels differ little in sum; larger weights smooth more.

    Source: Chambolle (2004). Taught in: 03_denoising
    """
    from skimage.restoration import denoise_tv_chambolle

    return _each(partial(denoise_tv_chambolle, weight=weight), x)


def with_levels(x: Tensor, setting: tuple[float, float, float] = (0.2, 0.2, 0.7)) -> Tensor:
    """Total variation, then new black and white points: clipping the noise at 0 has lifted black to grey.

    setting: weight of `total_variation`, and the grey levels that become black and white
    Taught in: 03_denoising
    """
    weight, black, white = setting
    return _levels(total_variation(x, weight), black, white)


def _levels(x: Tensor, black: float, white: float) -> Tensor:
    from skimage.exposure import rescale_intensity

    return _each(partial(rescale_intensity, in_range=(black, white), out_range=(0.0, 1.0)), x)


def background(x: Tensor, window: int = 7) -> Tensor:
    """Dark print on stained paper: smooth the grain, then divide every pixel by the brightness of the paper around it.

    Last come new black and white points (0.15 and 0.7, the best of a few on the course's own training lines).
    window: width in pixels of the surroundings whose brighter part (the 60th percentile) counts as paper
    Taught in: 03_denoising
    """
    from scipy.ndimage import percentile_filter
    from skimage.filters import gaussian

    def divide(image: np.ndarray) -> np.ndarray:
        paper = gaussian(percentile_filter(image, 60, size=window), window / 4)
        return image / paper.clip(min=0.05)

    return _levels(_each(divide, total_variation(x, 0.05)), 0.15, 0.7)


def _each(filter: Callable, x: Tensor) -> Tensor:
    need.unit_range("x", x)
    clean = np.stack([filter(image) for image in x[:, 0].cpu().to(torch.promote_types(x.dtype, torch.float32)).numpy()])
    return torch.from_numpy(clean).to(x).view_as(x).clamp(0, 1)  # scikit-image may drop a height or width of 1


def tune(filter: Callable, settings: Iterable, noisy: Tensor, clean: Tensor) -> tuple[object, Callable]:
    """The best of `settings` by PSNR on these images, and the filter with that setting.

    noisy, clean: (N, 1, H, W); training images, never the held-out ones
    Taught in: 03_denoising
    """
    best = max(settings, key=lambda setting: psnr(filter(noisy, setting), clean))
    return best, lambda x: filter(x, best)
