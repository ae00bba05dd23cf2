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
COMPETE = 5000  # each is compared with each: 125 MB for a moment


@style()
def latent_map(
    codes: Tensor,
    labels: Tensor,
    x: str | Text = "first",
    y: str | Text = "second",
    glyphs: str = LATIN,
    title: str | Text | None = None,
    ranked: bool = False,
    alt: str | Text | None = None,
) -> Picture:
    """Codes on a plane: all as points, and as many as have room as their own digit; ringed, the mean of each digit.

    codes: (N, 2); up to 5,000 compete for room, of more every second, every third, …
    labels: (N,) in 0…9
    x, y: labels of the two axes
    glyphs: how the ten digits are written
    title: what the map is of
    ranked: stretch each axis by rank, so that every part of the map gets room; the ticks still tell the true values
    alt: what readers should see in the figure
    raises: IndexError where a code has no label, or a label no glyph
    Taught in: 02_autoencoder, 04_dimensionality_reduction
    """
    figure, [[axis]] = new_figure(7, 5.8)
    codes, names = codes.detach().cpu().float(), labels.cpu()
    points = _ranks(codes, codes) if ranked else codes
    room = _with_room(points, apart=0.028)
    axis.scatter(*points[~room].T, s=8, color=[COLOURS[digit] for digit in names[~room]], alpha=0.5, linewidths=0)
    _digits(axis, points[room], names[room], glyphs, size=42)
    for digit in names.unique():
        mean = codes[names == digit].mean(dim=0, keepdim=True)
        [mean] = _ranks(mean, codes) if ranked else mean
        axis.scatter(*mean, s=420, color="white", edgecolors=COLOURS[digit], linewidths=2.2, zorder=3)
        axis.scatter(*mean, s=130, color=COLOURS[digit], marker=glyph_path(glyphs[digit]), linewidths=0, zorder=4)
    axis.set(xlabel=figure_label(x), ylabel=stacked(y))
    if title:
        axis.set_title(figure_label(title))
    if ranked:
        values = codes.quantile(torch.linspace(0.05, 0.95, 5), dim=0)
        for number, ticks in enumerate((axis.set_xticks, axis.set_yticks)):
            ticks(_ranks(values, codes)[:, number].tolist(), [f"{value:.2g}" for value in values[:, number]])
    notes = ["ringed", *(["map_ranked"] if ranked else [])]
    figure.supxlabel("\n".join(map(stacked, notes)), fontsize=9.5, color=GREY)
    said = listed([text("alt_map", n=len(points)), *(map(text, notes[1:]))], " ")
    return Picture(figure, described(said, alt))


