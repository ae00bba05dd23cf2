"""Trains the GANs of course_lib/data/generated.py and writes their generators' weights. 20 minutes each on one core.

The recipe of lesson 06, with wider networks, bent images (real ones and generated ones alike, so that 4,000 digits are
not learned by heart), larger batches and far more steps.

python tools/long_gan.py [latin] [devanagari]
"""

import argparse
import time

import torch
from safetensors.torch import save_file
from torch import Tensor

from course_lib import data, measures
from course_lib.data import augment
from course_lib.data.generated import SIZES, generated_digits, weights
from course_lib.loops import fit_gan
from course_lib.measures import judge
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import pair, to_tanh

SETTINGS = {"steps": 18_000, "batch_size": 64, "lr": 1e-3, "betas": (0.5, 0.999), "every": 1000}


class BentGAN(GAN):
    """The discriminator sees every image bent: of the real ones too, it never sees the same twice."""

    def logits(self, x: Tensor, *condition: Tensor) -> Tensor:
        return super().logits(augment.bend(x), *condition)


def train(script: str) -> None:
    digits = data.mnist() if script == "latin" else data.devanagari_digits()
    clusters = data.clusters(digits.train.images, SIZES["classes"])
    torch.manual_seed(0)
    generator, _ = pair("dcgan", **SIZES)
    _, discriminator = pair("dcgan", **SIZES | {"channels": (64, 32)})
    gan = BentGAN(generator, discriminator, SIZES["latent_dim"], ema=0.9995)
    real = judge.features(digits.test.images, script)
    for report in fit_gan(gan, to_tanh(digits.train.images), clusters, **SETTINGS):
        numbers = {name: x.half() for name, x in gan.average.module.state_dict().items()}
        shares = torch.bincount(clusters, minlength=SIZES["classes"]) / len(clusters)
        save_file(numbers | {"shares": shares}, weights(script))
        made = generated_digits(1000, script)
        distance = measures.frechet_distance(judge.features(made, script), real)
        sure = float((judge.confidence(made, script) > 0.9).float().mean())
        spent = f"{time.process_time() / 60:.1f} minutes of CPU"
        print(f"{script}: step {report.done}, distance {distance:.0f}, judge sure of {sure:.0%}, {spent}", flush=True)
    print(f"{weights(script).name}: {weights(script).stat().st_size / 1000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scripts", nargs="*", default=judge.SCRIPTS, choices=judge.SCRIPTS)
    torch.set_num_threads(1)
    for script in parser.parse_args().scripts:
        train(script)


if __name__ == "__main__":
    main()
