"""Figures: rows of images, sheets, strips, attention."""

import warnings
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_lib import need
from course_lib.classroom.language import Text, figure_label, listed, text
from course_lib.classroom.show.picture import GREY, Picture, described, new_figure, plain, stacked, style


@style()
def pictures(
    rows: Mapping[str | Text, Tensor], columns: Sequence | None = None, alt: str | Text | None = None
) -> Picture:
    """Images in labelled rows, one under the other, on one grey scale from 0 (black) to 1 (white), or in their colours.

    rows: label -> (N, 1, H, W), (N, H, W) or, in colour, (N, 3, H, W) in [0, 1], tensors or arrays; all with the same
        N, H and W; what lies a little beyond, as PCA's images do, is black or white
    columns: N short headings, a tensor or array of numbers too, or none
    alt: what readers should see in the figure
    raises: ValueError where a row is on another scale, or has another number of images
    Where every pixel of the figure is nearly black, a warning says so.
    Taught in: 02_autoencoder
    """
    images = {key: _as_drawn(text(key).en, torch.as_tensor(x)) for key, x in rows.items()}
    _say_where_black(images.values())
    count, height, width = next(iter(images.values())).shape[:3]
    columns = plain(columns)
    size = 0.72 * max(1, min(height / 28, 2), min(height / 42, 4))  # inches; a page gets more room than a digit
    wide, high = 1.6 + size * width / height * count, (size + 0.04) * len(images) + (0.25 if columns else 0)
    figure, axes = new_figure(wide, high, len(images), count)
    for line, (key, row) in zip(axes, images.items(), strict=True):
        for axis, image in zip(line, row, strict=True):
            axis.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(stacked(key), rotation=0, ha="right", va="center", labelpad=8)
    for axis, heading in zip(axes[0], columns or [""] * count, strict=True):
        axis.set_title(str(heading), fontsize=10)
    return Picture(figure, described(text("alt_pictures", rows=listed(map(text, rows)), n=count), alt))


def _as_drawn(name: str, images: Tensor) -> np.ndarray:
    """(N, H, W) of greys; (N, 3, H, W) becomes (N, H, W, 3)."""
    if images.ndim != 4 or images.shape[1] != 3:
        return on_grey_scale(name, images)
    return np.stack([on_grey_scale(name, images[:, colour]) for colour in range(3)], axis=-1).clip(0, 1)


def on_grey_scale(name: str, images) -> np.ndarray:
    """(N, 1, H, W) or (N, H, W) -> (N, H, W), on the scale from 0 to 1."""
    images = torch.as_tensor(images)
    need.unit_range(name, images, overshoot=0.25)
    return images.detach().cpu().float().reshape(len(images), *images.shape[-2:]).numpy()


def _say_where_black(rows: Iterable[np.ndarray]) -> None:
    """Pixels from 0 to 1 that were divided by 255 are on the right scale, and yet nothing of them can be seen."""
    brightest = max(row.max(initial=0) for row in rows)
    if brightest < 0.02:
        said = f"this figure is nearly black: its brightest pixel is {brightest:.2g}, where 1 is white"
        warnings.warn(said, stacklevel=4)  # the line that called the figure, for @style stands between


