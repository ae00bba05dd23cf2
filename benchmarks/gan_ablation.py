"""`python benchmarks/gan_ablation.py`: the recipe of the digit GAN with each choice taken back singly, and additions.

Every row of a table in lesson 06b is a change of one thing, trained with three seeds for as many images as the recipe.
All of it takes about a quarter of an hour on one core. Finished runs are kept in _build/gan_ablation.jsonl, and an
interrupted benchmark goes on from there; after a change of the recipe, remove the file.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import measure
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from course_lib import data, measures
from course_lib.data.augment import bend
from course_lib.loops import fit_gan
from course_lib.measures import judge
from course_lib.models.autoencoders import Pair
from course_lib.models.gan import GAN, gradient_penalty, r1_penalty
from course_lib.models.gan_networks import ConditionalDiscriminator, ConditionalGenerator, from_tanh, pair, to_tanh

DONE = measure.BUILT / "gan_ablation.jsonl"
SEEDS, IMAGES, LATENT, CLUSTERS = (0, 1, 2), 900 * 32, 64, 50
RECIPE = {"batch_size": 32, "lr": 2e-3, "betas": (0.5, 0.999)}


def moved(x: Tensor) -> Tensor:
    """Each image moved by up to two pixels and made lighter or darker: two of DiffAugment's three changes."""
    down, right = torch.randint(0, 5, (2, len(x), 1))
    rows, padded = torch.arange(28), F.pad(x, (2, 2, 2, 2), value=-1.0)
    x = padded[torch.arange(len(x))[:, None, None], 0, (down + rows)[:, :, None], (right + rows)[:, None]][:, None]
    return x + torch.rand(len(x), 1, 1, 1) - 0.5


class Augmented(GAN):
    """The discriminator sees real and generated images through `augment` alone."""

    augment = staticmethod(bend)

    def logits(self, x: Tensor, *condition: Tensor) -> Tensor:
        return super().logits(self.augment(x), *condition)


class Moved(Augmented):
    augment = staticmethod(moved)


def smoothed(real: Tensor, fake: Tensor) -> Tensor:
    """Binary cross-entropy with the label 0.9 in place of 1."""
    return F.binary_cross_entropy_with_logits(real, torch.full_like(real, 0.9)) + F.softplus(fake).mean()


def dcgan() -> Pair:
    return pair("dcgan", latent_dim=LATENT, classes=CLUSTERS)


def plain_dcgan() -> Pair:
    """Told no cluster."""
    return pair("dcgan", latent_dim=LATENT)


def mlp() -> Pair:
    """The reference pair *deep*, told the cluster as the others are."""
    generator, discriminator = pair("deep", latent_dim=LATENT + CLUSTERS)
    discriminator[-1] = nn.Linear(discriminator[-1].in_features, CLUSTERS)
    return ConditionalGenerator(generator, CLUSTERS), ConditionalDiscriminator(discriminator)


def without_norm() -> Pair:
    generator, discriminator = dcgan()
    layers = (layer for layer in generator.network if not isinstance(layer, nn.BatchNorm2d))
    return ConditionalGenerator(nn.Sequential(*layers), CLUSTERS), discriminator


def norm_in_d() -> Pair:
    """BatchNorm after the discriminator's second convolution, as in DCGAN."""
    generator, discriminator = dcgan()
    layers = list(discriminator.network)
    layers.insert(3, nn.BatchNorm2d(layers[2].out_channels))
    return generator, ConditionalDiscriminator(nn.Sequential(*layers))


def spectral() -> Pair:
    """No layer of the discriminator makes any step longer than it was."""
    generator, discriminator = dcgan()
    layers = (spectral_norm(layer) if hasattr(layer, "weight") else layer for layer in discriminator.network)
    return generator, ConditionalDiscriminator(nn.Sequential(*layers))


class Change(NamedTuple):
    """What differs from the recipe: one thing.

    loop: options of `fit_gan`; gan: options of `GAN`; kind: which GAN; networks: what makes both;
    discriminator_loss: in place of the usual one
    """

    loop: Mapping = MappingProxyType({})
    gan: Mapping = MappingProxyType({})
    kind: type[GAN] = GAN
    networks: Callable[[], Pair] = dcgan
    discriminator_loss: Callable[[Tensor, Tensor], Tensor] | None = None


