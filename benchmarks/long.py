"""`make bench-long`: time to quality against the reference recipes, and what a budget of seconds buys.

Training runs go two at a time, one thread each, for a number of *steps*: how many steps fit into 60 or 300 seconds on
two cores is measured beforehand, when nothing else runs. So a busy machine makes that part slower, not worse. In a
race, which compares CPU seconds, busy cores slow arithmetic more than the reading of data, and make our lead smaller.
Finished runs are kept in _build/long.jsonl, and an interrupted benchmark goes on from there.
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

from course_lib import data, judge, metrics, recipes
from course_lib.duel import duel
from course_lib.language import say
from course_lib.models import gan
from course_lib.models.autoencoders import Autoencoder
from course_lib.models.vae import VAE
from course_lib.train import fit

DONE = measure.BUILT / "long.jsonl"
SEEDS, BUDGETS = (0, 1, 2), (60, 300)
REFERENCE_EPOCHS, TUTORIAL_EPOCHS = 50, 10
LESSONS = ("denoiser", "map", "gan-conv", "translator-attention")  # with the lessons' own recipes
Scores = dict[str, float]


class Task(NamedTuple):
    """Something to learn in a given number of steps, and how well it was learned.

    train: steps, seed -> model; score: model -> what is reported
    """

    train: Callable[[int, int], nn.Module]
    score: Callable[[nn.Module], Scores]


class CoinVAE(VAE):
    """Trained on black-and-white digits: every grey pixel is a coin, thrown anew in each step."""

    def loss(self, x: Tensor):
        return super().loss(torch.bernoulli(x))


def without_epochs(recipe: recipes.Recipe) -> dict:
    """The settings of its loop, for a run of so many steps instead."""
    return {option: value for option, value in recipe.settings.items() if option != "epochs"}


def lesson(name: str, source: str) -> Task:
    """What a lesson trains, by the recipe of `python -m course_lib.train`."""
    recipe = recipes.find(name)
    task = recipe.task("packaged" if name.startswith("translator") else source, torch.device("cpu"))
    settings = without_epochs(recipe)

    def train(steps: int, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        made = recipe.make(task)
        networks = made if isinstance(made, tuple) else (made,)
        *_, last = recipe.loop(*networks, *task.train, steps=steps, seed=seed, **settings)
        return last.generator if recipe.loop is duel else made

    return Task(train, lambda model: {task.figure: task.measure(model)})


def autoencoder(digits: data.DataSet) -> Task:
    """Thirty numbers, as the deep autoencoder of Hinton and Salakhutdinov (2006) had."""

    def train(steps: int, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return trained(Autoencoder(hidden=512, code=30), digits, steps=steps, seed=seed)

    def score(model: nn.Module) -> Scores:
        test = digits.test.images
        return {"squared_error": metrics.reconstruction_error(metrics.through(model, test), test)}

    return Task(train, score)


def vae(digits: data.DataSet) -> Task:
    binary = torch.bernoulli(digits.test.images[:2000], generator=torch.Generator().manual_seed(0))

    def train(steps: int, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return trained(CoinVAE(hidden=400, latent=20), digits, steps=steps, seed=seed)

    def score(model: nn.Module) -> Scores:
        torch.manual_seed(0)
        return {name: -float(model.log_likelihood(binary, n).mean()) for name, n in (("elbo", 1), ("iw_nll", 100))}

    return Task(train, score)


def trained(model: nn.Module, digits: data.DataSet, **options) -> nn.Module:
    for _ in fit(model, digits.train.images, batch_size=128, lr=4e-3, **options):
        pass
    return model


def tasks(source: str) -> dict[str, Callable[[], Task]]:
    """Everything that is learned, made ready when it is called for."""
    made = {"autoencoder": lambda: autoencoder(data.mnist(source)), "vae": lambda: vae(data.mnist(source))}
    return made | {name: partial(lesson, name, source) for name in LESSONS}


def frechet(generator: nn.Module, real: Tensor) -> float:
    """Of as many made images as there are real ones."""
    z = gan.noise(generator, len(real), torch.Generator().manual_seed(1))
    return metrics.frechet_distance(judge.features(gan.from_tanh(metrics.through(generator, z))), judge.features(real))


def pace(task: Task, seconds: float = 4.0) -> float:
    """Steps a second on all threads, by the clock; to be taken when nothing else runs. The median of three."""
    task.train(20, 0)
    start = time.perf_counter()
    task.train(20, 0)
    steps = max(20, int(20 * seconds / (time.perf_counter() - start)))
    rates = []
    for seed in SEEDS:
        start = time.perf_counter()
        task.train(steps, seed)
        rates.append(steps / (time.perf_counter() - start))
    return sorted(rates)[1]


def quality(source: str, name: str, budget: int, steps: int, seed: int) -> Scores:
    task = tasks(source)[name]()
    return task.score(task.train(steps, seed))


def gan_race(source: str, seed: int, epochs: int = REFERENCE_EPOCHS) -> Scores:
    """The *deep* reference for all its epochs; then the lesson's recipe until it is as close to the real digits."""
    test = data.mnist(source).test.images
    torch.manual_seed(seed)
    reference, start = tutorial.deep_gan(source), time.process_time()
    for _ in range(epochs):
        generator = next(reference)
    theirs, target = time.process_time() - start, frechet(generator, test)

    x = gan.to_tanh(data.mnist(source).train.images)
    settings = without_epochs(recipes.find("gan-conv"))
    torch.manual_seed(seed)
    turns = duel(*gan.pair("conv"), x, steps=20_000, every=50, seed=seed, **settings)
    ours, start = 0.0, time.process_time()
    for turn in turns:
        ours += time.process_time() - start
        reached = frechet(turn.generator, test)  # not on our clock
        if reached <= target:
            return {"ratio": theirs / ours, "theirs": theirs, "ours": ours, "target": target, "steps": turn.step}
        start = time.process_time()
    return {"ratio": 0.0, "theirs": theirs, "ours": ours, "target": target, "steps": turn.step}  # never reached


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
        model, start = VAE(), time.process_time()
        trained(model, digits, epochs=length, seed=seed)
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
    """Jobs: every task for each budget and seed, in whole steps at its pace."""
    return [
        ("quality", source, name, budget, max(1, round(budget * rate)), seed)
        for budget in sorted(budgets)
        for seed in range(seeds)
        for name, rate in paces.items()
    ]


