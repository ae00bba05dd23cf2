"""What drawings of models are made of: boxes and arrows, measured in inches."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path

from course_lib.classroom.show.picture import COLOURS


def canvas(width: float, height: float):
    """A figure whose axis is measured in inches."""
    figure = Figure(figsize=(width, height))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, width), ylim=(0, height))
    axis.axis("off")
    axis.autoscale(False)
    return figure, axis


def box(
    axis, x: float, y: float, width: float, height: float, said: str = "", colour: str = COLOURS[0], **more
) -> None:
    """A box with rounded corners around (x, y)."""
    corner = (x - width / 2 + 0.06, y - height / 2 + 0.06)
    shape = {"boxstyle": "round,pad=0.06", "edgecolor": colour, "facecolor": "white", "linewidth": 1.6}
    axis.add_patch(FancyBboxPatch(corner, width - 0.12, height - 0.12, zorder=2, **shape))
    shape |= {"facecolor": colour, "alpha": 0.15}  # a tint over white: arrows that end at the box do not shine through
    axis.add_patch(FancyBboxPatch(corner, width - 0.12, height - 0.12, zorder=2.1, **shape))
    axis.text(x, y, said, ha="center", va="center", zorder=3, **more)


def arrow(axis, *corners: tuple[float, float], colour: str = "black", zorder: float = 1.5, **more) -> None:
    """An arrow along straight lines through the corners."""
    looks = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    path = Path(corners)
    axis.add_patch(FancyArrowPatch(path=path, color=colour, joinstyle="round", zorder=zorder, **(looks | more)))


def image(axis, x: float, y: float, size: float, pixels: np.ndarray) -> None:
    """A square image (H, W) in [0, 1] around (x, y)."""
    left, low = x - size / 2, y - size / 2
    place = {"extent": (left, left + size, low, low + size), "aspect": "auto", "zorder": 2}
    axis.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation="nearest", **place)
    axis.add_patch(Rectangle((left, low), size, size, facecolor="none", edgecolor="white", linewidth=1.5, zorder=2))
