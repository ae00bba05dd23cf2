"""The game of a GAN on a plane, recorded frame by frame while it trains, for pictures that can be played back."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.measures import modes_covered
from course_lib.models.gan import GAN

REACH = 1.6  # pictures of the game show the square from −REACH to REACH …
LONGEST = 0.4  # … and no arrow longer than this
# Blue is real and orange is fake, pale where the discriminator says so and dark where it is so.
PAINT = {"says_fake": "#EE9A4D", "unsure": "#FFFFFF", "says_real": "#5AAAE0", "real": "#00466E", "made": "#7A2E00"}


class Frame(NamedTuple):
    """One moment of the game, as `frame` records it.

    step: of the training
    points: (N, 2), what the generator makes of its noise
    pull: (N, 2), −∂L/∂x at each of them, where L is the generator's loss of that point alone
    surface: (side, side), the discriminator's probability of "real"; as in a picture, the first row is the top one
    real_right, fake_right: the share of real data, and of the points, on which the discriminator is right; in [0, 1]
    covered, modes: how many Gaussians the points cover, of how many
    """

    step: int
    points: Tensor
    pull: Tensor
    surface: Tensor
    real_right: float
    fake_right: float
    covered: int
    modes: int


def frame(gan: GAN, z: Tensor, real: Tensor, step: int = 0, modes: int = 8, side: int = 20) -> Frame:
    """Record one moment of the game on the ring: before the training, or whenever `fit_gan` yields.

    gan: its generator that plays against the discriminator, never the average, so that points and arrows are of the
        same game
    z: (N, latent_dim), the noise; the same in every frame, so that each point can be followed
    real: (M, 2), the data
    modes: how many Gaussians the ring has
    side: the surface has side × side places, each in the middle of its cell
    The training goes on as it would have: no random numbers are drawn here, and the networks stay as they are.
    Taught in: 06_gan
    """
    gan = copy.deepcopy(gan).eval()  # not even BatchNorm's averages shall learn from being looked at
    with torch.no_grad():
        points = gan.generator(z)
        line = REACH * ((2 * torch.arange(side).to(points) + 1) / side - 1)
        up, right = torch.meshgrid(-line, line, indexing="ij")
        on_grid = gan.logits(torch.stack([right, up], dim=-1).view(-1, 2))
        on_real = gan.logits(real)
    x = points.detach().requires_grad_()
    on_fake = gan.logits(x)
    # The losses are averages: times N, no point's arrow is the shorter for there being others.
    [pull] = torch.autograd.grad(-len(x) * gan.g_criterion(on_fake), x)
    return Frame(
        step=step,
        points=points.cpu(),
        pull=pull.cpu(),
        surface=on_grid.sigmoid().view(side, side).cpu(),
        real_right=float((on_real > 0).float().mean()),
        fake_right=float((on_fake < 0).float().mean()),
        covered=modes_covered(points, modes),
        modes=modes,
    )


def drawn_points(points: Tensor) -> Tensor:
    """Where a picture of the game shows points: those beyond its edge on the edge, straight towards the middle."""
    return points / (points.abs().amax(dim=1, keepdim=True) / REACH).clamp(min=1)


def drawn_pull(pull: Tensor) -> Tensor:
    """The arrows of a picture of the game: 0.15 · ∛|pull| long, but at most LONGEST.

    The pull is 0.01 in one run and 10 in another: with the root both can be seen, on one scale for all pictures.
    """
    size = pull.norm(dim=1, keepdim=True)
    return pull / size.clamp(min=1e-12) * (0.15 * size ** (1 / 3)).clamp(max=LONGEST)
