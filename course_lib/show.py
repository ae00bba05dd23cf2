"""Figures, tables and code for the lessons. Every label comes from the bilingual table."""

import ast
import inspect
import io
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral, Real

import numpy as np
from IPython.display import Markdown
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from course_lib.language import TABLE, Text, figure_label, font_families, label, listed, markup, message, text

# Okabe and Ito (2008): eight colours that colour-blind readers can tell apart; then two greys for ten classes.
COLOURS = [
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C7A00",
    "#000000",
    "#7F7F7F",
    "#8B1A1A",
]
GREY = "#666666"
STYLE = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": f"cycler('color', {COLOURS})",
    "axes.grid": True,
    "grid.alpha": 0.25,
    "savefig.dpi": 100,
}


class Block:
    """HTML for the notebook, with plain text for everything that shows no HTML."""

    def __init__(self, html: str, plain: str):
        self.html, self.plain = html, plain

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": self.plain}


class Picture:
    """A finished figure that carries its own alternative text, in both languages.

    figure: the matplotlib figure, for readers who want to change it
    alt: what the figure shows, for readers who cannot see it
    """

    def __init__(self, figure: Figure, alt: str):
        self.figure, self.alt = figure, alt

    def png(self) -> bytes:
        """The figure as a PNG file, in at most 128 colours: a third of the size, and no eye sees it."""
        full, small = io.BytesIO(), io.BytesIO()
        with _style():
            self.figure.savefig(full, format="png", bbox_inches="tight", facecolor="white")
        Image.open(full).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        return small.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png(), "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


@contextmanager
def _style() -> Iterator[None]:
    # Around everything that makes text: matplotlib fixes a text's fonts when it is made, not when it is drawn.
    with rc_context({**STYLE, "font.family": font_families()}):
        yield


def _figure(width: float, height: float, rows: int = 1, columns: int = 1):
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def _stacked(key: str | Text) -> str:
    return figure_label(key).replace(" · ", "\n")


@_style()
def pictures(rows: Mapping[str | Text, Tensor], columns: Sequence | None = None) -> Picture:
    """Images in labelled rows, one under the other, on one grey scale from 0 (black) to 1 (white).

    rows: label -> (N, 1, H, W) or (N, H, W) in [0, 1]; all with the same N
    columns: N short headings, or none
    raises: ValueError where a row has another shape
    Taught in: 02_autoencoder
    """
    count = len(next(iter(rows.values()), ()))
    for key, x in rows.items():
        if len(x) != count or not (x.ndim == 3 or (x.ndim == 4 and x.shape[1] == 1)):
            expected = f"({count}, 1, H, W)"
            raise ValueError(message("error_images", name=label(key), shape=tuple(x.shape), expected=expected))
    if not count:
        raise ValueError(message("error_images", name="pictures", shape=(0,), expected="(N, 1, H, W)"))
    images = {key: x.detach().cpu().float().reshape(count, *x.shape[-2:]).numpy() for key, x in rows.items()}
    figure, axes = _figure(1.6 + 0.72 * count, 0.76 * len(images) + (0.25 if columns else 0), len(images), count)
    for line, (key, row) in zip(axes, images.items(), strict=True):
        for axis, image in zip(line, row, strict=True):
            axis.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(_stacked(key), rotation=0, ha="right", va="center", labelpad=8)
    for axis, heading in zip(axes[0], columns or [], strict=False):
        axis.set_title(str(heading), fontsize=10)
    return Picture(figure, message("alt_pictures", rows=listed(map(text, rows)), n=count))


@_style()
def curves(
    series: Mapping[str | Text, Sequence[float]], x: str = "epoch", y: str = "loss", at=None, log=False
) -> Picture:
    """Lines over a common axis.

    series: label -> one value for each point of the axis
    x, y: labels of the axes
    at: positions on the axis, 1, 2, … without it
    log: logarithmic vertical axis
    Taught in: 02_autoencoder
    """
    figure, [[axis]] = _figure(7, 3.4)
    for colour, (key, values) in zip(COLOURS, series.items(), strict=False):
        places = range(1, len(values) + 1) if at is None else at
        axis.plot(
            places,
            values,
            color=colour,
            marker="o" if at is not None else None,
            linewidth=2,
            label=figure_label(key),
        )
    axis.legend(frameon=False)
    axis.set(xlabel=figure_label(x), ylabel=_stacked(y))
    if at is None:
        axis.xaxis.get_major_locator().set_params(integer=True)
    else:
        axis.set_xticks(at)
    if log:
        axis.set_yscale("log")
    elif min(map(min, series.values())) >= 0:
        axis.set_ylim(bottom=0)
    ends = [text("alt_series", name=text(key), first=f"{v[0]:.3g}", last=f"{v[-1]:.3g}") for key, v in series.items()]
    return Picture(figure, message("alt_curves", x=text(x), y=text(y), series=listed(ends)))


