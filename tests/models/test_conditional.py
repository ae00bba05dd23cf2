"""Conditional BatchNorm is one BatchNorm for each class; the projection is an inner product; a condition is heard."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_lib.data.tokens import Vocabulary
from course_lib.models.conditional import (
    CaptionEncoder,
    ConditionalBatchNorm2d,
    ConditionalNormGenerator,
    ProjectionDiscriminator,
)
from course_lib.models.gan import GAN
from course_lib.models.seq2seq import GRUEncoder


def random_weights(module: nn.Module) -> nn.Module:
    """No weight at its beginning, where a scale of 1 and a shift of 0 hide much."""
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.5)
    return module


def test_conditional_norm_is_one_norm_for_each_class():
    """Every class has a BatchNorm with scale and shift of its own; in training all share mean and variance."""
    torch.manual_seed(0)
    told = random_weights(ConditionalBatchNorm2d(5, condition_dim=3))
    x, label = 2 + 3 * torch.randn(64, 5, 4, 4), torch.arange(64) % 3
    for training in (True, False):
        told.train(training)
        got = told(x, F.one_hot(label, 3).float())
        for k in range(3):
            alone = nn.BatchNorm2d(5).train(training)
            alone.load_state_dict(told.norm.state_dict() | {"weight": alone.weight, "bias": alone.bias})
            scale, shift = (told.scale_shift.weight[:, k] + told.scale_shift.bias).chunk(2)
            alone.weight.data, alone.bias.data = 1 + scale.detach(), shift.detach()
            right = alone(x)[label == k]
            torch.testing.assert_close(got[label == k], right, atol=1e-4, rtol=1e-4)


def test_it_begins_as_a_plain_norm():
    told = ConditionalBatchNorm2d(5, condition_dim=3)
    x = torch.randn(16, 5, 4, 4)
    torch.testing.assert_close(told(x, torch.randn(16, 3)), nn.BatchNorm2d(5)(x))


def test_projection_is_an_inner_product():
    """logit = out(h) + ⟨P e(y), h⟩, so a change of class moves it by ⟨P (e(a) − e(b)), h⟩."""
    torch.manual_seed(0)
    discriminator = random_weights(ProjectionDiscriminator(nn.Embedding(10, 8), condition_dim=8))
    x = torch.rand(6, 1, 28, 28)
    a, b = torch.zeros(6, dtype=torch.long), torch.full((6,), 7)
    h = discriminator.features(x)
    direction = discriminator.project.weight @ (discriminator.embed.weight[0] - discriminator.embed.weight[7])
    torch.testing.assert_close(
        discriminator(x, a) - discriminator(x, b), (h @ direction)[:, None], atol=1e-3, rtol=1e-3
    )


@pytest.mark.parametrize("what", ["class", "caption"])
def test_a_gan_of_them_is_told(what):
    """Shapes, the range of pixels, and that another condition gives another image from the same noise."""
    torch.manual_seed(0)
    if what == "class":
        generator_embed, discriminator_embed = nn.Embedding(10, 32), nn.Embedding(10, 32)
        one, other = torch.zeros(4, dtype=torch.long), torch.full((4,), 3)
    else:
        words = Vocabulary(["thin seven", "thick seven"])
        generator_embed, discriminator_embed = (CaptionEncoder(len(words), GRUEncoder(32), 32) for _ in range(2))
        one, other = (words.encode([caption] * 4) for caption in ("thin seven", "thick seven"))
    generator = random_weights(ConditionalNormGenerator(generator_embed)).eval()
    gan = GAN(generator, ProjectionDiscriminator(discriminator_embed), latent_dim=64)
    z = gan.noise(4)
    fake, second = generator(z, one), generator(z, other)
    assert fake.shape == (4, 1, 28, 28)
    assert fake.abs().max() <= 1
    assert (fake - second).abs().amax(dim=(1, 2, 3)).min() > 0.01
    d_loss, _ = gan.d_loss(fake, torch.rand(4, 1, 28, 28), one)
    assert gan.logits(fake, one).shape == (4, 1)
    assert d_loss.isfinite()
