"""What codes keep, against scikit-learn and closed forms."""

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from course_lib import measures
from course_lib.loops import fit
from course_lib.models.autoencoders import Autoencoder, linear


def test_neighbour_accuracy_is_sklearns_leave_one_out():
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(90) % 3 + 5
    codes = labels[:, None] + 0.8 * torch.randn(90, 2, generator=rng)
    theirs = cross_val_score(KNeighborsClassifier(10), codes.numpy(), labels.numpy(), cv=LeaveOneOut()).mean()
    assert measures.neighbour_accuracy(codes, labels) == pytest.approx(theirs)
    assert measures.neighbour_accuracy(codes.numpy(), labels[:, None].double()) == pytest.approx(theirs)
    shuffled = labels[torch.randperm(90, generator=rng)]
    assert measures.neighbour_accuracy(codes, shuffled) < 0.55  # a third by chance


def test_trustworthiness_of_a_copy_and_of_chance():
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(300, 1, 2, 1, generator=rng)
    assert measures.trustworthiness(3 * x.flatten(1) + 1, x) == pytest.approx(1)
    assert measures.trustworthiness(torch.randn(300, 2, generator=rng), x) == pytest.approx(0.5, abs=0.05)


def test_adjusted_rand_index_ignores_names_and_chance():
    labels = torch.arange(600) % 10
    assert measures.adjusted_rand_index((labels + 3) % 10, labels) == pytest.approx(1)
    random = torch.randint(10, (600,), generator=torch.Generator().manual_seed(0))
    assert measures.adjusted_rand_index(random, labels) == pytest.approx(0, abs=0.01)
    # Worked by hand: {a b}{c d} against {a b c}{d}; index 1, expected 2·3/6 = 1, so adjusted 0.
    assert measures.adjusted_rand_index(np.array([0, 0, 1, 1]), torch.tensor([0, 0, 0, 1])) == pytest.approx(0)


def test_active_fraction():
    assert measures.active_fraction(torch.tensor([[0.0, 1.0, -2.0, 1e-4]])) == 0.5


def test_angle_of_planes():
    """Two planes in 4-D that share one axis and are turned by a known angle in the other."""
    a = np.array([[1, 0], [0, 1], [0, 0], [0, 0]], dtype=float)
    for degrees in (0, 5, 30, 90):
        t = math.radians(degrees)
        b = np.array([[1, 0], [0, math.cos(t)], [0, math.sin(t)], [0, 0]])
        assert measures.subspace_angle(a, b) == pytest.approx(degrees, abs=1e-5)
        mixed = torch.from_numpy(b @ np.array([[2.0, 1.0], [0.5, -3.0]]))  # other axes of the same plane
        assert measures.subspace_angle(a, mixed) == pytest.approx(degrees, abs=1e-5)


def test_linear_autoencoder_finds_the_subspace_of_pca():
    """On data with a clear gap after the third direction."""
    torch.manual_seed(0)
    spread = torch.tensor([5.0, 4, 3, *[0.3] * 61])
    x = (torch.randn(2000, 64) * spread @ torch.linalg.qr(torch.randn(64, 64))[0]).view(-1, 1, 8, 8)
    trained, untrained = (Autoencoder(*linear(image_shape=(1, 8, 8), latent_dim=3)) for _ in range(2))
    list(fit(trained, x, epochs=60, lr=1e-2))
    pca = PCA(3).fit(x.flatten(1)).components_.T

    def written(model):  # the directions that the decoder writes in
        return (model.decoder(torch.eye(3)) - model.decoder(torch.zeros(1, 3))).flatten(1).T

    assert measures.subspace_angle(written(trained), pca) < 2
    assert measures.subspace_angle(written(untrained), pca) > 30
