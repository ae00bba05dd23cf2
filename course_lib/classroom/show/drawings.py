"""Drawings of models: the path of the numbers, the unrolled encoder–decoder, the blocks of a Transformer."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from matplotlib.patches import FancyBboxPatch, Rectangle

from course_lib.classroom.language import Text, figure_label, listed, text
from course_lib.classroom.show.canvas import arrow, box, canvas
from course_lib.classroom.show.picture import COLOURS, GREY, Picture, described, stacked, style

BLUE, ORANGE, GREEN, PINK = COLOURS[:4]


@style()
def pipeline(
    stages: Sequence[tuple[str | Text, int | tuple[int, int, int]]],
    split: int | None = None,
    halves: tuple[str, str] = ("encoder", "decoder"),
    alt: str | Text | None = None,
) -> Picture:
    """The path of the numbers through a model: a bar for a vector, a stack of sheets for the maps of a convolution.

    A bar is as tall as the vector is long; a sheet has the sides of its map, and a stack has a sheet for each map.
    stages: (label, how many numbers, or (channels, height, width)) from input to output
    split: which stage is the code; what is before it is the encoder, what is after it the decoder
    halves: labels of these two
    alt: what readers should see in the figure
    Taught in: 02_autoencoder, 03_denoising, 06_gan
    """
    split = len(stages) // 2 if split is None else split
    sizes = [size for _, size in stages]
    maps = [size for size in sizes if isinstance(size, tuple)]
    unit = 1.15 / max((max(size[1:]) for size in maps), default=1)  # inches a pixel of a map
    step = 0.6 / max(max((size[0] for size in maps), default=1) - 1, 1)  # and from sheet to sheet
    longest = max([prod(size[1:]) for size in maps] + [size for size in sizes if not isinstance(size, tuple)])
    figure, axis = canvas(1.6 * len(stages), 1)
    outlines = []  # of each stage: left edge, right edge, half its height
    places = [1.6 * (number + 0.5) for number in range(len(stages))]
    for number, (place, size) in enumerate(zip(places, sizes, strict=True)):
        colour = ORANGE if number == split else BLUE
        if isinstance(size, tuple):
            deep, wide, high = step * (size[0] - 1), unit * size[2], unit * size[1]
            for sheet in reversed(range(size[0])):  # from the last, which lies behind
                corner = (
                    place - (wide + deep) / 2 + step * sheet,
                    -(high + 0.7 * deep) / 2 + 0.7 * step * sheet,
                )
                face = "white" if sheet else colour
                axis.add_patch(Rectangle(corner, wide, high, facecolor=face, edgecolor=colour, linewidth=0.6))
            outlines.append((place - (wide + deep) / 2, place + (wide + deep) / 2, (high + 0.7 * deep) / 2))
        else:
            high = 1.8 * size / longest
            axis.add_patch(Rectangle((place - 0.22, -high / 2), 0.44, high, color=colour, linewidth=1.2))
            outlines.append((place - 0.22, place + 0.22, high / 2))
    for (_, left, up), (right, _, down) in pairwise(outlines):
        axis.fill((left, right, right, left), (up, down, -down, -up), color=BLUE, alpha=0.12, linewidth=0, zorder=0)
    top = max(half for *_, half in outlines) + 0.18
    for place, (key, size) in zip(places, stages, strict=True):
        said = f"{_sizes(size)}\n{stacked(key)}"
        axis.text(place, 0.08 - top, said, ha="center", va="top", linespacing=1.4)
    for key, first, last in ((halves[0], 0, split), (halves[1], split, -1)):
        arrow(axis, (places[first] + 0.15, top), (places[last] - 0.15, top), colour=GREY, arrowstyle="->")
        axis.text((places[first] + places[last]) / 2, top + 0.06, figure_label(key), ha="center", color=GREY)
    if maps:
        axis.text(0.8 * len(stages), -top - 1.05, stacked("pipeline_scale"), fontsize=9, color=GREY, ha="center")
    low, high = -top - (1.1 if maps else 0.75), top + 0.35
    axis.set(ylim=(low, high))
    figure.set_size_inches(1.6 * len(stages), high - low)
    names = [text(Text("{name} {size}", "{name} {size}"), name=text(key), size=_sizes(size)) for key, size in stages]
    return Picture(figure, described(text("alt_pipeline", stages=listed(names, " → ")), alt))


def _sizes(size: int | tuple[int, int, int]) -> str:
    return " × ".join(map(str, size)) if isinstance(size, tuple) else str(size)


COLUMN = 1.12  # inches from one token to the next
TOKEN, VECTOR, CELL = 0.5, 1.1, 2.05  # heights of the rows


@style()
def unrolled(
    read: Sequence[str], written: Sequence[str], attention: bool = False, alt: str | Text | None = None
) -> Picture:
    """A recurrent encoder–decoder, drawn once for every token that it reads and every token that it writes.

    read, written: tokens of the input and of the output; what is written is read back in the next step
    attention: draw also how each written token looks back at all states of the encoder
    alt: what readers should see in the figure
    Taught in: 01_encoder_decoder
    """
    left, gap = 1.45, 0.75
    across = [left + COLUMN * (place + 0.5) for place in range(len(read))]
    down = [left + gap + COLUMN * (len(read) + place + 0.5) for place in range(len(written))]
    states, looks, words = (CELL + 0.85, CELL + 1.75, CELL + 2.35) if attention else (0, 0, CELL + 0.95)
    figure, axis = canvas(down[-1] + COLUMN * 0.75, words + 0.75)
    for number, (x, token) in enumerate(zip(across, read, strict=True), 1):
        _step(axis, x, token, BLUE)
        if number > 1:
            _state(axis, x - COLUMN, x, f"$h_{{{number - 1}}}$")
        if attention:
            box(axis, x, states, 0.62, 0.36, f"$h_{{{number}}}$")
            arrow(axis, (x, CELL + 0.29), (x, states - 0.19))
    for number, (x, word) in enumerate(zip(down, written, strict=True), 1):
        _step(axis, x, "<start>" if number == 1 else written[number - 2], ORANGE)
        if number > 1:
            _state(axis, x - COLUMN, x, f"$s_{{{number - 1}}}$")
            half = x - COLUMN * 0.5 + 0.09
            corners = ((x - COLUMN, words), (half, words), (half, TOKEN - 0.33), (x, TOKEN - 0.33), (x, TOKEN - 0.14))
            arrow(axis, *corners, colour=GREY, linestyle=(0, (3, 2)), zorder=1)
        arrow(axis, (x, CELL + 0.29), (x, words - 0.17))
        plate = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        axis.text(x, words, word, ha="center", va="center", fontsize=12, bbox=plate, zorder=3)
        if attention:
            for place in across:
                strong = {"alpha": 1, "linewidth": 1.8} if number == 1 else {"alpha": 0.35, "linewidth": 1}
                head = (place + 0.07 * (number - (len(written) + 1) / 2), states + 0.19)
                arrow(axis, (x, looks), head, colour=GREEN, zorder=1, **strong)
            axis.plot(x, looks, "o", markersize=11, color=GREEN, zorder=3)
    _summary(axis, across[-1], down, len(read))
    rows = [(TOKEN, "drawn_token"), (VECTOR, "drawn_embedding"), (CELL, "drawn_gru"), (words, "drawn_written")]
    for height, key in [*rows, *([(states, "drawn_states"), (looks, "drawn_looks")] if attention else [])]:
        axis.text(0.05, height, stacked(key), va="center", fontsize=9.5, color=GREY, linespacing=1.3)
    for key, places, colour in (("encoder", across, BLUE), ("decoder", down, ORANGE)):
        middle = (places[0] + places[-1]) / 2
        axis.text(middle, words + 0.5, figure_label(key), ha="center", fontsize=13, weight="bold", color=colour)
    said = {"read": " ".join(read), "written": " ".join(written)}
    return Picture(figure, described(text("alt_unrolled_attention" if attention else "alt_unrolled", **said), alt))


def _step(axis, x: float, token: str, colour: str) -> None:
    """A token, its vector, and the cell that reads it."""
    axis.text(x, TOKEN, token, ha="center", va="center", fontsize=12, zorder=3)
    arrow(axis, (x, TOKEN + 0.16), (x, VECTOR - 0.11))
    for place in range(5):
        corner = (x - 0.3 + 0.12 * place, VECTOR - 0.1)
        shade = 0.25 + 0.15 * ((place * 3 + len(token)) % 5)  # a vector is not one number, but many
        axis.add_patch(Rectangle(corner, 0.12, 0.2, facecolor=colour, alpha=shade, linewidth=0, zorder=2))
        axis.add_patch(Rectangle(corner, 0.12, 0.2, facecolor="none", edgecolor=colour, linewidth=1, zorder=2))
    arrow(axis, (x, VECTOR + 0.11), (x, CELL - 0.28))
    box(axis, x, CELL, 0.72, 0.56, "GRU", colour, weight="bold")


def _state(axis, start: float, end: float, name: str) -> None:
    arrow(axis, (start + 0.37, CELL), (end - 0.37, CELL), zorder=2)
    plate = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85}
    axis.text((start + end) / 2 - 0.06, CELL + 0.17, name, ha="center", va="center", fontsize=11, bbox=plate, zorder=3)


def _summary(axis, last: float, down: Sequence[float], count: int) -> None:
    """The last state of the encoder: the decoder's first state, and read again in each of its steps."""
    looks = {"colour": PINK, "linewidth": 2.4, "mutation_scale": 15}
    arrow(axis, (last + 0.37, CELL), (down[0] - 0.37, CELL), **looks)
    middle, rail = (last + down[0]) / 2, CELL - 0.5
    said = f"$h_{{{count}}}$\n{stacked('drawn_summary')}"
    axis.text(middle, CELL + 0.12, said, ha="center", va="bottom", fontsize=9.5, linespacing=1.25, zorder=3)
    for x in down:
        corners = ((middle, CELL), (middle, rail), (x - 0.22, rail), (x - 0.22, CELL - 0.28))
        arrow(axis, *corners, **(looks | {"linewidth": 1.3, "mutation_scale": 9}))


