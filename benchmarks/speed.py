"""Our loops beside tutorial-style ones: feeding, overhead, whole epochs, and how much of the time is arithmetic."""

import statistics
from collections.abc import Callable, Iterator
from functools import partial

import torch
import tutorial
from measure import REPEATS, Figure, ratios, side_by_side
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib import data
from course_lib.loops import fit, fit_gan
from course_lib.models.autoencoders import Autoencoder, dense
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import pair, to_tanh
from course_lib.models.vae import VAE


def exhaust(steps: Iterator) -> None:
    for _ in steps:
        pass


def feeding(source: str, x: Tensor) -> list[Figure]:
    """Once through the data, touching each batch; nothing is trained."""

    def ours():
        for _ in range(10):  # ten times, for a time that can be measured
            for index in torch.randperm(len(x)).split(64):
                _ = x[index]

    loader = tutorial.loader(source, 64)
    theirs, times = side_by_side(REPEATS, lambda: exhaust(loader), ours)
    return [Figure("feeding", [10 * ratio for ratio in ratios(theirs, times)], "≥ 30")]


def bare_fit(model: nn.Module, x: Tensor, steps: int, batch_size: int = 64) -> None:
    """What `fit` is without measuring anything."""
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    model.train()
    while steps:
        for index in torch.randperm(len(x)).split(batch_size)[:steps]:
            loss, _ = model.loss(x[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps -= 1


def bare_fit_gan(
    gan: GAN, x: Tensor, steps: int, batch_size: int = 64, lr: tuple[float, float] = (2e-4, 2e-4), betas=(0.9, 0.999)
) -> None:
    """What `fit_gan` is without measuring anything, for a GAN without variants."""
    bce, (generator, discriminator) = nn.functional.binary_cross_entropy_with_logits, (gan.generator, gan.discriminator)
    g_optimizer, d_optimizer = (
        torch.optim.Adam(network.parameters(), each, betas, fused=True)
        for network, each in zip((generator, discriminator), lr, strict=True)
    )
    ones, zeros = torch.ones(batch_size, 1), torch.zeros(batch_size, 1)
    gan.train()
    for _ in range(steps):
        index = torch.randint(len(x), (batch_size,))
        fake = generator(torch.randn(batch_size, gan.latent_dim))
        d_loss = bce(discriminator(x[index]), ones) + bce(discriminator(fake.detach()), zeros)
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()
        g_loss = bce(discriminator(fake), ones)
        g_optimizer.zero_grad()
        g_loss.backward(inputs=list(generator.parameters()))
        g_optimizer.step()


def overhead(x: Tensor) -> list[Figure]:
    """Seconds of our loop over those of a bare one at as many of the same steps, on as many images as a lesson has.

    A few per cent are less than what the machine does between two runs: so each repeat is the median of ten turns, in
    which both run one after the other. And the bare loop runs beside itself as well: what differs there is chance.
    """
    few, symmetric = x[:4000], to_tanh(x[:4000])
    pairs: dict[str, tuple[Callable, Callable]] = {
        "overhead_fit": (
            lambda: exhaust(fit(Autoencoder(*dense()), few, epochs=10)),
            lambda: bare_fit(Autoencoder(*dense()), few, steps=10 * 63),
        ),
        "overhead_fit_gan": (
            lambda: exhaust(fit_gan(GAN(*pair("deep")), symmetric, steps=124)),  # as many images as in two epochs
            lambda: bare_fit_gan(GAN(*pair("deep")), symmetric, steps=124),
        ),
    }
    figures = []
    for name, (ours, bare) in pairs.items():
        with_us, without, again = side_by_side(10 * REPEATS, ours, bare, bare)
        for compared, turns, target in ((name, with_us, "≤ 1.03"), (f"chance{name[8:]}", again, "")):
            each = ratios(turns, without)
            middle = [statistics.median(each[repeat::REPEATS]) for repeat in range(REPEATS)]
            figures.append(Figure(compared, middle, target))
    return figures


def gemm_peak(size: int = 1024) -> float:
    """Floating-point operations in a second of the best of many large matrix products."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    [times] = side_by_side(30, lambda: a @ b)
    return 2 * size**3 / min(times)


def epochs(source: str, x: Tensor) -> list[Figure]:
    """Tutorial seconds over ours for an epoch of the same model, batch size and precision; and ours over arithmetic."""
    symmetric = to_tanh(x)
    autoencoder, vae, deep = tutorial.autoencoder(source), tutorial.vae(source), tutorial.deep_gan(source)
    wide = partial(dense, hidden=(400,), latent_dim=20)
    ours = {
        "autoencoder": (autoencoder, lambda rows: fit(Autoencoder(*dense()), x[:rows], epochs=1), "≥ 3"),
        "vae": (vae, lambda rows: fit(VAE(*wide()), x[:rows], epochs=1, batch_size=128), "≥ 2"),
        "deep": (deep, lambda rows: fit_gan(GAN(*pair("deep")), symmetric[:rows], steps=-(-rows // 64)), "≥ 1.5"),
    }
    peak, figures = gemm_peak(), []
    for name, (theirs, train, target) in ours.items():
        with FlopCounterMode(display=False) as counter:
            exhaust(train(1280))  # 20 batches of 64, 10 of 128
        operations = counter.get_total_flops() * len(x) / 1280
        slow, fast = side_by_side(REPEATS, lambda theirs=theirs: next(theirs), lambda t=train: exhaust(t(len(x))))
        figures.append(Figure(f"epoch_{name}", ratios(slow, fast), target))
        figures.append(Figure(f"arithmetic_{name}", [operations / peak / seconds for seconds in fast]))
    # `operations` are now those of the last, *deep*; the tutorial's are counted on the packaged digits.
    with FlopCounterMode(display=False) as theirs, torch.random.fork_rng():
        next(tutorial.deep_gan("packaged"))
    figures.append(Figure("work_deep", [theirs.get_total_flops() / 4000 * len(x) / operations]))
    return figures


def measure(source: str) -> list[Figure]:
    x = data.mnist(source).train.images
    return [*feeding(source, x), *overhead(x), *epochs(source, x)]
