"""The points that the GAN's room trains on: a ring, and a letter as matplotlib outlines it."""

import matplotlib.path
import numpy as np
import torch
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from course_lib.classroom.explore import TrainGAN
from course_lib.classroom.explore.train_gan import letter
from course_lib.data import ring
from course_lib.data.fonts import FACES


def test_the_letter_is_covered_evenly_by_its_points():
    points = letter(2000)
    outline = TextPath((0, 0), "अ", size=100, prop=FontProperties(fname=FACES[1].path()))
    low, high = outline.vertices.min(axis=0), outline.vertices.max(axis=0)
    scale = (high - low).max() / 2
    glyph = matplotlib.path.Path((outline.vertices - (low + high) / 2) / scale, outline.codes)
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 81)] * 2), axis=-1).reshape(-1, 2)
    inside = torch.from_numpy(grid[glyph.contains_points(grid)]).float()
    assert float(points.abs().amax()) <= 1
    assert float((points.amax(dim=0) - points.amin(dim=0)).max()) > 1.97
    apart = torch.cdist(points, inside)
    assert apart.amin(dim=1).max() < 0.06  # no point beside the letter,
    assert apart.amin(dim=0).max() < 0.12  # and no part of it without one
    # As many points as area, in each quarter.
    quarters = [
        ((part > 0).long() @ torch.tensor([1, 2])).bincount(minlength=4) / len(part) for part in (points, inside)
    ]
    assert (quarters[0] - quarters[1]).abs().max() < 0.05


def test_the_browser_gets_both_shapes():
    widget = TrainGAN()
    sent = torch.frombuffer(bytearray(widget.points), dtype=torch.uint8).view(-1, 2).float()
    points = widget.reach * (2 * sent / 255 - 1)
    assert widget.shapes == [["ring", 1000], ["letter", 1000]]
    half_a_level = widget.reach / 255
    for part, shape in zip(points.split(1000), (ring.gaussians(1000), letter(1000)), strict=True):
        assert (part - shape).abs().max() <= half_a_level + 1e-6
