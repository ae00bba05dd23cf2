"""Bent images: a little changed, in their range, open to gradients."""

import torch

from course_lib import data
from course_lib.data import augment
from course_lib.measures import judge


def test_images_stay_the_same_digits_on_the_same_scale():
    digits = data.mnist().test
    bent = augment.bend(2 * digits.images - 1, torch.Generator().manual_seed(0))
    assert bent.shape == digits.images.shape
    assert bent.min() >= -1
    assert bent.max() <= 1
    assert torch.equal(bent[:, :, 0, 0], -torch.ones(1000, 1))  # black stays black where the image has been moved away
    changed = (bent + 1) / 2
    assert (judge.classify(changed) == digits.labels).float().mean() > 0.95
    moved = (changed - digits.images).square().flatten(1).sum(dim=1)
    assert moved.min() > 0.5, "every one is bent"
    assert moved[0] != moved[1]


def test_gradients_pass():
    x = torch.rand(3, 1, 8, 8, requires_grad=True)
    augment.bend(x).sum().backward()
    assert (x.grad.flatten(1).sum(dim=1) > 0).all()
