"""What the reference VAE (784-400-20) learns in a given time on full MNIST: test loss in nats per image.

COURSE_DATA=FOLDER python benchmarks/vae.py --seconds 60 --seeds 3
"""

import argparse
import statistics

import torch

from course_lib import data, judge, metrics
from course_lib.models.vae import VAE
from course_lib.train import fit


@torch.no_grad()
def test_loss(model: VAE, x: torch.Tensor) -> float:
    """BCE + KL per image: the mean of −ELBO over x where pixels are grey, as everybody reports it."""
    return sum(float(model.loss(part)[0]) * len(part) for part in x.split(1000)) / len(x)


def sample_distance(model: VAE, x: torch.Tensor) -> float:
    """Fréchet distance of as many samples as there are images in x."""
    z = torch.randn(len(x), model.log_var.out_features, device=x.device)
    return metrics.frechet_distance(judge.features(metrics.through(model.decoder, z)), judge.features(x))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    digits = data.mnist("full", data.best_device())
    print(f"{digits.name}, {torch.get_num_threads()} threads, {options.seconds:g} s each")
    losses = []
    for seed in range(options.seeds):
        torch.manual_seed(seed)
        model = VAE(hidden=400, latent=20).to(digits.train.images.device)
        [*_, step] = fit(model, digits.train.images, seconds=options.seconds, batch_size=128, lr=2e-3, seed=seed)
        losses.append(test_loss(model, digits.test.images))
        distance = sample_distance(model, digits.test.images)
        print(f"seed {seed}: {step.epoch} epochs, test BCE + KL {losses[-1]:.2f} nats, Fréchet distance {distance:.0f}")
    spread = statistics.stdev(losses) if len(losses) > 1 else 0.0
    print(f"test BCE + KL: {statistics.mean(losses):.2f} ± {spread:.2f} nats per image")


if __name__ == "__main__":
    main()
