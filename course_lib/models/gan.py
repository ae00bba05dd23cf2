"""Generative adversarial networks: pairs of a generator and a discriminator, and the losses they play with.

A discriminator's answer here is a logit: any real number, above 0 for "real". Where the reference model ends in a
Sigmoid, the Sigmoid is there to be seen and to give a probability, and training looks past it (see `logits`).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_lib import check
from course_lib.language import message

Pair = tuple[nn.Module, nn.Module]


def pair(name: str, **sizes) -> Pair:
    """A generator and a discriminator by name, with fresh weights.

    name: "basic", "deep", "compact", "generic", "conv" or "points"
    sizes: those of the function of that name, such as `pair("deep", z=64)`
    returns: (generator, discriminator); z: (N, z) ~ N(0, 1) goes in, the generator's output has the data's shape
    raises: ValueError for another name
    Taught in: 06_gan
    """
    if not isinstance(name, str) or name not in PAIRS:
        raise ValueError(message("error_pair", name=repr(name), names=", ".join(map(repr, PAIRS))))
    return PAIRS[name](**sizes)


def basic(*, z: int = 100, image=(1, 28, 28)) -> Pair:
    """The smallest pair: one hidden layer of 128 each, and a probability at the end of the discriminator.

    image: shape (C, H, W) of one image, in [−1, 1]
    Source: after Goodfellow et al. (2014). Taught in: 06_gan
    """
    _check_sizes(image=image)
    generator, discriminator = generic(z=z, x=math.prod(image))
    return nn.Sequential(*generator, nn.Unflatten(1, image)), nn.Sequential(nn.Flatten(), *discriminator)


def deep(*, z: int = 100, image=(1, 28, 28)) -> Pair:
    """Two hidden layers each, 256 and 512 wide; the discriminator says logits. Meant for lr=2e-4, batch_size=64.

    image: shape (C, H, W) of one image, in [−1, 1]
    Taught in: 06_gan
    """
    _check_sizes(z=z, image=image)
    pixels = math.prod(image)
    generator = nn.Sequential(
        nn.Linear(z, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 512),
        nn.LeakyReLU(0.2),
        nn.Linear(512, pixels),
        nn.Tanh(),
        nn.Unflatten(1, image),
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


def compact(*, z: int = 100, image=(1, 28, 28)) -> Pair:
    """As `basic`, with LeakyReLU in the generator too: no hidden number is ever quite without a gradient.

    image: shape (C, H, W) of one image, in [−1, 1]
    Taught in: 06_gan
    """
    generator, discriminator = basic(z=z, image=image)
    generator[1] = nn.LeakyReLU(0.2)
    return generator, discriminator


def generic(*, z: int = 100, x: int = 784) -> Pair:
    """For data of any kind: vectors of x numbers in [−1, 1] instead of images.

    Taught in: 06_gan
    """
    generator = nn.Sequential(nn.Linear(z, 128), nn.ReLU(), nn.Linear(128, x), nn.Tanh())
    discriminator = nn.Sequential(nn.Linear(x, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1), nn.Sigmoid())
    return generator, discriminator


def conv(*, z: int = 64, image=(1, 28, 28), channels=(32, 16)) -> Pair:
    """Convolutions: the generator doubles height and width twice, the discriminator halves them twice.

    image: shape (C, H, W) of one image, in [−1, 1]
    channels: feature maps at a quarter and at half the size
    raises: ValueError where H or W does not divide by 4
    Source: made smaller after Radford, Metz, Chintala (2016). Taught in: 06_gan
    """
    _check_sizes(z=z, image=image)
    check.wholes("channels", channels, 2)
    depth, height, width = image
    if height % 4 or width % 4:
        raise ValueError(message("error_divide", image=image))
    many, few = channels
    grid = (many, height // 4, width // 4)
    half = {"kernel_size": 4, "stride": 2, "padding": 1}
    generator = nn.Sequential(
        nn.Linear(z, math.prod(grid)),
        nn.Unflatten(1, grid),
        nn.BatchNorm2d(many),
        nn.ReLU(),
        nn.ConvTranspose2d(many, few, **half),
        nn.BatchNorm2d(few),
        nn.ReLU(),
        nn.ConvTranspose2d(few, depth, **half),
        nn.Tanh(),
    )
    # No BatchNorm here: the verdict on an image would hang on the others in its batch, which are all real or all fake.
    discriminator = nn.Sequential(
        nn.Conv2d(depth, few, **half),
        nn.LeakyReLU(0.2),
        nn.Conv2d(few, many, **half),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(math.prod(grid), 1),
    )
    return generator, discriminator


def points(*, z: int = 2, hidden: int = 128) -> Pair:
    """For points on a plane, where the game can be seen: two hidden layers each.

    The generator ends without Tanh: points have no range to keep to.
    Taught in: 06_gan
    """
    _check_sizes(z=z, hidden=hidden)

    def dense(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, outputs),
        )

    return dense(z, 2), dense(2, 1)


def _check_sizes(*, image=(1, 1, 1), **sizes) -> None:
    check.wholes("image", image, 3)
    for name, size in sizes.items():
        check.whole(name, size)


generic = check.before(generic, _check_sizes)  # not inside: lessons print it

PAIRS: dict[str, Callable[..., Pair]] = {
    "basic": basic,
    "deep": deep,
    "compact": compact,
    "generic": generic,
    "conv": conv,
    "points": points,
}


def to_tanh(x: Tensor) -> Tensor:
    """From pixels in [0, 1] to [−1, 1], where a Tanh can reach them; ValueError for others. Taught in: 06_gan"""
    check.tensor("x", x)
    check.between("x", x, 0, 1)
    return 2 * x - 1


def from_tanh(x: Tensor) -> Tensor:
    """From [−1, 1] back to pixels in [0, 1]; ValueError for other values. Taught in: 06_gan"""
    check.tensor("x", x)
    check.between("x", x, -1, 1)
    return (x + 1) / 2


def noise(generator: nn.Module, count: int, chance: torch.Generator | None = None) -> Tensor:
    """z ~ N(0, 1) for `count` samples, as many numbers each as the generator reads.

    generator: its attribute `z` says how many, or else its first Linear layer
    chance: where the numbers come from; torch's own random numbers unless given
    returns: (count, z) on the generator's device, drawn on the CPU: one seed means one z on every device
    raises: ValueError where the generator has neither
    Taught in: 06_gan
    """
    check.kind("generator", generator, nn.Module)
    check.whole("count", count)
    if chance is not None:
        check.kind("chance", chance, torch.Generator)
    first = next((layer for layer in generator.modules() if isinstance(layer, nn.Linear)), None)
    size = getattr(generator, "z", first and first.in_features)
    if not isinstance(size, int):
        raise ValueError(message("error_noise", generator=type(generator).__name__))
    return torch.randn(count, size, generator=chance).to(next(generator.parameters(), torch.empty(0)).device)


def logits(discriminator: nn.Module, x: Tensor, *given: Tensor) -> Tensor:
    """The discriminator's answer before a Sigmoid at its end: any real number, above 0 for "real".

    One set of losses then serves every discriminator, and none of them takes the logarithm of a rounded probability:
    BCE of σ(l) and BCE-with-logits of l are the same function, but σ(l) is exactly 1 in float32 from l ≈ 17 on.
    discriminator: an nn.Sequential that may end in nn.Sigmoid; any other module has to return logits itself
    x: (N, …); given: what the discriminator takes beside x, if anything
    returns: what the last layer but the Sigmoid gives, (N, 1) for the pairs here
    raises: ValueError where a layer of the Sequential cannot take x
    Taught in: 06_gan
    """
    check.kind("discriminator", discriminator, nn.Module)
    check.tensor("x", x)
    if type(discriminator).forward is not nn.Sequential.forward:
        return discriminator(x, *given)
    layers = list(discriminator)
    return check.through(layers[:-1] if isinstance(layers[-1], nn.Sigmoid) else layers, x)
