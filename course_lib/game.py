"""The game of a GAN on a plane, recorded frame by frame while it trains, for pictures that can be played back."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib import check, ring
from course_lib.language import Text, label, message
from course_lib.models.gan import logits
from course_lib.models.gan_losses import be_called_real

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


def frame(
    generator: nn.Module,
    discriminator: nn.Module,
    z: Tensor,
    real: Tensor,
    step: int = 0,
    loss: Callable[[Tensor], Tensor] = be_called_real,
    modes: int = 8,
    side: int = 20,
) -> Frame:
    """Record one moment of the game on the ring: before the training, or whenever `duel` yields.

    generator: the one that plays against this discriminator, so that points and arrows are of the same game; the
        average that a Round may hold never plays
    z: (N, …), the noise; the same in every frame, so that each point can be followed
    real: (M, 2), the data
    loss: what the generator minimises, the second function of a LossPair
    modes: how many Gaussians the ring has
    side: the surface has side × side places, each in the middle of its cell
    The training goes on as it would have: no random numbers are drawn here, and the networks stay as they are.
    raises: ValueError where z or real have no rows, the points do not lie on a plane, or a number cannot be
    Taught in: 06_gan
    """
    check.kind("generator", generator, nn.Module)
    check.kind("discriminator", discriminator, nn.Module)
    check.tensor("z", z)
    check.finite("z", z)
    check.whole("step", step, 0)
    check.function("loss", loss)
    check.whole("modes", modes)
    check.whole("side", side)
    # Copies in eval mode: not even BatchNorm's averages shall learn from being looked at.
    generator, discriminator = (copy.deepcopy(network).eval() for network in (generator, discriminator))
    with torch.no_grad():
        points = check.through(generator, z, "z")
        ring.check_points(points, "points")
        ring.check_points(real, "real")
        line = REACH * ((2 * torch.arange(side, device=points.device) + 1) / side - 1)
        up, right = torch.meshgrid(-line, line, indexing="ij")
        on_grid = logits(discriminator, torch.stack([right, up], dim=-1).view(-1, 2))
        on_real = logits(discriminator, real)
    x = points.detach().requires_grad_()
    on_fake = logits(discriminator, x)
    # The losses are averages: times N, no point's arrow is the shorter for there being others.
    [pull] = torch.autograd.grad(-len(x) * loss(on_fake), x)
    return Frame(
        step=step,
        points=points.cpu(),
        pull=pull.cpu(),
        surface=on_grid.sigmoid().view(side, side).cpu(),
        real_right=float((on_real > 0).float().mean()),
        fake_right=float((on_fake < 0).float().mean()),
        covered=ring.modes_covered(points, modes),
        modes=modes,
    )


def check_runs(runs: Mapping[str | Text, Sequence[Frame]], real: Tensor) -> None:
    """What is shown together must fit together: label -> Frames of every run, and the data (M, 2).

    raises: ValueError where a run has no Frame, their sizes differ, or the data do not lie on a plane
    """
    named = runs.items() if isinstance(runs, Mapping) else [(type(runs).__name__, ())]
    named = [(key, frames if isinstance(frames, Sequence) else ()) for key, frames in named]
    sizes = {label(key): {_size(one) for one in frames} for key, frames in named}
    if len(set().union(*sizes.values())) != 1 or not all(sizes.values()):
        given = "; ".join(f"{name}: {' / '.join(sorted(some)) or '–'}" for name, some in sizes.items())
        raise ValueError(message("error_runs", given=given or "{}"))
    ring.check_points(real, "real")


def _size(one: Frame) -> str:
    check.kind("runs", one, Frame)
    return f"points {tuple(one.points.shape)}, surface {tuple(one.surface.shape)}, modes {one.modes}"


def drawn_points(points: Tensor) -> Tensor:
    """Where a picture of the game shows points: those beyond its edge on the edge, straight towards the middle."""
    ring.check_points(points, "points")
    return points / (points.abs().amax(dim=1, keepdim=True) / REACH).clamp(min=1)


def drawn_pull(pull: Tensor) -> Tensor:
    """The arrows of a picture of the game: 0.15 · ∛|pull| long, but at most LONGEST.

    The pull is 0.01 in one run and 10 in another: with the root both can be seen, on one scale for all pictures.
    """
    ring.check_points(pull, "pull")
    size = pull.norm(dim=1, keepdim=True)
    return pull / size.clamp(min=1e-12) * (0.15 * size ** (1 / 3)).clamp(max=LONGEST)
