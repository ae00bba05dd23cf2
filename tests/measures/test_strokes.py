"""Strokes drawn with a known width and slant, turned, blurred and moved; and real digits against a skeleton."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, shift
from skimage.morphology import skeletonize

from course_lib import data
from course_lib.measures import slant, stroke_width

FINE = 8  # pixels of the drawing for one of the image


def stroke(width, angle=0, length=18):
    """A straight stroke in the middle, leaning `angle` degrees to the right, as (1, 1, 28, 28)."""
    image = Image.new("L", (28 * FINE, 28 * FINE))
    across, up = FINE * length / 2 * np.sin(np.radians(angle)), FINE * length / 2 * np.cos(np.radians(angle))
    middle = 14 * FINE
    ends = [(middle - across, middle + up), (middle + across, middle - up)]
    ImageDraw.Draw(image).line(ends, fill=255, width=int(width * FINE))
    return torch.tensor(np.asarray(image) / 255).view(28, FINE, 28, FINE).mean(dim=(1, 3)).float()[None, None]


@pytest.mark.parametrize("width", [2, 3, 4])
@pytest.mark.parametrize("angle", [0, 20, -45, 90])
def test_the_width_of_a_stroke_whatever_its_direction(width, angle):
    """Both ends have an edge too: of length L and width w, it has 2 (L + w)."""
    expected = width * 18 / (18 + width)
    assert stroke_width(stroke(width, angle)).item() == pytest.approx(expected, rel=0.13)


def test_a_ring_has_an_edge_inside_and_outside():
    down, right = np.mgrid[:224, :224]
    far = np.hypot(down - 111.5, right - 111.5) / 8
    ring = torch.tensor((far > 6.5) & (far < 9.5)).double().view(28, 8, 28, 8).mean(dim=(1, 3))[None, None]
    assert stroke_width(ring).item() == pytest.approx(3, rel=0.05)


def test_a_blur_or_a_grey_pen_makes_no_stroke_thinner():
    sharp = stroke(4, 20)
    blurred = torch.tensor(gaussian_filter(sharp.numpy(), (0, 0, 0.7, 0.7)))
    assert stroke_width(blurred).item() == pytest.approx(stroke_width(sharp).item(), rel=0.08)
    assert stroke_width(0.6 * sharp).item() == pytest.approx(stroke_width(sharp).item(), rel=1e-5)


@pytest.mark.parametrize("angle", [-40, -15, 0, 15, 40])
def test_the_slant_of_a_stroke(angle):
    assert slant(stroke(2, angle)).item() == pytest.approx(angle, abs=1.5)
    moved = torch.tensor(shift(stroke(2, angle).numpy(), (0, 0, 2, -3), order=1))
    assert slant(moved).item() == pytest.approx(slant(stroke(2, angle)).item(), abs=0.1)
    assert slant(stroke(2, angle).flip(3)).item() == pytest.approx(-slant(stroke(2, angle)).item(), abs=1e-4)


def test_widths_of_real_digits_order_them_as_a_skeleton_does():
    digits = data.mnist().test.images[:300]
    inked = digits[:, 0].numpy() > 0.4
    other = torch.tensor([ink.sum() / skeletonize(ink).sum() for ink in inked])
    assert torch.corrcoef(torch.stack([stroke_width(digits), other.float()]))[0, 1] > 0.88


def test_nothing_drawn_has_neither():
    nothing = torch.zeros(2, 1, 28, 28)
    assert stroke_width(nothing).isnan().all()
    assert slant(nothing).isnan().all()


@pytest.mark.parametrize("measure", [stroke_width, slant])
def test_pixels_on_another_scale_are_refused(measure):
    assert measure(stroke(3).numpy()).item() == measure(stroke(3)).item()
    with pytest.raises(ValueError, match="pixels go from 0 to 1"):
        measure(2 * stroke(3) - 1)
