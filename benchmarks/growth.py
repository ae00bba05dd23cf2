"""What an epoch costs as the work grows: seconds and memory against images, batch size and width, as a picture."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import torch
from measure import REPEATS, ratios, side_by_side
from memory import peak_megabytes

from course_lib import data
from course_lib.classroom.language import figure_label, message
from course_lib.classroom.show.picture import COLOURS, Picture, new_figure, style
from course_lib.loops import fit
from course_lib.models.autoencoders import Autoencoder, dense

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "growth.png"


class Cost(NamedTuple):
    """Of one epoch: CPU seconds of each repeat, and the most memory that data and training took.

    What Python and the libraries take is not in it; they take several hundred MB, whatever is trained.
    """

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
    x = data.mnist(source).train.images[: size.images].clone()  # the rest is given back
    list(fit(Autoencoder(*dense()), x[:64], epochs=1))  # what only the first training loads and keeps is not counted
    forget_peak()
    before = peak_megabytes(os.getpid()) - x.nbytes / 1e6

    def once():
        list(fit(Autoencoder(*dense(hidden=(size.width,))), x, epochs=1, batch_size=size.batch_size))

    [seconds] = side_by_side(REPEATS, once)
    return Cost(seconds, peak_megabytes(os.getpid()) - before)


def forget_peak() -> None:
    """From now on the most memory that this process has held is counted anew; Linux only, elsewhere nothing happens."""
    counter = Path("/proc/self/clear_refs")
    if counter.exists():
        counter.write_text("5", encoding="ascii")


def costs(source: str, points: list[Size]) -> list[tuple[Size, Cost]]:
    """One process at a time, and a fresh one for each point."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        return list(zip(points, pool.map(epoch, [source] * len(points), points), strict=True))


def measure(source: str) -> dict[str, list[tuple[Size, Cost]]]:
    return {name: costs(source, points) for name, points in sizes(len(data.mnist(source).train.images)).items()}


def growth(points: list[tuple[Size, Cost]]) -> list[float]:
    """How many times as long the largest point takes as the smallest, for each repeat."""
    return ratios(points[-1][1].seconds, points[0][1].seconds)


@style()
def picture(found: dict[str, list[tuple[Size, Cost]]]) -> Picture:
    """Seconds above, memory below, a column for each thing that grows; log axes, so that a straight line is a power."""
    figure, axes = new_figure(10, 5.6, 2, len(found))
    times = [second for points in found.values() for _, cost in points for second in cost.seconds]
    shortest, longest = min(times), max(times)  # one scale for all
    seconds = [t for t in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100) if shortest / 2 <= t <= longest * 2]
    megabytes = [cost.megabytes for points in found.values() for _, cost in points]
    least, most = min(megabytes), max(megabytes)
    ticks = [m for m in (1, 3, 10, 30, 100, 300, 1000) if least / 2 <= m <= most * 2]
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
        above.set(ylim=(shortest / 2, longest * 2), yticks=seconds, yticklabels=[f"{second:g}" for second in seconds])
        below.set(ylim=(least / 2, most * 2), yticks=ticks, yticklabels=[f"{tick:g}" for tick in ticks])
        below.set_xlabel(figure_label(name).replace(" · ", "\n"))
    axes[0][0].set_ylabel(figure_label("growth_seconds").replace(" · ", "\n"))
    axes[1][0].set_ylabel(figure_label("growth_megabytes").replace(" · ", "\n"))
    return Picture(figure, message("alt_growth"))
