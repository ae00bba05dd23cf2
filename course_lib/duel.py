"""The adversarial loop: like `train.fit` a generator function, but two networks train, each against the other."""

import copy
import math
import time
from collections.abc import Callable, Iterator
from numbers import Real
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib import check
from course_lib.checkpoint import Checkpoint
from course_lib.data import batches
from course_lib.language import message
from course_lib.models.gan import logits, noise
from course_lib.models.gan_losses import LOSSES, LossPair
from course_lib.processes import average_gradients, processes, share_weights, summed
from course_lib.train import check_data


class Round(NamedTuple):
    """What `duel` yields; losses and accuracies are means over the steps since the last yield.

    step: steps so far
    d_loss, g_loss: of the discriminator and of the generator
    real_right, fake_right: D's accuracy: the share of real data, and of fakes, on the right side of 0; in [0, 1].
        It says nothing with the Wasserstein loss, whose scores have no middle.
    d_gradient, g_gradient: norm of the gradient of all weights of the discriminator, of the generator, in this step
        alone: to read all gradients in every step would cost a twentieth of the time
    seconds: since training began
    generator: the one to draw with, the same module in every Round: with `ema` an average, else the one that plays
    """

    step: int
    d_loss: float
    g_loss: float
    real_right: float
    fake_right: float
    d_gradient: float
    g_gradient: float
    seconds: float
    generator: nn.Module


def duel(
    generator: nn.Module,
    discriminator: nn.Module,
    *tensors: Tensor,
    steps: int,
    losses: str | LossPair = "non_saturating",
    penalty: Callable[..., Tensor] | None = None,
    weight: float = 1.0,
    batch_size: int = 64,
    lr: float | tuple[float, float] = 2e-4,
    betas: tuple[float, float] = (0.9, 0.999),
    ema: float = 0.0,
    every: int = 100,
    seed: int = 0,
    checkpoint: Checkpoint | None = None,
) -> Iterator[Round]:
    """Train a generator and a discriminator against each other with Adam, yielding a Round every few steps.

    generator, discriminator: any modules, on the device of the tensors; see `models.gan.noise` and `logits`
    tensors: the real data (N, …), in the generator's range; further ones with N rows, such as labels, are given to
        both networks beside z and x
    steps: how many; each takes `batch_size` rows, fewer only where there are no more
    losses: a name in `models.gan_losses.LOSSES`, or a LossPair
    penalty, weight: weight · penalty(discriminator, real, fake) is added to the discriminator's loss, such as
        `models.gan_losses.flat_at_data`; None for nothing
    lr, betas: Adam's; two lr are (generator's, discriminator's)
    ema: the generator of a Round is the exponential moving average of the weights of the last 1 / (1 − ema) steps or
        so, but of no more than a tenth of all, or the first clumsy ones would count; 0 for no average. The generator
        that plays is not touched by it.
    every: steps between two yields; the last step always yields
    seed: fixes batches and noise, whatever is drawn between two yields, and torch's own random numbers at the start
    checkpoint: keeps the run at each yield that ends an epoch (N // batch_size steps), save the last; goes on from it
    raises: ValueError for bad arguments, or for data with NaN or beyond the reach of the generator's last Tanh;
        ArithmeticError where a loss is no longer finite
    Under torchrun every process trains on its share of each batch and the gradients are averaged.
    Between two yields all networks are in eval mode.
    Source: Goodfellow et al. (2014), algorithm 1; average: Yazıcı et al. (2019). Taught in: 06_gan
    """
    check.trainable("generator", generator)
    check.trainable("discriminator", discriminator)
    check.whole("steps", steps)
    check.whole("every", every)
    check.whole("seed", seed, *check.SEED)
    check.number("weight", weight)
    check.number("ema", ema, 0, 1, below=True)
    if penalty is not None:
        check.function("penalty", penalty)
    lrs = lr if isinstance(lr, tuple | list) else (lr, lr)
    if not _two_numbers(lrs, below=math.inf):
        check.refuse("lr", lr, "lr, (lr_G, lr_D)")
    if not _two_numbers(betas, below=1):
        check.refuse("betas", betas, "(β₁, β₂), 0 ≤ β < 1")
    betas = tuple(map(float, betas))  # Adam refuses betas=(0, 0.9) for its whole number
    if not isinstance(losses, LossPair) and not (isinstance(losses, str) and losses in LOSSES):
        check.refuse("losses", losses, ", ".join(map(repr, LOSSES)))
    check.kind("checkpoint", checkpoint, Checkpoint | None, "Checkpoint")
    check_data(*tensors, size=batch_size)
    last = list(generator.children())[-2:]
    shape = last[-1].unflattened_size if last and isinstance(last[-1], nn.Unflatten) else (...,)
    check.tensor("tensors[0]", tensors[0], ("N", *shape), like=next(generator.parameters()))
    if any(isinstance(layer, nn.Tanh) for layer in last):
        check.between("tensors[0]", tensors[0], -1, 1)
    noise(generator, 1, torch.Generator())  # can it be drawn? From a chance of its own: torch's is the caller's
    pair = losses if isinstance(losses, LossPair) else LOSSES[losses]
    extra = None if penalty is None else lambda *batch: weight * penalty(*batch)
    options = (pair, extra, batch_size, lrs, betas, ema, every, seed, checkpoint)
    return _duel(generator, discriminator, tensors, steps, *options)


def _two_numbers(values: object, below: float) -> bool:
    good = isinstance(values, tuple | list) and len(values) == 2
    return good and all(isinstance(value, Real) and 0 <= value < below for value in values)


