"""Measures, most of them thin over scikit-image, scikit-learn and SciPy: tensors in, plain numbers out.

NumPy arrays are taken as well; a NaN, or nothing to measure, is a ValueError.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from course_lib import arrays, check
from course_lib.language import message


def reconstruction_error(x_hat: Tensor, x: Tensor) -> float:
    """Squared error summed over the pixels of an image, averaged over the images.

    x_hat, x: (N, …) of equal shape
    returns: 0 for a perfect copy; about 52 for MNIST when every image becomes the mean image
    raises: ValueError where the shapes differ (broadcasting would compare the wrong pixels)
    Taught in: 02_autoencoder
    """
    x_hat, x = arrays.compared(x_hat, x)
    return float((x_hat - x).square().flatten(1).sum(dim=1).mean())


def psnr(x_hat: Tensor, x: Tensor) -> float:
    """Peak signal-to-noise ratio over all pixels together, for values in [0, 1].

    x_hat, x: (N, …) of equal shape; x in [0, 1]
    returns: decibels, higher is better
    raises: ValueError where the shapes differ, or either is on another scale
    Taught in: 02_autoencoder, 03_denoising
    """
    from skimage.metrics import peak_signal_noise_ratio

    x_hat, x = arrays.compared_pixels(x_hat, x)
    with np.errstate(divide="ignore"):  # a perfect copy: infinitely many decibels
        return float(peak_signal_noise_ratio(_array(x), _array(x_hat), data_range=1.0))


def ssim(x_hat: Tensor, x: Tensor) -> float:
    """Structural similarity, averaged over the images: compares brightness, contrast and pattern around every pixel.

    x_hat, x: (N, C, H, W) of equal shape in [0, 1], H and W at least 11
    returns: at most 1, which only a perfect copy reaches; the outermost 5 pixels count as surroundings only
    raises: ValueError where the shapes differ, the images are smaller, or either is on another scale
    Source: Wang et al. (2004), through scikit-image. Taught in: 03_denoising
    """
    from skimage.metrics import structural_similarity

    x_hat, x = arrays.compared_pixels(x_hat, x, ("N", "C", "H", "W"))
    arrays.need_shape("x", x, min(x.shape[2:]) >= 11, "(N, C, H ≥ 11, W ≥ 11)")
    papers = {"data_range": 1.0, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    pairs = zip(_array(x), _array(x_hat), strict=True)
    return float(np.mean([structural_similarity(a, b, channel_axis=0, **papers) for a, b in pairs]))


def neighbour_accuracy(codes: Tensor, labels: Tensor, k: int = 10) -> float:
    """How often the k nearest other codes vote for an image's own label: how well a map keeps classes together.

    Each image is left out in turn and the others vote, so that it also suits methods that cannot encode new images.
    codes: (N, K)
    labels: (N,) whole numbers
    returns: in [0, 1]; about 0.1 for ten classes in no order
    raises: ValueError where there are not more than k codes, or not a label for each
    Taught in: 04_dimensionality_reduction
    """
    from sklearn.neighbors import NearestNeighbors

    codes = arrays.numbers("codes", codes, ("N", "K"))
    labels = arrays.classes("labels", labels, len(codes)).cpu().unique(return_inverse=True)[1]
    check.whole("k", k)
    arrays.need_shape("codes", codes, len(codes) > k, f"(> {k}, K)")
    search = NearestNeighbors(n_neighbors=k).fit(_array(codes))
    votes = labels[torch.from_numpy(search.kneighbors(return_distance=False))]  # without the code itself
    counts = torch.nn.functional.one_hot(votes).sum(dim=1)
    return float((counts.argmax(dim=1) == labels).float().mean())


def trustworthiness(codes: Tensor, x: Tensor, k: int = 10) -> float:
    """Whether neighbours on the map were neighbours before: false neighbours cost, the more the farther they were.

    codes: (N, K); x: (N, …) the images they stand for; N more than 2 k
    returns: in [0, 1], 1 where all k nearest codes were among the k nearest images; about 0.5 for a random map
    raises: ValueError for fewer codes, or another number of images
    Source: Venna and Kaski (2001), through scikit-learn. Taught in: 04_dimensionality_reduction
    """
    from sklearn.manifold import trustworthiness

    codes = arrays.numbers("codes", codes, ("N", "K"))
    x = arrays.numbers("x", x, (len(codes), "…", ...))
    check.whole("k", k)
    arrays.need_shape("codes", codes, len(codes) > 2 * k, f"(> {2 * k}, K)")
    return float(trustworthiness(_array(x.flatten(1)), _array(codes), n_neighbors=k))


def rand_index(clusters: Tensor | np.ndarray, labels: Tensor) -> float:
    """Adjusted Rand index: how far clusters found without labels agree with them, whatever the clusters are called.

    clusters, labels: (N,) of whole numbers
    returns: 1 for the same partition, about 0 for a random one
    raises: ValueError for anything but whole numbers, as many of both
    Source: Hubert and Arabie (1985), through scikit-learn. Taught in: 04_dimensionality_reduction
    """
    from sklearn.metrics import adjusted_rand_score

    labels = arrays.classes("labels", labels)
    clusters = arrays.classes("clusters", clusters, len(labels))
    return float(adjusted_rand_score(_array(labels), _array(clusters)))


def active_share(codes: Tensor, threshold: float = 1e-3) -> float:
    """The share of code numbers that an image uses: 1.0 where every number is always active.

    codes: (N, K)
    returns: in [0, 1]
    raises: ValueError for another shape, or a negative threshold
    Taught in: 02_autoencoder
    """
    codes = arrays.numbers("codes", codes, ("N", "K"))
    check.number("threshold", threshold, low=0)
    return float((codes.abs() > threshold).float().mean())


def subspace_angle(a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> float:
    """The largest principal angle between the spaces spanned by the columns of `a` and of `b`.

    a: (D, K); b: (D, L)
    returns: degrees, from 0 (the same space) to 90
    raises: ValueError where the shapes do not fit, or all is 0
    Source: Björck and Golub (1973), through scipy.linalg.subspace_angles. Taught in: 02_autoencoder
    """
    from scipy.linalg import subspace_angles

    a = arrays.numbers("a", a, ("D", "K"))
    b = arrays.numbers("b", b, (len(a), "L"))
    if not (a.any() and b.any()):
        raise ValueError(message("error_zero", name="b" if a.any() else "a", shape=tuple(a.shape)))
    return float(np.degrees(subspace_angles(_array(a.double()), _array(b.double())).max()))


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """How far apart two clouds of features are, each taken for a Gaussian: ‖μₐ − μ_b‖² + tr(Σₐ + Σ_b − 2 (Σₐ Σ_b)^½).

    a, b: (N, D) and (M, D), such as `judge.features` of generated and of real images; N and M at least 2. Fewer than a
        few hundred make the distance too large, so compare only distances of equally many images.
    returns: by custom the square, with no root; 0 where mean and covariance agree. In the features' own units, so only
        distances by one judge compare
    raises: ValueError where the shapes do not fit
    Source: Dowson and Landau (1982); for images: Heusel et al. (2017). Taught in: 05_vae
    """
    a = arrays.numbers("a", a, ("N", "D"))
    b = arrays.numbers("b", b, ("M", a.shape[1]))
    arrays.need_shape("a", a, len(a) > 1, "(N > 1, D)")
    arrays.need_shape("b", b, len(b) > 1, "(N > 1, D)")
    mean_a, mean_b = (x.cpu().double().mean(dim=0) for x in (a, b))
    cov_a, cov_b = (torch.cov(x.cpu().double().T).view(a.shape[1], -1) for x in (a, b))
    # The root of cov_a cov_b has the eigenvalues of the root of a symmetric matrix, which stays real despite rounding.
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    squared = (mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross
    return max(0.0, float(squared))


def exact_match(predicted: Sequence[str], true: Sequence[str]) -> float:
    """The share of texts that are right from the first character to the last.

    predicted, true: N texts each
    returns: in [0, 1]
    raises: ValueError unless there are as many of both, and at least one
    Taught in: 01_encoder_decoder
    """
    _same_count(predicted, true)
    return float(np.mean([p == t for p, t in zip(predicted, true, strict=True)]))


def character_error_rate(predicted: Sequence[str], true: Sequence[str]) -> float:
    """How many characters must be put in, taken out or changed, for each character of the right texts.

    predicted, true: N texts each; a character is a code point, so that a wrong vowel sign is one error
    returns: 0 where all is right; above 1 where more is wrong than there is to write
    raises: ValueError unless there are as many of both, and at least one
    Source: edit distance of Levenshtein (1966). Taught in: 01_encoder_decoder
    """
    _same_count(predicted, true)
    errors = sum(edit_distance(p, t) for p, t in zip(predicted, true, strict=True))
    return errors / max(1, sum(map(len, true)))


def edit_distance(a: Sequence, b: Sequence) -> int:
    """The fewest single insertions, deletions and changes that turn `a` into `b`.

    a, b: texts, or lists of tokens. raises: ValueError for anything else.
    Source: Levenshtein (1966); row by row, Wagner and Fischer (1974). Taught in: 01_encoder_decoder
    """
    for name, given in (("a", a), ("b", b)):
        check.kind(name, given, Sequence, "str / list")
    row = list(range(len(b) + 1))  # from nothing to the first 0, 1, 2 … of b
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@torch.no_grad()
def through(model: nn.Module, x: Tensor, batch_size: int = 250) -> Tensor:
    """`model(x)` in eval mode without gradients, a batch at a time, so that memory stays small.

    x: (N, …); returns: (N, …)
    raises: ValueError where the model cannot take x
    Taught in: 02_autoencoder
    """
    check.kind("model", model, nn.Module)
    check.kind("x", x, Tensor)
    check.whole("batch_size", batch_size)
    training = model.training
    model.eval()
    try:
        return torch.cat([model(part) for part in x.split(batch_size)])
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, TypeError, IndexError) as error:  # torch's words for a shape, a type or a device
        given = f"{tuple(x.shape)} {x.dtype} {x.device}: {str(error).splitlines()[0]}"
        raise ValueError(message("error_through", name="x", given=given, layer=type(model).__name__)) from error
    finally:
        model.train(training)


def count_parameters(model: nn.Module) -> int:
    """How many numbers training may change. raises: ValueError for no model. Taught in: 02_autoencoder"""
    check.kind("model", model, nn.Module)
    return sum(p.numel() for p in model.parameters())


def _array(x: Tensor) -> np.ndarray:
    x = x.detach().cpu()
    return (x.float() if x.dtype in (torch.float16, torch.bfloat16) else x).numpy()  # NumPy has no bfloat16


def _same_count(predicted: Sequence[str], true: Sequence[str]) -> None:
    for name, texts in (("predicted", predicted), ("true", true)):
        arrays.texts(name, texts)
    if len(predicted) != len(true) or not len(true):
        raise ValueError(message("error_texts", predicted=len(predicted), true=len(true)))
