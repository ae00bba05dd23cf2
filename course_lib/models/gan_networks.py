"""Pairs of a generator and a discriminator: z ~ N(0, 1) goes in, data in [−1, 1] and logits come out.

Where a reference model's discriminator ends in a Sigmoid, it is there to be seen and to give a probability.
"""

from collections.abc import Callable
from math import prod

from torch import Tensor, nn

from course_lib import need
from course_lib.models.autoencoders import Pair


def pair(name: str, **sizes) -> Pair:
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
    generator = nn.Sequential(
        nn.Linear(latent_dim, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 512),
        nn.LeakyReLU(0.2),
        nn.Linear(512, pixels),
        nn.Tanh(),
        nn.Unflatten(1, image_shape),
    )
    discriminator = nn.Sequential(
        nn.Flatten(),
        nn.Linear(pixels, 512),
        nn.LeakyReLU(0.2),
        nn.Linear(512, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 1),
    )
    return generator, discriminator


def compact(latent_dim=100, image_shape=(1, 28, 28)) -> Pair:
    """As `basic`, with LeakyReLU in the generator too: no hidden number is ever quite without a gradient.

    image_shape: (C, H, W) of one image
    Taught in: 06_gan
    """
    generator, discriminator = basic(latent_dim, image_shape)
    generator[1] = nn.LeakyReLU(0.2)
    return generator, discriminator


def generic(latent_dim=100, x_dim=784) -> Pair:
    """For data of any kind: vectors of x_dim numbers in [−1, 1] instead of images. Taught in: 06_gan"""
    generator = nn.Sequential(nn.Linear(latent_dim, 128), nn.ReLU(), nn.Linear(128, x_dim), nn.Tanh())
    discriminator = nn.Sequential(nn.Linear(x_dim, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1), nn.Sigmoid())
    return generator, discriminator


def dcgan(latent_dim=64, image_shape=(1, 28, 28), channels=(32, 16)) -> Pair:
    """Convolutions: the generator doubles height and width twice, the discriminator halves them twice.

    image_shape: (C, H, W) of one image, H and W divisible by 4
    channels: feature maps at a quarter and at half the size
    Source: made smaller after Radford, Metz, Chintala (2016). Taught in: 06_gan
    """
    in_channels, height, width = image_shape
    many, few = channels
    maps = (many, height // 4, width // 4)
    # Filters of 4 × 4 pixels, stride 2, padding 1: each convolution halves, or transposed doubles, height and width.
    generator = nn.Sequential(
        nn.Linear(latent_dim, prod(maps)),
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
        nn.Linear(prod(maps), 1),
    )
    return generator, discriminator


def points(latent_dim=2, hidden=128) -> Pair:
    """For points on a plane, where the game can be seen: two hidden layers each.

    The generator ends without Tanh: points have no range to keep to. Taught in: 06_gan
    """

    def dense(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, outputs),
        )

    return dense(latent_dim, 2), dense(2, 1)


PAIRS: dict[str, Callable[..., Pair]] = {
    "basic": basic,
    "deep": deep,
    "compact": compact,
    "generic": generic,
    "dcgan": dcgan,
    "points": points,
}


def to_tanh(x: Tensor) -> Tensor:
    """From pixels in [0, 1] to [−1, 1], where a Tanh can reach them. Taught in: 06_gan"""
    need.unit_range("x", x)
    return 2 * x - 1


def from_tanh(x: Tensor) -> Tensor:
    """From [−1, 1] back to pixels in [0, 1]. Taught in: 06_gan"""
    return (x + 1) / 2
