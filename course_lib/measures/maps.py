"""What a code or a map keeps of the images it stands for."""

import numpy as np
import torch
from torch import Tensor

from course_lib.measures.base import doubles


def neighbour_accuracy(codes: Tensor, labels: Tensor, k: int = 10) -> float:
    """How often the k nearest other codes vote for an image's own label: how well a map keeps classes together.

    Each image is left out in turn and the others vote, so that it also suits methods that cannot encode new images.
    codes: (N, K), N more than k
    labels: (N,) whole numbers
    returns: in [0, 1]; about 0.1 for ten classes in no order
    Taught in: 04_dimensionality_reduction
    """
    from sklearn.neighbors import NearestNeighbors

    labels = doubles(labels).unique(return_inverse=True)[1]  # 0, 1, 2 … in place of the labels that there are
    search = NearestNeighbors(n_neighbors=k).fit(doubles(codes).numpy())
    votes = labels[torch.from_numpy(search.kneighbors(return_distance=False))]  # without the code itself
    counts = torch.nn.functional.one_hot(votes).sum(dim=1)
    return float((counts.argmax(dim=-1) == labels).double().mean())


def trustworthiness(codes: Tensor, x: Tensor, k: int = 10) -> float:
    """Whether neighbours on the map were neighbours before: false neighbours cost, the more the farther they were.

    codes: (N, K); x: (N, …) the images they stand for; N more than 2 k
    returns: in [0, 1], 1 where all k nearest codes were among the k nearest images; about 0.5 for a random map
    Source: Venna and Kaski (2001), through scikit-learn. Taught in: 04_dimensionality_reduction
    """
    from sklearn.manifold import trustworthiness

    return float(trustworthiness(doubles(x).flatten(1).numpy(), doubles(codes).numpy(), n_neighbors=k))


def adjusted_rand_index(clusters: Tensor | np.ndarray, labels: Tensor) -> float:
    """Adjusted Rand index: how far clusters found without labels agree with them, whatever the clusters are called.

    clusters, labels: (N,) of whole numbers
    returns: 1 for the same partition, about 0 for a random one
    Source: Hubert and Arabie (1985), through scikit-learn. Taught in: 04_dimensionality_reduction
    """
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(doubles(labels).numpy(), doubles(clusters).numpy()))


def active_fraction(codes: Tensor, threshold: float = 1e-3) -> float:
    """The share of code numbers that an image uses: 1.0 where every number is always active.

    codes: (N, K)
    returns: in [0, 1]
    Taught in: 02_autoencoder
    """
    return float((doubles(codes).abs() > threshold).double().mean())


def subspace_angle(a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> float:
    """The largest principal angle between the spaces spanned by the columns of `a` and of `b`.

    a: (D, K); b: (D, L)
    returns: degrees, from 0 (the same space) to 90
    Source: Björck and Golub (1973), through scipy.linalg.subspace_angles. Taught in: 02_autoencoder
    """
    from scipy.linalg import subspace_angles

    return float(np.degrees(subspace_angles(doubles(a).numpy(), doubles(b).numpy()).max()))
