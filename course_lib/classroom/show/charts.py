"""Charts: curves, bars, histograms."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import LogFormatter
from torch import Tensor

from course_lib.classroom.language import Text, figure_label, listed, text
from course_lib.classroom.show.picture import COLOURS, GREY, Picture, described, new_figure, plain, stacked, style

MARKERS = "os^DvP*X<>"  # lines differ by these too: a printed handout may have no colours
DASHES = ("-", "--", "-.", ":")
HATCHES = ("", "///", "...", "xxx")


@style()
def curves(
    series: Mapping[str | Text, Sequence[float]],
    x: str = "epoch",
    y: str = "loss",
    at=None,
    log=False,
    mark=None,
    names=(),
    log_x=False,
    lines: Sequence[tuple[float, str | Text]] = (),
    right: Mapping[str | Text, Sequence[float]] | None = None,
    right_y: str | Text = "",
    alt: str | Text | None = None,
) -> Picture:
    """Lines over a common axis.

    series: label -> one value for each point of the axis; there are colours for ten lines
    x, y: labels of the axes
    at: positions on the axis, 1, 2, … without it
    log, log_x: logarithmic vertical axis, logarithmic horizontal axis
    mark: (position, label) of a place on the horizontal axis that readers should see
    names: what to write beside each point; the ticks then fall on round numbers, not on the points
    lines: (value, label) of heights that readers should compare with
    right: label -> values of curves with an axis of their own on the right, drawn dashed
    right_y: label of that axis
    alt: what readers should see in the figure
    Taught in: 02_autoencoder, 03_denoising
    """
    series, right = ({key: list(map(float, v)) for key, v in group.items()} for group in (series, right or {}))
    at, names = None if at is None else plain(at), plain(names)
    figure, [[axis]] = new_figure(8.4, 3.4)
    other = axis.twinx() if right else None
    for number, (key, values) in enumerate([*series.items(), *right.items()]):
        second = number >= len(series)
        places = range(1, len(values) + 1) if at is None else at
        looks = {"marker": MARKERS[number % len(MARKERS)], "markevery": -(-len(values) // 12), "markersize": 6}
        looks |= {"color": COLOURS[number % len(COLOURS)], "linestyle": "--" if second else "-", "linewidth": 2}
        said = f"{stacked(key)} →" if second else stacked(key)  # its numbers stand on the right
        (other if second else axis).plot(places, values, label=said, **looks)
        for point, name in () if second else _named(axis, list(zip(places, values, strict=False)), names):
            axis.annotate(name, point, (6, 6), textcoords="offset points")
    for number, (height, key) in enumerate(lines):
        axis.axhline(height, color=GREY, linestyle=DASHES[-1 - number % 3], linewidth=1.6, label=stacked(key))
    if mark:
        axis.axvline(mark[0], color=GREY, linestyle="--", label=stacked(mark[1]))
    if list(map(text, series)) != [text(y)] or lines or mark or right:  # else the axis says it all
        figure.legend(loc="outside right upper", frameon=False)  # where no line can run through it
    axis.set(xlabel=figure_label(x))
    axis.set_ylabel(stacked(y), linespacing=1.35)
    if at is None:
        axis.xaxis.get_major_locator().set_params(integer=True)
    elif not names and not log_x and len(" ".join(map(str, at))) < 90:  # as many as have room
        axis.set_xticks(at)
    if log_x:
        axis.set_xscale("log")
        _plain_numbers(axis.xaxis)
    _from_zero(axis, [*series.values(), [height for height, _ in lines]], log)
    if right:
        other.set_ylabel(stacked(right_y), linespacing=1.35)
        other.grid(False)
        other.spines["right"].set_visible(True)
        _from_zero(other, right.values())
    ends = [
        text("alt_series", name=text(key), first=f"{v[0]:.3g}", last=f"{v[-1]:.3g}")
        for key, v in [*series.items(), *right.items()]
    ]
    ends += [text("alt_line", name=text(key), height=f"{height:.3g}") for height, key in lines]
    return Picture(figure, described(text("alt_curves", x=text(x), y=text(y), series=listed(ends)), alt))


def _plain_numbers(side) -> None:
    """0.01 and 4 beside a logarithmic axis, not 10⁻² and 4 × 10⁰."""
    side.set_major_formatter("{x:g}")
    side.set_minor_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(1, 0.4)))


def _named(axis, points: Sequence[tuple[float, float]], names: Sequence[str]) -> list[tuple[tuple[float, float], str]]:
    """A name for each point; points too near each other for two names share one, "a, b"."""
    spread, shared = axis.dataLim.size, []
    for point, name in zip(points, names, strict=False):
        if shared and np.all(np.abs(np.subtract(point, shared[-1][0])) < 0.07 * spread):
            shared[-1] = (shared[-1][0], f"{shared[-1][1]}, {name}")
        else:
            shared.append((point, name))
    return shared


def _from_zero(axis, groups, log: bool = False) -> None:
    """The vertical axis begins at 0 where nothing lies below, unless it is logarithmic."""
    if log:
        axis.set_yscale("log")
        _plain_numbers(axis.yaxis)
    elif min(value for values in groups for value in values) >= 0:
        axis.set_ylim(bottom=0)


@style()
def bars(
    series: Mapping[str | Text, Sequence[float]], names: Sequence[str], x: str, y: str, alt: str | Text | None = None
) -> Picture:
    """Bars side by side, a group for each name.

    series: label -> one value for each name
    names: what to write under the groups
    x, y: labels of the axes
    alt: what readers should see in the figure
    Taught in: 06_gan
    """
    series, names = {key: list(map(float, values)) for key, values in series.items()}, plain(names)
    figure, [[axis]] = new_figure(8.4, 3.2)
    width = 0.8 / len(series)
    for number, (key, values) in enumerate(series.items()):
        places = np.arange(len(names)) + (number - (len(series) - 1) / 2) * width
        axis.bar(places, values, width, label=stacked(key), hatch=HATCHES[number % len(HATCHES)], edgecolor="white")
    figure.legend(loc="outside right upper", frameon=False)
    axis.set_xticks(range(len(names)), names)
    axis.set(xlabel=figure_label(x))
    axis.set_ylabel(stacked(y), linespacing=1.35)
    said = [
        text("alt_bar_series", name=text(key), values=", ".join(f"{v:.2g}" for v in values))
        for key, values in series.items()
    ]
    return Picture(figure, described(text("alt_bars", x=text(x), y=text(y), series=listed(said, "; ")), alt))


@style()
def histograms(series: Mapping[str | Text, Tensor], x: str | Text = "value", alt: str | Text | None = None) -> Picture:
    """Where numbers lie: an outline for each group, over one axis, each with area 1.

    series: label -> (N,), any N
    x: label of the axis
    alt: what readers should see in the figure
    The alternative text says mean and standard deviation of each group.
    Taught in: 06_gan
    """
    groups = {key: values.detach().cpu().double().flatten().numpy() for key, values in series.items()}
    figure, [[axis]] = new_figure(8.4, 3.2)
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), bins=50)
    for number, (key, values) in enumerate(groups.items()):
        looks = {"color": COLOURS[number % len(COLOURS)], "linestyle": DASHES[number % len(DASHES)], "linewidth": 2}
        heights, _ = np.histogram(values, edges, density=True)
        axis.stairs(heights, edges, label=stacked(key), **looks)
        axis.stairs(heights, edges, fill=True, alpha=0.12, color=looks["color"])
    figure.legend(loc="outside right upper", frameon=False)
    axis.set(xlabel=figure_label(x), ylim=(0, None))
    axis.set_ylabel(stacked("density"), linespacing=1.35)
    said = [
        text("alt_histogram_series", name=text(key), mean=f"{v.mean():.2g}", deviation=f"{v.std():.2g}")
        for key, v in groups.items()
    ]
    return Picture(figure, described(text("alt_histograms", x=text(x), series=listed(said, "; ")), alt))
