"""Slips that students make in the exercises of lesson 09, and what each check says of them."""

from functools import cache
from itertools import pairwise

import pytest
import torch
from gates import DEVANAGARI
from torch import nn

from course_lib.classroom.exercises import gan_vae_diffusion as lesson09
from course_lib.data import ring


def _step(mix, apart=lambda x_t, v, signal, noise: (signal * x_t - noise * v, noise * x_t + signal * v)):
    """A step of a sampler; mix: (clean, epsilon, signal_t, noise_t, signal_s, noise_s) -> x_s."""

    def step(x_t, v, signal_t, noise_t, signal_s, noise_s):
        return mix(*apart(x_t, v, signal_t, noise_t), signal_t, noise_t, signal_s, noise_s)

    return step


def _right(clean, epsilon, signal_t, noise_t, signal_s, noise_s):
    return signal_s * clean + noise_s * epsilon


def _ddpm(clean, epsilon, signal_t, noise_t, signal_s, noise_s):
    sigma = noise_s / noise_t * (1 - (signal_t / signal_s) ** 2).sqrt()
    return signal_s * clean + (noise_s**2 - sigma**2).sqrt() * epsilon + sigma * torch.randn_like(clean)


def _divides(x_t, v, signal, noise):
    """Both parts as they should be, by a way that fails where the signal is 0."""
    epsilon = noise * x_t + signal * v
    return (x_t - noise * epsilon) / signal.round(decimals=3), epsilon


def _own(points, steps, told=1, asked="v", zero=True, batch=256, lr=3e-3, act=nn.ReLU):
    """A diffusion as lesson 09 asks for, in which one thing can be done wrongly, or otherwise.

    told: 0 where the network does not hear the time; asked: what it is to answer
    """
    layers = [nn.Linear(4, 128), act(), nn.Linear(128, 128), act(), nn.Linear(128, 128), act()]
    network = nn.Sequential(*layers, nn.Linear(128, 2))
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)

    def answer(x_t, signal, noise):
        return network(torch.cat([x_t, told * signal.expand(len(x_t), 1), told * noise.expand(len(x_t), 1)], dim=1))

    for _ in range(steps):
        clean = points[torch.randint(len(points), (batch,))]
        angle, epsilon = torch.rand(batch, 1) * torch.pi / 2, torch.randn(batch, 2)
        signal, noise = angle.cos(), angle.sin()
        wanted = {"v": signal * epsilon - noise * clean, "epsilon": epsilon, "clean": clean}[asked]
        loss = (answer(signal * clean + noise * epsilon, signal, noise) - wanted).square().mean()
        if zero:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return lambda count, **otherwise: _walked(answer, count, **otherwise)


@torch.no_grad()
def _walked(answer, count, start=torch.randn, jumps=50, backwards=False, sample=_right):
    """Points drawn with a network, in which one thing can be done wrongly."""
    x = start(count, 2)
    angle = torch.linspace(0 if backwards else torch.pi / 2, torch.pi / 2 if backwards else 0, jumps + 1)
    shares = torch.stack([angle.cos(), angle.sin()], dim=1)
    for t, s in pairwise(shares):
        v = answer(x, *t)
        x = sample(t[0] * x - t[1] * v, t[1] * x + t[0] * v, *t, *s)
    return x


def _after_steps(draw):
    """A loop that has run as often as was asked, and learned nothing: what counts is what it draws."""

    def train(points, steps):
        optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters())
        for _ in range(steps):
            optimizer.step()
        return lambda count: draw(points, count)

    return train


@cache
def _learned():
    """The right loop, run once: it draws for every sampler that is tried."""
    torch.manual_seed(0)
    return _own(ring.gaussians(2000), lesson09.STEPS)


def _with_sampler(**otherwise):
    """The right loop, and a sampler in which one thing is done wrongly, or otherwise."""
    return _after_steps(lambda points, count: _learned()(count, **otherwise))


