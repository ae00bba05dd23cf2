"""The judge: how well it reads digits, and what it refuses."""

import os
from pathlib import Path

import pytest
import torch

from course_lib import data
from course_lib.measures import judge

FULL = Path(os.environ.get("COURSE_DATA", "")) / "MNIST" / "raw"


def accuracy(split):
    return float((judge.classify(split.images) == split.labels).float().mean())


def test_reads_digits_it_has_never_seen():
    """tools/judge.py keeps the packaged held-out digits out of its training."""
    assert accuracy(data.mnist().test) >= 0.99


@pytest.mark.skipif(not FULL.exists(), reason="COURSE_DATA holds no full MNIST")
def test_reads_the_test_images_of_full_mnist():
    assert accuracy(data.mnist("full").test) >= 0.99


def test_weights_are_small_and_plain():
    assert judge.WEIGHTS.stat().st_size < 400_000
    assert sum(p.numel() for p in judge.Judge().parameters()) == 60_874


def test_features():
    x = torch.rand(3, 1, 28, 28)
    features = judge.features(x)
    assert features.shape == (3, 64)
    assert (features >= 0).all()
    assert not features.requires_grad
    assert torch.equal(features, judge.features(x.double().numpy()))
    assert torch.allclose(judge.features(x[1:2])[0], features[1], atol=1e-5)  # each image by itself


def test_an_untrained_judge_cannot_read():
    torch.manual_seed(0)
    digits = data.mnist().test
    with torch.no_grad():
        guesses = judge.Judge()(digits.images).argmax(dim=1)
    assert (guesses == digits.labels).float().mean() < 0.3


@pytest.mark.parametrize("scaled", [lambda x: 255 * x, lambda x: 2 * x - 1])
def test_pixels_on_another_scale_are_refused(scaled):
    with pytest.raises(ValueError, match="pixels go from 0 to 1"):
        judge.features(scaled(data.mnist().test.images[:10]))
