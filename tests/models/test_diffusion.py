"""Diffusion against closed forms: the paper's schedule, Gaussian data, whose best answer is known, DDPM's posterior."""

import math

import pytest
import torch
from torch import nn

from course_lib.loops import fit
from course_lib.models.diffusion import Diffusion, TimeMLP, cosine_schedule

STD = 0.5  # of the Gaussian data


class Says(nn.Module):
    """A network that answers with a formula: answer(x_t, time, label) -> v."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x, time, label=None):
        return self.answer(x, time, label)


def best_v(x, time, label=None, std=STD):
    """E[v | x_t] where x ~ N(0, std²): signal · E[ε | x_t] − noise · E[x | x_t], both by the Gaussian's regression."""
    signal, noise = torch.cos(time * math.pi / 2)[:, None], torch.sin(time * math.pi / 2)[:, None]
    return signal * noise * (1 - std**2) / (signal**2 * std**2 + noise**2) * x


def test_schedule_is_the_papers_without_its_offset():
    signal, noise = cosine_schedule(50)
    t = torch.arange(51)
    alpha_bar = torch.cos(t / 50 * math.pi / 2) ** 2  # Nichol and Dhariwal (2021), equation 17, s = 0
    torch.testing.assert_close(signal**2, alpha_bar)
    torch.testing.assert_close(signal**2 + noise**2, torch.ones(51))
    assert (signal[0], noise[0]) == (1, 0)
    assert signal[-1].abs() < 1e-6


@pytest.mark.parametrize("t", [1, 30, 99, 100])
def test_the_exact_answer_gives_back_x_and_the_noise(t):
    torch.manual_seed(0)
    x, epsilon = torch.randn(2, 8, 3)
    signal, noise = (float(one[t]) for one in cosine_schedule(100))
    model = Diffusion(Says(lambda *_: signal * epsilon - noise * x), dim=3, timesteps=100)
    clean, heard = model.clean_and_noise(signal * x + noise * epsilon, t)
    torch.testing.assert_close(clean, x)
    torch.testing.assert_close(heard, epsilon)


@pytest.mark.parametrize(("eta", "steps"), [(0, 500), (1, 1000)])
def test_samples_of_the_best_network_have_the_datas_spread(eta, steps):
    """Ends beyond three standard errors of a spread of 20,000 samples (1 %) and the steps' own error (1 %) fail."""
    model = Diffusion(Says(best_v), dim=1, timesteps=1000)
    made = model.sample(20_000, steps=steps, eta=eta, rng=torch.Generator().manual_seed(0))
    assert made.std() == pytest.approx(STD, rel=0.02)
    assert made.mean().abs() < 4 * STD / math.sqrt(20_000)


def test_ddim_brings_each_noise_to_its_own_place():
    """Its way has no chance in it: for Gaussian data it is an equation whose solution is noise · σ."""
    model = Diffusion(Says(best_v), dim=1, timesteps=1000)
    noise = torch.randn(100, 1, generator=torch.Generator().manual_seed(0))
    made = model.sample(100, steps=1000, rng=torch.Generator().manual_seed(0))
    torch.testing.assert_close(made, noise * STD, rtol=0.02, atol=1e-4)


def test_one_ddpm_step_is_the_posterior_of_the_paper():
    """Mean and variance of x_{t−1} given x_t and the clean x: Ho et al. (2020), equations 6 and 7."""
    steps, t = 10, 6
    signal, noise = cosine_schedule(steps)
    x_t, clean = torch.tensor([[0.7]]), torch.tensor([[-0.4]])
    count = 50_000

    def v(x, time, label):  # of a network that is sure that x is `clean`
        a, s = (one[(time * steps).round().long()][:, None] for one in (signal, noise))
        return (a * x - clean) / s

    model = Diffusion(Says(v), dim=1, timesteps=steps)
    alpha_bar, before = signal[t] ** 2, signal[t - 1] ** 2
    alpha = alpha_bar / before
    mean = before.sqrt() * (1 - alpha) / (1 - alpha_bar) * clean + alpha.sqrt() * (1 - before) / (1 - alpha_bar) * x_t
    variance = (1 - before) / (1 - alpha_bar) * (1 - alpha)
    torch.manual_seed(0)
    made = model.step(x_t.expand(count, 1), t, t - 1, eta=1.0)
    assert float(made.mean()) == pytest.approx(float(mean), abs=4 * float(variance / count) ** 0.5)
    assert float(made.var()) == pytest.approx(float(variance), rel=0.02)


