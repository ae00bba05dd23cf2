"""Trains the CycleGAN of course_lib/data/generated_image_to_image.py and writes its translator's weights.

The recipe of lesson 08, with fifty names for each digit instead of five, bent images (real ones and translated ones
alike, or the discriminators learn the images with a name by heart) and more steps.

python tools/long_image_to_image.py
"""

import time

import torch
from long_gan import BentGAN
from safetensors.torch import save_file
from torch import Tensor

from course_lib import data
from course_lib.data.generated_image_to_image import WEIGHTS, translated_digits
from course_lib.loops import fit_gan
from course_lib.measures import judge
from course_lib.models.gan_networks import pair, to_tanh
from course_lib.models.image_to_image import CycleGAN, UNet

SETTINGS = {"steps": 1000, "batch_size": 24, "lr": 1.5e-3, "betas": (0.5, 0.999), "every": 200}
NAMED, UNNAMED = 50, 10  # images of each digit that bear a name; the label of all the others


def translator() -> BentGAN:
    return BentGAN(UNet(), pair("dcgan", classes=UNNAMED + 1)[1], latent_dim=0, ema=0.99)


def named(split: data.Split, label: Tensor) -> Tensor:
    """For each label one of the first NAMED images of that digit, at random."""
    first = torch.stack([(split.labels == digit).nonzero()[:NAMED, 0] for digit in range(10)])
    return split.images[first[label, torch.randint(NAMED, label.shape)]]


def main() -> None:
    torch.set_num_threads(1)
    latin, hindi = data.mnist(), data.devanagari_digits()
    torch.manual_seed(0)
    label = torch.arange(8000) % 10
    a = to_tanh(torch.cat([latin.train.images, named(latin.train, label)]))
    b = to_tanh(torch.cat([hindi.train.images[torch.randperm(4000)], named(hindi.train, label)]))
    gan = CycleGAN(translator(), translator(), weight=5.0)
    for report in fit_gan(gan, a, b, torch.cat([torch.full((4000,), UNNAMED), label]), **SETTINGS):
        save_file({name: x.half() for name, x in gan.to_b.average.module.state_dict().items()}, WEIGHTS)
        said = judge.classify(translated_digits(latin.test.images), "devanagari")
        right = float((said == latin.test.labels).float().mean())
        print(f"step {report.done}: {right:.1%} right, {time.process_time() / 60:.1f} minutes of CPU", flush=True)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
