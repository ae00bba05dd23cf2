"""The same models as most tutorials train them: torchvision's data set, a DataLoader, Adam as it comes.

These are the baselines of the benchmarks. Each is a generator that yields its model after every epoch; settings are
the reference recipes of the syllabus. The models are the course's own, so that the arithmetic is the same; only the
GAN, like many tutorials', makes its fakes twice and has gradients of D in G's step, which speed.py counts.
"""

from collections.abc import Callable, Iterator
from functools import wraps

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import Compose, Normalize, ToTensor

from course_lib import data
from course_lib.models.autoencoders import Autoencoder, dense
from course_lib.models.gan_networks import pair
from course_lib.models.vae import VAE


class Packaged(MNIST):
    """Where there is no full MNIST: the packaged digits, read the way torchvision reads its own."""

    def __init__(self, transform):
        split = data.mnist("packaged").train
        self.data, self.targets = (split.images[:, 0] * 255).round().byte(), split.labels
        self.transform, self.target_transform = transform, None


def loader(source: str, batch_size: int, transform=None) -> DataLoader:
    """Batches of training images and labels. source: "full" or "packaged"."""
    transform = transform or ToTensor()
    digits = MNIST(data.folder(), train=True, transform=transform) if source == "full" else Packaged(transform)
    return DataLoader(digits, batch_size=batch_size, shuffle=True)


def with_denormals(tutorial: Callable[..., Iterator[nn.Module]]) -> Callable[..., Iterator[nn.Module]]:
    """With numbers below 1e-38, as torch comes: `course_lib.loops` counts them as 0, and a tutorial does not."""

    @wraps(tutorial)
    def epochs(*arguments):
        models = tutorial(*arguments)
        while True:
            torch.set_flush_denormal(False)
            model = next(models)
            torch.set_flush_denormal(True)
            yield model

    return epochs


@with_denormals
def autoencoder(source: str, batch_size: int = 64) -> Iterator[nn.Module]:
    """784-128-32, squared error."""
    batches = loader(source, batch_size)
    model = Autoencoder(*dense())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    while True:
        total = 0.0
        for images, _ in batches:
            loss = F.mse_loss(model(images), images, reduction="sum") / len(images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        yield model


@with_denormals
def vae(source: str, batch_size: int = 128) -> Iterator[nn.Module]:
    """784-400-20, BCE + KL."""
    batches = loader(source, batch_size)
    model = VAE(*dense(hidden=(400,), latent_dim=20))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    while True:
        total = 0.0
        for images, _ in batches:
            mu, log_var = model.encode(images)
            z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
            reconstruction = F.binary_cross_entropy(model.decoder(z), images, reduction="sum")
            kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
            loss = (reconstruction + kl) / len(images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        yield model


@with_denormals
def deep_gan(source: str, batch_size: int = 64) -> Iterator[nn.Module]:
    """The *deep* pair: 100-256-512-784 against 784-512-256-1, lr 2e-4, digits in [−1, 1]. Yields the generator."""
    batches = loader(source, batch_size, Compose([ToTensor(), Normalize([0.5], [0.5])]))
    generator, discriminator = pair("deep")
    bce = nn.BCEWithLogitsLoss()
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-4)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-4)
    while True:
        d_total = g_total = 0.0
        for real, _ in batches:
            ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
            fake = generator(torch.randn(len(real), 100))
            d_loss = bce(discriminator(real), ones) + bce(discriminator(fake.detach()), zeros)
            d_optimizer.zero_grad()
            d_loss.backward()
            d_optimizer.step()

            fake = generator(torch.randn(len(real), 100))
            g_loss = bce(discriminator(fake), ones)
            g_optimizer.zero_grad()
            g_loss.backward()
            g_optimizer.step()
            d_total += d_loss.item()
            g_total += g_loss.item()
        yield generator
