"""Several processes that train one model together, started by torchrun: each learns from rows of its own.

The loops know nothing of it: PyTorch itself calls `_mean_gradients` before every step of every optimizer.
"""

import os
from collections.abc import Iterator

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook

from course_lib.loops import Report


def join() -> tuple[int, int]:
    """This process's rank and how many there are; from now on every optimizer steps by the mean gradient of all."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:  # torchrun sets it
        return 0, 1
    if not dist.is_initialized():
        # Beside a GPU torch would take NCCL alone, which exchanges nothing that lies on the CPU.
        dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
        register_optimizer_step_pre_hook(_mean_gradients)
    return dist.get_rank(), dist.get_world_size()


def _mean_gradients(optimizer: Optimizer, *_) -> None:
    for weight in (w for group in optimizer.param_groups for w in group["params"] if w.grad is not None):
        dist.all_reduce(weight.grad)
        weight.grad /= dist.get_world_size()


def gathered(value: object) -> list:
    """The `value` of every process, in their order; whoever comes first waits for the others."""
    if not dist.is_initialized():
        return [value]
    values = [None] * dist.get_world_size()
    dist.all_gather_object(values, value)
    return values


def share(rank: int, world: int, *data: Tensor) -> tuple[Tensor, ...]:
    """Rows for this process alone; as many for each, for they meet in every step: what does not divide is left out."""
    return tuple(t[: len(t) // world * world][rank::world] for t in data)


def own_seed(seed: int, rank: int) -> int:
    """Other noise in every process.

    A loop seeds torch by its `seed` for every report. With one seed for all, row i of every process would get the same
    noise, and the fakes of a GAN would be the same in all: half the noise for twice the work. The order of the rows is
    drawn by it too, but every process shuffles rows of its own. The weights are made before, by the one seed of all.
    """
    return seed + 1_000_003 * rank


def same_weights(model: nn.Module) -> None:
    """Every process takes the weights of process 0, and the statistics of BatchNorm, which each takes of its rows."""
    if dist.is_initialized():
        for tensor in model.state_dict().values():
            dist.broadcast(tensor, src=0)


def in_step(model: nn.Module, reports: Iterator[Report]) -> Iterator[Report]:
    """Pass on the reports of a loop, with `same_weights` at its start and at every report."""
    same_weights(model)
    for report in reports:
        same_weights(model)
        yield report
