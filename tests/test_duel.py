"""The adversarial loop: it equals the plain one, keeps the players apart, repeats exactly, says what went wrong."""

import copy
import itertools
import math

import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.nn import functional as F

from course_lib.duel import Round, duel
from course_lib.models import gan
from course_lib.models.gan_losses import LOSSES, LossPair, flat_at_data, unit_slope


def players(seed=0, **sizes):
    torch.manual_seed(seed)
    return gan.pair("points", **{"hidden": 16, **sizes})


def cloud(n=50, shift=3.0):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(1)) + shift


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_equals_the_plain_loop():
    """Written once more as in the books: labels of ones and zeros, a forward pass of G for each player, plain Adam."""
    x, ours, (G, D) = cloud(), players(), players()
    *_, last = duel(*ours, x, steps=7, batch_size=16, lr=(1e-2, 3e-3), betas=(0.5, 0.99), ema=0.3, seed=3)

    chance = torch.Generator().manual_seed(3)
    g_adam, d_adam = (
        torch.optim.Adam(G.parameters(), 1e-2, (0.5, 0.99)),
        torch.optim.Adam(D.parameters(), 3e-3, (0.5, 0.99)),
    )
    mean, step, ones, zeros = weights(G), 0, torch.ones(16, 1), torch.zeros(16, 1)
    while step < 7:
        for index in torch.randperm(50, generator=chance).split(16)[:3]:
            z = torch.randn(16, 2, generator=chance)
            d_adam.zero_grad()
            with torch.no_grad():
                fake = G(z)
            bce = F.binary_cross_entropy_with_logits
            (bce(D(x[index]), ones) + bce(D(fake), zeros)).backward()
            d_adam.step()
            g_adam.zero_grad()
            bce(D(G(z)), ones).backward()
            g_adam.step()
            step += 1
            keep = min(0.3, step / (step + 10))
            mean = keep * mean + (1 - keep) * weights(G)
            if step == 7:
                break
    for network, plain in zip(ours, (G, D), strict=True):
        assert torch.allclose(weights(network), weights(plain), atol=1e-5)  # the fused optimiser rounds differently
    assert torch.allclose(weights(last.generator), mean, atol=1e-5)


def test_same_seed_same_weights_whatever_is_drawn_between():
    runs = []
    for seed, draw in ((0, False), (0, True), (1, False)):
        pair = players()
        for _ in duel(*pair, cloud(), steps=6, every=2, batch_size=16, seed=seed):
            if draw:
                torch.randn(5)
        runs.append(torch.cat([weights(network) for network in pair]))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_the_generator_never_sees_real_data():
    """No path leads from the generator's loss to the data, nor from the discriminator's to the generator's weights."""
    generator, discriminator = players()
    x = cloud().requires_grad_()  # so that autograd would find a path to it
    mine = [*generator.parameters()]
    seen = []

    def for_d(real, fake):
        loss = LOSSES["hinge"].discriminator(real, fake)
        by_x, *by_g = torch.autograd.grad(loss, [x, *mine], retain_graph=True, allow_unused=True)
        seen.append(("d", by_x is not None, any(g is not None for g in by_g)))
        return loss

    def for_g(fake):
        loss = LOSSES["hinge"].generator(fake)
        by_x, *by_g = torch.autograd.grad(loss, [x, *mine], retain_graph=True, allow_unused=True)
        seen.append(("g", by_x is not None, all(g is not None for g in by_g)))
        return loss

    list(duel(generator, discriminator, x, steps=2, losses=LossPair(for_d, for_g)))
    assert seen == 2 * [("d", True, False), ("g", False, True)]
    assert x.grad is None


@pytest.mark.parametrize("still", [0, 1])
def test_each_player_changes_only_its_own_weights(still):
    pair, lr = players(), [1e-2, 1e-2]
    lr[still] = 0.0
    before = [weights(network) for network in pair]
    list(duel(*pair, cloud(), steps=3, lr=lr))
    changed = [not torch.equal(a, weights(network)) for a, network in zip(before, pair, strict=True)]
    assert changed == [still == 1, still == 0]


def test_yields_every_so_many_steps_and_at_the_end():
    steps = [r.step for r in duel(*players(), cloud(), steps=7, every=3)]
    assert steps == [3, 6, 7]


