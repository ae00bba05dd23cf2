"""Drawings of what generates images: GAN, VAE, the story from code to image, the transposed convolution."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from torch import Tensor

from course_lib.classroom.language import Text, text
from course_lib.classroom.show.canvas import arrow, box, canvas, image
from course_lib.classroom.show.figures import on_grey_scale
from course_lib.classroom.show.maps import glyph_path
from course_lib.classroom.show.picture import COLOURS, GREY, Picture, described, stacked, style

BLUE, ORANGE, GREEN, PINK = COLOURS[:4]
RED, PURPLE = "#C1121F", "#99366F"  # PURPLE: PINK, dark enough to be read
DASHED = {"linestyle": (0, (4, 2)), "linewidth": 2.2, "mutation_scale": 17}
CENTRED = {"ha": "center", "linespacing": 1.3}
BOLD = {"fontsize": 12.5, "weight": "bold", "linespacing": 1.3}


@style()
def gan_diagram(alt: str | Text | None = None) -> Picture:
    """A generator and a discriminator: who gets which images, and which way the gradient takes.

    alt: what readers should see in the figure
    Taught in: 06_gan
    """
    figure, axis = canvas(8.8, 3.95)
    real, made, judged = 3.45, 1.6, 2.55  # heights: of the real images, of the generated ones, of D
    for place, glyph in enumerate("582"):
        image(axis, 3.85 + 0.69 * place, real, 0.65, _digit(glyph))
    axis.text(3.4, real, stacked("drawn_real"), ha="right", va="center", color=GREEN, **BOLD)
    axis.text(0.9, made, "$z$", fontsize=22, ha="center", va="center")
    axis.text(0.9, made - 0.28, stacked("drawn_noise"), fontsize=11.5, color=GREY, va="top", **CENTRED)
    _network(axis, 2.55, made, "G", "generator", BLUE)
    blots = np.random.default_rng(0).random((28, 28))
    image(axis, 4.54, made, 0.8, np.clip(0.8 * _blurred(_digit("3")) * (0.4 + blots) + 0.4 * blots**5, 0, 1))
    axis.text(4.54, made + 0.46, stacked("drawn_generated"), ha="center", va="bottom", color=BLUE, **BOLD)
    _network(axis, 6.3, judged, "D", "discriminator", ORANGE)
    arrow(axis, (1.15, made), (1.84, made), colour=BLUE, linewidth=2.2)
    arrow(axis, (3.25, made), (4.12, made), colour=BLUE, linewidth=2.2)
    arrow(axis, (5.0, made), (6.0, made), (6.0, judged - 0.47), colour=BLUE, linewidth=2.2)
    arrow(axis, (5.65, real), (6.0, real), (6.0, judged + 0.47), colour=GREEN, linewidth=2.2)
    arrow(axis, (7.0, judged), (7.4, judged), linewidth=2.2)
    axis.text(7.47, judged, stacked("drawn_verdict"), va="center", **BOLD)
    back = ((6.6, judged - 0.47), (6.6, 0.7), (2.55, 0.7), (2.55, made - 0.47))
    arrow(axis, *back, colour=RED, **DASHED)
    axis.text(4.54, 0.6, stacked("drawn_gradient"), ha="center", va="top", color=RED, **BOLD)
    return Picture(figure, described(text("alt_gan_diagram"), alt))


@style()
def vae_diagram(latent_dim: int = 20, alt: str | Text | None = None) -> Picture:
    """A variational autoencoder: two heads, ε from outside, and where the two parts of the loss are taken.

    latent_dim: how many numbers a code has
    alt: what readers should see in the figure
    Taught in: 05_vae
    """
    figure, axis = canvas(9.2, 4.15)
    way, up, down, floor = 2.4, 2.9, 1.9, 0.68
    for x, name, pixels in ((0.5, "$x$", _digit("3")), (8.7, r"$\hat{x}$", _blurred(_digit("3")))):
        image(axis, x, way, 0.8, pixels)
        axis.text(x, way + 0.45, name, fontsize=17, va="bottom", **CENTRED)
    _network(axis, 1.85, way, "encoder", "", BLUE)
    _network(axis, 7.25, way, "decoder", "", ORANGE)
    for y, name in ((up, r"$\mu$"), (down, r"$\log\,\sigma^2$")):
        box(axis, 3.6, y, 1.0, 0.52, name, BLUE, fontsize=15)
        arrow(axis, (2.55, way), (3.07, y), colour=BLUE, zorder=2.2)
        arrow(axis, (4.1, y), (4.63, way + (0.12 if y == up else -0.12)), colour=BLUE)
    heads = stacked(text("drawn_heads", n=latent_dim))
    axis.text(3.6, up + 0.45, heads, fontsize=11.5, color=GREY, va="bottom", **CENTRED)
    box(axis, 5.45, way, 1.6, 0.6, r"$z=\mu+\sigma\cdot\varepsilon$", GREEN, fontsize=15)
    axis.text(5.45, 3.8, r"$\varepsilon\sim N(0,\,I)$", fontsize=15, color=RED, va="center", **CENTRED)
    axis.text(6.2, 3.8, stacked("drawn_outside"), fontsize=11.5, color=RED, va="center", linespacing=1.3)
    arrow(axis, (5.45, 3.6), (5.45, way + 0.31), colour=RED, **DASHED)
    for start, end in ((0.92, 1.14), (6.26, 6.54), (7.96, 8.28)):
        arrow(axis, (start, way), (end, way))
    dotted = {"color": PINK, "linewidth": 2, "linestyle": ":"}
    axis.plot((2.94, 4.26, 4.26, 2.94, 2.94), (1.54, 1.54, 3.26, 3.26, 1.54), **dotted)  # around both heads
    axis.text(3.6, 1.47, stacked("drawn_kl"), fontsize=12, color=PURPLE, va="top", **CENTRED)
    axis.plot((0.5, 0.5, 8.7, 8.7), (way - 0.44, floor, floor, way - 0.44), **dotted)
    axis.text(4.6, floor - 0.08, stacked("drawn_rebuilding"), fontsize=12, color=PURPLE, va="top", **CENTRED)
    return Picture(figure, described(text("alt_vae_diagram", n=latent_dim), alt))


@style()
def generative_story(z: Tensor, probability: Tensor, sample: Tensor, alt: str | Text | None = None) -> Picture:
    """How a latent variable model tells where an image comes from: a code, probabilities of the pixels, a sample.

    z: (2,), a code from p(z) = N(0, I)
    probability: (1, H, W) in [0, 1], p(x|z): how likely each pixel is white
    sample: (1, H, W) in [0, 1], x: each pixel drawn with its own probability
    alt: what readers should see in the figure
    raises: ValueError for another scale
    Taught in: 05_vae
    """
    [chances] = on_grey_scale("probability", probability.view(1, *probability.shape[-2:]))
    [drawn] = on_grey_scale("sample", sample.view(1, *sample.shape[-2:]))
    wide, high, side, way = 9.2, 3.5, 2.1, 1.95
    figure, axis = canvas(wide, high)
    plane = figure.add_axes((0.5 / wide, (way - side / 2) / high, side / wide, side / high))
    reach = max(3, 1.2 * float(z.abs().max()))
    line = np.linspace(-reach, reach, 120)
    plane.contourf(line, line, np.exp(-(line[:, None] ** 2 + line**2) / 2), levels=10, cmap="Blues")
    plane.plot(*z.tolist(), "o", color=ORANGE, markersize=11, markeredgecolor="white", markeredgewidth=1.5)
    plane.annotate("$z$", z.tolist(), (8, 5), textcoords="offset points", fontsize=18, color=ORANGE)
    plane.set(xticks=[], yticks=[], xlabel="$z_1$", ylabel="$z_2$")
    places = (1.55, 4.75, 8.0)
    for x, pixels in zip(places[1:], (chances, drawn), strict=True):
        image(axis, x, way, side, pixels)
    symbols, keys = ("$p(z)$", r"$p(x\,|\,z)$", "$x$"), ("drawn_prior", "drawn_chances", "drawn_sample")
    for x, symbol, key in zip(places, symbols, keys, strict=True):
        axis.text(x, way + side / 2 + 0.1, symbol, fontsize=16, va="bottom", **CENTRED)
        axis.text(x, way - side / 2 - 0.32, stacked(key), fontsize=12, color=GREY, va="top", **CENTRED)
    for x, key in ((3.15, "decoder"), (6.375, "drawn_toss")):
        arrow(axis, (x - 0.42, way), (x + 0.42, way), linewidth=2.4, mutation_scale=18)
        axis.text(x, way + 0.14, stacked(key), fontsize=12, va="bottom", **CENTRED)
    place = ", ".join(f"{value:.1f}" for value in z.tolist())
    return Picture(figure, described(text("alt_generative_story", z=place), alt))


MAP, FILTER = np.array([[1, 2], [0, 3]]), np.outer((1, 2, 2, 1), (1, 2, 2, 1))
UNIT, TOP = 0.37, 2.85  # inches: of a cell, and from the floor to the maps' upper edge


@style()
def transposed_convolution(alt: str | Text | None = None) -> Picture:
    """How ConvTranspose2d(1, 1, 4, stride=2, padding=1) doubles a small map: copies of the filter, added up.

    alt: what readers should see in the figure
    Taught in: 06_gan
    """
    figure, axis = canvas(9.2, 3.45)
    tints, whole = dict(zip(np.ndindex(2, 2), (BLUE, ORANGE, GREEN, PINK), strict=True)), np.zeros((6, 6), dtype=int)
    _cells(axis, 0.2, MAP, lambda place: (tints[place], 0.3), weight="bold", fontsize=14)
    _cells(axis, 1.5, FILTER, lambda place: (GREY, 0.08 * FILTER[place]))
    _cells(axis, 3.55, np.full((6, 6), ""), lambda place: ("white", 1))
    for number, (place, tint) in enumerate(tints.items()):
        down, across = 2 * np.array(place)
        whole[down : down + 4, across : across + 4] += MAP[place] * FILTER
        inset = 0.02 + 0.025 * number  # no outline lies on another
        corner = 3.55 + UNIT * across + inset, TOP - UNIT * (down + 4) + inset
        for looks in ({"facecolor": tint, "alpha": 0.2}, {"facecolor": "none", "edgecolor": tint, "linewidth": 2.4}):
            axis.add_patch(Rectangle(corner, 4 * UNIT - 2 * inset, 4 * UNIT - 2 * inset, zorder=2, **looks))
        middle = 3.55 + UNIT * (1 + 2 * across), TOP - UNIT * (1 + 2 * down)
        axis.text(*middle, f"{MAP[place]} ×", va="center", fontsize=15, weight="bold", zorder=3, **CENTRED)
    _cells(axis, 6.75, whole, lambda place: (BLUE, 0.75 * whole[place] / whole.max()))
    rim = {"facecolor": "none", "edgecolor": RED, "linewidth": 2.4, "linestyle": "--", "zorder": 3}
    axis.add_patch(Rectangle((6.75 + UNIT, TOP - 5 * UNIT), 4 * UNIT, 4 * UNIT, **rim))
    notes = {"input": 0.2 + UNIT, "filter": 1.5 + 2 * UNIT, "copies": 3.55 + 3 * UNIT, "sum": 6.75 + 3 * UNIT}
    for key, x in notes.items():
        axis.text(x, TOP + 0.1, stacked(f"drawn_up_{key}"), ha="center", va="bottom", **BOLD)
        note = stacked(f"drawn_up_{key}_note")
        axis.text(x, TOP - 6 * UNIT - 0.1, note, fontsize=11.5, va="top", color=GREY, **CENTRED)
    for x, sign in ((1.22, "×"), (3.26, "="), (6.26, "→")):
        axis.text(x, TOP - 3 * UNIT, sign, fontsize=20, va="center", **CENTRED)
    return Picture(figure, described(text("alt_transposed_convolution"), alt))


def _cells(axis, left: float, numbers: np.ndarray, paint, **more) -> None:
    """A small map, a cell for each number; paint: place -> (colour, how strong)."""
    low = TOP - UNIT * (3 - len(numbers) / 2)  # in the middle of the tallest
    for (down, across), number in np.ndenumerate(numbers):
        colour, strength = paint((down, across))
        corner = left + UNIT * across, low - UNIT * (down + 1)
        axis.add_patch(Rectangle(corner, UNIT, UNIT, facecolor=colour, alpha=strength, linewidth=0))
        axis.add_patch(Rectangle(corner, UNIT, UNIT, facecolor="none", edgecolor="#BBBBBB", linewidth=0.8))
        place = corner[0] + UNIT / 2, corner[1] + UNIT / 2
        axis.text(*place, str(number), va="center", **({"fontsize": 11} | more), **CENTRED)


def _network(axis, x: float, y: float, name: str, role: str, colour: str) -> None:
    box(axis, x, y, 1.4, 0.94, "", colour)
    size, lift = (18, 0.13) if role else (14, 0)
    looks = {"va": "center", "zorder": 3, **CENTRED}
    axis.text(x, y + lift, name, fontsize=size, weight="bold", color=colour, **looks)
    axis.text(x, y - 0.24, role, fontsize=12, **looks)


def _digit(glyph: str) -> np.ndarray:
    """A digit as an image (28, 28) in [0, 1], from its outline: a drawing needs no data."""
    fine = (np.arange(112) + 0.5) / 112 - 0.5
    across, down = np.meshgrid(fine, -fine)
    places = np.stack([across, down], axis=-1).reshape(-1, 2)
    outlines = [Path(outline).contains_points(places) for outline in glyph_path(glyph).to_polygons()]
    return np.logical_xor.reduce(outlines).reshape(28, 4, 28, 4).mean(axis=(1, 3))  # the holes of an 8 are no ink


def _blurred(pixels: np.ndarray) -> np.ndarray:
    wide = np.pad(pixels, 1)
    return sum(wide[down : down + 28, across : across + 28] for down in range(3) for across in range(3)) / 9
