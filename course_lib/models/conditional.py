"""Networks that are told what to draw. The condition is a class or a caption; `embed` makes a vector of it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.models.seq2seq import TextEncoder


class ConditionalBatchNorm2d(nn.Module):
    """BatchNorm whose scale and shift come from the condition: each class loudens its own feature maps.

    channels: feature maps; condition_dim: numbers of the condition's vector
    Source: de Vries et al. (2017). Taught in: 07_gan_variants
    """

    def __init__(self, channels: int, condition_dim: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale_shift = nn.Linear(condition_dim, 2 * channels)
        nn.init.zeros_(self.scale_shift.weight)  # so that it begins as plain BatchNorm
        nn.init.zeros_(self.scale_shift.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """x: (N, C, H, W); condition: (N, condition_dim)."""
        scale, shift = self.scale_shift(condition)[:, :, None, None].chunk(2, dim=1)  # (N, C, 1, 1) each
        return (1 + scale) * self.norm(x) + shift


class ConditionalNormGenerator(nn.Module):
    """The DCGAN generator with conditional BatchNorm: (z, condition) -> (N, 1, 28, 28) in [−1, 1].

    embed: condition (N, …) -> (N, condition_dim), such as nn.Embedding(10, 32) or a CaptionEncoder
    channels: feature maps of 7 × 7 and of 14 × 14
    Source: Miyato and Koyama (2018). Taught in: 07_gan_variants
    """

    def __init__(self, embed: nn.Module, condition_dim: int = 32, latent_dim: int = 64, channels=(32, 16)):
        super().__init__()
        many, few = channels
        self.embed = embed
        self.start = nn.Sequential(nn.Linear(latent_dim + condition_dim, many * 7 * 7), nn.Unflatten(1, (many, 7, 7)))
        self.norm7, self.up7 = ConditionalBatchNorm2d(many, condition_dim), nn.ConvTranspose2d(many, few, 4, 2, 1)
        self.norm14, self.up14 = ConditionalBatchNorm2d(few, condition_dim), nn.ConvTranspose2d(few, 1, 4, 2, 1)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        """z: (N, latent_dim)."""
        c = self.embed(condition)
        x = self.start(torch.cat([z, c], dim=1))  # (N, many, 7, 7)
        x = self.up7(F.relu(self.norm7(x, c)))  # (N, few, 14, 14)
        return self.up14(F.relu(self.norm14(x, c))).tanh()


class ProjectionDiscriminator(nn.Module):
    """Real, and as the condition says? A verdict on the image, plus how well its features fit the condition.

    embed: as the generator's, but with weights of its own
    channels: feature maps of 14 × 14 and of 7 × 7
    Source: Miyato and Koyama (2018). Taught in: 07_gan_variants
    """

    def __init__(self, embed: nn.Module, condition_dim: int = 32, channels=(16, 32), width: int = 64):
        super().__init__()
        few, many = channels
        self.features = nn.Sequential(
            nn.Conv2d(1, few, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(few, many, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(many * 7 * 7, width),
            nn.LeakyReLU(0.2),
        )
        self.embed, self.project = embed, nn.Linear(condition_dim, width, bias=False)
        self.out = nn.Linear(width, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """x: (N, 1, 28, 28); returns logits (N, 1)."""
        h = self.features(x)
        fit = (self.project(self.embed(condition)) * h).sum(dim=1, keepdim=True)  # the projection: an inner product
        return self.out(h) + fit


class CaptionEncoder(TextEncoder):
    """The text encoder of lesson 01, of which the summary is all that is wanted, brought to mean 0 and variance 1.

    Taught in: 07b_text_to_image
    """

    def __init__(self, vocab_size: int, encoder: nn.Module, width: int = 128):
        super().__init__(vocab_size, encoder, width)
        self.norm = nn.BatchNorm1d(width, affine=False)  # as strong as the noise: a whisper would be heard late

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens: (N, T) int64 of a Vocabulary; returns (N, width)."""
        return self.norm(super().forward(tokens).summary)
