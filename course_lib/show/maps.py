"""Figures of points on a plane or in space: latent maps and arrows."""

from collections.abc import Mapping, Sequence
from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from torch import Tensor

from course_lib.language import Text, figure_label, font_families, listed, message, text
from course_lib.show.picture import COLOURS, Picture, new_figure, style

LATIN = "0123456789"


@style()
def latent_map(
    codes: Tensor, labels: Tensor, x: str | Text = "first", y: str | Text = "second", glyphs: str = LATIN
) -> Picture:
    """Codes on a plane, each drawn as its own digit, so that no legend is needed.

    codes: (N, 2)
    labels: (N,) in 0…9
    x, y: labels of the two axes
    glyphs: how the ten digits are written
    Taught in: 02_autoencoder, 04_dimensionality_reduction
    """
    _check(codes, (2,))
    figure, [[axis]] = new_figure(6, 5)
    _digits(axis, codes, labels, glyphs, size=42)
    axis.set(xlabel=figure_label(x), ylabel=figure_label(y))
    return Picture(figure, message("alt_map", n=len(codes)))


@style()
def latent_maps(
    panels: Mapping[str | Text, tuple[Tensor, Sequence[str | Text]]], labels: Tensor, glyphs: str = LATIN
) -> Picture:
    """Several maps of the same images, two in a row, each with its numbers underneath.

    panels: heading -> (codes (N, 2) or (N, 3), lines to write under the map)
    labels: (N,) in 0…9, the same for every map
    glyphs: how the ten digits are written
    Every map is moved and stretched to fill its frame: only who lies near whom can be compared.
    Taught in: 04_dimensionality_reduction
    """
    rows = -(-len(panels) // 2)
    figure = Figure(figsize=(8.2, 4.5 * rows), layout="constrained")
    for place, (key, (codes, lines)) in enumerate(panels.items(), 1):
        _check(codes, (2, 3))
        low, high = codes.amin(dim=0), codes.amax(dim=0)
        axis = figure.add_subplot(rows, 2, place, projection="3d" if codes.shape[1] == 3 else None)
        _digits(axis, (codes - low) / (high - low).clamp(min=1e-12), labels, glyphs, size=20)
        axis.set(xticks=[], yticks=[], **({"zticks": []} if codes.shape[1] == 3 else {}))
        axis.set_title(figure_label(key), fontsize=13)
        write = axis.text2D if codes.shape[1] == 3 else axis.text
        write(0.5, -0.02, "\n".join(map(figure_label, lines)), transform=axis.transAxes, ha="center", va="top")
    said = [text("alt_panel", name=text(key), lines=listed(map(text, lines))) for key, (_, lines) in panels.items()]
    return Picture(figure, message("alt_maps", n=len(labels), panels=listed(said, "; ")))


@style()
def arrows(starts: Tensor, panels: Mapping[str | Text, Tensor], points: Tensor) -> Picture:
    """Points on a plane, and arrows that say where something would move them; one panel for each mover.

    starts: (M, 2), the tails of the arrows
    panels: heading -> (M, 2), the heads of the arrows
    points: (N, 2), the data, in grey
    Taught in: 03_denoising
    """
    for given in (starts, points, *panels.values()):
        _check(given, (2,))
    figure, [axes] = new_figure(4.4 * len(panels), 4.6, 1, len(panels))
    data, tails = points.cpu().numpy(), starts.cpu().numpy()
    for axis, (key, heads) in zip(axes, panels.items(), strict=True):
        axis.scatter(*data.T, s=3, color="#B0B0B0", linewidths=0)
        moves = heads.detach().cpu().numpy() - tails
        straight = {"angles": "xy", "scale_units": "xy", "scale": 1}  # an arrow ends where it points to
        axis.quiver(*tails.T, *moves.T, color=COLOURS[1], width=0.004, headwidth=4, **straight)
        axis.set(aspect="equal", xticks=[], yticks=[])
        axis.set_title(figure_label(key))
    return Picture(figure, message("alt_arrows", n=len(tails), panels=listed(map(text, panels))))


def _digits(axis, codes: Tensor, labels: Tensor, glyphs: str, size: float) -> None:
    points, names = codes.detach().cpu().numpy(), labels.cpu().numpy()
    for digit, glyph in enumerate(glyphs):
        mine = points[names == digit].T
        axis.scatter(*mine, marker=_marker(glyph), s=size, linewidths=0, color=COLOURS[digit], alpha=0.85)


@cache
def _marker(glyph: str) -> Path:
    """The outline of a character, centred: matplotlib's own `$…$` markers know no Devanagari."""
    outline = TextPath((0, 0), glyph, size=1, prop=FontProperties(family=font_families()[-1]))
    box = outline.get_extents()
    return Path(outline.vertices - (box.min + box.max) / 2, outline.codes)


def _check(codes: Tensor, widths: Sequence[int]) -> None:
    if codes.ndim != 2 or codes.shape[1] not in widths:
        expected = " / ".join(f"(N, {width})" for width in widths)
        raise ValueError(message("error_images", name="codes", shape=tuple(codes.shape), expected=expected))