def _duel(
    generator, discriminator, tensors, steps, losses, penalty, batch_size, lrs, betas, ema, every, seed, checkpoint
):
    rank, ranks = processes()
    if min(batch_size, len(tensors[0])) < ranks:
        check.refuse("batch_size", batch_size, f"≥ {ranks}")
    torch.manual_seed(seed + rank)
    chance = torch.Generator().manual_seed(seed)
    share_weights(generator)
    share_weights(discriminator)
    average = copy.deepcopy(generator) if ema else generator
    per_epoch = max(1, len(tensors[0]) // batch_size)
    fused = tensors[0].device.type in ("cpu", "cuda")
    g_optimizer, d_optimizer = (
        torch.optim.Adam(network.parameters(), lr=lr, betas=betas, fused=fused)
        for network, lr in zip((generator, discriminator), lrs, strict=True)
    )
    start, sums, since, done = time.perf_counter(), 0, 0, 0
    if checkpoint:
        networks = {"generator": generator, "discriminator": discriminator, "average": average}
        told = {"steps": steps, "rows": len(tensors[0]), "batch_size": batch_size, "betas": betas, "ema": ema}
        told |= {"lr": lrs[0] if lrs[0] == lrs[1] else lrs, "seed": seed}
        done = checkpoint.restore(told, **networks, g_optimizer=g_optimizer, d_optimizer=d_optimizer, chance=chance)
    _set_mode(True, generator, discriminator)
    try:
        for step, index in zip(range(done + 1, steps + 1), _full_batches(tensors, batch_size, chance), strict=False):
            # 1. Sample: real data and noise. Every process draws the whole batch and keeps its own rows.
            mine = index[rank::ranks]
            batch = [t[mine] for t in tensors]
            z = noise(generator, len(index), chance)[rank::ranks]
            share = len(mine) / len(index)
            told = iteration(generator, discriminator, g_optimizer, d_optimizer, losses, penalty, batch, z, share)

            if ema:
                _follow(average, generator, min(ema, step / (step + 10)))
            sums = sums + share * told
            since += 1
            if step % every == 0 or step == steps:
                for network in (generator, discriminator, average):
                    share_weights(network)  # equal already, but not what BatchNorm keeps beside the weights
                means = [summed(total) / since for total in sums]
                if not all(map(math.isfinite, means[:2])):
                    raise ArithmeticError(message("error_duel_diverged", step=step, d=means[0], g=means[1], lr=lrs))
                if checkpoint and step % per_epoch == 0 and step < steps:
                    checkpoint.save(step)
                norms = [_gradient_norm(network) for network in (discriminator, generator)]
                _set_mode(False, generator, discriminator, average)
                yield Round(step, *means, *norms, time.perf_counter() - start, average)
                _set_mode(True, generator, discriminator)
                sums, since = 0, 0
    finally:  # also where the student interrupts
        _set_mode(False, generator, discriminator, average)


def iteration(generator, discriminator, g_optimizer, d_optimizer, losses, penalty, batch, z, share=1.0) -> Tensor:
    """Steps 2 and 3 of an iteration, once real data and noise are sampled.

    batch: [real data, whatever else both networks are given]; z: noise for as many fakes
    share: of the gradient, where other processes have the rest of the batch
    returns: (4,) the two losses and D's two accuracies, in the order of Round
    Source: Goodfellow et al. (2014), algorithm 1. Taught in: 06_gan
    """
    real, *given = batch
    fake = generator(z, *given)

    # 2. Train D to tell real from fake. Detached, the fakes are mere data: no gradient reaches G.
    on_real = logits(discriminator, real, *given)
    on_fake = logits(discriminator, fake.detach(), *given)
    d_loss = losses.discriminator(on_real, on_fake)
    if penalty:
        d_loss = d_loss + penalty(discriminator, real, fake.detach(), *given)
    _learn(discriminator, d_optimizer, d_loss * share)

    # 3. Train G to be called real, by the D that has just learned. All it hears is this gradient.
    g_loss = losses.generator(logits(discriminator, fake, *given))
    _learn(generator, g_optimizer, g_loss * share)

    real_right, fake_right = (on_real > 0).float().mean(), (on_fake < 0).float().mean()
    return torch.stack([d_loss, g_loss, real_right, fake_right]).detach()


def _full_batches(tensors, size, chance) -> Iterator[Tensor]:
    """Batches without end, shuffled anew for every time through; a rest too small for a batch is left out that time."""
    size = min(size, len(tensors[0]))
    while True:
        yield from (index for index in batches(*tensors, size=size, generator=chance) if len(index) == size)


def _learn(network: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step on the weights of one network alone."""
    optimizer.zero_grad()
    weights = [w for w in network.parameters() if w.requires_grad]
    loss.backward(inputs=weights)  # not into the other network's weights, which the loss reaches too
    average_gradients(network)
    optimizer.step()


def _gradient_norm(network: nn.Module) -> float:
    """Of the gradient that `_learn` has left at the network's weights."""
    return float(nn.utils.get_total_norm([w.grad for w in network.parameters() if w.grad is not None]))


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    """average ← keep · average + (1 − keep) · network."""
    for mean, new in zip(average.parameters(), network.parameters(), strict=True):
        mean.lerp_(new, 1 - keep)
    for mean, new in zip(average.buffers(), network.buffers(), strict=True):
        mean.copy_(new)  # such as BatchNorm's, averages already


def _set_mode(training: bool, *networks: nn.Module) -> None:
    for network in networks:
        network.train(training)
