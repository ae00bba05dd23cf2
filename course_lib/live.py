"""What a notebook shows while a model trains: a bar, a line of numbers and, if wanted, a picture."""

import html
import time
from collections.abc import Callable, Iterable, Iterator

import torch
from IPython.display import DisplayHandle

from course_lib.language import label, markup, text
from course_lib.show import Block, Picture
from course_lib.train import Step


def progress(steps: Iterable[Step], epochs: int, picture: Callable[[], Picture] | None = None) -> Iterator[Step]:
    """Pass on the steps of a training loop, drawing a bar and, if given, a live picture.

    steps: what `train.fit` returns
    epochs: how many will come
    picture: called now and then (for at most a tenth of the time) and once at the end
    Taught in: 02_autoencoder
    """
    bar, frame = DisplayHandle(), DisplayHandle()
    bar.display(Block("", ""))
    if picture:
        frame.display(_drawn(picture))
    wait = drawn = 0.0
    for step in steps:
        last = step.epoch >= epochs
        left = 0 if last else step.seconds / step.epoch * (epochs - step.epoch)
        bar.update(_bar(step, epochs, left))
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


def _bar(step: Step, epochs: int, left: float) -> Block:
    # The finished bar names no seconds: a committed notebook must not change from run to run.
    lines = [text("progress", epoch=step.epoch, epochs=epochs, loss=f"{step.loss:.2f}")]
    if left:
        lines.append(text("seconds_left", seconds=round(left)))
    said = " · ".join(map(label, lines))
    bar = (
        f'<progress value="{step.epoch}" max="{epochs}" aria-label="{html.escape(said)}" style="width:60%"></progress>'
    )
    return Block(f"{bar}<br>{' · '.join(map(markup, lines))}", said)