@style()
def transformer(layers: int = 2, alt: str | Text | None = None) -> Picture:
    """A Transformer's encoder block and decoder block, normalised before each step as the course builds them.

    layers: how many such blocks stand one on the other, in each half
    alt: what readers should see in the figure
    Taught in: 01b_transformer
    """
    figure, axis = canvas(10.6, 6.3)
    left, right, floor = 3.15, 6.75, 1.18
    steps = {left: ["self_attention", "feed_forward"], right: ["masked_attention", "cross_attention", "feed_forward"]}
    tops, sides = {}, {left: -1, right: 1}
    for x, names in steps.items():
        side, colour = sides[x], BLUE if x == left else ORANGE
        tokens = "drawn_tokens_read" if x == left else "drawn_tokens_written"
        axis.text(x, 0.16, stacked(tokens), ha="center", va="center", fontsize=9.5, color=GREY, linespacing=1.2)
        arrow(axis, (x, 0.38), (x, 0.56))
        box(axis, x, 0.72, 1.95, 0.32, "embedding + positions", GREY, fontsize=10)
        y = floor
        axis.plot((x, x), (0.88, floor), color="black", linewidth=1.4, zorder=1)
        for name in names:
            y = _sublayer(axis, x, y, side, name, colour)
        frame = {"boxstyle": "round,pad=0.1", "facecolor": colour, "alpha": 0.06, "edgecolor": "none"}
        axis.add_patch(FancyBboxPatch((x - 1.25, floor - 0.02), 2.5, y - floor - 0.06, zorder=0, **frame))
        heading, end = (
            f"{figure_label('encoder' if x == left else 'decoder')} × {layers}",
            "left" if side > 0 else "right",
        )
        axis.text(x + side * 1.42, y - 0.2, heading, ha=end, weight="bold", color=colour, fontsize=13)
        box(axis, x, y + 0.24, 1.3, 0.26, "LayerNorm", GREY, fontsize=9)
        arrow(axis, (x, y - 0.09), (x, y + 0.11))
        tops[x] = y + 0.37
    memory, cross = tops[left] + 0.2, floor + 1.32 + 0.71
    middle = (left + right) / 2
    looks = {"colour": PINK, "linewidth": 2.2, "mutation_scale": 14}
    arrow(axis, (left, tops[left]), (left, memory), (middle, memory), (middle, cross), (right - 0.97, cross), **looks)
    axis.text(middle + 0.08, cross + 0.07, "K, V", ha="left", fontsize=10)
    axis.text(
        middle - 0.1, memory + 0.1, stacked("drawn_memory"), ha="right", va="bottom", fontsize=9.5, linespacing=1.3
    )
    _plus(axis, 0.45, 5.55)
    axis.text(0.7, 5.55, stacked("drawn_residual"), va="center", fontsize=9.5, color=GREY, linespacing=1.3)
    arrow(axis, (right, tops[right]), (right, tops[right] + 0.14))
    box(axis, right, tops[right] + 0.3, 1.5, 0.3, "Linear, softmax", GREY, fontsize=9)
    side = right + 0.95
    arrow(axis, (right + 0.75, tops[right] + 0.3), (side, tops[right] + 0.3))
    axis.text(side + 0.06, tops[right] + 0.3, stacked("drawn_next"), va="center", fontsize=9.5, linespacing=1.3)
    return Picture(figure, described(text("alt_transformer", layers=layers), alt))


