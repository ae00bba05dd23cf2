"""Figures of points on a plane or in space: latent maps and arrows."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from torch import Tensor

from course_lib import need
from course_lib.classroom.language import Text, figure_label, font_families, listed, text
from course_lib.classroom.show.picture import COLOURS, GREY, Picture, described, new_figure, stacked, style

if TYPE_CHECKING:
    from course_lib.classroom.explore.ring_game import Frame

LATIN = "0123456789"


@style()
def latent_map(
    codes: Tensor,
    labels: Tensor,
    x: str | Text = "first",
    y: str | Text = "second",
    glyphs: str = LATIN,
    title: str | Text | None = None,
    alt: str | Text | None = None,
) -> Picture:
    """Codes on a plane: all as points, and as many as have room as their own digit; ringed, the mean of each digit.

    codes: (N, 2)
    labels: (N,) in 0…9
    x, y: labels of the two axes
    glyphs: how the ten digits are written
    title: what the map is of
    alt: what readers should see in the figure
    raises: IndexError where a code has no label, or a label no glyph
    Taught in: 02_autoencoder, 04_dimensionality_reduction
    """
    figure, [[axis]] = new_figure(7, 5.8)
    points, names = codes.detach().cpu(), labels.cpu()
    room = _with_room(points, apart=0.028)
    axis.scatter(*points[~room].T, s=8, color=[COLOURS[digit] for digit in names[~room]], alpha=0.5, linewidths=0)
    _digits(axis, points[room], names[room], glyphs, size=42)
    for digit in names.unique():
        mean = points[names == digit].mean(dim=0)
        axis.scatter(*mean, s=420, color="white", edgecolors=COLOURS[digit], linewidths=2.2, zorder=3)
        axis.scatter(*mean, s=130, color=COLOURS[digit], marker=_marker(glyphs[digit]), linewidths=0, zorder=4)
    axis.set(xlabel=figure_label(x), ylabel=stacked(y))
    if title:
        axis.set_title(figure_label(title))
    figure.supxlabel(stacked("ringed"), fontsize=9, color=GREY)
    return Picture(figure, described(text("alt_map", n=len(points)), alt))


@style()
def latent_maps(
    panels: Mapping[str | Text, tuple[Tensor, Sequence[str | Text]]],
    labels: Tensor,
    glyphs: str = LATIN,
    alt: str | Text | None = None,
) -> Picture:
    """Several maps of the same images, two in a row, each with its numbers underneath.

    panels: heading -> (codes (N, 2) or (N, 3), lines to write under the map)
    labels: (N,) in 0…9, the same for every map
    glyphs: how the ten digits are written
    alt: what readers should see in the figure
    Every map is moved and stretched to fill its frame: only who lies near whom can be compared.
    raises: IndexError where a code has no label, or a label no glyph
    Taught in: 04_dimensionality_reduction
    """
    rows = -(-len(panels) // 2)
    figure = Figure(figsize=(8.2, 4.5 * rows), layout="constrained")
    for place, (key, (codes, lines)) in enumerate(panels.items(), 1):
        low, high = codes.amin(dim=0), codes.amax(dim=0)
        axis = figure.add_subplot(rows, 2, place, projection="3d" if codes.shape[1] == 3 else None)
        _digits(axis, (codes - low) / (high - low).clamp(min=1e-12), labels, glyphs, size=20)
        axis.set(xticks=[], yticks=[], **({"zticks": []} if codes.shape[1] == 3 else {}))
        axis.set_title(figure_label(key), fontsize=13)
        write = axis.text2D if codes.shape[1] == 3 else axis.text
        write(0.5, -0.02, "\n".join(map(figure_label, lines)), transform=axis.transAxes, ha="center", va="top")
    said = [text("alt_panel", name=text(key), lines=listed(map(text, lines))) for key, (_, lines) in panels.items()]
    return Picture(figure, described(text("alt_maps", n=len(labels), panels=listed(said, "; ")), alt))


@style()
def arrows(
    starts: Tensor, panels: Mapping[str | Text, Tensor], points: Tensor, alt: str | Text | None = None
) -> Picture:
    """Points on a plane, and arrows that say where something would move them; one panel for each mover.

    starts: (M, 2), the tails of the arrows
    panels: heading -> (M, 2), the heads of the arrows
    points: (N, 2), the data, in grey
    alt: what readers should see in the figure
    raises: ValueError where a head has no tail
    Taught in: 03_denoising
    """
    need.same_shape(starts=starts, **{text(key).en: heads for key, heads in panels.items()})
    tails = starts.detach().cpu().numpy()
    figure, [axes] = new_figure(4.4 * len(panels), 4.6, 1, len(panels))
    for axis, (key, heads) in zip(axes, panels.items(), strict=True):
        axis.scatter(*points.detach().cpu().T, s=9, color="#7A7A7A", alpha=0.6, linewidths=0)
        moves = heads.detach().cpu().numpy() - tails
        straight = {"angles": "xy", "scale_units": "xy", "scale": 1}  # an arrow ends where it points to
        axis.quiver(*tails.T, *moves.T, color=COLOURS[1], width=0.004, headwidth=4, **straight)
        axis.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
        axis.set_title(stacked(key), fontsize=12)
    return Picture(figure, described(text("alt_arrows", n=len(tails), panels=listed(map(text, panels))), alt))


@style()
def game(
    runs: Mapping[str | Text, Sequence["Frame"]], real: Tensor, columns: int = 5, alt: str | Text | None = None
) -> Picture:
    """Moments of a GAN's game on the plane at equal distances, the first and the last among them; a row for each run.

    runs: label -> Frames of `ring_game.frame`; the first 150 points of each are drawn
    real: (M, 2), the data; the first 200 are drawn
    Blue ground: the discriminator says "real", orange: "fake".
    columns: how many moments
    alt: what readers should see in the figure
    Taught in: 06_gan
    """
    # Here, since explorers take colours from this package.
    from course_lib.classroom.explore.ring_game import PAINT, REACH, drawn_points, drawn_pull

    ground = LinearSegmentedColormap.from_list("", [PAINT[key] for key in ("says_fake", "unsure", "says_real")], N=12)
    figure, axes = new_figure(1.75 * columns, 2.1 * len(runs) + 0.5, len(runs), columns)
    said = []
    for line, (key, frames) in zip(axes, runs.items(), strict=True):
        line[0].set_ylabel(stacked(key))
        chosen = [frames[round(place)] for place in np.linspace(0, len(frames) - 1, columns)]
        titles = [text("game_panel", step=one.step, covered=one.covered, modes=one.modes) for one in chosen]
        said.append(listed([text(key), listed(titles)], ": "))
        for axis, one, title in zip(line, chosen, titles, strict=True):
            axis.imshow(
                one.surface.numpy(), cmap=ground, vmin=0, vmax=1, extent=[-REACH, REACH] * 2, interpolation="bilinear"
            )
            axis.scatter(*drawn_points(real.cpu()[:200]).T, s=2, color=PAINT["real"], alpha=0.35, linewidths=0)
            tails, pulls = drawn_points(one.points[:150]), drawn_pull(one.pull[:150])
            axis.quiver(*tails.T, *pulls.T, width=0.006, headwidth=4, angles="xy", scale_units="xy", scale=1)
            axis.scatter(*tails.T, s=8, color=PAINT["made"], edgecolors="white", linewidths=0.4, zorder=3)
            axis.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[], yticks=[])
            axis.set_title(stacked(title), fontsize=9)
    signs = [("real", "o", ""), ("made", "o", ""), ("pull", ">", "-"), ("says_real", "s", ""), ("says_fake", "s", "")]
    handles = [
        Line2D([], [], color=PAINT.get(key, "black"), marker=marker, linestyle=line, label=figure_label(f"game_{key}"))
        for key, marker, line in signs
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return Picture(figure, described(text("alt_game", runs=listed(said, "; ")), alt))


def _digits(axis, codes: Tensor, labels: Tensor, glyphs: str, size: float) -> None:
    points, names = codes.detach().cpu().numpy(), labels.cpu().numpy()
    for digit in np.unique(names):
        mine = points[names == digit].T
        axis.scatter(*mine, marker=_marker(glyphs[digit]), s=size, linewidths=0, color=COLOURS[digit], alpha=0.85)


def _with_room(points: Tensor, apart: float) -> Tensor:
    """Which points lie apart from those chosen before them, by this part of the width of the map."""
    low, high = points.amin(dim=0), points.amax(dim=0)
    places = (points - low) / (high - low).clamp(min=1e-12)
    near = torch.cdist(places, places) < apart
    chosen = torch.zeros(len(points), dtype=torch.bool)
    for place, around in enumerate(near):
        chosen[place] = not (around & chosen).any()
    return chosen


@cache
def _marker(glyph: str) -> Path:
    """The outline of a character, centred: matplotlib's own `$…$` markers know no Devanagari."""
    outline = TextPath((0, 0), glyph, size=1, prop=FontProperties(family=font_families()[-1]))
    box = outline.get_extents()
    return Path(outline.vertices - (box.min + box.max) / 2, outline.codes)
