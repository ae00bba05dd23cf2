"""What a notebook shows while a model trains: a bar, a line of numbers and, if wanted, a picture."""

import html
import time
from collections.abc import Callable, Iterable, Iterator

import torch
from IPython.display import DisplayHandle

from course_lib import check
from course_lib.duel import Round
from course_lib.language import Text, label, markup, text
from course_lib.show import Block, Picture
from course_lib.train import Step


def progress(
    steps: Iterable[Step | Round], total: int, picture: Callable[[], Picture] | None = None
) -> Iterator[Step | Round]:
    """Pass on the steps of a training loop, drawing a bar and, if given, a live picture.

    steps: what `train.fit` or `duel` returns
    total: how many epochs, or steps of `duel`, will come
    picture: called now and then (for at most a tenth of the time) and once at the end
    raises: ValueError at the first step where these are something else
    Taught in: 02_autoencoder, 06_gan
    """
    check.kind("steps", steps, Iterable, "fit(…) / duel(…)")
    check.whole("total", total)
    if picture is not None:
        check.function("picture", picture)
    bar, frame = DisplayHandle(), DisplayHandle()
    bar.display(Block("", ""))
    if picture:
        frame.display(_drawn(picture))
    wait = drawn = 0.0
    for step in steps:
        check.kind("steps", step, (Step, Round))
        done, said = told(step, total)
        last = done >= total
        left = 0 if last else step.seconds / done * (total - done)
        bar.update(_bar(done, total, said, left))
        if picture and (last or time.perf_counter() - drawn > wait):
            start = time.perf_counter()
            frame.update(_drawn(picture))
            drawn = time.perf_counter()
            wait = 9 * (drawn - start)  # pictures take at most a tenth of the time
        yield step


def _drawn(picture: Callable[[], Picture]) -> Picture:
    # How often we draw depends on the clock, so a picture must not use up the training's random numbers.
    with torch.random.fork_rng():
        return picture()


def told(step: Step | Round, total: int) -> tuple[int, Text]:
    """How far training is, and what to say of it."""
    if isinstance(step, Round):
        right = {"real": f"{step.real_right:.0%}", "fake": f"{step.fake_right:.0%}"}
        return step.step, text("progress_duel", step=step.step, steps=total, **right)
    return step.epoch, text("progress", epoch=step.epoch, epochs=total, loss=f"{step.loss:.2f}")


def _bar(done: int, total: int, said: Text, left: float) -> Block:
    # The finished bar names no seconds: a committed notebook must not change from run to run.
    lines = [said, text("seconds_left", seconds=round(left))] if left else [said]
    name = html.escape(" · ".join(map(label, lines)))
    bar = f'<progress value="{done}" max="{total}" aria-label="{name}" style="width:60%"></progress>'
    return Block(f"{bar}<br>{' · '.join(map(markup, lines))}", " · ".join(map(label, lines)))
