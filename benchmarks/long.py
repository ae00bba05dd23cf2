"""`make bench-long`: time to quality against the reference recipes, and what a budget of seconds buys.

Training runs go two at a time, one thread each, for a number of epochs (of a GAN: of steps): how many fit into 60 or
300 seconds on two cores is measured beforehand, when nothing else runs. So a busy machine makes that part slower, not
worse. In a race, which compares CPU seconds, busy cores slow arithmetic more than the reading of data, and make our
lead smaller.
Finished runs are kept in _build/long.jsonl, and an interrupted benchmark goes on from there; after a change in the
library, remove the file.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import measure
import torch
import tutorial
from measure import Figure
from torch import Tensor, nn

from course_lib import data, measures
from course_lib.classroom.language import say
from course_lib.cli.recipes import RECIPES
from course_lib.loops import fit, fit_gan
from course_lib.measures import judge
from course_lib.models.autoencoders import Autoencoder, dense
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import from_tanh, to_tanh
from course_lib.models.vae import VAE

DONE = measure.BUILT / "long.jsonl"
SEEDS, BUDGETS = (0, 1, 2), (60, 300)
REFERENCE_EPOCHS, TUTORIAL_EPOCHS = 50, 10
LESSONS = ("denoiser", "map", "gan-clusters", "translator-attention")  # with the lessons' own recipes
Scores = dict[str, float]


class Task(NamedTuple):
    """Something to learn in a given number of epochs, or of steps where it is a GAN, and how well it was learned.

    train: length, seed -> model; score: model -> what is reported; taste: a length that shows the pace
    """

    train: Callable[[int, int], nn.Module]
    score: Callable[[nn.Module], Scores]
    taste: int = 1


class CoinVAE(VAE):
    """Trained on black-and-white digits: every grey pixel is a coin, thrown anew in each step."""

    def loss(self, x: Tensor):
        return super().loss(torch.bernoulli(x))


def lesson(name: str, source: str) -> Task:
    """What a lesson trains, by the recipe of `python -m course_lib.cli.train`."""
    recipe = RECIPES[name]
    task = recipe.task("packaged" if name.startswith("translator") else source, torch.device("cpu"))
    loop, unit, taste = (fit_gan, "steps", 100) if "steps" in recipe.settings else (fit, "epochs", 1)

    def train(length: int, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        model = recipe.make(task)
        for _ in loop(model, *task.train, seed=seed, **recipe.settings | {unit: length}):
            pass
        return model

    return Task(train, lambda model: {task.figure: task.measure(model)}, taste)


def autoencoder(digits: data.DataSet) -> Task:
    """Thirty numbers, as the deep autoencoder of Hinton and Salakhutdinov (2006) had."""

    def train(epochs: int, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return trained(Autoencoder(*dense(hidden=(512,), latent_dim=30)), digits, epochs, seed)

    def score(model: nn.Module) -> Scores:
        test = digits.test.images
        return {"squared_error": measures.reconstruction_error(measures.predict(model, test), test)}

    return Task(train, score)


def vae(digits: data.DataSet) -> Task:
    binary = torch.bernoulli(digits.test.images[:2000], generator=torch.Generator().manual_seed(0))

    def train(epochs: int, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return trained(CoinVAE(*dense(hidden=(400,), latent_dim=20)), digits, epochs, seed)

    def score(model: nn.Module) -> Scores:
        torch.manual_seed(0)
        return {name: -float(model.log_likelihood(binary, n).mean()) for name, n in (("elbo", 1), ("iw_nll", 100))}

    return Task(train, score)


def trained(model: nn.Module, digits: data.DataSet, epochs: int, seed: int) -> nn.Module:
    for _ in fit(model, digits.train.images, epochs=epochs, batch_size=128, lr=4e-3, seed=seed):
        pass
    return model


def tasks(source: str) -> dict[str, Callable[[], Task]]:
    """Everything that is learned, made ready when it is called for."""
    made = {"autoencoder": lambda: autoencoder(data.mnist(source)), "vae": lambda: vae(data.mnist(source))}
    return made | {name: partial(lesson, name, source) for name in LESSONS}


def frechet(generator: nn.Module, latent_dim: int, real: Tensor, *condition: Tensor) -> float:
    """Of as many generated images as there are real ones. condition: of the training images, drawn from at random."""
    rng = torch.Generator().manual_seed(1)
    z = torch.randn(len(real), latent_dim, generator=rng)
    given = [rows[torch.randint(len(rows), (len(z),), generator=rng)] for rows in condition]
    made = from_tanh(measures.predict(generator, z, *given))
    return measures.frechet_distance(judge.features(made), judge.features(real))


def pace(task: Task) -> float:
    """Epochs (or steps) a second on all threads, by the clock, when nothing else runs. The median of three."""
    task.train(task.taste, 0)  # what only the first training loads
    rates = []
    for seed in SEEDS:
        start = time.perf_counter()
        task.train(task.taste, seed)
        rates.append(task.taste / (time.perf_counter() - start))
    return sorted(rates)[1]


def quality(source: str, name: str, budget: int, length: int, seed: int) -> Scores:
    task = tasks(source)[name]()
    return task.score(task.train(length, seed))


def gan_race(source: str, seed: int, epochs: int = REFERENCE_EPOCHS) -> Scores:
    """The *deep* reference for all its epochs; then the lesson's recipe until it is as close to the real digits."""
    test = data.mnist(source).test.images
    torch.manual_seed(seed)
    reference, start = tutorial.deep_gan(source), time.process_time()
    for _ in range(epochs):
        generator = next(reference)
    theirs, target = time.process_time() - start, frechet(generator, 100, test)

    x, recipe = to_tanh(data.mnist(source).train.images), RECIPES["gan-clusters"]
    ours, start = 0.0, time.process_time()
    clusters = data.clusters(x)
    torch.manual_seed(seed)
    gan: GAN = recipe.make(None)
    for report in fit_gan(gan, x, clusters, seed=seed, **recipe.settings | {"steps": 20_000, "every": 50}):
        ours += time.process_time() - start
        reached = frechet(gan.average, gan.latent_dim, test, clusters)  # not on our clock
        if reached <= target:
            return {"ratio": theirs / ours, "theirs": theirs, "ours": ours, "target": target, "steps": report.done}
        start = time.process_time()
    return {"ratio": 0.0, "theirs": theirs, "ours": ours, "target": target, "steps": report.done}  # never reached


