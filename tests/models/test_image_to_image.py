"""Image to image: shapes, what a patch sees, and the losses of Pix2Pix and CycleGAN against others written by hand."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_lib.loops import fit_gan
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import ConditionalDiscriminator
from course_lib.models.image_to_image import CycleGAN, Pix2Pix, UNet, patch_discriminator


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (2, 3)])
def test_a_unet_keeps_the_size(inputs, outputs):
    image = UNet(inputs, outputs, channels=(4, 6), width=8)(torch.randn(3, inputs, 28, 28))
    assert image.shape == (3, outputs, 28, 28)
    assert image.abs().max() <= 1


@pytest.mark.parametrize("layer", ["down14", "down7"])
def test_a_unet_goes_up_with_what_it_saw_on_the_way_down(layer):
    torch.manual_seed(0)
    unet, x = UNet(channels=(4, 6), width=8).eval(), torch.randn(2, 1, 28, 28)
    kept = {}
    unet.get_submodule(layer).register_forward_hook(lambda *seen: kept.update(maps=seen[-1]))
    (unet.up28 if layer == "down14" else unet.up14).register_forward_pre_hook(lambda _, given: kept.update(up=given[0]))
    unet(x)
    beside = kept["up"][:, -kept["maps"].shape[1] :]
    assert torch.equal(beside, F.relu(kept["maps"]))


def test_a_patch_has_18_by_18_pixels():
    torch.manual_seed(0)
    x = torch.randn(1, 2, 28, 28, requires_grad=True)
    logits = patch_discriminator()(x)
    assert logits.shape == (1, 1, 7, 7)
    [gradient] = torch.autograd.grad(logits[0, 0, 3, 3], x)
    rows, columns = (gradient.abs().sum(dim=(0, 1)) > 0).nonzero().T
    assert (int(rows.min()), int(rows.max())) == (int(columns.min()), int(columns.max())) == (5, 22)


def _pix2pix(l1_weight=7.0):
    torch.manual_seed(0)
    return Pix2Pix(UNet(channels=(4, 6), width=8), patch_discriminator(channels=(4, 6)), l1_weight=l1_weight).eval()


def test_pix2pix_by_hand():
    gan = _pix2pix()
    y, x = torch.rand(3, 1, 28, 28) * 2 - 1, torch.rand(3, 1, 28, 28) * 2 - 1
    fake = gan.fake(y, x)
    assert torch.equal(fake, gan.generator(x))
    real_logits, fake_logits = (gan.discriminator(torch.cat([x, image], dim=1)) for image in (y, fake))
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(real_logits)
    bce = F.binary_cross_entropy_with_logits
    assert torch.allclose(gan.d_loss(fake, y, x)[0], bce(real_logits, ones) + bce(fake_logits, zeros), atol=1e-6)
    loss, parts = gan.g_loss(fake, y, x)
    l1 = sum((a - b).abs().mean() for a, b in zip(fake, y, strict=True)) / 3
    assert torch.allclose(parts["l1"], l1, atol=1e-6)
    assert torch.allclose(loss, bce(fake_logits, ones) + 7 * l1, atol=1e-5)


def test_a_source_may_be_smaller_than_its_image():
    enlarge = nn.Sequential(nn.Conv2d(1, 16, 3, 1, 1), nn.PixelShuffle(4), nn.Tanh())
    gan = Pix2Pix(enlarge, patch_discriminator())
    y, x = torch.rand(2, 1, 28, 28), torch.rand(2, 1, 7, 7)
    each_pixel_16_times = x.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
    assert torch.equal(gan.logits(y, x), gan.logits(y, each_pixel_16_times))
    assert gan.fake(y, x).shape == y.shape


class _Add(nn.Module):
    """A translator that can be calculated by hand."""

    def __init__(self, shift):
        super().__init__()
        self.shift = nn.Parameter(torch.tensor(shift))

    def forward(self, x):
        return x + self.shift


def _score(classes=1):
    return nn.Sequential(nn.Flatten(), nn.Linear(4, classes))


def _cyclegan(weight=3.0):
    torch.manual_seed(0)
    return CycleGAN(GAN(_Add(0.5), _score(), 0), GAN(_Add(-0.2), _score(), 0), weight=weight)


def test_cyclegan_by_hand():
    gan, a, b = _cyclegan(), torch.rand(5, 1, 2, 2), torch.rand(5, 1, 2, 2)
    fake = gan.fake(a, b)
    assert torch.equal(fake[0], a + 0.5)
    assert torch.equal(fake[1], b - 0.2)
    on_b, on_a = gan.to_b.discriminator, gan.to_a.discriminator
    real, made = torch.cat([on_b(b), on_a(a)]).sigmoid(), torch.cat([on_b(a + 0.5), on_a(b - 0.2)]).sigmoid()
    assert torch.allclose(gan.d_loss(fake, a, b)[0], -2 * (real.log().mean() + (1 - made).log().mean()), atol=1e-5)
    loss, parts = gan.g_loss(fake, a, b)
    assert float(parts["cycle"].detach()) == pytest.approx(
        0.3 + 0.3, abs=1e-5
    )  # there + 0.5, back − 0.2, from either side
    assert torch.allclose(loss, -2 * made.log().mean() + 3 * 0.6, atol=1e-5)


def test_the_cycle_reaches_both_translators_and_no_discriminator_is_needed_for_it():
    gan, a, b = _cyclegan(weight=1.0), torch.rand(5, 1, 2, 2), torch.rand(5, 1, 2, 2)
    gan.g_loss(gan.fake(a, b), a, b)[1]["cycle"].backward()
    assert all(float(one.shift.grad) == pytest.approx(2) for one in gan.generator)
    assert all(weight.grad is None for weight in gan.discriminator.parameters())


def test_both_discriminators_are_told_the_label():
    torch.manual_seed(0)
    told = [ConditionalDiscriminator(_score(classes=3)) for _ in range(2)]
    gan = CycleGAN(GAN(_Add(0.5), told[0], 0), GAN(_Add(-0.2), told[1], 0))
    a, b, label = torch.rand(4, 1, 2, 2), torch.rand(4, 1, 2, 2), torch.tensor([0, 1, 2, 2])
    expected = sum(
        F.softplus(-score.network(real)[range(4), label]).mean()
        + F.softplus(score.network(made)[range(4), label]).mean()
        for score, real, made in ((told[0], b, a + 0.5), (told[1], a, b - 0.2))
    )
    assert torch.allclose(gan.d_loss(gan.fake(a, b, label), a, b, label)[0], expected, atol=1e-5)


def test_both_loops_learn():
    torch.manual_seed(0)
    y = torch.zeros(16, 1, 28, 28) - 1
    y[:, :, 8:20, 8:20] = 1
    gan = _pix2pix(l1_weight=20.0)
    reports = list(fit_gan(gan, y, -y, steps=40, batch_size=8, lr=5e-3, every=20))
    assert reports[-1].means["l1"] < reports[0].means["l1"] / 2
    cycle = _cyclegan(weight=10.0)
    reports = list(fit_gan(cycle, y[:, :, :2, :2], y[:, :, :2, :2], steps=200, batch_size=8, lr=1e-2))
    assert reports[-1].means["cycle"] < 0.1


def test_averages_of_both_translators_are_kept():
    gan = CycleGAN(GAN(_Add(0.5), _score(), 0, ema=0.9), GAN(_Add(-0.2), _score(), 0, ema=0.9))
    gan.update_average()
    with torch.no_grad():
        for one in gan.generator:
            one.shift += 1
    gan.update_average()
    assert 0.5 < float(gan.to_b.average.module.shift.detach()) < 1.5
    assert -0.2 < float(gan.to_a.average.module.shift.detach()) < 0.8