@style()
def sheet(images: Tensor, columns: int = 10, alt: str | Text | None = None) -> Picture:
    """Many images close together, row by row, on one grey scale from 0 (black) to 1 (white), or in their colours.

    images: (N, 1, H, W) or, in colour, (N, 3, H, W) in [0, 1]
    columns: how many in a row
    alt: what readers should see in the figure
    Of grey ones the alternative text says how many pixels are lit, and how many of those are grey: many where blurred.
    raises: ValueError for another scale
    Where every pixel is nearly black, a warning says so.
    Taught in: 04_dimensionality_reduction
    """
    count, height, width, *colours = (images := _as_drawn("images", torch.as_tensor(images))).shape
    _say_where_black([images])
    rows = -(-count // columns)
    board = np.ones((rows * columns, height, width, *colours))
    board[:count] = images
    board = board.reshape(rows, columns, height, width, *colours).swapaxes(1, 2)
    board = board.reshape(rows * height, columns * width, *colours)
    # Three dots a pixel, exactly: no pixel is drawn wider than another, and the file stays small.
    figure = Figure(figsize=(3 * columns * width / 100, 3 * rows * height / 100))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.imshow(board, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axis.axis("off")
    places = {"n": count, "rows": rows, "columns": columns}
    if colours:
        return Picture(figure, described(text("alt_colour_sheet", **places), alt))
    lit, grey = images > 0.1, (images > 0.1) & (images < 0.9)
    shares = {"lit": f"{lit.mean():.0%}", "grey": f"{grey.sum() / max(lit.sum(), 1):.0%}"}
    return Picture(figure, described(text("alt_sheet", **places, **shares), alt))


@style()
def strips(images: Tensor, texts: Mapping[str | Text, Sequence[str | Text]], alt: str | Text | None = None) -> Picture:
    """Wide images, one under the other with a gap, and beside each one what is said of it.

    images: (N, 1, H, W) or (N, H, W) in [0, 1]
    texts: heading -> N texts, such as what a model wrote and what is right
    alt: what readers should see in the figure
    raises: ValueError for another scale, or where there are more texts than images, or fewer
    Taught in: 01b_transformer
    """
    count, height, width = (images := on_grey_scale("images", images)).shape
    _say_where_black([images])
    texts = {key: plain(column) for key, column in texts.items()}
    said = {key: [figure_label(one) for one in column] for key, column in texts.items()}
    wide = 0.62 * width / height  # inches
    widths = [0.35 + 0.105 * max(map(len, [*stacked(key).split("\n"), *column])) for key, column in said.items()]
    figure = Figure(figsize=(wide + sum(widths), 0.5 + 0.8 * count))
    total, high = figure.get_size_inches()
    for row, image in enumerate(images, 1):
        axis = figure.add_axes((0, (high - 0.41 - 0.8 * row) / high, wide / total, 0.62 / high))
        axis.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest", aspect="auto")
        axis.axis("off")
    left = wide + 0.3
    for (key, column), room in zip(said.items(), widths, strict=True):
        figure.text(left / total, 1 - 0.05 / high, stacked(key), va="top", color=GREY, fontsize=10)
        for row, (one, _) in enumerate(zip(column, images, strict=True), 1):
            figure.text(left / total, (high - 0.1 - 0.8 * row) / high, one, va="center", fontsize=13)
        left += room
    rows = [listed([text(one) for one in line]) for line in zip(*texts.values(), strict=True)]
    heads = listed(map(text, texts))
    return Picture(figure, described(text("alt_strips", n=count, heads=heads, rows=listed(rows, "; ")), alt))


@style()
def attention(weights: Tensor, read: Sequence[str], written: Sequence[str], alt: str | Text | None = None) -> Picture:
    """Where a decoder looked: what it wrote from top to bottom, what the encoder read from left to right.

    weights: (T_out, T_in) in [0, 1], each row adding up to 1
    read, written: T_in and T_out tokens
    alt: what readers should see in the figure
    The alternative text says for each token written which one was looked at most.
    raises: ValueError where there are more weights than tokens, or fewer
    Taught in: 01_encoder_decoder
    """
    grid = weights.detach().cpu().numpy()
    most = [max(zip(row, read, strict=True), key=lambda place: place[0]) for row in grid]
    words = len(read) <= 20
    cell = 0.62 if words else 0.28  # inches: words need more room than characters
    figure, [[axis]] = new_figure(max(4.5, 1.6 + cell * len(read)), max(2.8, 1.5 + 0.6 * cell * len(written)))
    axis.imshow(grid, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    slanted = {"rotation": 40, "ha": "left"} if words else {"rotation": 90}
    axis.set_xticks(range(len(read)), map(_visible, read), **slanted)
    axis.set_yticks(range(len(written)), map(_visible, written), fontsize=13 if words else 11)
    axis.xaxis.tick_top()
    axis.xaxis.set_label_position("top")
    axis.set(xlabel=figure_label("words_read"), ylabel=stacked("words_written"))
    axis.text(0.5, -0.03, figure_label("darker"), transform=axis.transAxes, ha="center", va="top", color=GREY)
    axis.grid(False)
    if words:
        for (down, across), weight in np.ndenumerate(grid):
            if weight >= 0.1:
                colour = "white" if weight > 0.55 else "black"
                axis.text(across, down, f"{weight:.1f}", ha="center", va="center", color=colour, fontsize=9)
    rows = [
        text("alt_attention_row", written=word, read=token, weight=f"{weight:.1f}")
        for word, (weight, token) in zip(written, most, strict=True)
    ]
    return Picture(figure, described(text("alt_attention", rows=listed(rows)), alt))


def _visible(token: str) -> str:
    return "␣" if token == " " else token