def test_reports_means_since_the_last_yield_and_the_norms_of_this_step():
    """Without learning, and with every row in every batch, they can be worked out from outside."""
    generator, discriminator = players()
    x, chance = cloud(20), torch.Generator().manual_seed(5)
    [report] = duel(generator, discriminator, x, steps=4, batch_size=20, lr=0.0, seed=5)
    d_losses, g_losses, reals, fakes = ([] for _ in range(4))
    for _ in range(4):
        torch.randperm(20, generator=chance)
        fake = discriminator(generator(torch.randn(20, 2, generator=chance)))
        real = discriminator(x)
        d_loss, g_loss = F.softplus(-real).mean() + F.softplus(fake).mean(), F.softplus(-fake).mean()
        grads = (
            torch.autograd.grad(loss, [*network.parameters()], retain_graph=True)
            for loss, network in ((d_loss, discriminator), (g_loss, generator))
        )
        norms = [math.sqrt(sum(g.square().sum().item() for g in gradient)) for gradient in grads]
        d_losses.append(d_loss.item())
        g_losses.append(g_loss.item())
        reals.append((real > 0).float().mean().item())
        fakes.append((fake < 0).float().mean().item())
    expected = [sum(values) / 4 for values in (d_losses, g_losses, reals, fakes)]
    assert list(report[1:7]) == pytest.approx(expected + norms, rel=1e-4)
    assert report.seconds > 0
    assert report.generator is generator


def test_the_average_is_another_network_and_does_not_play():
    alone, watched = players(), players()
    list(duel(*alone, cloud(), steps=5))
    *_, last = duel(*watched, cloud(), steps=5, ema=0.9)
    assert torch.equal(weights(alone[0]), weights(watched[0]))
    assert last.generator is not watched[0]
    assert not torch.equal(weights(last.generator), weights(watched[0]))


def test_batches_are_full_and_every_row_has_its_turn():
    seen = []

    class Looking(nn.Linear):
        def forward(self, x):
            seen.append(x)
            return super().forward(x)

    x = torch.arange(10.0)[:, None] + 100
    list(duel(nn.Linear(3, 1), Looking(1, 1), x, steps=6, batch_size=4))
    reals = seen[::3]  # D looks at real, at fake, and at fake for G
    assert [len(part) for part in reals] == [4] * 6
    for epoch in range(3):
        assert len(torch.cat(reals[2 * epoch : 2 * epoch + 2]).unique()) == 8
    assert torch.cat(reals).unique().numel() == 10
    list(duel(nn.Linear(3, 1), Looking(1, 1), x[:3], steps=1, batch_size=4))  # fewer rows than a batch
    assert [len(part) for part in seen[-3:]] == [3] * 3


