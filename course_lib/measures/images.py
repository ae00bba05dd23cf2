"""How far images are from others, pixel by pixel or pattern by pattern."""

import numpy as np
from torch import Tensor

from course_lib import need
from course_lib.measures.base import doubles

NOISE = 4.0  # how far beyond 0 and 1 what is measured may lie on average: pure noise may, pixels from 0 to 255 may not


def reconstruction_error(x_hat: Tensor, x: Tensor) -> float:
    """Squared error summed over the pixels of an image, averaged over the images.

    x_hat, x: (N, …) of equal shape
    returns: 0 for a perfect copy; about 52 for MNIST when every image becomes the mean image
    Taught in: 02_autoencoder
    """
    x_hat, x = _same_shape(x_hat, x)
    return float((x_hat - x).square().flatten(1).sum(dim=1).mean())


def psnr(x_hat: Tensor, x: Tensor) -> float:
    """Peak signal-to-noise ratio over all pixels together, for values in [0, 1].

    x_hat, x: (N, …) of equal shape; x in [0, 1]
    returns: decibels, higher is better
    Taught in: 02_autoencoder, 03_denoising
    """
    from skimage.metrics import peak_signal_noise_ratio

    x_hat, x = _pixels(x_hat, x)
    with np.errstate(divide="ignore"):  # a perfect copy: infinitely many decibels
        return float(peak_signal_noise_ratio(x.numpy(), x_hat.numpy(), data_range=1.0))


def ssim(x_hat: Tensor, x: Tensor) -> float:
    """Structural similarity, averaged over the images: compares brightness, contrast and pattern around every pixel.

    x_hat, x: (N, C, H, W) of equal shape; x in [0, 1], H and W at least 11
    returns: at most 1, which only a perfect copy reaches; the outermost 5 pixels count as surroundings only
    Source: Wang et al. (2004), through scikit-image. Taught in: 03_denoising
    """
    from skimage.metrics import structural_similarity

    options = {"data_range": 1.0, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    planes = (x.flatten(0, -3).numpy() for x in _pixels(x_hat, x))  # every channel of every image: (N C, H, W)
    return float(np.mean([structural_similarity(a, b, **options) for a, b in zip(*planes, strict=True)]))


def _same_shape(x_hat: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    x_hat, x = doubles(x_hat), doubles(x)
    need.same_shape(x_hat=x_hat, x=x)
    return x_hat, x


def _pixels(x_hat: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    x_hat, x = _same_shape(x_hat, x)
    need.unit_range("x", x)
    need.unit_range("x_hat", x_hat, overshoot=NOISE)
    return x_hat, x
