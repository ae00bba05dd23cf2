"""Image to image, in [−1, 1] as everywhere in a GAN: Pix2Pix learns from pairs, CycleGAN from two unpaired piles."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.models.autoencoders import Loss
from course_lib.models.gan import GAN


class UNet(nn.Module):
    """Down to 7 × 7 and up again; beside what comes up lies what was seen at that size on the way down.

    in_channels, out_channels: of the two images, (N, C, 28, 28)
    channels: feature maps of 14 × 14 and of 7 × 7; width: numbers at the narrowest place
    Source: Ronneberger et al. (2015), as the generator of Isola et al. (2017). Taught in: 08_image_to_image
    """

    def __init__(self, in_channels: int = 1, out_channels: int = 1, channels=(16, 32), width: int = 64):
        super().__init__()
        few, many = channels
        # Filters of 4 × 4 pixels, stride 2, padding 1: convolutions halve height and width, transposed ones double.
        self.down14 = nn.Conv2d(in_channels, few, 4, 2, 1)
        self.down7 = nn.Sequential(nn.Conv2d(few, many, 4, 2, 1), nn.BatchNorm2d(many))
        narrow = nn.Linear(many * 49, width), nn.ReLU(), nn.Linear(width, many * 49)  # all places at once
        self.middle = nn.Sequential(nn.Flatten(), *narrow, nn.Unflatten(1, (many, 7, 7)))
        self.up14 = nn.Sequential(nn.ConvTranspose2d(2 * many, few, 4, 2, 1), nn.BatchNorm2d(few))
        self.up28 = nn.ConvTranspose2d(2 * few, out_channels, 4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, in_channels, 28, 28) in [−1, 1]; returns (N, out_channels, 28, 28) in [−1, 1]."""
        a = F.relu(self.down14(x))  # (N, few, 14, 14)
        b = F.relu(self.down7(a))  # (N, many, 7, 7)
        up = F.relu(torch.cat([self.middle(b), b], dim=1))  # (N, 2 many, 7, 7)
        up = F.relu(self.up14(up))  # (N, few, 14, 14)
        return self.up28(torch.cat([up, a], dim=1)).tanh()


def patch_discriminator(in_channels: int = 2, channels=(16, 32)) -> nn.Sequential:
    """PatchGAN: no verdict on the image, but one on each of 7 × 7 overlapping patches of 18 × 18 pixels.

    in_channels: of source and image together; the network: (N, in_channels, 28, 28) -> logits (N, 1, 7, 7)
    Source: Isola et al. (2017). Taught in: 08_image_to_image
    """
    few, many = channels
    down, further = nn.Conv2d(in_channels, few, 4, 2, 1), nn.Conv2d(few, many, 4, 2, 1)
    return nn.Sequential(down, nn.LeakyReLU(0.2), further, nn.LeakyReLU(0.2), nn.Conv2d(many, 1, 3, 1, 1))


class Pix2Pix(GAN):
    """Learns from pairs: the image should look real beside its source, and be near the right one. No z is drawn.

    generator: source (N, …) -> image; discriminator: the source above the image, (N, C_source + C, H, W) -> logits
    l1_weight: l1_weight · ‖image − right one‖₁, a mean over the pixels, is added to the generator's loss
    Trained on (images, sources). Source: Isola et al. (2017). Taught in: 08_image_to_image
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module, l1_weight: float = 10.0, **options):
        super().__init__(generator, discriminator, latent_dim=0, **options)
        self.l1_weight = l1_weight

    def logits(self, y: Tensor, x: Tensor) -> Tensor:
        """y: images; x: their sources, which may be smaller."""
        return super().logits(torch.cat([F.interpolate(x, y.shape[2:]), y], dim=1))

    def fake(self, y: Tensor, x: Tensor) -> Tensor:
        """The generator sees the source, and y never."""
        return self.generator(x)

    def g_loss(self, fake: Tensor, y: Tensor, x: Tensor) -> Loss:
        """As in GAN, and what is missing to the right image."""
        fooled, _ = super().g_loss(fake, y, x)
        l1 = F.l1_loss(fake, y)
        return fooled + self.l1_weight * l1, {"l1": l1}


class CycleGAN(nn.Module):
    """Learns from two piles without pairs, of as many rows each: there and back again must be where one began.

    to_b, to_a: two GANs whose generators translate instead of drawing from z
    weight: weight · (‖a − to_a(to_b(a))‖₁ + ‖b − to_b(to_a(b))‖₁), means over the pixels, is added to their losses
    Trained on (a, b), or on (a, b, label) where both discriminators are told a label.
    Source: Zhu et al. (2017). Taught in: 08_image_to_image
    """

    def __init__(self, to_b: GAN, to_a: GAN, weight: float = 10.0):
        super().__init__()
        self.to_b, self.to_a, self.weight = to_b, to_a, weight
        self.generator = nn.ModuleList([to_b.generator, to_a.generator])
        self.discriminator = nn.ModuleList([to_b.discriminator, to_a.discriminator])

    def fake(self, a: Tensor, b: Tensor, *label: Tensor) -> tuple[Tensor, Tensor]:
        """a made into b, and b made into a."""
        return self.to_b.generator(a), self.to_a.generator(b)

    def d_loss(self, fake: tuple[Tensor, Tensor], a: Tensor, b: Tensor, *label: Tensor) -> Loss:
        """Each discriminator knows one pile only."""
        (on_b, _), (on_a, _) = self.to_b.d_loss(fake[0], b, *label), self.to_a.d_loss(fake[1], a, *label)
        return on_b + on_a, {}

    def g_loss(self, fake: tuple[Tensor, Tensor], a: Tensor, b: Tensor, *label: Tensor) -> Loss:
        """To look real in the other pile, and to keep what is needed for the way back."""
        (on_b, _), (on_a, _) = self.to_b.g_loss(fake[0], b, *label), self.to_a.g_loss(fake[1], a, *label)
        cycle = F.l1_loss(self.to_a.generator(fake[0]), a) + F.l1_loss(self.to_b.generator(fake[1]), b)
        return on_b + on_a + self.weight * cycle, {"cycle": cycle}

    def update_average(self) -> None:
        """Called after every step of the generators."""
        self.to_b.update_average()
        self.to_a.update_average()