@style()
def latent_maps(
    panels: Mapping[str | Text, tuple[Tensor, Sequence[str | Text]]],
    labels: Tensor,
    glyphs: str = LATIN,
    ranked: bool = False,
    clusters: Mapping[str | Text, Tensor] | None = None,
    alt: str | Text | None = None,
) -> Picture:
    """Several maps of the same images, two in a row, each with its numbers underneath.

    panels: heading -> (codes (N, 2) or (N, 3), lines to write under the map)
    labels: (N,) in 0…9, the same for every map
    glyphs: how the ten digits are written
    ranked: stretch each axis by rank, so that every part of a map gets room
    clusters: heading -> (N,) whole numbers; that map is coloured by them instead of by digit
    alt: what readers should see in the figure
    Every map is moved and stretched to fill its frame: only who lies near whom can be compared.
    raises: IndexError where a code has no label, or a label no glyph
    Taught in: 04_dimensionality_reduction
    """
    rows, clusters = -(-len(panels) // 2), clusters or {}
    figure = Figure(figsize=(8.2, 4.6 * rows), layout="constrained")
    lines = {key: [*said, *(["map_clusters"] if key in clusters else [])] for key, (_, said) in panels.items()}
    for place, (key, (codes, _)) in enumerate(panels.items(), 1):
        codes, solid = codes.detach().cpu().float(), codes.shape[1] == 3
        low, high = codes.amin(dim=0), codes.amax(dim=0)
        places = _ranks(codes, codes) if ranked else (codes - low) / (high - low).clamp(min=1e-12)
        axis = figure.add_subplot(rows, 2, place, projection="3d" if solid else None)
        _digits(axis, places, labels, glyphs, size=24, groups=clusters.get(key))
        axis.set(xticks=[], yticks=[], **({"zticks": []} if solid else {}))
        if solid:
            axis.set(xlabel="$z_1$", ylabel="$z_2$", zlabel="$z_3$")
            for side in (axis.xaxis, axis.yaxis, axis.zaxis):
                side.labelpad = -10  # where the ticks would be
            axis.set_box_aspect((1, 1, 1), zoom=1.05)
        axis.set_title(figure_label(key), fontsize=13)
        write = axis.text2D if solid else axis.text
        write(0.5, -0.02, "\n".join(map(figure_label, lines[key])), transform=axis.transAxes, ha="center", va="top")
    notes = ["map_ranked_all"] if ranked else []
    figure.supxlabel("\n".join(map(stacked, notes)), fontsize=9.5, color=GREY)
    said = [text("alt_panel", name=text(key), lines=listed(map(text, lines[key]))) for key in panels]
    shown = text("alt_maps", n=len(labels), panels=listed(said, "; "))
    return Picture(figure, described(listed([shown, *map(text, notes)], " "), alt))


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
    runs: Mapping[str | Text, Sequence["Frame"]], real: Tensor, columns: int = 4, alt: str | Text | None = None
) -> Picture:
    """Moments of a GAN's game on the plane at equal distances, the first and the last among them; a row for each run.

    runs: label -> Frames of `ring_game.frame`; the first 150 points of each are drawn, a third of them with arrows
    real: (M, 2), the data; the first 200 are drawn
    Blue ground: the discriminator says "real", orange: "fake".
    columns: how many moments
    alt: what readers should see in the figure
    Taught in: 06_gan
    """
    # Here, since explorers take colours from this package.
    from course_lib.classroom.explore.ring_game import PAINT, REACH, drawn_points, drawn_pull

    ground = LinearSegmentedColormap.from_list("", [PAINT[key] for key in ("says_fake", "unsure", "says_real")], N=12)
    figure, axes = new_figure(2.3 * columns, 2.65 * len(runs) + 0.6, len(runs), columns)
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
            axis.scatter(*drawn_points(real.cpu()[:200]).T, s=4, color=PAINT["real"], alpha=0.35, linewidths=0)
            tails, pulls = drawn_points(one.points[:150]), drawn_pull(one.pull[:150])
            straight = {"angles": "xy", "scale_units": "xy", "scale": 1}
            axis.quiver(*tails[::3].T, *pulls[::3].T, width=0.005, headwidth=5, color="#333333", alpha=0.55, **straight)
            axis.scatter(*tails.T, s=12, color=PAINT["made"], edgecolors="white", linewidths=0.4, zorder=3)
            axis.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[], yticks=[])
            axis.set_title(stacked(title), fontsize=10.5)
    signs = [("real", "o", ""), ("made", "o", ""), ("pull", ">", "-"), ("says_real", "s", ""), ("says_fake", "s", "")]
    looks = [{"color": PAINT.get(key, "#333333"), "marker": marker, "linestyle": line} for key, marker, line in signs]
    handles = [
        Line2D([], [], label=figure_label(f"game_{key}"), **how) for (key, *_), how in zip(signs, looks, strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=10)
    return Picture(figure, described(text("alt_game", runs=listed(said, "; ")), alt))


def _digits(axis, codes: Tensor, labels: Tensor, glyphs: str, size: float, groups: Tensor | None = None) -> None:
    """Each code as its own digit, in the colour of its digit, or of its group."""
    points, names = codes.detach().cpu().numpy(), labels.cpu().numpy()
    colours = np.array(COLOURS)[(names if groups is None else groups.cpu().numpy()) % len(COLOURS)]
    for digit in np.unique(names):
        mine = names == digit
        looks = {"marker": glyph_path(glyphs[digit]), "s": size, "linewidths": 0, "alpha": 0.85}
        axis.scatter(*points[mine].T, color=colours[mine], **looks)


def _ranks(values: Tensor, among: Tensor) -> Tensor:
    """Which part of `among` lies below each value, in each column: (M, d), (N, d) -> (M, d) in [0, 1].

    Equal values get one place, in the middle of theirs.
    """
    ordered, values = among.T.contiguous().sort().values, values.T.contiguous()
    below, up_to = (torch.searchsorted(ordered, values, right=right) for right in (False, True))
    return ((below + up_to) / (2 * len(among))).T


def _with_room(points: Tensor, apart: float) -> Tensor:
    """Which points lie apart from those chosen before them, by this part of the width of the map."""
    low, high = points.amin(dim=0), points.amax(dim=0)
    step = max(1, -(-len(points) // COMPETE))
    places = ((points - low) / (high - low).clamp(min=1e-12))[::step]
    chosen, room = torch.zeros(len(places), dtype=torch.bool), torch.zeros(len(points), dtype=torch.bool)
    for place, around in enumerate(torch.cdist(places, places) < apart):
        chosen[place] = not (around & chosen).any()
    room[::step] = chosen
    return room


@cache
def glyph_path(glyph: str) -> Path:
    """The outline of a character, centred: matplotlib's own `$…$` markers know no Devanagari."""
    outline = TextPath((0, 0), glyph, size=1, prop=FontProperties(family=font_families()[-1]))
    box = outline.get_extents()
    return Path(outline.vertices - (box.min + box.max) / 2, outline.codes)
