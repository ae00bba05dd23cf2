"""The adversarial loop: it equals the plain one, keeps the players apart, repeats exactly, and holds the variants."""

import copy
import itertools
import math

import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch.nn import functional as F
from torch.optim import Adam

from course_lib.loops import Report, fit_gan
from course_lib.models import gan
from course_lib.models.gan import GAN, gradient_penalty, r1_penalty
from course_lib.models.gan_networks import PAIRS, pair


def players(seed=0, **options):
    torch.manual_seed(seed)
    return GAN(*pair("points", hidden=16), latent_dim=2, **options)


def cloud(n=50, shift=3.0):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(1)) + shift


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_equals_the_plain_loop():
    """Written once more as in the books: labels of ones and zeros, a forward pass of G for each player, plain Adam."""
    x, ours, plain = cloud(), players(ema=0.3), players()
    list(fit_gan(ours, x, steps=7, batch_size=16, lr=(1e-2, 3e-3), betas=(0.5, 0.99), every=4, seed=3))

    G, D = plain.generator, plain.discriminator
    g_adam, d_adam = Adam(G.parameters(), 1e-2, (0.5, 0.99)), Adam(D.parameters(), 3e-3, (0.5, 0.99))
    bce, ones, zeros, mean = F.binary_cross_entropy_with_logits, torch.ones(16, 1), torch.zeros(16, 1), 0
    for step in range(7):
        if step % 4 == 0:
            torch.manual_seed(hash((3, step)))
        index, z = torch.randint(50, (16,)), torch.randn(16, 2)
        with torch.no_grad():
            fake = G(z)
        d_adam.zero_grad()
        (bce(D(x[index]), ones) + bce(D(fake), zeros)).backward()
        d_adam.step()
        g_adam.zero_grad()
        bce(D(G(z)), ones).backward()
        g_adam.step()
        mean = torch.lerp(weights(G), mean, min(0.3, step / (step + 10))) if step else weights(G)
    # The fused optimiser rounds differently.
    assert torch.allclose(weights(ours.generator), weights(G), atol=1e-5)
    assert torch.allclose(weights(ours.discriminator), weights(D), atol=1e-5)
    assert torch.allclose(weights(ours.average), mean, atol=1e-5)


def test_same_seed_same_weights_whatever_is_drawn_between():
    runs = []
    for seed, draw in ((0, False), (0, True), (1, False)):
        model = players()
        for _ in fit_gan(model, cloud(), steps=6, every=2, batch_size=16, seed=seed):
            if draw:
                torch.randn(5)
        runs.append(weights(model))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_interrupted_and_taken_up_it_goes_on_bit_for_bit():
    """With BatchNorm's statistics and the average."""

    def model():
        torch.manual_seed(0)
        return GAN(*pair("dcgan", latent_dim=8, image_shape=(1, 8, 8)), latent_dim=8, ema=0.9)

    def optimizers(one):
        return Adam(one.generator.parameters(), 2e-4), Adam(one.discriminator.parameters(), 2e-4)

    x, options = torch.rand(20, 1, 8, 8), {"steps": 7, "every": 2, "batch_size": 8}
    through, stopped, other = model(), model(), model()
    list(fit_gan(through, x, **options, optimizers=optimizers(through)))
    used = optimizers(stopped)
    list(itertools.islice(fit_gan(stopped, x, **options, optimizers=used), 2))
    torch.randn(100)
    new = optimizers(other)
    other.load_state_dict(stopped.state_dict())
    for one, old in zip(new, used, strict=True):
        one.load_state_dict(old.state_dict())
    assert [report.done for report in fit_gan(other, x, **options, optimizers=new, start=4)] == [6, 7]
    for name, value in through.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_the_generator_never_sees_real_data():
    """No path leads from the generator's loss to the data, nor from the discriminator's to the generator's weights."""

    class Watched(GAN):
        def reached(self, loss):
            by_x, *by_g = torch.autograd.grad(
                loss, [x, *self.generator.parameters()], retain_graph=True, allow_unused=True
            )
            return by_x is not None, any(g is not None for g in by_g)

        def d_loss(self, fake, real):
            loss, parts = super().d_loss(fake, real)
            seen.append(("d", *self.reached(loss)))
            return loss, parts

        def g_loss(self, fake, real):
            loss, parts = super().g_loss(fake, real)
            seen.append(("g", *self.reached(loss)))
            return loss, parts

    seen, x = [], cloud().requires_grad_()  # so that autograd would find a path to it
    list(fit_gan(Watched(*pair("points", hidden=16), latent_dim=2), x, steps=2))
    assert seen == 2 * [("d", True, False), ("g", False, True)]


def test_each_player_changes_only_its_own_weights():
    for lr, expected in (((1e-2, 0.0), [True, False]), ((0.0, 1e-2), [False, True])):
        model = players()
        before = weights(model.generator), weights(model.discriminator)
        list(fit_gan(model, cloud(), steps=3, lr=lr))
        after = weights(model.generator), weights(model.discriminator)
        assert [not torch.equal(a, b) for a, b in zip(before, after, strict=True)] == expected
        assert all(w.grad is not None for w in model.generator.parameters())


