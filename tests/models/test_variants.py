"""What lessons to come need of the loop and of GAN: each variant is what it changes, and runs in the same loop."""

import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.nn import functional as F

from course_lib.loops import fit_gan
from course_lib.models.gan import GAN, gradient_penalty
from course_lib.models.gan_networks import pair


def mlp(inputs, outputs, hidden=64):
    return nn.Sequential(nn.Linear(inputs, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, outputs))


class Joined(nn.Module):
    """A network that takes all it is given side by side, class numbers as one-hot."""

    def __init__(self, inputs, outputs, classes=4):
        super().__init__()
        self.classes, self.net = classes, mlp(inputs, outputs)

    def forward(self, x, condition):
        condition = condition if condition.is_floating_point() else F.one_hot(condition, self.classes).float()
        return self.net(torch.cat([x, condition], dim=1))


class Pix2Pix(GAN):
    """generator: source -> x; discriminator: (x, source) -> logits; data: x, source. Isola et al. (2017)."""

    def fake(self, x, source):
        return self.generator(source)

    def g_loss(self, fake, x, source, weight=100.0):
        loss, _ = super().g_loss(fake, x, source)
        l1 = F.l1_loss(fake, x)
        return loss + weight * l1, {"l1": l1}


class CycleGAN(GAN):
    """generator: ModuleDict(ab, ba); discriminator: ModuleDict(a, b); data: a, b, in no order. Zhu et al. (2017)."""

    def fake(self, a, b):
        return {"b": self.generator["ab"](a), "a": self.generator["ba"](b)}

    def d_loss(self, fake, a, b):
        real, d = {"a": a, "b": b}, self.discriminator
        return sum(self.d_criterion(d[k](real[k]), d[k](fake[k].detach())) for k in "ab"), {}

    def g_loss(self, fake, a, b, weight=10.0):
        fooled = sum(self.g_criterion(self.discriminator[k](fake[k])) for k in "ab")
        cycle = F.l1_loss(self.generator["ba"](fake["b"]), a) + F.l1_loss(self.generator["ab"](fake["a"]), b)
        return fooled + weight * cycle, {"cycle": cycle}


def test_wgan_gp_as_published_carries_the_fakes_to_the_data():
    """Five steps of the critic for one of the generator, weight 10, betas (0, 0.9); against optimal transport."""
    torch.manual_seed(0)
    x = torch.randn(500, 2) * torch.tensor([1.0, 0.2]) + 3
    model = GAN(*pair("points"), 2, losses="wasserstein", penalty=gradient_penalty, weight=10.0, ema=0.95)

    def distance():
        with torch.no_grad():
            costs = torch.cdist(x, model.average(model.noise(500))).numpy()
        return costs[linear_sum_assignment(costs)].mean()

    before = distance()
    list(fit_gan(model, x, steps=150, lr=2e-3, betas=(0.0, 0.9), d_steps=5))
    assert distance() < 0.3 * before


def test_the_critic_learns_d_steps_times_for_each_step_of_the_generator():
    model, steps = GAN(*pair("points"), 2), []
    optimizers = torch.optim.Adam(model.generator.parameters()), torch.optim.Adam(model.discriminator.parameters())
    for name, optimizer in zip("gd", optimizers, strict=True):
        optimizer.register_step_post_hook(lambda *_, name=name: steps.append(name))
    list(fit_gan(model, torch.randn(20, 2), steps=3, d_steps=2, optimizers=optimizers))
    assert "".join(steps) == "ddg" * 3


def test_a_conditional_gan_draws_what_is_asked_for():
    torch.manual_seed(0)
    centers = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    y = torch.arange(2000) % 4
    x = centers[y] + 0.1 * torch.randn(2000, 2)
    model = GAN(Joined(2 + 4, 2), Joined(2 + 4, 1), latent_dim=2, ema=0.98)

    def right():
        with torch.no_grad():
            fake = model.average(model.noise(400), y[:400])
        return (torch.cdist(fake, centers).argmin(dim=1) == y[:400]).float().mean()

    assert right() < 0.6
    list(fit_gan(model, x, y, steps=300, lr=2e-3, betas=(0.5, 0.99)))
    assert right() > 0.95


def test_pix2pix_learns_the_pairs():
    torch.manual_seed(0)
    source = torch.randn(1000, 2)
    x = torch.stack([source[:, 1], -source[:, 0]], dim=1)  # a quarter turn
    model = Pix2Pix(mlp(2, 2), Joined(4, 1))
    first, *_, last = fit_gan(model, x, source, steps=400, lr=2e-3, betas=(0.5, 0.99), every=50)
    assert last.means["l1"] < 0.15 * first.means["l1"]


def test_cyclegan_comes_back_and_reaches_the_other_side():
    torch.manual_seed(0)
    a, b = torch.randn(1000, 2), torch.randn(1000, 2) * 0.3 + torch.tensor([2.0, -1.0])  # in no order
    model = CycleGAN(
        nn.ModuleDict({"ab": mlp(2, 2), "ba": mlp(2, 2)}), nn.ModuleDict({"a": mlp(2, 1), "b": mlp(2, 1)}), ema=0.98
    )
    first, *_, last = fit_gan(model, a, b, steps=1500, lr=2e-3, betas=(0.5, 0.99))
    assert last.means["cycle"] < 0.5 * first.means["cycle"]
    with torch.no_grad():
        made = model.average.module["ab"](a)
    assert made.mean(dim=0).tolist() == pytest.approx([2.0, -1.0], abs=0.4)
    assert made.std(dim=0).tolist() == pytest.approx([0.3, 0.3], abs=0.2)
