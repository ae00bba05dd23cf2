"""StyleGAN made small: z becomes a style, and a style steers each size of the image by itself."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.models.gan_networks import dcgan


class Modulated(nn.Module):
    """A convolution whose input maps the style makes louder or softer, one by one; then noise, new for each pixel.

    convolution: (N, C, H, W) -> (N, C', H', W')
    noisy: whether there is noise; the last layer has none
    Source: modulation: Karras et al. (2020); noise: Karras, Laine, Aila (2019). Taught in: 07_gan_variants
    """

    def __init__(self, convolution: nn.Module, style_dim: int, noisy: bool = True):
        super().__init__()
        self.convolution = convolution
        self.style = nn.Linear(style_dim, convolution.in_channels)
        nn.init.normal_(self.style.weight, std=style_dim**-0.5)
        nn.init.ones_(self.style.bias)
        # How strong the noise is, for each map; it begins at 0.
        self.noise = nn.Parameter(torch.zeros(convolution.out_channels, 1, 1)) if noisy else None

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x: (N, C, H, W); w: (N, style_dim)."""
        x = self.convolution(x * self.style(w)[:, :, None, None])
        return x if self.noise is None else x + self.noise * torch.randn(len(x), 1, *x.shape[2:], device=x.device)


class StyleGenerator(nn.Module):
    """style: z -> w; draw: a coarse style (7 × 7) and a fine one (14 × 14) -> an image in [−1, 1].

    mixing: the share of images that are trained with two styles
    channels: feature maps of 7 × 7 and of 14 × 14
    Unlike the paper's, the first maps come from the style, not from a learned constant, and styles have mean 0.
    Source: made smaller after Karras, Laine, Aila (2019). Taught in: 07_gan_variants
    """

    def __init__(self, latent_dim: int = 64, style_dim: int = 64, channels=(32, 16), mixing: float = 0.5):
        super().__init__()
        many, few = channels
        self.mixing = mixing
        self.mapping = nn.Sequential(
            nn.Linear(latent_dim, style_dim),
            nn.LeakyReLU(0.2),
            nn.Linear(style_dim, style_dim),
            # Styles around 0: what all of them had in common would be one image in common.
            nn.BatchNorm1d(style_dim, affine=False),
        )
        self.start = nn.Sequential(nn.Linear(style_dim, many * 7 * 7), nn.Unflatten(1, (many, 7, 7)))
        self.conv7 = Modulated(nn.Conv2d(many, many, 3, padding=1), style_dim)
        self.up7 = Modulated(nn.ConvTranspose2d(many, few, 4, 2, 1), style_dim)
        self.up14 = Modulated(nn.ConvTranspose2d(few, 1, 4, 2, 1), style_dim, noisy=False)
        self.norm7, self.norm14 = nn.BatchNorm2d(many), nn.BatchNorm2d(few)

    def style(self, z: Tensor) -> Tensor:
        """z: (N, latent_dim), of which only the direction counts; returns w, (N, style_dim)."""
        return self.mapping(F.normalize(z, dim=1) * z.shape[1] ** 0.5)

    def draw(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Styles of (N, style_dim) -> (N, 1, 28, 28)."""
        x = F.relu(self.norm7(self.conv7(self.start(coarse), coarse)))  # (N, many, 7, 7)
        x = F.relu(self.norm14(self.up7(x, fine)))  # (N, few, 14, 14)
        return self.up14(x, fine).tanh()

    def forward(self, z: Tensor) -> Tensor:
        """z: (N, latent_dim)."""
        w = fine = self.style(z)
        if self.training:  # style mixing
            mixed = torch.rand(len(z), 1, device=z.device) < self.mixing
            fine = torch.where(mixed, self.style(torch.randn_like(z)), w)
        return self.draw(w, fine)


def stylegan(**sizes) -> tuple[nn.Module, nn.Module]:
    """The pair: its discriminator is that of the plain recipe. Taught in: 07_gan_variants"""
    return StyleGenerator(**sizes), dcgan()[1]