# What a row of the lesson's table says, in Hindi and in English.
SAID = {
    "recipe": ("**पूरा नुस्ख़ा**", "**the whole recipe**"),
    "no_clusters": ("clusters नहीं (सादा DCGAN)", "no clusters (plain DCGAN)"),
    "mlp": ("convolutions की जगह बस `Linear` layers", "`Linear` in place of convolutions"),
    "lr_low": ("दस गुना छोटा lr, `2e-4`", "an lr ten times smaller, `2e-4`"),
    "batch_128": ("batch 128, उतने ही चित्र", "batch 128, as many images"),
    "beta1_high": ("Adam का साधारण β₁, 0.9", "Adam's usual β₁, 0.9"),
    "no_ema": ("चल औसत (EMA) नहीं", "no EMA"),
    "no_batchnorm": ("$G$ में BatchNorm नहीं", "no BatchNorm in $G$"),
    "augmentation": ("+ चित्र मोड़कर दिखाना, `data.augment.bend`", "+ augmentation, `data.augment.bend`"),
    "diffaugment": ("+ DiffAugment: खिसकाना और चमक बदलना", "+ DiffAugment: translation, brightness"),
    "batchnorm_in_d": ("+ $D$ में भी BatchNorm", "+ BatchNorm in $D$ too"),
    "spectral_norm": ("+ $D$ की हर layer पर spectral norm", "+ spectral norm on $D$"),
    "ttur": ("+ TTUR: दो अलग lr, `(1e-3, 4e-3)`", "+ TTUR: two lr, `(1e-3, 4e-3)`"),
    "label_smoothing": (
        "+ असली का label 1 की जगह 0.9 (label smoothing)",
        "+ real labels 0.9 in place of 1 (label smoothing)",
    ),
    "r1": ("+ असली चित्रों पर ढलान का दंड (R1), 0.02", "+ a price on the slope at real images (R1), 0.02"),
    "minimax": ("loss बदला: minimax", "loss: minimax"),
    "lsgan": ("loss बदला: LSGAN", "loss: LSGAN"),
    "hinge": ("loss बदला: hinge", "loss: hinge"),
    "wgan_gp": ("loss बदला: WGAN-GP, weight 10, critic के 5 क़दम", "loss: WGAN-GP, weight 10, 5 critic steps"),
    "wgan_gp_1": ("loss बदला: WGAN-GP, weight 10, critic का 1 क़दम", "loss: WGAN-GP, weight 10, 1 critic step"),
}
HEADS = (("क्या बदला", "Fréchet distance", "यक़ीन", "recall"), ("what changed", "Fréchet distance", "sure", "recall"))


def table(runs: dict[str, list[dict[str, float]]]) -> tuple[str, str]:
    """The lesson's table in Hindi and in English, as Markdown: the distance's mean and range, the others' means."""
    found = []
    for language, head in enumerate(HEADS):
        lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        for name in CHANGES:
            distances, sure, recall = ([one[key] for one in runs[name]] for key in ("frechet", "confident", "recall"))
            distance = f"{sum(distances) / len(distances):.0f} ({min(distances):.0f}–{max(distances):.0f})"
            shares = (f"{sum(sure) / len(sure):.0%}", f"{sum(recall) / len(recall):.2f}")
            lines.append("| " + " | ".join((SAID[name][language], distance, *shares)) + " |")
        found.append("\n".join(lines))
    return found[0], found[1]


