"""Run by torchrun in test_train_command.py: trains on this process's share and saves the weights. Argument: a folder"""

import sys

import torch

from course_lib.cli.distributed import in_step, join, own_seed, share
from course_lib.cli.train import main
from course_lib.loops import fit, fit_gan
from course_lib.models.autoencoders import Autoencoder, dense
from course_lib.models.gan import GAN, gradient_penalty
from course_lib.models.gan_networks import pair

X = torch.rand(61, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def whole_batches(rank: int, world: int) -> Autoencoder:
    """All 60 rows that both can share in one batch: the halves' mean gradient is that of the whole."""
    torch.manual_seed(100 * rank)  # other weights in every process: they have to take those of process 0
    model = Autoencoder(*dense((1, 8, 8), (16,), latent_dim=4))
    list(in_step(model, fit(model, *share(rank, world, X[:60]), epochs=5, batch_size=60 // world)))
    return model


def game(rank: int, world: int) -> GAN:
    """With BatchNorm, an average, noise of its own in each process, and a penalty on gradients inside the loss."""
    torch.manual_seed(100 * rank)
    networks = pair("dcgan", latent_dim=4, image_shape=(1, 8, 8), channels=(8, 4))
    gan = GAN(*networks, latent_dim=4, losses="wasserstein", penalty=gradient_penalty, weight=10.0, ema=0.5)
    options = {"steps": 5, "batch_size": 20 // world, "every": 2, "seed": own_seed(0, rank)}
    list(in_step(gan, fit_gan(gan, *share(rank, world, X), **options)))
    return gan


if __name__ == "__main__":
    folder = sys.argv[1]
    rank, world = join()
    states = {"fit": whole_batches(rank, world).state_dict(), "gan": game(rank, world).state_dict()}
    states["z"] = {"first": torch.randn(3, generator=torch.Generator().manual_seed(own_seed(0, rank)))}
    states["command"] = main(["autoencoder", "--epochs", "1", "--out", f"{folder}/command.safetensors"]).state_dict()
    torch.save(states, f"{folder}/{rank}.pt")
