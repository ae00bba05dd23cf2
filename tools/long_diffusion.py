"""Trains the latent diffusion of course_lib/data/generated_diffusion.py and writes its weights.

The lesson's own recipe, with ten times the epochs: 2.3 minutes of one core. python tools/long_diffusion.py
"""

import time

import torch
from safetensors.torch import save_file
from torch import nn

from course_lib import data, measures
from course_lib.data.generated_diffusion import WEIGHTS, latent_diffusion, networks
from course_lib.loops import fit
from course_lib.measures import judge
from course_lib.models.autoencoders import Autoencoder, dense


def train() -> None:
    images, labels = data.mnist().train
    torch.manual_seed(0)
    autoencoder = Autoencoder(*dense(latent_dim=32))
    for _ in fit(autoencoder, images, epochs=400, batch_size=128, lr=5e-3):
        pass
    codes = measures.predict(autoencoder.encoder, images)
    mean, std = codes.mean(dim=0), codes.std(dim=0)
    both = networks()
    for _ in fit(both["diffusion"], (codes - mean) / std, labels, epochs=1400, batch_size=256, lr=8e-3):
        pass
    both["decoder"] = autoencoder.decoder
    with torch.no_grad():  # the decoder undoes the standardising itself
        first = autoencoder.decoder[0]
        first.bias += first.weight @ mean
        first.weight *= std
    weights = nn.ModuleDict(both).state_dict()
    save_file({name: x.half().contiguous() for name, x in weights.items()}, WEIGHTS)


def report() -> None:
    """What the packaged weights draw, by the strength of guidance."""
    diffusion, decoder = latent_diffusion()
    real, label = judge.features(data.mnist().test.images), torch.arange(1000) % 10
    for guidance in (0, 1, 2, 4):
        rng = torch.Generator().manual_seed(1)
        images = measures.predict(decoder, diffusion.sample(1000, label, guidance=guidance, rng=rng))
        features = judge.features(images)
        asked = float((judge.classify(images) == label).float().mean())
        precision, recall = measures.precision_recall(real, features)
        distance = measures.frechet_distance(features, real)
        print(f"guidance {guidance}: {asked:.0%} as asked, distance {distance:.0f}, {precision:.2f} / {recall:.2f}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    train()
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} kB, {time.process_time() / 60:.1f} minutes of CPU")
    report()
