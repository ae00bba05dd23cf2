"""`make bench-long`: GAN, VAE and diffusion on one budget, and on ten times as much, as lesson 09 reports it.

Every model draws digits after about as many CPU seconds of one thread, on the same 4,000 images and with about as many
weights. How many epochs or steps that is was measured beforehand and stands here, so that a run can be repeated.
All of it takes about two hours on one core. Finished runs are kept in _build/one_budget.jsonl, and an interrupted
benchmark goes on from there; after a change of a recipe, remove the file.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import measure
import torch
from gan_ablation import RECIPE, Augmented
from sklearn.mixture import GaussianMixture
from torch import Tensor

from course_lib import data, measures
from course_lib.loops import fit, fit_gan
from course_lib.measures import judge
from course_lib.models.autoencoders import Autoencoder, dense
from course_lib.models.diffusion import Diffusion, TimeMLP
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import from_tanh, pair, to_tanh
from course_lib.models.vae import VAE

DONE = measure.BUILT / "one_budget.jsonl"
SEEDS, TIMES = (0, 1, 2), (1, 10)
COUNT, CLUSTERS, LATENT = 1000, 50, 32
Scores = dict[str, float]


class Drawn(NamedTuple):
    """Digits that a model drew, and what it cost.

    images: (1000, 1, 28, 28) in [0, 1]
    weights: how many are trained; sampling: CPU seconds for these images
    more: what only this model can say of itself, worked out when it is asked for
    """

    images: Tensor
    weights: int
    sampling: float
    more: Mapping[str, Callable[[], float]] = MappingProxyType({})


@cache
def digits() -> data.DataSet:
    return data.mnist("packaged")


@cache
def clusters() -> Tensor:
    return data.clusters(digits().train.images, CLUSTERS)


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def as_often() -> Tensor:
    """Clusters for as many images, as often as in the training images: (1000,)."""
    return clusters()[torch.randint(len(clusters()), (COUNT,), generator=rng())]


def drawn(draw: Callable[[], Tensor], *trained: torch.nn.Module) -> Drawn:
    draw()  # what only the first call loads
    start = time.process_time()
    images = draw()
    seconds = time.process_time() - start
    return Drawn(images.view(-1, 1, 28, 28).clamp(0, 1), sum(map(measures.count_parameters, trained)), seconds)


def autoencoder(epochs: int, seed: int) -> tuple[Autoencoder, Tensor, Tensor, Tensor]:
    """Lesson 02's, its codes with mean 0 and variance 1, and what brought them there: mean and standard deviation."""
    model = Autoencoder(*dense(latent_dim=LATENT))
    for _ in fit(model, digits().train.images, epochs=epochs, batch_size=128, lr=5e-3, seed=seed):
        pass
    codes = measures.predict(model.encoder, digits().train.images)
    mean, std = codes.mean(dim=0), codes.std(dim=0)
    return model, (codes - mean) / std, mean, std


def gaussians(codes: Tensor, count: int = 200) -> Callable[[], Tensor]:
    """New codes from a mixture of Gaussians: the classical way to draw from a cloud of points."""
    found = GaussianMixture(count, reg_covar=0.05, random_state=0).fit(codes.double().numpy())
    return lambda: torch.from_numpy(found.sample(COUNT)[0]).float()


def rebuilt(times: int, seed: int) -> Drawn:
    """No generator: the held-out digits through the autoencoder."""
    model, *_ = autoencoder(40 * times, seed)
    return drawn(lambda: measures.predict(model, digits().test.images), model)


def copied(times: int, seed: int) -> Drawn:
    """No generator: training digits through the autoencoder, as if their codes had been learned by heart."""
    model, *_ = autoencoder(40 * times, seed)
    return drawn(lambda: measures.predict(model, digits().train.images[:COUNT]), model)


def mixture(times: int, seed: int) -> Drawn:
    """Rival without a network for the codes; the autoencoder has all the time."""
    model, codes, mean, std = autoencoder(130 * times, seed)
    new = gaussians(codes)
    return drawn(lambda: measures.predict(model.decoder, new() * std + mean), model)


