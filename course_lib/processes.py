"""Several processes that train one model together, through PyTorch's own engine; nothing to do in a single process."""

import os

import torch
import torch.distributed as dist
from torch import Tensor, nn


def processes() -> tuple[int, int]:
    """This process's number and how many there are; joins the others when torchrun started us."""
    if "TORCHELASTIC_RUN_ID" in os.environ and dist.is_available() and not dist.is_initialized():
        # One engine for what lies on the CPU, such as random states, another for weights on GPUs.
        dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    return (dist.get_rank(), dist.get_world_size()) if _distributed() else (0, 1)


def _distributed() -> bool:
    return dist.is_available() and dist.is_initialized()


def agreed(number: float) -> float:
    """The number that process 0 has."""
    told = torch.tensor(number)
    if _distributed():
        dist.broadcast(told, src=0)
    return float(told)


def summed(total: Tensor) -> float:
    """The sum of `total` over all processes."""
    if _distributed():
        dist.all_reduce(total)
    return float(total)


def gathered(tensor: Tensor) -> list[Tensor]:
    """The `tensor` of every process, in their order; all have the same shape."""
    if not _distributed():
        return [tensor]
    everyones = [torch.empty_like(tensor) for _ in range(dist.get_world_size())]
    dist.all_gather(everyones, tensor)
    return everyones


def share_weights(model: nn.Module) -> None:
    """Give every process the weights of process 0; nothing to do in a single process."""
    if _distributed():
        for tensor in model.state_dict().values():
            dist.broadcast(tensor, src=0)


def average_gradients(model: nn.Module) -> None:
    """Add up the gradients of all processes, each already weighted by its share of the batch."""
    if _distributed():
        for parameter in model.parameters():
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)
