"""Clusters of images, found without labels."""

import torch
from torch import Tensor

MOST = 5000  # images by which the heaps are found; a larger set's others join the nearest heap


def clusters(images: Tensor, count: int = 50) -> Tensor:
    """Which of `count` heaps each image belongs to, by k-means on its pixels.

    images: (N, …)
    returns: (N,) int64 in 0 … count − 1, on the images' device
    Source: MacQueen (1967), through scikit-learn. Taught in: 04_dimensionality_reduction, 06_gan
    """
    from sklearn.cluster import KMeans

    pixels = images.flatten(1).cpu().numpy()
    heaps = KMeans(count, n_init=1, random_state=0).fit(pixels[:MOST])
    return torch.from_numpy(heaps.predict(pixels)).long().to(images.device)