def test_a_step_with_half_the_fresh_noise_keeps_all_noise():
    """Song et al. (2021), equation 16: eta scales the fresh noise; what stays of the old one makes up for it."""
    steps, t, s, count = 10, 6, 3, 50_000
    signal, noise = cosine_schedule(steps)
    model = Diffusion(
        Says(lambda x, *_: signal[t] / noise[t] * x), dim=1, timesteps=steps
    )  # of x = 0: x_t is all noise
    torch.manual_seed(0)
    x_t = noise[t] * torch.randn(count, 1)
    kept = {}
    for eta in (0.0, 0.5, 1.0):
        made = model.step(x_t, t, s, eta=eta, rng=torch.Generator().manual_seed(1))
        assert made.std() == pytest.approx(float(noise[s]), rel=0.02)
        assert torch.equal(made, model.step(x_t, t, s, eta=eta, rng=torch.Generator().manual_seed(1)))
        kept[eta] = float(torch.corrcoef(torch.stack([made[:, 0], x_t[:, 0]]))[0, 1])
    fresh = float(1 / noise[t] * (1 - (signal[t] / signal[s]) ** 2).sqrt())  # σ / noise[s] where eta is 1
    for eta, correlation in kept.items():
        assert correlation == pytest.approx((1 - (eta * fresh) ** 2) ** 0.5, abs=0.02)


def test_training_asks_at_every_time_and_each_x_at_its_own():
    heard = []
    model = Diffusion(Says(lambda x, time, label: heard.append(time) or x), dim=1, timesteps=10)
    torch.manual_seed(0)
    model.loss(torch.zeros(2000, 1))
    counts = torch.bincount((10 * heard[0]).round().int())
    assert len(counts) == 11
    assert counts[0] == 0
    assert counts[1:].min() > 100  # of 200; six standard errors


def test_more_steps_than_times_visit_every_time_once():
    model = Diffusion(Says(best_v), dim=1, timesteps=20)
    all_times, more = (model.sample(5, steps=n, rng=torch.Generator().manual_seed(0)) for n in (20, 90))
    torch.testing.assert_close(all_times, more)


def test_a_device_takes_the_schedule_along_and_a_checkpoint_does_not():
    model = Diffusion(TimeMLP(2, width=8), dim=2).to("meta")
    assert {x.device.type for x in (model.signal, model.noise, model.network.frequencies)} == {"meta"}
    assert not {"signal", "noise", "network.frequencies"} & set(model.state_dict())


def test_no_answer_has_a_lower_loss_than_the_best_one():
    torch.manual_seed(0)
    x = STD * torch.randn(20_000, 1)
    losses = {}
    for change in (0.8, 1.0, 1.2):
        torch.manual_seed(1)
        losses[change] = float(Diffusion(Says(lambda x, t, _, k=change: k * best_v(x, t)), dim=1).loss(x)[0])
    assert losses[1.0] < min(losses[0.8], losses[1.2])


def test_guidance_goes_from_no_label_through_the_label_and_beyond():
    model = Diffusion(Says(lambda x, t, label: (label.float()[:, None] + 1).expand_as(x)), dim=1, timesteps=10)
    x_t, label = torch.zeros(3, 1), torch.tensor([4, 4, 4])  # it answers 5 with the label, 0 without
    noise = float(model.noise[5])
    for guidance, said in ((0, 0), (1, 5), (2, 10), (3, 15)):
        clean, _ = model.clean_and_noise(x_t, 5, label, guidance)
        torch.testing.assert_close(clean, torch.full((3, 1), -noise * said))


