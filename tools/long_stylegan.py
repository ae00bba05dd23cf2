"""Trains the StyleGAN of course_lib/data/generated_stylegan.py and writes its generator's weights.

The lesson's own recipe, with more steps; it stops after the minutes of processor time it is given. With --parts it
writes nothing: it takes back one part of the generator at a time, 300 steps on three seeds, for the lesson's table.

python tools/long_stylegan.py [minutes] [--parts]
"""

import argparse
import time
from functools import partial

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from course_lib import data, measures
from course_lib.data.generated_stylegan import WEIGHTS
from course_lib.loops import fit_gan
from course_lib.measures import judge
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import dcgan, from_tanh, to_tanh
from course_lib.models.stylegan import StyleGenerator, stylegan

RECIPE = {"batch_size": 32, "lr": 2e-3, "betas": (0.5, 0.999)}


def measured(gan: GAN) -> str:
    real = judge.features(data.mnist().test.images)
    z = torch.randn(1000, gan.latent_dim, generator=torch.Generator().manual_seed(1))
    features = judge.features(from_tanh(measures.predict(gan.average, z)))
    precision, recall = measures.precision_recall(real, features)
    distance = measures.frechet_distance(features, real)
    return f"distance {distance:.0f}, precision {precision:.2f}, recall {recall:.2f}"


def train(minutes: float) -> None:
    torch.manual_seed(0)
    gan = GAN(*stylegan(), latent_dim=64, ema=0.998)
    for report in fit_gan(gan, to_tanh(data.mnist().train.images), steps=100_000, every=250, **RECIPE):
        save_file({name: x.half().contiguous() for name, x in gan.average.module.state_dict().items()}, WEIGHTS)
        spent = time.process_time() / 60
        print(f"step {report.done}: {measured(gan)}, {spent:.1f} minutes of CPU", flush=True)
        if spent > minutes:
            break
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} kB")


class Constant(nn.Module):
    """The first maps of StyleGAN as published: learned, and the same for every image."""

    def __init__(self, *maps: int):
        super().__init__()
        self.maps = nn.Parameter(torch.randn(*maps))

    def forward(self, w: Tensor) -> Tensor:
        return self.maps.expand(len(w), -1, -1, -1)


def without_part(part: str) -> nn.Module:
    generator = StyleGenerator(mixing=0.0 if part == "mixing" else 0.5)
    if part == "a beginning from the style":
        generator.start = Constant(32, 7, 7)
    if part == "styles around 0":
        generator.mapping[-1] = nn.LeakyReLU(0.2)
    if part == "noise":
        generator.conv7.noise = generator.up7.noise = None
    return generator


def parts() -> None:
    make = {"plain DCGAN": lambda: dcgan()[0], "StyleGAN": StyleGenerator}
    for part in ("styles around 0", "a beginning from the style", "mixing", "noise"):
        make[f"without {part}"] = partial(without_part, part)
    for seed in range(3):
        for name, generator in make.items():
            torch.manual_seed(seed)
            gan = GAN(generator(), dcgan()[1], latent_dim=64, ema=0.998)
            for _ in fit_gan(gan, to_tanh(data.mnist().train.images), steps=300, seed=seed, **RECIPE):
                pass
            print(f"seed {seed}, {name}: {measured(gan)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("minutes", nargs="?", type=float, default=4.0)
    parser.add_argument("--parts", action="store_true")
    torch.set_num_threads(1)
    chosen = parser.parse_args()
    parts() if chosen.parts else train(chosen.minutes)


if __name__ == "__main__":
    main()