def finished() -> dict[str, Scores]:
    """From runs of this library; after a change in it, remove the file. A line cut short by a kill does not count."""
    lines = DONE.read_text(encoding="utf-8").splitlines() if DONE.exists() else []
    return dict(json.loads(line) for line in lines if line.endswith("]"))


def keep(key: str, scores: Scores) -> None:
    DONE.parent.mkdir(exist_ok=True)
    with DONE.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps([key, scores]) + "\n")


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
    targets = {"gan_race": "≥ 30", "vae_race": "≥ 5"}
    return [Figure(name, values, targets.get(name, "")) for name, values in sorted(found.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("full", "packaged"), default=measure.best_source())
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--only", nargs="*", default=(), help="jobs whose names begin so")
    parser.add_argument("--budgets", type=int, nargs="*", default=BUDGETS, help="seconds on two cores")
    parser.add_argument("--out", type=Path, default=measure.RESULTS / "long.json")
    options = parser.parse_args()
    done, cores = finished(), os.cpu_count() or 1
    paces = {}
    for name, task in tasks(options.data).items():
        key = json.dumps(["pace", options.data, name])
        if key not in done:
            torch.set_num_threads(min(2, cores))
            done[key] = {"steps_per_second": pace(task())}
            keep(key, done[key])
            print(f"{name}: {done[key]['steps_per_second']:.0f} steps a second", flush=True)
        paces[name] = done[key]["steps_per_second"]
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
            keep(key, done[key])
            print(key, {name: float(f"{value:.4g}") for name, value in done[key].items()}, flush=True)
    wanted = {key: scores for key, scores in done.items() if json.loads(key)[1] == options.data}
    measure.save(options.out, options.data, figures(wanted), runs=wanted)
    say(measure.table(figures(wanted)))


if __name__ == "__main__":
    main()