def test_labels_go_to_both_networks():
    """What a conditional GAN will need: G(z, y) and D(x, y), the rows of x and y together."""

    class Conditional(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            self.layer = nn.Linear(inputs, outputs)

        def forward(self, x, y):
            if x.shape[1] == 1 and (x >= 100).all():
                assert torch.equal(x[:, 0], y + 100.0)
            return self.layer(torch.cat([x, y[:, None].float()], dim=1))

    generator = Conditional(6, 1)
    generator.z = 5
    y = torch.arange(10)
    [step] = duel(generator, Conditional(2, 1), y[:, None] + 100.0, y, steps=3, batch_size=4)
    assert math.isfinite(step.d_loss)


def test_eval_mode_between_yields_and_after_an_interrupt():
    generator, discriminator = gan.pair("conv", image=(1, 8, 8))
    x = torch.rand(20, 1, 8, 8)
    seen = []
    generator.register_forward_hook(lambda module, *_: seen.append(module.training))
    for step in duel(generator, discriminator, x, steps=4, every=2, batch_size=8, ema=0.5):
        assert not any(network.training for network in (generator, discriminator, step.generator))
    assert all(seen)

    def interrupt(real, fake):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(duel(generator, discriminator, x, steps=1, losses=LossPair(interrupt, interrupt)))
    assert not any(network.training for network in (generator, discriminator))


def test_the_average_keeps_the_statistics_of_batch_norm():
    generator, discriminator = gan.pair("conv", image=(1, 8, 8))
    *_, last = duel(generator, discriminator, torch.rand(20, 1, 8, 8), steps=3, ema=0.9)
    for mean, new in zip(last.generator.buffers(), generator.buffers(), strict=True):
        assert torch.equal(mean, new)


def test_frozen_layers_stay():
    """As in transfer learning: what needs no gradient gets none."""
    generator, discriminator = players()
    generator[0].requires_grad_(False)
    before = copy.deepcopy(generator[0].weight)
    list(duel(generator, discriminator, cloud(), steps=2))
    assert torch.equal(before, generator[0].weight)


@pytest.mark.parametrize("name", LOSSES)
def test_every_pair_of_losses_moves_the_fakes_to_the_data(name):
    generator, discriminator = players()
    x = cloud(500)
    z = torch.randn(500, 2)
    before = (generator(z).mean(dim=0) - x.mean(dim=0)).norm().item()
    *_, last = duel(generator, discriminator, x, steps=200, losses=name, lr=2e-3, betas=(0, 0.9))
    assert isinstance(last, Round)
    assert (last.generator(z).mean(dim=0) - x.mean(dim=0)).norm().item() < 0.5 * before


def test_a_penalty_is_added_to_the_discriminators_loss_and_learned():
    x, losses = cloud(), []
    for settings in ({}, {"penalty": flat_at_data, "weight": 0.0}, {"penalty": flat_at_data, "weight": 10.0}):
        pair = players()
        *_, last = duel(*pair, x, steps=100, lr=1e-2, **settings)
        losses.append((last.d_loss, flat_at_data(pair[1], x, x).item()))
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[2][1] < 0.1 * losses[0][1]


def test_wasserstein_with_its_penalty_measures_the_distance():
    """Against the cheapest way to carry 500 fakes to 500 points. (A small weight lets the slope grow above 1.)"""
    generator, discriminator = players()
    x, lr = cloud(500), (0.0, 1e-2)
    list(duel(generator, discriminator, x, steps=300, losses="wasserstein", penalty=unit_slope, weight=100.0, lr=lr))
    fake = generator(torch.randn(500, 2)).detach()
    costs = torch.cdist(x, fake).numpy()
    distance = costs[linear_sum_assignment(costs)].mean()
    assert (discriminator(x).mean() - discriminator(fake).mean()).item() == pytest.approx(distance, rel=0.1)


@pytest.mark.parametrize("name", gan.PAIRS)
def test_every_pair_of_networks_trains(name):
    torch.manual_seed(0)
    generator, discriminator = gan.pair(name)
    shape = generator.eval()(gan.noise(generator, 1)).shape[1:]
    before = [weights(network) for network in (generator, discriminator)]
    [step] = duel(generator, discriminator, 2 * torch.rand(64, *shape) - 1, steps=3, batch_size=32)
    assert all(map(math.isfinite, step[1:7]))
    assert min(step.d_gradient, step.g_gradient) > 0
    for old, network in zip(before, (generator, discriminator), strict=True):
        assert not torch.equal(old, weights(network))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"steps": 0}, r"steps=0.*1, 2, 3"),
        ({"every": 0}, "every=0"),
        ({"lr": (1e-3, 1e-3, 1e-3)}, r"lr_G, lr_D"),
        ({"lr": -1.0}, "lr=-1.0"),
        ({"betas": (0.5, 1.0)}, r"betas=\(0.5, 1.0\)"),
        ({"ema": 1.0}, "0 ≤ ema < 1"),
        ({"losses": "wgan"}, "'wgan'.*'minimax', 'non_saturating'"),
        ({"batch_size": 0}, "batch_size=0"),
    ],
)
def test_bad_arguments_are_refused_at_the_call(given, said):
    with pytest.raises(ValueError, match=said) as error:
        duel(*players(), cloud(), **{"steps": 1, **given})
    assert "।" in str(error.value).splitlines()[-1]


def test_bad_data_and_generators_are_refused_at_the_call():
    generator, discriminator = players()
    for tensors in ((), (cloud(0),), (cloud(3), cloud(4))):
        with pytest.raises(ValueError, match="same number of rows"):
            duel(generator, discriminator, *tensors, steps=1)
    with pytest.raises(ValueError, match="neither a Linear layer"):
        duel(nn.Conv2d(1, 1, 1), discriminator, cloud(), steps=1)


def test_diverging_says_so():
    runaway = LossPair(lambda real, fake: fake.mean() * math.inf, lambda fake: -fake.mean())
    rounds = duel(*players(), cloud(), steps=3, losses=runaway, lr=0.5)
    with pytest.raises(ArithmeticError, match=r"By step 3 .* smaller lr than \(0.5, 0.5\)") as error:
        list(rounds)
    assert "छोटा lr लीजिए" in str(error.value)


def test_can_be_left_at_any_time():
    pair = players()
    some = list(itertools.islice(duel(*pair, cloud(), steps=10**9, every=5), 2))
    assert [r.step for r in some] == [5, 10]
    assert not any(network.training for network in pair)
