"""Two real heads: air at 0, a head in the middle, on one scale."""

import pytest

from course_lib.data import brain


def test_slices_are_of_a_head_in_air():
    pytest.importorskip("nibabel")
    slices = brain.brain_slices()
    assert slices.shape == (24, 1, 128, 96)
    assert (slices.min(), slices.max()) == (0, 1)
    assert (slices[:, :, :20] == 0).all()
    assert slices[:, :, 54:74, 38:58].mean() > 0.4
    near = (slices[1:] - slices[:-1]).square().mean()  # neighbours look alike
    assert near < 0.5 * (slices[12:] - slices[:12]).square().mean()


def test_the_other_head_is_another():
    head = brain.other_head()
    assert head.shape == (1, 1, 256, 256)
    assert (head.min(), head.max()) == (0, 1)
    assert head[..., :20, :20].mean() < 0.02 < 0.5 < head[..., 90:110, 110:140].mean()
