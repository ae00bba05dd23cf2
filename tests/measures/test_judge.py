"""The judge: how well it reads digits, and what it refuses."""

import os
from pathlib import Path

import pytest
import torch

from course_lib import data
from course_lib.measures import judge

FULL = Path(os.environ.get("COURSE_DATA", "")) / "MNIST" / "raw"


def accuracy(split, script="latin"):
    return float((judge.classify(split.images, script) == split.labels).float().mean())


def test_reads_digits_it_has_never_seen():
    """tools/judge.py keeps the lessons' held-out digits out of its training."""
    assert accuracy(data.mnist().test) >= 0.99
    assert accuracy(data.devanagari_digits().test, "devanagari") >= 0.99


def test_each_script_has_its_own_judge():
    """Only ० looks like 0, and ३ a little like 3: the other script is read by chance, not well."""
    assert accuracy(data.devanagari_digits().test) < 0.5
    assert accuracy(data.mnist().test, "devanagari") < 0.5
    with pytest.raises(ValueError, match="script='tamil' is none of 'latin', 'devanagari'"):
        judge.classify(torch.rand(1, 1, 28, 28), "tamil")


def test_confidence_is_the_largest_probability():
    digits = data.mnist().test.images
    sure = judge.confidence(digits)
    assert sure.shape == (1000,)
    assert (sure > 0.9).float().mean() > 0.97
    assert ((sure >= 0.1) & (sure <= 1)).all()
    halves = (digits[:-1] + digits[1:]) / 2  # of two digits at once nobody can be sure
    assert (judge.confidence(halves) > 0.9).float().mean() < 0.7


@pytest.mark.skipif(not FULL.exists(), reason="COURSE_DATA holds no full MNIST")
def test_reads_the_test_images_of_full_mnist():
    assert accuracy(data.mnist("full").test) >= 0.99


def test_weights_are_small_and_plain():
    assert all(judge.weights(script).stat().st_size < 400_000 for script in judge.SCRIPTS)
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
