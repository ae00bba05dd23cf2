"""The two training loops. Each is a generator: it trains, and yields what it measured; all else is the caller's.

for report in fit(model, images, epochs=3):  # without a `for`, a generator does nothing at all
    print(report.means["loss"])
"""

from collections.abc import Iterable, Iterator
from math import ceil, isfinite
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from course_lib.need import same_rows

# Adam's averages for dead units sink below 1e-38, where a CPU takes several times as long; counted as 0 they leave the
# weights as they are. Not in a loop: threads that torch has begun would not hear of it.
torch.set_flush_denormal(True)


class Report(NamedTuple):
    """What a loop yields.

    done, total: epochs of `fit`, steps of `fit_gan`
    means: of the loss, and of everything else that the model named, since the last report
    """

    done: int
    total: int
    means: dict[str, float]


def fit(
    model: nn.Module,
    *data: Tensor,
    epochs: int,
    batch_size: int = 64,
    lr: float = 1e-3,
    decay: bool = True,
    seed: int = 0,
    optimizer: Optimizer | None = None,
    start: int = 0,
) -> Iterator[Report]:
    """Train `model` with Adam on `model.loss(*batch) -> (loss, parts)`, yielding a Report after every epoch.

    data: one or more tensors with N rows each, on the model's device; a batch takes the same rows of all
    lr: Adam's step size; with `decay` it falls in a straight line to 0
    seed: of the order of the batches and of all random numbers, set anew for every epoch
    optimizer, start: to go on with a run: its optimizer, whose lr `decay` sets anew, and how many epochs are done
    raises: ArithmeticError where the loss is no longer finite, ValueError for data of unequal length
    Between two yields the model is in eval mode. Taught in: 02_autoencoder
    """
    optimizer = optimizer or Adam(model.parameters(), lr, fused=True)
    rows = same_rows(*data)
    per_epoch = ceil(rows / batch_size)
    for epoch in range(start, epochs):
        torch.manual_seed(hash((seed, epoch)))  # so that one can go on from any epoch
        model.train()
        seen = []
        for n, index in enumerate(torch.randperm(rows).to(data[0].device).split(batch_size)):
            if decay:
                optimizer.param_groups[0]["lr"] = lr * (1 - (epoch + n / per_epoch) / epochs)
            loss, parts = model.loss(*(x[index] for x in data))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seen.append((len(index), loss.detach(), *(part.detach() for part in parts.values())))
        model.eval()
        yield Report(epoch + 1, epochs, _means(["loss", *parts], seen))


def fit_gan(
    gan: nn.Module,
    *data: Tensor,
    steps: int,
    batch_size: int = 64,
    lr: float | tuple[float, float] = 2e-4,
    betas: tuple[float, float] = (0.9, 0.999),
    d_steps: int = 1,
    every: int = 100,
    seed: int = 0,
    optimizers: tuple[Optimizer, Optimizer] | None = None,
    start: int = 0,
) -> Iterator[Report]:
    """Train a generator and a discriminator in turns, each with its own Adam, yielding a Report every few steps.

    gan: two networks and what each of them minimises, as `models.gan.GAN`: `generator`, `discriminator`,
        `fake(*batch)`, `d_loss(fake, *batch)` and `g_loss(fake, *batch)`, both -> (loss, parts), `update_average()`
    data: one or more tensors with N rows each: the real data, then whatever else both networks are given
    lr, betas: Adam's; two lr are (generator's, discriminator's)
    d_steps: how often the discriminator learns for each step of the generator; the last time is reported
    every: steps between two Reports; the last step always has one
    seed: of the batches and of all random numbers, set anew for every Report
    optimizers, start: to go on with a run: (generator's, discriminator's), and how many of the steps are done
    raises: ArithmeticError where a loss is no longer finite, ValueError for data of unequal length
    Between two yields all networks are in eval mode.
    Source: Goodfellow et al. (2014), algorithm 1. Taught in: 06_gan
    """
    rows = same_rows(*data)
    g_lr, d_lr = lr if isinstance(lr, tuple) else (lr, lr)
    g_weights = [weight for weight in gan.generator.parameters() if weight.requires_grad]
    g_optimizer, d_optimizer = optimizers or (
        Adam(g_weights, g_lr, betas, fused=True),
        Adam(gan.discriminator.parameters(), d_lr, betas, fused=True),
    )
    for done in range(start, steps, every):
        torch.manual_seed(hash((seed, done)))  # so that one can go on from any report
        gan.train()
        seen, end = [], min(done + every, steps)
        for _ in range(done, end):
            for _ in range(d_steps):
                # 1. Sample real data, and make as many fakes.
                index = torch.randint(rows, (batch_size,)).to(data[0].device)
                batch = [x[index] for x in data]
                fake = gan.fake(*batch)
                # 2. Train the discriminator to tell real from fake.
                d_loss, d_parts = gan.d_loss(fake, *batch)
                d_optimizer.zero_grad()
                d_loss.backward()
                d_optimizer.step()
            # 3. Train the generator to be called real, by the discriminator that has just learned.
            g_loss, g_parts = gan.g_loss(fake, *batch)
            g_optimizer.zero_grad()
            g_loss.backward(inputs=g_weights)  # not into the discriminator's weights, which the loss reaches too
            g_optimizer.step()
            gan.update_average()
            parts = {"d_loss": d_loss, "g_loss": g_loss, **d_parts, **g_parts}
            seen.append((batch_size, *(part.detach() for part in parts.values())))
        gan.eval()
        yield Report(end, steps, _means(parts, seen))


def _means(names: Iterable[str], seen: list[tuple]) -> dict[str, float]:
    """Means over all rows of (rows, number, …) of every step: read here, for in the loop a GPU would have to wait.

    raises: ArithmeticError that names them, for NaN or infinity
    """
    rows, *numbers = zip(*seen, strict=True)
    values = torch.stack([torch.stack(each) for each in numbers])  # (names, steps)
    means = values.float() @ torch.tensor(rows).to(values.device, torch.float32) / sum(rows)
    means = dict(zip(names, means.tolist(), strict=True))
    if not all(map(isfinite, means.values())):
        said = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
        raise ArithmeticError(f"training diverged ({said}): take a smaller lr, and look for NaN in the data")
    return means