@_style()
def latent_map(codes: Tensor, labels: Tensor, x: str | Text = "first", y: str | Text = "second") -> Picture:
    """Codes on a plane, each drawn as its own digit, so that no legend is needed.

    codes: (N, 2)
    labels: (N,) in 0…9
    x, y: labels of the two axes
    Taught in: 02_autoencoder, 04_dimensionality_reduction
    """
    if codes.ndim != 2 or codes.shape[1] != 2:
        raise ValueError(message("error_images", name="codes", shape=tuple(codes.shape), expected="(N, 2)"))
    figure, [[axis]] = _figure(6.4, 5.2)
    points, names = codes.detach().cpu().numpy(), labels.cpu().numpy()
    for digit in range(10):
        mine = points[names == digit]
        axis.scatter(
            mine[:, 0],
            mine[:, 1],
            marker=f"${digit}$",
            s=42,
            linewidths=0.2,
            color=COLOURS[digit],
            alpha=0.85,
        )
    axis.set(xlabel=figure_label(x), ylabel=figure_label(y))
    return Picture(figure, message("alt_map", n=len(points)))


@_style()
def pipeline(stages: Sequence[tuple[str | Text, int]], split: int | None = None) -> Picture:
    """The path of the numbers through a model: a bar a stage, as tall as the stage is wide (on a square-root scale).

    stages: (label, how many numbers) from input to output
    split: which stage is the code; what is before it is the encoder, what is after it the decoder
    Taught in: 02_autoencoder
    """
    figure, [[axis]] = _figure(8, 2.9)
    split = len(stages) // 2 if split is None else split
    heights = [np.sqrt(size) for _, size in stages]
    top = max(heights)
    for place, ((key, size), height) in enumerate(zip(stages, heights, strict=True)):
        colour = COLOURS[1] if place == split else COLOURS[0]
        axis.bar(place, height, 0.34, bottom=-height / 2, color=colour)
        axis.text(place, -top / 2 - 2, f"{size}\n{_stacked(key)}", ha="center", va="top", linespacing=1.4)
        if place:
            left, right = heights[place - 1] / 2, height / 2
            corners = ([place - 0.83, place - 0.17, place - 0.17, place - 0.83], [left, right, -right, -left])
            axis.fill(*corners, color=COLOURS[0], alpha=0.15, linewidth=0)
    for key, first, last in (("encoder", 0, split), ("decoder", split, len(stages) - 1)):
        axis.annotate(
            "",
            (last - 0.1, top / 2 + 3),
            (first + 0.1, top / 2 + 3),
            arrowprops={"arrowstyle": "->", "color": GREY},
        )
        axis.text((first + last) / 2, top / 2 + 4, figure_label(key), ha="center", va="bottom", color=GREY)
    axis.set(ylim=(-top / 2 - 13, top / 2 + 9), xlim=(-0.6, len(stages) - 0.4))
    axis.axis("off")
    names = [text(Text("{name} {size}", "{name} {size}"), name=text(key), size=size) for key, size in stages]
    return Picture(figure, message("alt_pipeline", stages=listed(names, " → ")))


def table(columns: Sequence[str | Text], rows: Iterable[Sequence[object]]) -> Block:
    """A small table; a cell is a number, an entry of the bilingual table, or a plain string.

    columns: headings, from the bilingual table
    rows: one sequence a row, as long as `columns`
    Taught in: 02_autoencoder
    """
    body = [[_cell(value) for value in row] for row in rows]
    lines = [" | ".join(label(cell) for cell in line) for line in [map(text, columns), *body]]
    head = _row(columns, 'th scope="col"')
    return Block(f"<table>{head}{''.join(_row(line, 'td') for line in body)}</table>", "\n".join(lines))


def _row(cells: Iterable[str | Text], tag: str) -> str:
    inside = (f'<{tag} style="text-align:left">{markup(cell)}</{tag[:2]}>' for cell in cells)
    return f"<tr>{''.join(inside)}</tr>"


def _cell(value: object) -> Text:
    if isinstance(value, Text) or value in TABLE:
        return text(value)
    said = f"{value:,}" if isinstance(value, Integral) else f"{value:,.2f}" if isinstance(value, Real) else str(value)
    return Text(said, said)


def source(thing: Callable | type) -> Markdown:
    """The library's own code of a class or function, without its docstrings: what students read is what runs.

    Taught in: 02_autoencoder
    """
    code = textwrap.dedent(inspect.getsource(thing))
    hidden = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            doc = node.body[0]
            blank_after = isinstance(node, ast.ClassDef)
            hidden |= set(range(doc.lineno, doc.end_lineno + 1 + blank_after))
    kept = [line for number, line in enumerate(code.splitlines(), 1) if number not in hidden]
    return Markdown("```python\n" + "\n".join(kept) + "\n```")
