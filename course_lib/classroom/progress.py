"""What a notebook shows while a model trains: a bar, a line of numbers and, if wanted, a picture."""

import html
import time
from collections.abc import Callable, Iterable, Iterator

import torch
from IPython.display import DisplayHandle

from course_lib.classroom.language import Text, label, markup, text
from course_lib.classroom.show import Block, Picture
from course_lib.loops import Report


def progress(reports: Iterable[Report], picture: Callable[[], Picture] | None = None) -> Iterator[Report]:
    """Pass on what a training loop reports, drawing a bar and, if given, a live picture.

    reports: what `fit` or `fit_gan` returns
    picture: called now and then (for at most a tenth of the time) and once at the end
    Taught in: 02_autoencoder, 06_gan
    """
    bar, frame = DisplayHandle(), DisplayHandle()
    bar.display(Block("", ""))  # how much there is to do, the first report tells
    if picture:
        frame.display(_drawn(picture))
    start = time.perf_counter()
    wait = drawn = 0.0
    for report in reports:
        last = report.done == report.total
        left = 0 if last else (time.perf_counter() - start) / report.done * (report.total - report.done)
        bar.update(_bar(report, left))
        if picture and (last or time.perf_counter() - drawn > wait):
            begun = time.perf_counter()
            frame.update(_drawn(picture))
            drawn = time.perf_counter()
            wait = 9 * (drawn - begun)  # pictures take at most a tenth of the time
        yield report


def line(report: Report) -> Text:
    """What to say of a report: how far training is, and how well it goes."""
    done, total, means = report
    if "d_loss" not in means:
        return text("progress", epoch=done, epochs=total, loss=f"{means['loss']:.2f}")
    if "real_right" not in means:
        return text("progress_losses", step=done, steps=total, d=f"{means['d_loss']:.2f}", g=f"{means['g_loss']:.2f}")
    right = {"real": f"{means['real_right']:.0%}", "fake": f"{means['fake_right']:.0%}"}
    return text("progress_gan", step=done, steps=total, **right)


def _drawn(picture: Callable[[], Picture]) -> Picture:
    # How often we draw depends on the clock, so a picture must not use up the training's random numbers.
    with torch.random.fork_rng():
        return picture()


def _bar(report: Report, left: float) -> Block:
    # The finished bar names no seconds: a committed notebook must not change from run to run.
    lines = [line(report), text("seconds_left", seconds=round(left))] if left else [line(report)]
    name = html.escape(" · ".join(map(label, lines)))
    bar = f'<progress value="{report.done}" max="{report.total}" aria-label="{name}" style="width:60%"></progress>'
    return Block(f"{bar}<br>{' · '.join(map(markup, lines))}", " · ".join(map(label, lines)))
