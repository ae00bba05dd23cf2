"""A training loop that goes on after an interruption: weights, optimizer and a number are its whole state."""

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Adam

from course_lib.classroom.language import message
from course_lib.cli.distributed import in_step
from course_lib.loops import Report, fit, fit_gan
from course_lib.models.gan import GAN


def train_from(
    file: Path, run: dict[str, object], model: nn.Module, *data: Tensor, keep: bool = True, **options
) -> Iterator[Report]:
    """As `fit`, or `fit_gan` for a GAN, kept in `file` after every report; the same call later goes on from there.

    run: what makes this run what it is; the state of another run is refused
    keep: False in all processes but one, where several train together
    options: those of the loop, lr among them
    raises: ValueError where the file is damaged or of another run; nothing has changed then
    The run that goes on ends with the weights of one that was never interrupted, to the last bit on a CPU.
    Taught in: docs/serving
    """
    if isinstance(model, GAN):
        betas = options.get("betas", (0.9, 0.999))
        halves = (model.generator, model.discriminator)
        optimizers = [Adam(half.parameters(), options["lr"], betas, fused=True) for half in halves]
        loop, options = fit_gan, options | {"optimizers": optimizers}
    else:
        optimizers = [Adam(model.parameters(), options["lr"], fused=True)]
        loop, options = fit, options | {"optimizer": optimizers[0]}
    run = {name: str(value) for name, value in run.items()}
    start = 0
    if file.exists():
        kept = _read(file)
        for name, value in run.items():
            if kept["run"].get(name) != value:
                there = kept["run"].get(name)
                raise ValueError(message("error_other_run", file=file, name=name, kept=there, here=value))
        model.load_state_dict(kept["model"])
        for optimizer, state in zip(optimizers, kept["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        start = kept["done"]
    for report in in_step(model, loop(model, *data, start=start, **options)):
        if keep:
            states = [optimizer.state_dict() for optimizer in optimizers]
            state = {"run": run, "model": model.state_dict(), "optimizers": states, "done": report.done}
            torch.save(state, content := io.BytesIO())
            write(file, content.getvalue())
        yield report


def _read(file: Path) -> dict:
    """raises: ValueError for a file that is no state, or in which as much as one bit has changed"""
    try:
        with zipfile.ZipFile(file) as parts:
            reason = parts.testzip()  # torch.load does not look at the checksums that torch.save writes
        if reason is None:
            kept = torch.load(file, "cpu", weights_only=True)
            if kept.keys() == {"run", "model", "optimizers", "done"}:
                return kept
            reason = ", ".join(kept)
    except Exception as error:  # of whatever kind zipfile and torch.load make of a file that is no state
        reason = error
    raise ValueError(message("error_state", file=file, reason=reason))


def write(file: Path, content: bytes) -> None:
    """Write a file, all of it or nothing: a reader finds the old one until the new one is complete.

    raises: OSError naming the file, such as for a full disk
    """
    part = file.with_name(file.name + ".part")  # always the same name: what a killed run left is written over
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())  # or a power cut might leave the new name with nothing in it
        os.replace(part, file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(message("error_write", file=file, reason=error.strerror)) from error