WGAN_GP = {"losses": "wasserstein", "penalty": gradient_penalty, "weight": 10.0}
CHANGES = {
    "recipe": Change(),
    "no_clusters": Change(networks=plain_dcgan),
    "mlp": Change(networks=mlp),
    "lr_low": Change({"lr": 2e-4}),
    "batch_128": Change({"batch_size": 128}),
    "beta1_high": Change({"betas": (0.9, 0.999)}),
    "no_ema": Change(),  # of the very run of the recipe
    "no_batchnorm": Change(networks=without_norm),
    "augmentation": Change(kind=Augmented),
    "diffaugment": Change(kind=Moved),
    "batchnorm_in_d": Change(networks=norm_in_d),
    "spectral_norm": Change(networks=spectral),
    "ttur": Change({"lr": (1e-3, 4e-3)}),
    "label_smoothing": Change(discriminator_loss=smoothed),
    "r1": Change(gan={"penalty": r1_penalty, "weight": 0.02}),
    "minimax": Change(gan={"losses": "minimax"}),
    "lsgan": Change(gan={"losses": "least_squares"}),
    "hinge": Change(gan={"losses": "hinge"}),
    "wgan_gp": Change({"d_steps": 5, "lr": 1e-3, "betas": (0.0, 0.9)}, gan=WGAN_GP),
    "wgan_gp_1": Change({"lr": 1e-3, "betas": (0.0, 0.9)}, gan=WGAN_GP),
}


@cache
def training_data() -> tuple[Tensor, Tensor, Tensor]:
    """Images in [−1, 1], the cluster of each, and the judge's features of the held-out images."""
    digits = data.mnist("packaged")
    images = digits.train.images
    return to_tanh(images), data.clusters(images, CLUSTERS), judge.features(digits.test.images)


def measured(generator: nn.Module) -> dict[str, float]:
    """Of 1,000 images from always the same noise, and clusters as often as in the training images."""
    _, clusters, real = training_data()
    rng = torch.Generator().manual_seed(1)
    z = torch.randn(1000, LATENT, generator=rng)
    told = [clusters[torch.randint(len(clusters), (1000,), generator=rng)]]
    network = getattr(generator, "module", generator)  # of an average
    told = told if isinstance(network, ConditionalGenerator) else []
    images = from_tanh(measures.predict(generator, z, *told))
    features = judge.features(images)
    precision, recall = measures.precision_recall(real, features)
    confident = float((judge.confidence(images) > 0.9).float().mean())
    frechet = measures.frechet_distance(features, real)
    return {"frechet": frechet, "confident": confident, "precision": precision, "recall": recall}


def run(name: str, seed: int) -> dict[str, dict[str, float]]:
    """name -> what was measured; a run of the recipe is measured with and without its moving average."""
    change, (x, clusters, _) = CHANGES[name], training_data()
    torch.manual_seed(seed)
    gan = change.kind(*change.networks(), latent_dim=LATENT, ema=0.998, **change.gan)
    gan.d_criterion = change.discriminator_loss or gan.d_criterion
    options = RECIPE | change.loop
    told = [clusters] if isinstance(gan.generator, ConditionalGenerator) else []
    start, steps = time.process_time(), IMAGES // options["batch_size"]
    for _ in fit_gan(gan, x, *told, steps=steps, every=steps, seed=seed, **options):
        pass
    seconds = {"seconds": time.process_time() - start}
    found = {name: measured(gan.average) | seconds}
    return found | ({"no_ema": measured(gan.generator) | seconds} if name == "recipe" else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=(), help="changes whose names begin so")
    parser.add_argument("--out", type=Path, default=measure.RESULTS / "gan_ablation.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    done = measure.finished(DONE)
    for seed in SEEDS:
        for name in CHANGES:
            if name != "no_ema" and f"{name} {seed}" not in done and name.startswith(tuple(options.only or [""])):
                for which, scores in run(name, seed).items():
                    done[f"{which} {seed}"] = scores
                    measure.keep(DONE, f"{which} {seed}", scores)
                    print(which, seed, {key: float(f"{value:.3g}") for key, value in scores.items()}, flush=True)
    names = [name for name in CHANGES if any(f"{name} {seed}" in done for seed in SEEDS)]
    runs = {name: [done[f"{name} {seed}"] for seed in SEEDS if f"{name} {seed}" in done] for name in names}
    rounded = {
        name: [{key: float(f"{value:.4g}") for key, value in one.items()} for one in runs[name]] for name in names
    }
    measure.save(options.out, "packaged", [], images=IMAGES, runs=rounded)


if __name__ == "__main__":
    main()