def test_training_hides_a_share_of_the_labels():
    heard = []
    model = Diffusion(Says(lambda x, t, label: heard.append(label) or x), dim=1, drop=0.25)
    torch.manual_seed(0)
    model.loss(torch.randn(4000, 1), torch.full((4000,), 3))
    assert set(heard[0].tolist()) == {-1, 3}
    assert float((heard[0] == -1).float().mean()) == pytest.approx(0.25, abs=0.03)  # four standard errors


def test_a_label_chooses_its_heap_and_none_draws_both():
    torch.manual_seed(0)
    label = torch.arange(512) % 2
    x = torch.tensor([[-1.0], [1.0]])[label] + 0.05 * torch.randn(512, 1)
    model = Diffusion(TimeMLP(1, width=32, blocks=2, classes=2), dim=1, drop=0.3)
    for _ in fit(model, x, label, epochs=60, batch_size=64, lr=5e-3):
        pass
    rng = torch.Generator().manual_seed(0)
    for one, side in ((0, -1), (1, 1)):
        made = model.sample(200, torch.full((200,), one), rng=rng)
        assert float((made * side > 0.75).float().mean()) > 0.95
    free = model.sample(400, rng=rng)
    assert 0.3 < float((free > 0).float().mean()) < 0.7
    assert float((free.abs() > 0.75).float().mean()) > 0.8


def test_the_network_hears_time_and_label():
    torch.manual_seed(0)
    network, x = TimeMLP(4, width=16, classes=3), torch.randn(1, 4)
    assert torch.equal(network(x, torch.tensor([0.2]), torch.tensor([0])), network(x, torch.tensor([0.2])))  # untrained
    nn.init.normal_(network.label.weight)
    outputs = [network(x, torch.tensor([t]), label) for t in (0.2, 0.8) for label in (None, torch.tensor([0]))]
    outputs.append(network(x, torch.tensor([0.2]), torch.tensor([-1])))
    assert torch.equal(outputs[0], outputs[4])  # −1 is no label
    assert all((a - b).abs().max() > 1e-3 for i, a in enumerate(outputs[:4]) for b in outputs[:i])
    for wrong in (3, 4):  # not taken for another class, nor for a hidden one
        with pytest.raises(IndexError):
            network(x, torch.tensor([0.2]), torch.tensor([wrong]))
    assert TimeMLP(4, width=16)(x, torch.tensor([0.2])).shape == (1, 4)


def test_the_network_tells_any_two_times_apart():
    """Sines alone would not: they repeat."""
    torch.manual_seed(0)
    network, times = TimeMLP(4, width=16), torch.linspace(0, 1, 101)
    with torch.no_grad():
        apart = torch.pdist(network(torch.zeros(101, 4), times))
    assert apart.min() > 1e-3


def test_guidance_and_the_generator_reach_every_step_of_a_sample():
    """v = c(label) in place of the network: with guidance 3 the answer is three times that with guidance 1."""
    model = Diffusion(Says(lambda x, t, label: (label.float()[:, None] + 1).expand_as(x)), dim=1, timesteps=10)
    label, ends = torch.tensor([1, 1]), {}
    for guidance in (0.0, 1.0, 3.0):
        ends[guidance] = model.sample(2, label, 10, guidance, rng=torch.Generator().manual_seed(0))
    torch.testing.assert_close(ends[3.0] - ends[0.0], 3 * (ends[1.0] - ends[0.0]))
    assert (ends[1.0] - ends[0.0]).abs().min() > 0.1
    again = [model.sample(2, label, 10, eta=1.0, rng=torch.Generator().manual_seed(0)) for _ in range(2)]
    assert torch.equal(*again)