@torch.no_grad()
def nats_grey(model: VAE, x: Tensor) -> float:
    """BCE + KL per image on grey pixels: no likelihood, but what the tutorial reports."""
    torch.manual_seed(0)
    return sum(float(model.loss(part)[0]) * len(part) for part in x.split(1000)) / len(x)


def vae_race(source: str, seed: int, epochs: int = TUTORIAL_EPOCHS) -> Scores:
    """The tutorial VAE for its epochs; then ours, in the shortest run of whole epochs that ends with a loss as low."""
    digits = data.mnist(source)
    torch.manual_seed(seed)
    tutorials, start = tutorial.vae(source), time.process_time()
    for _ in range(epochs):
        model = next(tutorials)
    theirs, target = time.process_time() - start, nats_grey(model, digits.test.images)
    for length in range(1, 2 * epochs):
        torch.manual_seed(seed)
        model, start = VAE(*dense(hidden=(400,), latent_dim=20)), time.process_time()
        trained(model, digits, length, seed)
        ours = time.process_time() - start
        if nats_grey(model, digits.test.images) <= target:
            return {"ratio": theirs / ours, "theirs": theirs, "ours": ours, "target": target, "epochs": length}
    return {"ratio": 0.0, "theirs": theirs, "ours": ours, "target": target, "epochs": length}


RACES = {"gan_race": gan_race, "vae_race": vae_race}
JOBS = {**RACES, "quality": quality}


def run(job: str, *arguments) -> Scores:
    torch.set_num_threads(1)
    return JOBS[job](*arguments)


def qualities(source: str, paces: dict[str, float], budgets: Sequence[int], seeds: int) -> list[tuple]:
    """Jobs: every task for each budget and seed, in whole epochs (or steps) that fit in at its pace."""
    return [
        ("quality", source, name, budget, max(1, int(budget * rate)), seed)
        for budget in sorted(budgets)
        for seed in range(seeds)
        for name, rate in paces.items()
    ]


def figures(done: dict[str, Scores]) -> list[Figure]:
    """What is there so far; jobs of one name and different seeds become one figure."""
    found: dict[str, list[float]] = {}
    for key, scores in done.items():
        job, *details = json.loads(key)
        if job in RACES:
            found.setdefault(job, []).append(scores["ratio"])
        elif job == "quality":
            _, _, budget, _, _ = details
            for score, value in scores.items():
                found.setdefault(f"{score}_{budget}", []).append(value)
    targets = {"gan_race": "≥ 60", "vae_race": "≥ 5"}
    return [Figure(name, values, targets.get(name, "")) for name, values in sorted(found.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("full", "packaged"), default=measure.best_source())
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--only", nargs="*", default=(), help="jobs whose names begin so")
    parser.add_argument("--budgets", type=int, nargs="*", default=BUDGETS, help="seconds on two cores")
    parser.add_argument("--out", type=Path, default=measure.RESULTS / "long.json")
    options = parser.parse_args()
    done, cores = measure.finished(DONE), os.cpu_count() or 1
    paces = {}
    for name, task in tasks(options.data).items():
        key = json.dumps(["pace", options.data, name])
        if key not in done:
            torch.set_num_threads(min(2, cores))
            done[key] = {"per_second": pace(task())}
            measure.keep(DONE, key, done[key])
            print(f"{name}: {done[key]['per_second']:.3g} a second", flush=True)
        paces[name] = done[key]["per_second"]
    races = [(race, options.data, seed) for race in RACES for seed in range(options.seeds)]
    jobs = [*races, *qualities(options.data, paces, options.budgets, options.seeds)]
    left = [job for job in jobs if json.dumps(job) not in done and job[0].startswith(tuple(options.only or [""]))]
    with ProcessPoolExecutor(min(2, cores), mp_context=get_context("spawn")) as pool:
        running = {pool.submit(run, *job): json.dumps(job) for job in left}
        for future in as_completed(running):
            key = running[future]
            if future.exception():
                print(key, "failed:", future.exception(), flush=True)
                continue
            done[key] = future.result()
            measure.keep(DONE, key, done[key])
            print(key, {name: float(f"{value:.4g}") for name, value in done[key].items()}, flush=True)
    wanted = {key: scores for key, scores in done.items() if json.loads(key)[1] == options.data}
    measure.save(options.out, options.data, figures(wanted), runs=wanted)
    say(measure.table(figures(wanted)))


if __name__ == "__main__":
    main()
