"""Augmentation: images changed a little, so that a network which sees them again and again cannot memorise them."""

import torch
from torch import Tensor
from torch.nn import functional as F


def bend(x: Tensor, rng: torch.Generator | None = None) -> Tensor:
    """Each image turned, slanted, enlarged or made smaller, and moved, all a little and at random; gradients pass.

    A GAN's discriminator must see real and generated images bent alike, or the generator learns to draw them bent.
    x: (N, C, H, W) in [−1, 1], black is −1; returns: the same
    Source: Zhao et al. (2020), DiffAugment; Karras et al. (2020). Taught in: 06b_gan_training
    """
    turn, slant, zoom, across, down = (2 * torch.rand(5, len(x), generator=rng) - 1).to(x)
    turn, slant, zoom = 0.15 * turn, 0.15 * slant, 1 + 0.1 * zoom
    rows = zoom * turn.cos(), slant - turn.sin(), 0.07 * across, turn.sin(), zoom * turn.cos(), 0.07 * down
    grid = F.affine_grid(torch.stack(rows, dim=1).view(-1, 2, 3), list(x.shape), align_corners=False)
    return F.grid_sample(x + 1, grid, align_corners=False) - 1  # outside the image is 0, which must be black
