"""k-means on pixels: the same heaps as scikit-learn's own, better than chance, the same every time."""

import torch
from sklearn.metrics import adjusted_rand_score

from course_lib import data


def test_clusters_follow_the_digits_without_seeing_labels():
    digits = data.mnist().train
    found = data.clusters(digits.images, 50)
    assert found.shape == (4000,)
    assert found.dtype == torch.int64
    assert found.unique().tolist() == list(range(50))
    # In a cluster most images are of one digit: chance gives about 0.2, one cluster a digit at random 0.1.
    purity = sum(int(torch.bincount(digits.labels[found == c]).max()) for c in range(50)) / 4000
    assert purity > 0.7
    assert adjusted_rand_score(found, data.clusters(digits.images, 50)) == 1


def test_well_separated_heaps_are_found_whole():
    heaps = torch.arange(4).repeat_interleave(10)
    found = data.clusters(heaps[:, None].float() + 0.01 * torch.randn(40, 1), 4)
    assert adjusted_rand_score(found, heaps) == 1