def test_yields_every_so_many_steps_and_at_the_end():
    reports = list(fit_gan(players(), cloud(), steps=7, every=3))
    assert [(report.done, report.total) for report in reports] == [(3, 7), (6, 7), (7, 7)]
    some = itertools.islice(fit_gan(players(), cloud(), steps=10**9, every=5), 2)
    assert [report.done for report in some] == [5, 10]


def test_reports_are_means_since_the_last_one():
    """Without learning they can be worked out from outside."""
    model, x = players(), cloud(20)
    [report] = fit_gan(model, x, steps=4, batch_size=20, lr=0.0, seed=5)
    assert isinstance(report, Report)
    torch.manual_seed(hash((5, 0)))
    found = []
    for _ in range(4):
        real = model.discriminator(x[torch.randint(20, (20,))])
        fake = model.discriminator(model.generator(torch.randn(20, 2)))
        losses = F.softplus(-real).mean() + F.softplus(fake).mean(), F.softplus(-fake).mean()
        found.append(torch.stack([*losses, (real > 0).float().mean(), (fake < 0).float().mean()]))
    names = ["d_loss", "g_loss", "real_right", "fake_right"]
    expected = dict(zip(names, torch.stack(found).mean(dim=0).tolist(), strict=True))
    assert report.means == pytest.approx(expected, rel=1e-4)


def test_the_average_is_another_network_and_does_not_play():
    alone, watched = players(), players(ema=0.9)
    for model in (alone, watched):
        list(fit_gan(model, cloud(), steps=5))
    assert torch.equal(weights(alone.generator), weights(watched.generator))
    assert alone.average is alone.generator
    assert not torch.equal(weights(watched.average), weights(watched.generator))


def test_eval_mode_between_reports_and_the_average_keeps_the_statistics_of_batch_norm():
    model = GAN(*pair("dcgan", image_shape=(1, 8, 8)), latent_dim=64, ema=0.9)
    seen = []
    model.generator.register_forward_hook(lambda module, *_: seen.append(module.training))
    for _ in fit_gan(model, torch.rand(20, 1, 8, 8), steps=4, every=2, batch_size=8):
        assert not any(module.training for module in model.modules())
    assert all(seen)
    for mean, new in zip(model.average.module.buffers(), model.generator.buffers(), strict=True):
        assert torch.equal(mean, new)


def test_frozen_layers_stay():
    model = players()
    model.generator[0].requires_grad_(False)
    before = copy.deepcopy(model.generator[0].weight)
    list(fit_gan(model, cloud(), steps=2))
    assert torch.equal(before, model.generator[0].weight)


@pytest.mark.parametrize("name", gan.LOSSES)
def test_every_pair_of_losses_moves_the_fakes_to_the_data(name):
    model, x, z = players(losses=name), cloud(500), torch.randn(500, 2)
    before = (model.generator(z).mean(dim=0) - x.mean(dim=0)).norm().item()
    list(fit_gan(model, x, steps=200, lr=2e-3, betas=(0.0, 0.9)))
    assert (model.generator(z).mean(dim=0) - x.mean(dim=0)).norm().item() < 0.5 * before


def test_a_penalty_is_added_to_the_discriminators_loss_and_learned():
    x, found = cloud(), []
    for options in ({}, {"penalty": r1_penalty, "weight": 0.0}, {"penalty": r1_penalty, "weight": 10.0}):
        model = players(**options)
        *_, last = fit_gan(model, x, steps=100, lr=1e-2)
        found.append((last.means["d_loss"], r1_penalty(model.logits, x, x).item()))
    assert found[0] == pytest.approx(found[1], rel=1e-3)
    assert found[2][1] < 0.1 * found[0][1]


def test_wasserstein_with_its_penalty_measures_the_distance():
    """Against the cheapest way to carry 500 fakes to 500 points. (A small weight lets the slope grow above 1.)"""
    model, x = players(losses="wasserstein", penalty=gradient_penalty, weight=100.0), cloud(500)
    list(fit_gan(model, x, steps=300, lr=(0.0, 1e-2)))
    fake = model.generator(torch.randn(500, 2)).detach()
    costs = torch.cdist(x, fake).numpy()
    distance = costs[linear_sum_assignment(costs)].mean()
    assert (model.logits(x).mean() - model.logits(fake).mean()).item() == pytest.approx(distance, rel=0.1)


def test_every_pair_of_networks_trains():
    for name in PAIRS:
        torch.manual_seed(0)
        model = GAN(*pair(name, latent_dim=9), latent_dim=9)
        shape = model.generator.eval()(model.noise(1)).shape[1:]
        before = [weights(network) for network in (model.generator, model.discriminator)]
        [report] = fit_gan(model, 2 * torch.rand(64, *shape) - 1, steps=3, batch_size=32)
        assert all(map(math.isfinite, report.means.values()))
        for old, network in zip(before, (model.generator, model.discriminator), strict=True):
            assert not torch.equal(old, weights(network)), name
        list(fit_gan(model, 2 * torch.rand(1, *shape) - 1, steps=1, batch_size=1))  # a small share, under torchrun


def test_training_that_goes_astray_says_so():
    model = players(penalty=lambda *_: torch.tensor(math.inf))
    with pytest.raises(ArithmeticError, match=r"training diverged \(d_loss inf.*smaller lr"):
        list(fit_gan(model, cloud(), steps=3, lr=0.5))
