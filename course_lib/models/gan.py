"""A GAN is two networks and what each of them minimises. A variant changes one of three methods.

A discriminator's answer is a logit here: any real number, above 0 for "real"; σ(logit) is the probability of "real".
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from course_lib import need
from course_lib.models.autoencoders import Loss


class GAN(nn.Module):
    """A generator against a discriminator: trained by `loops.fit_gan`, drawn with by `average`.

    generator: z (N, latent_dim) ~ N(0, 1), and the conditions if there are any -> x
    discriminator: x, and the conditions -> logits. Where a Sequential ends in a Sigmoid, as reference models do,
        training looks past it: no loss takes the logarithm of a rounded probability
    latent_dim: how many numbers z has
    losses: a name in LOSSES
    penalty, weight: weight · penalty(logits, real, fake, *condition) is added to the discriminator's loss
    ema: `average` is the exponential moving average of the generator over the last 1 / (1 − ema) steps or so, of fewer
        at first, or the first clumsy ones would count; 0: the generator itself
    Source: Goodfellow et al. (2014); average: Yazıcı et al. (2019). Taught in: 06_gan
    """

    def __init__(
        self, generator, discriminator, latent_dim=100, losses="non_saturating", penalty=None, weight=1.0, ema=0.0
    ):
        super().__init__()
        need.one_of("losses", losses, LOSSES)
        need.logits("discriminator", _without_sigmoid(discriminator))
        self.generator, self.discriminator, self.latent_dim = generator, discriminator, latent_dim
        self.d_criterion, self.g_criterion = LOSSES[losses]
        self.penalty, self.weight = penalty, weight
        self.average = generator
        if ema:
            self.average = AveragedModel(
                generator, avg_fn=lambda mean, new, n: torch.lerp(new, mean, (n / (n + 10)).clamp(max=ema))
            )

    def noise(self, count: int, rng: torch.Generator | None = None) -> Tensor:
        """z ~ N(0, 1) for `count` samples: (count, latent_dim) on the generator's device.

        rng: where the numbers come from; drawn on the CPU, so that one seed means one z on every device
        """
        z = torch.randn(count, self.latent_dim, generator=rng)
        return z.to(next(self.generator.parameters()).device)

    def logits(self, x: Tensor, *condition: Tensor) -> Tensor:
        """x: (N, …); returns the discriminator's answer before a Sigmoid at its end, (N, 1) for the pairs here."""
        return _without_sigmoid(self.discriminator)(x, *condition)

    def fake(self, x: Tensor, *condition: Tensor) -> Tensor:
        """As many fakes as x has rows. The generator never sees x itself."""
        return self.generator(self.noise(len(x)), *condition)

    def d_loss(self, fake: Tensor, x: Tensor, *condition: Tensor) -> Loss:
        """What the discriminator minimises, and the share of real data and of fakes it is right on, in [0, 1].

        The shares say nothing with the Wasserstein loss, whose scores have no middle.
        """
        fake = fake.detach()  # mere data: no gradient reaches the generator
        on_real, on_fake = self.logits(x, *condition), self.logits(fake, *condition)
        loss = self.d_criterion(on_real, on_fake)
        if self.penalty:
            loss = loss + self.weight * self.penalty(self.logits, x, fake, *condition)
        return loss, {"real_right": (on_real > 0).float().mean(), "fake_right": (on_fake < 0).float().mean()}

    def g_loss(self, fake: Tensor, x: Tensor, *condition: Tensor) -> Loss:
        """What the generator minimises: all it hears of the data is the discriminator's gradient."""
        return self.g_criterion(self.logits(fake, *condition)), {}

    def update_average(self) -> None:
        """Called after every step of the generator."""
        if self.average is not self.generator:
            self.average.update_parameters(self.generator)


def _without_sigmoid(network: nn.Module) -> nn.Module:
    ends_in_sigmoid = isinstance(network, nn.Sequential) and isinstance(network[-1], nn.Sigmoid)
    return network[:-1] if ends_in_sigmoid else network


# The losses: averages over the batch.


