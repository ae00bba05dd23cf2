"""The command `python -m course_lib.train MODEL --out FILE`, also under torchrun; docs/serving.md shows its use."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from errno import EISDIR
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from course_lib import __version__, check, recipes
from course_lib.checkpoint import Checkpoint, write
from course_lib.data import DataError, best_device
from course_lib.duel import duel
from course_lib.language import label, message, say, text
from course_lib.live import told
from course_lib.processes import gathered, processes


def main(arguments: Sequence[str] | None = None) -> nn.Module:
    """Run the command; returns the trained model (of a pair, the generator).

    arguments: the command line's unless given
    raises: SystemExit with a message in both languages, where something is wrong
    """
    try:
        model = train(_parser().parse_args(arguments))
    except (ValueError, ArithmeticError, OSError, DataError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(message("train_interrupted"))
    if processes()[1] > 1:
        dist.destroy_process_group()
    return model


def train(options: argparse.Namespace) -> nn.Module:
    """Train the model that the options ask for, and write it; what can be refused is refused before training."""
    recipe, file = recipes.find(options.model), _writable(options.out)
    rank, ranks = processes()
    device = best_device()
    task = recipe.task(options.data, device) if rank == 0 else None
    gathered(torch.zeros(1))  # all wait here: process 0 may have to download what the others then find
    task = task or recipe.task(options.data, device)
    rows = len(task.train[0])
    if len(found := {int(count) for count in gathered(torch.tensor(rows))}) > 1:  # one has full MNIST, another has not
        raise ValueError(message("error_unlike", counts=sorted(found)))
    settings = _settings(options, recipe)
    run = {"model": options.model, "data": task.data, **settings}
    run |= {"processes": ranks, "device": device.type, "course_lib": __version__}
    checkpoint = Checkpoint(file.with_name(f"{file.stem}.state.safetensors"), **run)
    _say("train_start", model=options.model, data=task.data, processes=ranks, device=device)
    if checkpoint.file.exists():
        _say("train_resumed", file=checkpoint.file)

    total = settings.get("epochs") or -(-settings["steps"] // -(-rows // settings["batch_size"]))
    if recipe.loop is duel:
        settings["every"] = max(1, rows // settings["batch_size"])  # a line an epoch, and a state that can be kept
        total = settings.setdefault("steps", settings.pop("epochs", 0) * settings["every"])
    torch.manual_seed(options.seed)
    made = recipe.make(task)
    networks = [network.to(device) for network in (made if isinstance(made, tuple) else (made,))]
    for step in recipe.loop(*networks, *task.train, checkpoint=checkpoint, **settings):
        if rank == 0:
            say(label(told(step, total)[1]))
    model = step.generator if recipe.loop is duel else networks[0]
    if rank == 0:
        value = f"{task.measure(model):.4g}"
        measured = {"held_out": f"{text(task.figure).en} {value}"}
        write(file, model.state_dict(), {name: str(value) for name, value in run.items()} | measured)
        checkpoint.remove()
        _say("train_done", figure=text(task.figure), value=value, file=file)
    return model


def _settings(options: argparse.Namespace, recipe: recipes.Recipe) -> dict:
    """The loop's options: the lesson's, but for those that were given."""
    given = {name: getattr(options, name) for name in ("batch_size", "lr", "epochs", "steps")}
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        if not value > 0:
            raise ValueError(message("error_positive", option=f"--{name.replace('_', '-')}", value=value))
    check.whole("--seed", options.seed, *check.SEED)
    settings = {"batch_size": 64} | recipe.settings | given | {"seed": options.seed}
    if "steps" in given:
        del settings["epochs"]
    return settings


class _Parser(argparse.ArgumentParser):
    def error(self, text: str):
        raise ValueError(message("error_options", reason=text))

    def print_help(self, file=None):
        say(self.format_help())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m course_lib.train", description=label("train_about"))
    parser.add_argument("model", metavar="MODEL", help=label("train_model", names=", ".join(recipes.RECIPES)))
    parser.add_argument("--data", choices=("packaged", "full"), default="packaged", help=label("train_data"))
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=int, help=label("train_epochs"))
    length.add_argument("--steps", type=int, help=label("train_steps"))
    parser.add_argument("--batch-size", type=int, help=label("train_batch_size"))
    parser.add_argument("--lr", type=float, help=label("train_lr"))
    parser.add_argument("--seed", type=int, default=0, help=label("train_seed"))
    parser.add_argument("--out", metavar="FILE", required=True, help=label("train_out"))
    return parser


def _writable(name: str) -> Path:
    """The file of this name, after making sure that it can be written when training is over."""
    file = Path(name)
    reason = "" if file.suffix == ".safetensors" else file.suffix or "?"
    if file.is_dir():
        reason = os.strerror(EISDIR)
    try:
        tempfile.TemporaryFile(dir=file.parent).close()
    except OSError as error:
        reason = error.strerror
    if reason:
        raise ValueError(message("error_out", file=file, reason=reason))
    return file


def _say(key: str, **values: object) -> None:
    if processes()[0] == 0:
        say(message(key, **values))
