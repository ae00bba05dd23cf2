"""Spectral norm against torch.linalg, the pieces of z against a concatenation by hand, truncation against SciPy."""

import pytest
import torch
from scipy.stats import truncnorm
from torch import nn

from course_lib.loops import fit_gan
from course_lib.models.biggan import BigGANGenerator, biggan, truncated_noise, with_spectral_norm
from course_lib.models.gan import GAN


def largest_singular_value(layer: nn.Module) -> float:
    """Of the weight as a matrix, one row for each output."""
    weight = layer.weight.detach()
    weight = weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else weight
    return float(torch.linalg.matrix_norm(weight.flatten(1), ord=2))


def test_spectral_norm_is_one_by_linalg():
    """Every kind of layer, with weights far from 1; the power method needs some passes to find the direction."""
    torch.manual_seed(0)
    layers = nn.Linear(9, 7), nn.Conv2d(3, 6, 3), nn.ConvTranspose2d(3, 6, 4), nn.Embedding(5, 8)
    for layer in layers:
        nn.init.normal_(layer.weight, std=3)
        before = layer.weight.detach().clone()
        with_spectral_norm(layer).train()
        for _ in range(100):
            layer.weight  # noqa: B018 each use in training is one step of the power method
        assert largest_singular_value(layer) == pytest.approx(1, abs=1e-3)
        scale = before / layer.weight.detach()
        torch.testing.assert_close(scale, torch.full_like(scale, float(scale.mean())))


def test_every_layer_of_the_discriminator_keeps_it_and_learns():
    """Not only at the beginning: after some steps of training too no layer's matrix stretches by much more than 1."""
    torch.manual_seed(0)
    gan = GAN(*biggan(), latent_dim=66, losses="hinge", ema=0.99)
    x, label = torch.rand(64, 1, 28, 28) * 2 - 1, torch.arange(64) % 10
    for _ in fit_gan(gan, x, label, steps=30, batch_size=16, lr=2e-3):
        pass
    layers = [m for m in gan.discriminator.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.Embedding)]
    assert len(layers) == 3
    assert all(largest_singular_value(layer) < 1.3 for layer in layers)


def test_each_size_hears_its_own_piece_of_z():
    """The first piece begins the image, without the class; the others join the class in the norms."""
    torch.manual_seed(0)
    generator = BigGANGenerator(latent_dim=6).eval()
    for weight in generator.parameters():
        nn.init.normal_(weight, std=0.3)
    z, label = torch.randn(8, 6), torch.arange(8)
    heard = {}
    for name in ("start", "norm7", "norm14"):
        module = getattr(generator, name)
        module.register_forward_pre_hook(lambda _, given, name=name: heard.update({name: given[-1]}))
    assert generator(z, label).shape == (8, 1, 28, 28)
    c = generator.embed.weight[label]
    torch.testing.assert_close(heard["start"], z[:, :2])
    torch.testing.assert_close(heard["norm7"], torch.cat([z[:, 2:4], c], dim=1))
    torch.testing.assert_close(heard["norm14"], torch.cat([z[:, 4:], c], dim=1))


@pytest.mark.parametrize("limit", [0.3, 1.0, 2.0])
def test_truncated_noise_is_scipys(limit):
    z = truncated_noise(4000, 5, limit, torch.Generator().manual_seed(0))
    assert z.shape == (4000, 5)
    assert z.abs().max() <= limit
    right = truncnorm(-limit, limit)
    assert float(z.std()) == pytest.approx(right.std(), rel=0.02)
    for q in (0.1, 0.5, 0.9):
        assert float(z.flatten().quantile(q)) == pytest.approx(right.ppf(q), abs=0.03)


@pytest.mark.parametrize("limit", [0, -1, float("nan")])
def test_a_limit_that_nothing_is_within_is_refused(limit):
    with pytest.raises(ValueError, match="leaves no number"):
        truncated_noise(4, 5, limit)


def test_without_a_limit_it_is_the_usual_noise():
    z = truncated_noise(10, 4, 50.0, torch.Generator().manual_seed(1))
    torch.testing.assert_close(z, torch.randn(10, 4, generator=torch.Generator().manual_seed(1)))
