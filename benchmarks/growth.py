"""What an epoch costs as the work grows: seconds and memory against images, batch size and width, as a picture."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import torch
from measure import ratios, side_by_side
from memory import peak_megabytes

from course_lib import data
from course_lib.language import figure_label, message
from course_lib.models.autoencoders import Autoencoder
from course_lib.show.picture import COLOURS, Picture, new_figure, style
from course_lib.train import fit

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "growth.png"
REPEATS = 3


class Cost(NamedTuple):
    """Of one epoch: CPU seconds of each repeat, and the most memory that the process held, with all it imported."""

    seconds: list[float]
    megabytes: float


class Size(NamedTuple):
    images: int
    batch_size: int = 64
    width: int = 128


def sizes(images: int) -> dict[str, list[Size]]:
    """What grows -> a Size for each point; the others stay at the reference, with a third of the images."""
    third = images // 3
    return {
        "growth_images": [Size(images // part) for part in (12, 6, 3, 2, 1)],
        "growth_batch": [Size(third, batch_size=size) for size in (16, 32, 64, 128, 256, 512)],
        "growth_width": [Size(third, width=width) for width in (32, 64, 128, 256, 512, 1024)],
    }


def epoch(source: str, size: Size) -> Cost:
    """In a process of its own, whose memory nobody else has filled."""
    torch.set_num_threads(1)
    x = data.mnist(source).train.images[: size.images]

    def once():
        list(fit(Autoencoder(hidden=size.width), x, epochs=1, batch_size=size.batch_size))

    [seconds] = side_by_side(REPEATS, once)
    return Cost(seconds, peak_megabytes(os.getpid()))


def measure(source: str) -> dict[str, list[tuple[Size, Cost]]]:
    found = {}
    # One process at a time, and a fresh one for each point.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for name, points in sizes(len(data.mnist(source).train.images)).items():
            costs = pool.map(epoch, [source] * len(points), points)
            found[name] = list(zip(points, costs, strict=True))
    return found


def growth(points: list[tuple[Size, Cost]]) -> list[float]:
    """How many times as long the largest point takes as the smallest, for each repeat."""
    return ratios(points[-1][1].seconds, points[0][1].seconds)


@style()
def picture(found: dict[str, list[tuple[Size, Cost]]]) -> Picture:
    """Seconds above, memory below, a column for each thing that grows; log axes, so that a straight line is a power."""
    figure, axes = new_figure(10, 5.6, 2, len(found))
    for column, (name, points) in enumerate(found.items()):
        [field] = {"growth_images": ["images"], "growth_batch": ["batch_size"], "growth_width": ["width"]}[name]
        at = [getattr(size, field) for size, _ in points]
        middle = [sorted(cost.seconds)[REPEATS // 2] for _, cost in points]
        spread = [[m - min(c.seconds), max(c.seconds) - m] for m, (_, c) in zip(middle, points, strict=True)]
        above, below = axes[0][column], axes[1][column]
        above.errorbar(at, middle, list(zip(*spread, strict=True)), color=COLOURS[0], marker="o", capsize=3)
        below.plot(at, [cost.megabytes for _, cost in points], color=COLOURS[1], marker="s")
        for axis in (above, below):
            axis.set(xscale="log", yscale="log", xticks=at, xticklabels=[f"{place:,}" for place in at])
            axis.minorticks_off()
            axis.tick_params(axis="x", labelrotation=35)
        below.set_ylim(300, 3000)
        below.set_yticks([300, 1000, 3000], ["300", "1,000", "3,000"])
        below.set_xlabel(figure_label(name).replace(" · ", "\n"))
    axes[0][0].set_ylabel(figure_label("growth_seconds").replace(" · ", "\n"))
    axes[1][0].set_ylabel(figure_label("growth_megabytes").replace(" · ", "\n"))
    return Picture(figure, message("alt_growth"))
