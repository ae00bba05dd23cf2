"""Modulation against a loop over images; noise, mixing and the two styles do what their words say."""

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from course_lib.loops import fit_gan
from course_lib.models.gan import GAN
from course_lib.models.stylegan import Modulated, StyleGenerator, stylegan


@pytest.mark.parametrize("kind", ["same size", "doubling"])
def test_modulation_scales_the_filters_of_each_image(kind):
    """The paper multiplies the filters by the style, image by image; here the maps they read are: the same."""
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 5, 3, padding=1) if kind == "same size" else nn.ConvTranspose2d(3, 5, 4, 2, 1)
    reads = 1 if kind == "same size" else 0  # the axis of the weight that belongs to the maps it reads
    modulated = Modulated(layer, style_dim=4)
    nn.init.zeros_(modulated.noise)
    x, w = torch.randn(6, 3, 7, 7), torch.randn(6, 4)
    got = modulated(x, w)
    for n, loud in enumerate(modulated.style(w)):
        filters = torch.stack([loud[c] * layer.weight.select(reads, c) for c in range(3)], dim=reads)
        alone = functional_call(layer, {"weight": filters}, x[n : n + 1])
        torch.testing.assert_close(got[n : n + 1], alone, atol=1e-5, rtol=1e-4)


def test_noise_is_new_for_each_pixel_and_shared_by_the_maps():
    torch.manual_seed(0)
    modulated = Modulated(nn.Conv2d(2, 3, 3, padding=1), style_dim=4)
    modulated.noise.data = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1)
    x, w = torch.randn(200, 2, 7, 7), torch.randn(200, 4)
    noise = modulated(x, w) - modulated.convolution(x * modulated.style(w)[:, :, None, None])
    assert noise[:, 0].abs().max() < 1e-5
    torch.testing.assert_close(noise[:, 1], noise[:, 2] / 2, atol=1e-5, rtol=1e-4)
    assert float(noise[:, 2].detach().std()) == pytest.approx(1, rel=0.05)


def test_mixing_draws_some_images_with_two_styles_and_only_in_training():
    torch.manual_seed(0)
    generator, seen = StyleGenerator(mixing=0.5), []
    generator.draw = lambda coarse, fine: seen.append((coarse == fine).all(dim=1)) or coarse
    generator(torch.randn(1000, 64))
    generator.eval()(torch.randn(1000, 64))
    assert 0.4 < float(seen[0].float().mean()) < 0.6
    assert seen[1].all()


def test_only_the_direction_of_z_counts():
    generator = StyleGenerator().eval()
    z = torch.randn(5, 64)
    torch.testing.assert_close(generator.style(z), generator.style(3 * z))


def test_styles_have_mean_0():
    w = StyleGenerator().style(torch.randn(500, 64))
    torch.testing.assert_close(w.mean(dim=0), torch.zeros(64), atol=1e-4, rtol=0)
    assert float(w.detach().std()) == pytest.approx(1, rel=0.01)


def test_a_style_steers_its_own_size():
    """The fine style does not reach the maps of 7 × 7; each of the two changes the image."""
    torch.manual_seed(0)
    generator = StyleGenerator().eval()  # its noise begins at 0
    after7 = []
    generator.norm7.register_forward_hook(lambda *given: after7.append(given[-1]))
    w, other = torch.randn(4, 64), torch.randn(4, 64)
    images = [generator.draw(w, w), generator.draw(w, other), generator.draw(other, w)]
    assert images[0].shape == (4, 1, 28, 28)
    torch.testing.assert_close(after7[0], after7[1])
    assert (images[0] - images[1]).abs().max() > 0.01
    assert (after7[0] - after7[2]).abs().max() > 0.01


def test_it_runs_in_the_loop():
    gan = GAN(*stylegan(), latent_dim=64, ema=0.99)
    before = gan.generator.draw(*torch.ones(2, 2, 64)).detach()
    [report] = fit_gan(gan, torch.rand(32, 1, 28, 28) * 2 - 1, steps=3, batch_size=8)
    assert report.done == 3
    assert not torch.equal(before, gan.generator.draw(*torch.ones(2, 2, 64)))
    assert F.softplus(gan.logits(before)).shape == (2, 1)
