"""Measures, thin over torchmetrics, scikit-learn and SciPy: plain numbers out of tensors in."""

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.language import message


def reconstruction_error(x_hat: Tensor, x: Tensor) -> float:
    """Squared error summed over the pixels of an image, averaged over the images.

    x_hat, x: (N, …) of equal shape
    returns: 0 for a perfect copy; about 52 for MNIST when every image becomes the mean image
    raises: ValueError where the shapes differ (broadcasting would compare the wrong pixels)
    Taught in: 02_autoencoder
    """
    _same_shape(x_hat, x)
    return float((x_hat - x).square().flatten(1).sum(dim=1).mean())


def psnr(x_hat: Tensor, x: Tensor) -> float:
    """Peak signal-to-noise ratio over all pixels together, for values in [0, 1].

    x_hat, x: (N, …) of equal shape
    returns: decibels, higher is better
    raises: ValueError where the shapes differ
    Taught in: 02_autoencoder, 03_denoising
    """
    from torchmetrics.functional.image import peak_signal_noise_ratio

    _same_shape(x_hat, x)
    return float(peak_signal_noise_ratio(x_hat, x, data_range=1.0))


def active_share(codes: Tensor, threshold: float = 1e-3) -> float:
    """The share of code numbers that an image uses: 1.0 where every number is always active.

    codes: (N, K)
    returns: in [0, 1]
    Taught in: 02_autoencoder
    """
    return float((codes.abs() > threshold).float().mean())


def subspace_angle(a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> float:
    """The largest principal angle between the spaces spanned by the columns of `a` and of `b`.

    a, b: (D, K)
    returns: degrees, from 0 (the same space) to 90
    Source: Björck and Golub (1973), through scipy.linalg.subspace_angles. Taught in: 02_autoencoder
    """
    from scipy.linalg import subspace_angles

    columns = (m.detach().cpu().double().numpy() if isinstance(m, Tensor) else m for m in (a, b))
    return float(np.degrees(subspace_angles(*columns).max()))


@torch.no_grad()
def through(model: nn.Module, x: Tensor, batch_size: int = 1000) -> Tensor:
    """`model(x)` in eval mode without gradients, a batch at a time, so that memory stays small.

    x: (N, …); returns: (N, …)
    Taught in: 02_autoencoder
    """
    training = model.training
    model.eval()
    try:
        return torch.cat([model(part) for part in x.split(batch_size)])
    finally:
        model.train(training)


def count_parameters(model: nn.Module) -> int:
    """How many numbers training may change. Taught in: 02_autoencoder"""
    return sum(p.numel() for p in model.parameters())


def _same_shape(x_hat: Tensor, x: Tensor) -> None:
    if x_hat.shape != x.shape:
        raise ValueError(message("error_images", name="x_hat", shape=tuple(x_hat.shape), expected=tuple(x.shape)))
