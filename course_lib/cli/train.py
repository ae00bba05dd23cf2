"""The command `python -m course_lib.cli.train MODEL --out FILE`, also under torchrun; docs/serving.md shows its use."""

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import safetensors.torch
import torch
import torch.distributed as dist
from torch import nn
from torch.optim.swa_utils import AveragedModel

from course_lib import __version__
from course_lib.classroom.explain import explanation, said
from course_lib.classroom.language import label, message, say, text
from course_lib.cli.checkpoint import train_from, write
from course_lib.cli.distributed import gathered, join, own_seed, share
from course_lib.cli.recipes import RECIPES
from course_lib.data import DataError, best_device
from course_lib.models.gan import GAN


def main(arguments: Sequence[str] | None = None) -> nn.Module:
    """Run the command; returns the trained model.

    arguments: the command line's unless given
    raises: SystemExit with a message in both languages, where something is wrong
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda warning, *_: say(said(warning))
            model = train(_parser().parse_args(arguments))
    except (ValueError, ArithmeticError, OSError, DataError) as error:
        sys.exit(said(error))
    except RuntimeError as error:  # a device that is not there, or too little memory
        if not explanation(error):
            raise
        sys.exit(said(error))
    except KeyboardInterrupt:
        sys.exit(message("train_interrupted"))
    if dist.is_initialized():
        dist.destroy_process_group()
    return model


def train(options: argparse.Namespace) -> nn.Module:
    """Train the model that the options ask for, and write it; what can be refused is refused before training."""
    recipe, settings, file = RECIPES[options.model], _settings(options), Path(options.out)
    if file.suffix != ".safetensors" or file.is_dir() or not os.access(file.parent, os.W_OK):
        raise ValueError(message("error_out", file=file))
    rank, world = join()
    tell = say if rank == 0 else lambda _: None
    device = best_device(options.device)
    if world > 1 and device.type == "mps":  # gloo exchanges nothing that lies there
        raise ValueError(message("error_mps"))
    task = recipe.task(options.data, device) if rank == 0 else None
    gathered(None)  # all wait here: process 0 may have to download what the others then find
    task = task or recipe.task(options.data, device)
    rows = gathered(len(task.train[0]))
    if len(set(rows)) > 1:  # one has full MNIST, another has not: they would wait for each other for ever
        raise ValueError(message("error_unlike", counts=sorted(set(rows))))
    run = {"model": options.model, "data": task.data, **settings, "seed": options.seed}
    run |= {"processes": world, "device": device.type, "course_lib": __version__}
    state = file.with_name(f"{file.stem}.state.pt")
    tell(message("train_start", model=options.model, data=task.data, processes=world, device=device))
    if state.exists():
        tell(message("train_resumed", file=state))
    elif file.exists():
        tell(message("train_replaces", file=file))

    torch.manual_seed(options.seed)
    model = recipe.make(task).to(device)
    settings |= {"seed": own_seed(options.seed, rank), "batch_size": max(1, settings["batch_size"] // world)}
    for report in train_from(state, run, model, *share(rank, world, *task.train), keep=rank == 0, **settings):
        means = (f"{name} {value:.4g}" for name, value in report.means.items())
        tell(f"{report.done}/{report.total}  {'  '.join(means)}")
    if rank == 0:
        value = f"{task.measure(model.eval()):.4g}"  # a run that was complete already has not set it so
        about = {name: str(fact) for name, fact in run.items()} | {"held_out": f"{text(task.figure).en} {value}"}
        # Copies: safetensors refuses tensors that share memory, as tied weights do.
        weights = {name: t.cpu().contiguous().clone() for name, t in _drawn_with(model).state_dict().items()}
        write(file, safetensors.torch.save(weights, about))
        state.unlink(missing_ok=True)
        tell(message("train_done", figure=text(task.figure), value=value, file=file))
    return model


def _drawn_with(model: nn.Module) -> nn.Module:
    """What the file is for: of a GAN the generator, or its average where there is one."""
    network = model.average if isinstance(model, GAN) else model
    return network.module if isinstance(network, AveragedModel) else network


def _settings(options: argparse.Namespace) -> dict:
    """The loop's options: the lesson's, but for those that were given."""
    if not 0 <= options.seed < 2**32:
        raise ValueError(message("error_seed", value=options.seed))
    settings = {"batch_size": 64} | RECIPES[options.model].settings
    for name in ("batch_size", "lr", "epochs", "steps"):
        value, option = getattr(options, name), f"--{name.replace('_', '-')}"
        if value is None:
            continue
        if name not in settings:
            raise ValueError(message("error_options", reason=f"{options.model} has no {option}"))
        if not value > 0:
            raise ValueError(message("error_positive", option=option, value=value))
        settings[name] = value
    return settings


class _Parser(argparse.ArgumentParser):
    def error(self, text: str):
        raise ValueError(message("error_options", reason=text))

    def print_help(self, file=None):
        say(self.format_help())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m course_lib.cli.train", description=label("train_about"))
    models = label("train_model", names=", ".join(RECIPES))
    parser.add_argument("model", metavar="MODEL", choices=RECIPES, help=models)
    parser.add_argument("--data", choices=("packaged", "full"), default="packaged", help=label("train_data"))
    parser.add_argument("--epochs", type=int, help=label("train_epochs"))
    parser.add_argument("--steps", type=int, help=label("train_steps"))
    parser.add_argument("--batch-size", type=int, help=label("train_batch_size"))
    parser.add_argument("--lr", type=float, help=label("train_lr"))
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), help=label("train_device"))
    parser.add_argument("--seed", type=int, default=0, help=label("train_seed"))
    parser.add_argument("--out", metavar="FILE", required=True, help=label("train_out"))
    return parser


if __name__ == "__main__":
    main()
