"""What lesson 06's GAN recipe makes of a given time, beside the *deep* reference: Fréchet distance, over several seeds.

COURSE_DATA=FOLDER python benchmarks/gan.py --seconds 60 --seeds 3
COURSE_DATA=FOLDER python benchmarks/gan.py --seeds 1 --epochs 50     the reference's whole 50 epochs instead

The distance is that of as many made images as there are test images, by the judge's features.
November 2026, two cores of a Xeon with AVX-512, full MNIST, 60 s: the recipe 117 ± 8 (three seeds), *deep*
902 ± 106 (three seeds), and 169 after its 50 epochs (one seed).
"""

import argparse
import statistics
import sys
from collections.abc import Iterable

import torch
from torch import Tensor

from course_lib import data, judge, metrics
from course_lib.duel import Round, duel
from course_lib.models import gan

RECIPE = {"batch_size": 32, "lr": 2e-3, "betas": (0.5, 0.999), "ema": 0.998}
REFERENCE = {"batch_size": 64, "lr": 2e-4}


def until(rounds: Iterable[Round], seconds: float) -> Round:
    """The first Round that comes after so many seconds of training, or the last one."""
    for turn in rounds:
        if turn.seconds >= seconds:
            break
    return turn


def measure(generator: torch.nn.Module, real: Tensor) -> tuple[float, float]:
    """Fréchet distance from the features `real`, and the largest share of one digit among the images made."""
    z = gan.noise(generator, len(real), torch.Generator().manual_seed(1))
    made = gan.from_tanh(metrics.through(generator, z))
    share = torch.bincount(judge.classify(made), minlength=10) / len(made)
    return metrics.frechet_distance(judge.features(made), real), float(share.max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("full", "packaged"), default="full")
    parser.add_argument("--seconds", type=float, default=60, help="of training, for each model and seed")
    parser.add_argument("--epochs", type=int, default=0, help="train only the reference, for so many epochs")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")  # whatever the locale: ± and é are not ASCII
    torch.set_num_threads(options.threads)
    digits = data.mnist(options.data)  # on the CPU, whatever else there is: the figures are for two cores
    x, real = gan.to_tanh(digits.train.images), judge.features(digits.test.images)
    models = {"deep": REFERENCE} if options.epochs else {"conv": RECIPE, "deep": REFERENCE}
    length = f"{options.epochs} epochs" if options.epochs else f"{options.seconds:g} s"
    print(f"{digits.name}, {options.threads} threads, {length} each")
    for name, settings in models.items():
        distances = []
        for seed in range(options.seeds):
            torch.manual_seed(seed)
            steps = options.epochs * (len(x) // settings["batch_size"]) or 10**9
            rounds = duel(*gan.pair(name), x, steps=steps, every=50, seed=seed, **settings)
            turn = until(rounds, float("inf") if options.epochs else options.seconds)
            distance, share = measure(turn.generator, real)
            distances.append(distance)
            seen = turn.step * settings["batch_size"] / len(x)
            print(f"{name}, seed {seed}: {turn.seconds:.0f} s, {seen:.1f} epochs, distance {distance:.1f}, {share:.0%}")
        spread = f" ± {statistics.stdev(distances):.1f}" if len(distances) > 1 else ""
        print(f"{name}: Fréchet distance {statistics.mean(distances):.1f}{spread}", flush=True)


if __name__ == "__main__":
    main()