SLIPS = {
    "guidance": {
        "Return two numbers": lambda: 2.0,
        "give one from 0 to 8": lambda: (9, 60),
        "not 0.3 but 30": lambda: (2, 0.65),
        "raise the guidance": lambda: (1, 72),
        "Lower the guidance": lambda: (8, 55),
        "more than 8 away": lambda: (2, 95),
    },
    "step": {
        "it goes nowhere": _step(lambda clean, epsilon, a, b, *_: a * clean + b * epsilon),
        "points with a spread of 1.00": lambda x_t, *_: x_t,
        "it should be noise_s": _step(lambda clean, epsilon, _, b, a, __: a * clean + b * epsilon),
        "it should be signal_s": _step(lambda clean, epsilon, a, _, __, b: a * clean + b * epsilon),
        "have changed places: signal_s": _step(lambda clean, epsilon, *shares: _right(epsilon, clean, *shares)),
        "jump straight to clean": _step(lambda clean, *_: clean),
        "epsilon is missing": _step(lambda clean, epsilon, *shares: _right(clean, 0, *shares)),
        "a spread of inf; that of the data is 0.50. There is a wrong sign in clean": _step(
            _right, lambda x, v, a, b: (a * x + b * v, b * x + a * v)
        ),
        "wrong sign in epsilon": _step(_right, lambda x, v, a, b: (a * x - b * v, b * x - a * v)),
        "t and s have changed places": lambda x_t, v, *given: _step(_right)(x_t, v, *given[2:], *given[:2]),
        "you mix in fresh noise": _step(lambda clean, _, *shares: _right(clean, torch.randn_like(clean), *shares)),
        "from the same noise ends": _step(_ddpm),
        "away on average: wanted is the sum": _step(
            lambda clean, epsilon, *shares: _right(clean, 2 * epsilon, *shares)
        ),
        "from t = 1 to s = 0.95 it is not": _step(_right, _divides),
        "not (3, 100)": lambda x_t, *_: x_t.T,
    },
    "own": {
        "return draw, without brackets": lambda *given: _own(given[0], 3)(1000),
        "not Sequential": lambda *given: nn.Sequential(),
        "step() never ran": lambda *given: lambda count: torch.randn(count, 2),
        "2001 steps": lambda points, steps: _after_steps(lambda *_: None)(points, steps + 1),
        "not (2000, 2)": _after_steps(lambda points, count: torch.randn(2000, 2)),
        "put @torch.no_grad() above draw": _after_steps(lambda points, count: nn.Linear(2, 2)(torch.randn(count, 2))),
        "NaN or infinity": _after_steps(lambda points, count: torch.randn(count, 2) / 0),
        "are copies": _after_steps(lambda points, count: points[torch.randint(len(points), (count,))]),
        "lie in the middle": _with_sampler(jumps=1),
        "end at one place": _with_sampler(sample=lambda clean, *_: clean),
        # As with a network that is made anew at every step.
        "still scattered like noise": _after_steps(lambda points, count: _own(points, 0)(count)),
        "let the time fall": _with_sampler(backwards=True),
        "zero_grad() before every backward()": lambda *given: _own(*given, zero=False, batch=64),
        "slipped to one side": _with_sampler(start=torch.rand),
        "is the network told the time": lambda *given: _own(*given, told=0, batch=64),
        "the loss teaches one thing": lambda *given: _own(*given, asked="epsilon"),
        "take 20 or more": _with_sampler(jumps=4),
        "60% are wanted": lambda *given: _own(*given, act=nn.SiLU, lr=1e-3),
    },
}
CASES = [
    pytest.param(name, said, slip, id=f"{name}-{said}") for name, all_ in SLIPS.items() for said, slip in all_.items()
]


@pytest.mark.parametrize(("name", "said", "slip"), CASES)
def test_a_slip_gets_its_own_answer(name, said, slip):
    outcome = getattr(lesson09, name).check(slip)
    assert outcome.status == "wrong", outcome.said.en
    assert said in " ".join(outcome.said.en.split()), outcome.said.en
    assert DEVANAGARI.search(outcome.said.hi)


def test_what_a_walk_measured_is_said():
    """Fresh noise at every step ends too narrow: the closed form's spread is 0.5."""
    said = lesson09.step.check(SLIPS["step"]["you mix in fresh noise"]).said.en
    assert "points with a spread of 0.3" in said
    assert "points with a spread of 0.50" in lesson09.step.check(_step(_right)).said.en


@pytest.mark.parametrize("sample", [_ddpm, lambda clean, _, *shares: _right(clean, torch.randn_like(clean), *shares)])
def test_a_sampler_with_chance_in_it_may_draw_the_ring(sample):
    outcome = lesson09.own.check(_with_sampler(sample=sample))
    assert outcome.status == "correct", outcome.said.en
    assert "8 of 8 heaps" in outcome.said.en
