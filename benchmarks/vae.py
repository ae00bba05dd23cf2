"""What the reference VAE (784-400-20) learns in a given time: test loss in nats per image, over several seeds.

COURSE_DATA=FOLDER python benchmarks/vae.py --seconds 60 --seeds 3

November 2026, two cores of a Xeon with AVX-512, full MNIST, 60 s, three seeds: 102.4 ± 0.3 nats, 16 to 18 epochs.
OMP_WAIT_POLICY must not be PASSIVE here: with steps of some milliseconds it makes two threads slower than one.
"""

import argparse
import statistics
import sys

import torch

from course_lib import data, judge, metrics
from course_lib.models.vae import VAE
from course_lib.train import fit


@torch.no_grad()
def measure(model: VAE, x: torch.Tensor) -> float:
    """Mean BCE + KL per image, one draw of z each; on grey pixels no likelihood, but the number usually reported."""
    return sum(float(model.loss(part)[0]) * len(part) for part in x.split(1000)) / len(x)


def sample_distance(model: VAE, x: torch.Tensor) -> float:
    """Fréchet distance of as many samples as there are images in x."""
    z = torch.randn(len(x), model.log_var.out_features)
    return metrics.frechet_distance(judge.features(metrics.through(model.decoder, z)), judge.features(x))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("full", "packaged"), default="full")
    parser.add_argument("--seconds", type=float, default=60, help="of training, for each seed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")  # whatever the locale: ± and é are not ASCII
    torch.set_num_threads(options.threads)
    digits = data.mnist(options.data)  # on the CPU, whatever else there is: the figures are for two cores
    print(f"{digits.name}, {options.threads} threads, {options.seconds:g} s each")
    losses = []
    for seed in range(options.seeds):
        torch.manual_seed(seed)
        model = VAE(hidden=400, latent=20)
        [*_, step] = fit(model, digits.train.images, seconds=options.seconds, batch_size=128, lr=4e-3, seed=seed)
        losses.append(measure(model, digits.test.images))
        distance = sample_distance(model, digits.test.images)
        print(f"seed {seed}: {step.epoch} epochs, BCE + KL {losses[-1]:.2f} nats, Fréchet distance {distance:.0f}")
    spread = f" ± {statistics.stdev(losses):.2f}" if len(losses) > 1 else ""
    print(f"test BCE + KL: {statistics.mean(losses):.2f}{spread} nats per image")


if __name__ == "__main__":
    main()