class Epsilon(Diffusion):
    """The network is asked for the noise; where x follows by a division by nearly 0, it is kept within reach."""

    def target(self, x: Tensor, epsilon: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
        return epsilon

    def solved(self, x_t: Tensor, answer: Tensor, signal: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        clean = ((x_t - noise * answer) / signal.clamp(min=1e-3)).clamp(-3, 3)
        return clean, (x_t - signal * clean) / noise


class Clean(Diffusion):
    """The network is asked for the clean x, as lesson 03's denoiser was."""

    def target(self, x: Tensor, epsilon: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
        return x

    def solved(self, x_t: Tensor, answer: Tensor, signal: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        return answer, (x_t - signal * answer) / noise


def diffusion(times: int, seed: int, guidance: float | None = None, kind: type[Diffusion] = Diffusion) -> Drawn:
    """Of the autoencoder's codes. guidance: how strongly it follows the clusters, None: it is not told them."""
    model, codes, mean, std = autoencoder(40 * times, seed)
    torch.manual_seed(seed)
    network = TimeMLP(LATENT, width=128, classes=CLUSTERS if guidance else 0)
    prior, given = kind(network, LATENT), [clusters()] if guidance else []
    for _ in fit(prior, codes, *given, epochs=140 * times, batch_size=256, lr=8e-3, seed=seed):
        pass

    def draw() -> Tensor:
        label = as_often() if guidance else None
        codes = prior.sample(COUNT, label, guidance=guidance or 1.0, rng=rng())
        return measures.predict(model.decoder, codes * std + mean)

    return drawn(draw, model, prior)


def told(times: int, seed: int) -> Drawn:
    return diffusion(times, seed, guidance=1.0)


def guided(times: int, seed: int) -> Drawn:
    return diffusion(times, seed, guidance=2.0)


def epsilon(times: int, seed: int) -> Drawn:
    return diffusion(times, seed, kind=Epsilon)


def clean(times: int, seed: int) -> Drawn:
    return diffusion(times, seed, kind=Clean)


def pixels(times: int, seed: int, kind: type[Diffusion] = Clean) -> Drawn:
    """Diffusion without an autoencoder, of all 784 pixels, at its best: 128 hidden numbers cannot carry their noise."""
    x = digits().train.images.flatten(1)
    mean, std = x.mean(), x.std()
    prior = kind(TimeMLP(784, width=128), 784)
    for _ in fit(prior, (x - mean) / std, epochs=90 * times, batch_size=256, lr=4e-3, seed=seed):
        pass
    return drawn(lambda: prior.sample(COUNT, steps=50, rng=rng()) * std + mean, prior)


def pixels_v(times: int, seed: int) -> Drawn:
    """Asked for v, as on codes."""
    return pixels(times, seed, Diffusion)


def trained_vae(times: int, seed: int) -> VAE:
    model = VAE(*dense(hidden=(160,), latent_dim=20))
    for _ in fit(model, digits().train.images, epochs=60 * times, lr=5e-3, seed=seed):
        pass
    return model


def vae(times: int, seed: int) -> Drawn:
    """Lesson 05's, and the likelihood of black-and-white digits in nats, by importance sampling with 100 codes."""
    model = trained_vae(times, seed)
    binary = torch.bernoulli(digits().test.images, generator=torch.Generator().manual_seed(0))

    def nats() -> float:
        torch.manual_seed(0)
        return float(model.log_likelihood(binary, 100).mean())

    made = drawn(lambda: measures.predict(model.decoder, torch.randn(COUNT, 20, generator=rng())), model)
    return made._replace(more={"nats": nats})


def vae_mixture(times: int, seed: int) -> Drawn:
    """The VAE at its best: codes not from N(0, I) but from where the training images are."""
    model = trained_vae(times, seed)
    new = gaussians(measures.predict(model.encoder, digits().train.images))
    return drawn(lambda: measures.predict(model.decoder, new()), model)


def gan(times: int, seed: int, heaps: bool = True, kind: type[GAN] = GAN) -> Drawn:
    """Lesson 06's. kind: Augmented is the best of all that lesson 06b adds to it."""
    given = [clusters()] if heaps else []
    networks = pair("dcgan", latent_dim=64, classes=CLUSTERS if heaps else 0)
    model = kind(*networks, latent_dim=64, ema=0.998)
    steps = (850 if kind is Augmented else 900) * times  # bending takes a little longer
    for _ in fit_gan(model, to_tanh(digits().train.images), *given, steps=steps, seed=seed, **RECIPE):
        pass
    label = [as_often()] if heaps else []
    return drawn(lambda: from_tanh(measures.predict(model.average, model.noise(COUNT, rng()), *label)), *networks)


def gan_plain(times: int, seed: int) -> Drawn:
    return gan(times, seed, heaps=False)


def gan_bent(times: int, seed: int) -> Drawn:
    return gan(times, seed, kind=Augmented)


# On both budgets; on one alone.
ROWS = vae, vae_mixture, gan_plain, gan_bent, diffusion, told, guided, mixture, rebuilt
ONCE = gan, pixels, pixels_v, epsilon, clean, copied


def measured(images: Tensor) -> Scores:
    """Distance to as many held-out digits, quality and coverage, how surely they are read, how grey their ink is."""
    train, test = digits().train.images, digits().test.images
    features, real = judge.features(images), judge.features(test)
    precision, recall = measures.precision_recall(real, features)
    return {
        "frechet": measures.frechet_distance(features, real),
        "precision": precision,
        "recall": recall,
        "confident": float((judge.confidence(images) > 0.9).float().mean()),
        "grey": float((images[images > 0.1] < 0.9).float().mean()),
        # How near to the training images, beside how near held-out digits are: far below 1 it has learned by heart.
        "nearest": float(nearest(images, train).median() / nearest(test, train).median()),
    }


def nearest(images: Tensor, among: Tensor) -> Tensor:
    return torch.cdist(images.flatten(1), among.flatten(1)).amin(dim=1)


def run(name: str, times: int, seed: int) -> Scores:
    torch.set_num_threads(1)
    digits()
    clusters.cache_clear()  # k-means is on the clock of those who use it
    torch.manual_seed(seed)
    start = time.process_time()
    made = {row.__name__: row for row in ROWS + ONCE}[name](times, seed)
    seconds = time.process_time() - start - 2 * made.sampling
    costs = {"seconds": seconds, "sampling": made.sampling, "weights": made.weights}
    return measured(made.images) | costs | {score: ask() for score, ask in made.more.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help="rows")
    parser.add_argument("--times", type=int, nargs="*", default=TIMES)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="*", default=SEEDS)
    parser.add_argument("--out", type=Path, default=measure.RESULTS / "one_budget.json")
    options = parser.parse_args()
    done = measure.finished(DONE)
    rows = [(row.__name__, times) for times in options.times for row in (ROWS + ONCE if times == 1 else ROWS)]
    jobs = [(*row, seed) for seed in options.seeds for row in rows if row[0] in (options.only or row)]
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(run, *job): job for job in jobs if json.dumps(job) not in done}
        for future in as_completed(running):
            done[json.dumps(running[future])] = scores = future.result()
            measure.keep(DONE, json.dumps(running[future]), scores)
            print(*running[future], {key: float(f"{value:.3g}") for key, value in scores.items()}, flush=True)
    measure.save(options.out, "packaged", [], runs=done)


if __name__ == "__main__":
    main()
