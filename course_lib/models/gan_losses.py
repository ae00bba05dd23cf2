"""What the two players of a GAN minimise, as functions of the discriminator's logits, and penalties on its slope.

σ(l) is the probability of "real". All are averages over the batch, and in all but Wasserstein's, which knows only
differences, a logit of 0 means "cannot tell". All raise ValueError for what is no tensor of floating numbers.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib import check
from course_lib.models.gan import logits


class LossPair(NamedTuple):
    """The losses of the two players.

    discriminator: (real logits, fake logits) -> scalar
    generator: (fake logits) -> scalar
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


def tell_apart(real: Tensor, fake: Tensor) -> Tensor:
    """−E log D(x) − E log(1 − D(G(z))), with D = σ(logit): binary cross-entropy with labels 1 and 0.

    At its best D(x) = p(x) / (p(x) + q(x)), where p is the density of the data and q that of the generator.
    Source: Goodfellow et al. (2014). Taught in: 06_gan
    """
    # softplus(l) = log(1 + e^l), so that −log σ(l) = softplus(−l) and −log(1 − σ(l)) = softplus(l)
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def not_be_caught(fake: Tensor) -> Tensor:
    """E log(1 − D(G(z))), the generator's side of the value function. Its gradient −D dies where D is sure of a fake.

    Source: Goodfellow et al. (2014). Taught in: 06_gan
    """
    _check(fake=fake)
    return -F.softplus(fake).mean()


def be_called_real(fake: Tensor) -> Tensor:
    """−E log D(G(z)), non-saturating: its gradient −(1 − D) is largest where D is sure of a fake.

    Source: Goodfellow et al. (2014), section 3. Taught in: 06_gan
    """
    _check(fake=fake)
    return F.softplus(-fake).mean()


def squared_distance(real: Tensor, fake: Tensor) -> Tensor:
    """½ E (D(x) − 1)² + ½ E (D(G(z)) + 1)²: real has the target 1, fake −1.

    The paper's targets 1 and 0, with the last layer scaled so that the middle is 0, as in the other losses.
    Source: Mao et al. (2017). Taught in: 06_gan
    """
    _check(real=real, fake=fake)
    return ((real - 1).square().mean() + (fake + 1).square().mean()) / 2


def squared_distance_to_real(fake: Tensor) -> Tensor:
    """½ E (D(G(z)) − 1)². Source: Mao et al. (2017). Taught in: 06_gan"""
    _check(fake=fake)
    return (fake - 1).square().mean() / 2


def hinge(real: Tensor, fake: Tensor) -> Tensor:
    """E max(0, 1 − D(x)) + E max(0, 1 + D(G(z))): whoever is on the right side by 1 counts no more.

    Source: Lim and Ye (2017). Taught in: 06_gan
    """
    _check(real=real, fake=fake)
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def score_gap(real: Tensor, fake: Tensor) -> Tensor:
    """E D(G(z)) − E D(x): at its lowest minus the Wasserstein distance, if D is kept from being steep (1-Lipschitz).

    On its own nothing keeps it so, and the logits run away: give `duel` the penalty `unit_slope` with it.
    Source: Arjovsky, Chintala, Bottou (2017). Taught in: 06_gan
    """
    _check(real=real, fake=fake)
    return fake.mean() - real.mean()


def raise_score(fake: Tensor) -> Tensor:
    """−E D(G(z)), the generator's loss of hinge and Wasserstein. Taught in: 06_gan"""
    _check(fake=fake)
    return -fake.mean()


def flat_at_data(discriminator: nn.Module, real: Tensor, fake: Tensor, *given: Tensor) -> Tensor:
    """½ E ‖∇ₓ D(x)‖², a penalty known as R1: where the data lies, D should be flat, so that good fakes stay put.

    real, fake: (N, …); given: what the discriminator takes beside x
    returns: a scalar; multiply it to taste, as `duel` does with the number given to it
    Source: Mescheder, Geiger, Nowozin (2018). Taught in: 06_gan
    """
    check.tensor("real", real)
    return _slope(discriminator, real, *given).square().mean() / 2


def unit_slope(discriminator: nn.Module, real: Tensor, fake: Tensor, *given: Tensor) -> Tensor:
    """E (‖∇ₓ D(x)‖ − 1)² at random places between a real and a fake one: the gradient penalty of WGAN-GP.

    real, fake: (N, …) of equal shape; given: what the discriminator takes beside x
    returns: a scalar; the paper multiplies it by 10
    Source: Gulrajani et al. (2017). Taught in: 06_gan
    """
    check.same_shape(fake=fake, real=real)
    place = torch.rand(len(real), *[1] * (real.ndim - 1), device=real.device)
    return (_slope(discriminator, torch.lerp(fake, real, place), *given) - 1).square().mean()


def _slope(discriminator: nn.Module, x: Tensor, *given: Tensor) -> Tensor:
    """‖∇ₓ D(x)‖ of each row, (N,), itself open to differentiation."""
    x = x.detach().requires_grad_()
    [gradient] = torch.autograd.grad(logits(discriminator, x, *given).sum(), x, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


def _check(**logits: Tensor) -> None:
    for name, given in logits.items():
        check.tensor(name, given)


tell_apart = check.before(tell_apart, lambda real, fake: _check(real=real, fake=fake))  # not inside: lessons print it

LOSSES = {
    "minimax": LossPair(tell_apart, not_be_caught),
    "non_saturating": LossPair(tell_apart, be_called_real),
    "least_squares": LossPair(squared_distance, squared_distance_to_real),
    "hinge": LossPair(hinge, raise_score),
    "wasserstein": LossPair(score_gap, raise_score),
}
