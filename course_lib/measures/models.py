"""What a model answers, how large it is, and how strongly training pulls at it."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def predict(model: nn.Module, *x: Tensor, batch_size: int = 250) -> Tensor:
    """`model(*x)` in eval mode without gradients, a batch at a time, so that memory stays small.

    x: one tensor (N, …), or several where the model takes several; returns: (N, …)
    Taught in: 02_autoencoder
    """
    modes = {part: part.training for part in model.modules()}  # some layers may be frozen in eval mode
    model.eval()
    try:
        return torch.cat([model(*part) for part in zip(*(each.split(batch_size) for each in x), strict=True)])
    finally:
        for part, training in modes.items():
            part.training = training


def count_parameters(model: nn.Module) -> int:
    """How many weights and biases a model has, frozen ones too. Taught in: 02_autoencoder"""
    return sum(p.numel() for p in model.parameters())


def gradient_norm(network: nn.Module) -> float:
    """The norm of the gradient of all weights together, as the last training step left it.

    returns: 0 where no weight has a gradient
    Taught in: 06_gan
    """
    return float(nn.utils.get_total_norm(weight.grad for weight in network.parameters() if weight.grad is not None))
