"""Pairs of a generator and a discriminator: z ~ N(0, 1) goes in, data in [−1, 1] and logits come out."""

from collections.abc import Callable
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import need
from course_lib.models.autoencoders import Pair


def pair(name: str, **sizes) -> tuple[nn.Module, nn.Module]:
    """A generator and a discriminator by name, with fresh weights.

    name: "basic", "deep", "compact", "generic", "dcgan" or "points"
    sizes: those of the function of that name, such as `pair("deep", latent_dim=64)`
    returns: (generator, discriminator); the generator's output has the data's shape
    Taught in: 06_gan
    """
    need.one_of("name", name, PAIRS)
    return PAIRS[name](**sizes)


def basic(latent_dim=100, image_shape=(1, 28, 28)) -> Pair:
    """The smallest pair: one hidden layer of 128 each, and a probability at the end of the discriminator.

    image_shape: (C, H, W) of one image
    Source: after Goodfellow et al. (2014). Taught in: 06_gan
    """
    generator, discriminator = generic(latent_dim, prod(image_shape))
    return nn.Sequential(*generator, nn.Unflatten(1, image_shape)), nn.Sequential(nn.Flatten(), *discriminator)


def deep(latent_dim=100, image_shape=(1, 28, 28)) -> Pair:
    """Two hidden layers each, 256 and 512 wide; the discriminator says logits. Meant for lr=2e-4, batch_size=64.

    image_shape: (C, H, W) of one image
    Taught in: 06_gan
    """
    pixels = prod(image_shape)
    generator = nn.Sequential(*_dense(latent_dim, 256, 512, pixels), nn.Tanh(), nn.Unflatten(1, image_shape))
    return generator, nn.Sequential(nn.Flatten(), *_dense(pixels, 512, 256, 1))


def _dense(*widths: int) -> nn.Sequential:
    """Linear layers with LeakyReLU between them."""
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


def compact(latent_dim=100, image_shape=(1, 28, 28)) -> Pair:
    """As `basic`, with LeakyReLU in the generator too: every hidden number keeps a gradient. Taught in: 06_gan"""
    generator, discriminator = basic(latent_dim, image_shape)
    generator[1] = nn.LeakyReLU(0.2)
    return generator, discriminator


def generic(latent_dim=100, x_dim=784) -> Pair:
    """For data of any kind: vectors of x_dim numbers in [−1, 1] instead of images. Taught in: 06_gan"""
    generator = nn.Sequential(nn.Linear(latent_dim, 128), nn.ReLU(), nn.Linear(128, x_dim), nn.Tanh())
    discriminator = nn.Sequential(nn.Linear(x_dim, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1), nn.Sigmoid())
    return generator, discriminator


def dcgan(latent_dim=64, image_shape=(1, 28, 28), channels=(32, 16), classes=0) -> tuple[nn.Module, nn.Module]:
    """Convolutions: the generator doubles height and width twice, the discriminator halves them twice.

    image_shape: (C, H, W) of one image, H and W divisible by 4
    channels: feature maps at a quarter and at half the size
    classes: how many there are, if both are told one: generator(z, label), discriminator(x, label)
    Source: made smaller after Radford, Metz, Chintala (2016). Taught in: 06_gan
    """
    in_channels, height, width = image_shape
    many, few = channels
    maps = (many, height // 4, width // 4)
    # Filters of 4 × 4 pixels, stride 2, padding 1: each convolution halves, or transposed doubles, height and width.
    generator = nn.Sequential(
        nn.Linear(latent_dim + classes, prod(maps)),
        nn.Unflatten(1, maps),
        nn.BatchNorm2d(many),
        nn.ReLU(),
        nn.ConvTranspose2d(many, few, 4, 2, 1),
        nn.BatchNorm2d(few),
        nn.ReLU(),
        nn.ConvTranspose2d(few, in_channels, 4, 2, 1),
        nn.Tanh(),
    )
    # No BatchNorm here: the verdict on an image would hang on the others in its batch, which are all real or all fake.
    discriminator = nn.Sequential(
        nn.Conv2d(in_channels, few, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(few, many, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(prod(maps), classes or 1),
    )
    if classes:
        return ConditionalGenerator(generator, classes), ConditionalDiscriminator(discriminator)
    return generator, discriminator


class ConditionalGenerator(nn.Module):
    """Told the class as a one-hot vector at the end of z. network: (N, latent_dim + classes) -> (N, …)

    Source: Mirza and Osindero (2014). Taught in: 06_gan
    """

    def __init__(self, network: nn.Module, classes: int):
        super().__init__()
        self.network, self.classes = network, classes

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        """z: (N, latent_dim); label: (N,) int64 in 0 … classes − 1."""
        return self.network(torch.cat([z, F.one_hot(label, self.classes)], dim=1))


class ConditionalDiscriminator(nn.Module):
    """A logit for every class, of which only that of the class it is told counts. network: (N, …) -> (N, classes)

    Source: Liu et al. (2019), few-shot translation. Taught in: 06_gan
    """

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """x: (N, …); label: (N,) int64; returns (N, 1)."""
        return self.network(x).gather(1, label[:, None])


def points(latent_dim=2, hidden=128) -> Pair:
    """For points on a plane, where the game can be seen; no Tanh, for they have no range. Taught in: 06_gan"""
    return _dense(latent_dim, hidden, hidden, 2), _dense(2, hidden, hidden, 1)


PAIRS: dict[str, Callable] = {make.__name__: make for make in (basic, deep, compact, generic, dcgan, points)}


def to_tanh(x: Tensor) -> Tensor:
    """From pixels in [0, 1] to [−1, 1], where a Tanh can reach them. Taught in: 06_gan"""
    need.unit_range("x", x)
    return 2 * x - 1


def from_tanh(x: Tensor) -> Tensor:
    """From [−1, 1] back to pixels in [0, 1]. Taught in: 06_gan"""
    return (x + 1) / 2
