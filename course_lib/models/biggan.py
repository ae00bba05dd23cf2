"""BigGAN made small: what it changes of the conditional GAN, and the truncation trick. Train with the loss "hinge"."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from course_lib.models.conditional import ConditionalBatchNorm2d
from course_lib.models.gan_networks import dcgan


def with_spectral_norm(network: nn.Module) -> nn.Module:
    """The same network with weight / (its largest singular value) in each layer: that matrix stretches by at most 1.

    That value is followed by one step of the power method in each pass of training, so it is near, not exact.
    Source: Miyato et al. (2018). Taught in: 07_gan_variants
    """
    for layer in list(network.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.Embedding):
            spectral_norm(layer)
    return network


class BigGANGenerator(nn.Module):
    """z goes in piece by piece: the first begins the image, each other one joins the class in the norm of one size.

    classes: how many there are; one embedding of them serves all sizes
    latent_dim: of z, a multiple of 3
    channels: feature maps of 7 × 7 and of 14 × 14
    Source: made smaller after Brock, Donahue, Simonyan (2019). Taught in: 07_gan_variants
    """

    def __init__(self, classes: int = 10, latent_dim: int = 66, condition_dim: int = 32, channels=(32, 16)):
        super().__init__()
        many, few = channels
        width = latent_dim // 3 + condition_dim
        self.embed = nn.Embedding(classes, condition_dim)
        self.start = nn.Sequential(nn.Linear(latent_dim // 3, many * 7 * 7), nn.Unflatten(1, (many, 7, 7)))
        self.norm7, self.up7 = ConditionalBatchNorm2d(many, width), nn.ConvTranspose2d(many, few, 4, 2, 1)
        self.norm14, self.up14 = ConditionalBatchNorm2d(few, width), nn.ConvTranspose2d(few, 1, 4, 2, 1)

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        """z: (N, latent_dim); label: (N,) int64; returns (N, 1, 28, 28) in [−1, 1]."""
        z0, z7, z14 = z.chunk(3, dim=1)
        c7, c14 = (torch.cat([piece, self.embed(label)], dim=1) for piece in (z7, z14))  # (N, width) each
        x = self.up7(F.relu(self.norm7(self.start(z0), c7)))  # (N, few, 14, 14)
        return self.up14(F.relu(self.norm14(x, c14))).tanh()


def biggan(classes: int = 10, **sizes) -> tuple[nn.Module, nn.Module]:
    """The pair for `GAN(…, losses="hinge")`; sizes: those of BigGANGenerator. Taught in: 07_gan_variants"""
    _, discriminator = dcgan(classes=classes)
    return BigGANGenerator(classes, **sizes), with_spectral_norm(discriminator)


def truncated_noise(count: int, latent_dim: int, limit: float, rng: torch.Generator | None = None) -> Tensor:
    """z ~ N(0, 1) without its tails: each number beyond ± limit is drawn again, until none is.

    limit: above 0, and slow far below 0.1; returns: (count, latent_dim), on the CPU
    Source: Brock, Donahue, Simonyan (2019). Taught in: 07_gan_variants
    """
    if not limit > 0:
        raise ValueError(f"limit={limit} leaves no number to draw: take one above 0, such as 0.2")
    z = torch.randn(count, latent_dim, generator=rng)
    while (far := z.abs() > limit).any():
        z[far] = torch.randn(int(far.sum()), generator=rng)
    return z