def _sublayer(axis, x: float, y: float, side: int, name: str, colour: str) -> float:
    """LayerNorm, the step, and the sum with what came in; returns the height above the sum."""
    norm, step, add = y + 0.26, y + 0.71, y + 1.12
    box(axis, x, norm, 1.3, 0.25, "LayerNorm", GREY, fontsize=9)
    box(axis, x, step, 1.95, 0.35, figure_label(f"drawn_{name}"), colour, fontsize=10.5, weight="bold")
    arrow(axis, (x, y - 0.09), (x, norm - 0.12))
    arrow(axis, (x, norm + 0.12), (x, step - 0.17))
    arrow(axis, (x, step + 0.17), (x, add - 0.11))
    around = x + side * 1.13
    arrow(axis, (x, y + 0.04), (around, y + 0.04), (around, add), (x + side * 0.11, add), colour=GREEN, linewidth=1.8)
    _plus(axis, x, add)
    looks = {"ha": "left" if side > 0 else "right", "va": "center", "fontsize": 9.5, "color": GREY, "linespacing": 1.3}
    axis.text(x + side * 1.42, step, stacked(f"drawn_{name}_note"), **looks)
    return y + 1.32


def _plus(axis, x: float, y: float) -> None:
    axis.plot(x, y, "o", markersize=16, markerfacecolor="white", markeredgecolor=GREEN, markeredgewidth=1.8, zorder=3)
    axis.plot(x, y, "+", markersize=10, color=GREEN, markeredgewidth=1.8, zorder=4)
