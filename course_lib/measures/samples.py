"""How near generated samples come to the real ones, as a cloud: their quality, and what they leave out."""

import torch
from torch import Tensor

from course_lib.data.ring import STD, centers
from course_lib.measures.base import doubles


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """How far apart two clouds of features are, each taken for a Gaussian: ‖μₐ − μ_b‖² + tr(Σₐ + Σ_b − 2 (Σₐ Σ_b)^½).

    a, b: (N, D) and (M, D), such as `judge.features` of generated and of real images; N and M at least 2. Fewer than a
        few hundred make the distance too large, so compare only distances of equally many images.
    returns: by custom the square, with no root; 0 where mean and covariance agree. In the features' own units, so only
        distances by one judge compare
    Source: Dowson and Landau (1982); for images: Heusel et al. (2017). Taught in: 05_vae
    """
    a, b = doubles(a), doubles(b)
    cov_a, cov_b = (x.T.cov().view(x.shape[1], -1) for x in (a, b))
    # The root of cov_a cov_b has the eigenvalues of the root of a symmetric matrix, which stays real despite rounding.
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    squared = (a.mean(dim=0) - b.mean(dim=0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross
    return float(squared.clamp(min=0))


def precision_recall(real: Tensor, generated: Tensor, k: int = 3) -> tuple[float, float]:
    """How many generated samples look real, and how much of the real data is generated: quality and coverage apart.

    A cloud of features covers the balls around its points, each as wide as the way to its k-th nearest neighbour in
    the same cloud. Precision is the share of generated samples in the real cloud's balls, recall the share of real
    ones in the generated cloud's balls.
    real, generated: (N, D) and (M, D), such as `judge.features`; more than k rows each. The balls shrink as N and M
        grow, so compare only values of equally many samples.
    returns: (precision, recall), both in [0, 1]
    Source: Kynkäänniemi et al. (2019). Taught in: 06b_gan_training
    """
    real, generated = doubles(real), doubles(generated)
    exact = {"compute_mode": "donot_use_mm_for_euclid_dist"}  # a copy is at distance 0, not near it
    shares = []
    for points, cloud in ((generated, real), (real, generated)):
        # k + 1, since the nearest point of all is the point itself
        radius = torch.cdist(cloud, cloud, **exact).kthvalue(k + 1, dim=1).values
        inside = torch.cdist(points, cloud, **exact) <= radius
        shares.append(float(inside.any(dim=1).double().mean()))
    return shares[0], shares[1]


def modes_covered(points: Tensor, modes: int = 8, share: float = 0.25) -> int:
    """How many Gaussians of a ring the points cover.

    points: (N, 2)
    share: a Gaussian counts when at least this share of the N / modes points that it should have lies within three
        standard deviations of its center; 99 % of its own points do
    returns: from 0 to modes
    Taught in: 06_gan
    """
    counts = _near(points, modes).sum(dim=0)
    return int((counts >= share * len(points) / modes).sum())


def high_quality_fraction(points: Tensor, modes: int = 8) -> float:
    """The share of points that lie within three standard deviations of some center; 0.99 for the data itself.

    points: (N, 2)
    returns: in [0, 1]
    Source: the "high-quality samples" of Srivastava et al. (2017). Taught in: 06_gan
    """
    return float(_near(points, modes).any(dim=1).double().mean())


def _near(points: Tensor, modes: int) -> Tensor:
    """(N, modes): which points lie within three standard deviations of which center."""
    return torch.cdist(doubles(points), doubles(centers(modes))) <= 3 * STD