def bce(real: Tensor, fake: Tensor) -> Tensor:
    """−E log D(x) − E log(1 − D(G(z))), with D = σ(logit): binary cross-entropy with labels 1 and 0.

    At its best D(x) = p(x) / (p(x) + q(x)), where p is the density of the data and q that of the generator.
    Source: Goodfellow et al. (2014). Taught in: 06_gan
    """
    # softplus(l) = log(1 + e^l), so that −log σ(l) = softplus(−l) and −log(1 − σ(l)) = softplus(l)
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def saturating(fake: Tensor) -> Tensor:
    """E log(1 − D(G(z))), the generator's side of the value function. Its gradient −D dies where D is sure of a fake.

    Source: Goodfellow et al. (2014). Taught in: 06_gan
    """
    return -F.softplus(fake).mean()


def non_saturating(fake: Tensor) -> Tensor:
    """−E log D(G(z)): its gradient −(1 − D) is largest where D is sure of a fake.

    Source: Goodfellow et al. (2014), section 3. Taught in: 06_gan
    """
    return F.softplus(-fake).mean()


def lsgan_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """½ E (D(x) − 1)² + ½ E (D(G(z)) + 1)²: real has the target 1, fake −1.

    The paper's targets 1 and 0, with the last layer scaled so that the middle is 0, as in the other losses.
    Source: Mao et al. (2017). Taught in: 06_gan
    """
    return ((real - 1).square().mean() + (fake + 1).square().mean()) / 2


def lsgan_generator(fake: Tensor) -> Tensor:
    """½ E (D(G(z)) − 1)². Source: Mao et al. (2017). Taught in: 06_gan"""
    return (fake - 1).square().mean() / 2


def hinge(real: Tensor, fake: Tensor) -> Tensor:
    """E max(0, 1 − D(x)) + E max(0, 1 + D(G(z))): whoever is on the right side by 1 counts no more.

    Source: Lim and Ye (2017). Taught in: 06_gan
    """
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """E D(G(z)) − E D(x): at its lowest minus the Wasserstein distance, if D is kept from being steep (1-Lipschitz).

    On its own nothing keeps it so, and the logits run away: give the GAN the penalty `gradient_penalty` with it.
    Source: Arjovsky, Chintala, Bottou (2017). Taught in: 06_gan
    """
    return fake.mean() - real.mean()


def wasserstein_generator(fake: Tensor) -> Tensor:
    """−E D(G(z)), the generator's loss of hinge and Wasserstein. Taught in: 06_gan"""
    return -fake.mean()


LOSSES: dict[str, tuple[Callable, Callable]] = {  # (real logits, fake logits) -> scalar; (fake logits) -> scalar
    "minimax": (bce, saturating),
    "non_saturating": (bce, non_saturating),
    "least_squares": (lsgan_discriminator, lsgan_generator),
    "hinge": (hinge, wasserstein_generator),
    "wasserstein": (wasserstein_critic, wasserstein_generator),
}


# The penalties: on the discriminator's slope. logits: (x, *condition) -> (N, 1), as GAN.logits; both return a scalar.


def r1_penalty(logits: Callable, real: Tensor, fake: Tensor, *condition: Tensor) -> Tensor:
    """½ E ‖∇ₓ D(x)‖² of real data: where they lie, D should be flat, so that good fakes stay put.

    Source: Mescheder, Geiger, Nowozin (2018). Taught in: 06_gan
    """
    return _slope(logits, real, *condition).square().mean() / 2


def gradient_penalty(logits: Callable, real: Tensor, fake: Tensor, *condition: Tensor) -> Tensor:
    """E (‖∇ₓ D(x)‖ − 1)² at random places between a real and a fake one: WGAN-GP, which multiplies it by 10.

    Source: Gulrajani et al. (2017). Taught in: 06_gan
    """
    place = torch.rand(len(real), *[1] * (real.ndim - 1)).to(real)
    return (_slope(logits, torch.lerp(fake, real, place), *condition) - 1).square().mean()


def _slope(logits: Callable, x: Tensor, *condition: Tensor) -> Tensor:
    """‖∇ₓ D(x)‖ of each row, (N,), itself open to differentiation."""
    x = x.detach().requires_grad_()
    [gradient] = torch.autograd.grad(logits(x, *condition).sum(), x, create_graph=True)
    return gradient.flatten(1).norm(dim=1)
