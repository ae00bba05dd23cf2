"""Slips that students make in the exercises of lesson 08, and what each check says of them."""

import pytest
import torch
from gates import DEVANAGARI
from torch import nn
from torch.nn import functional as F

from course_lib.classroom.exercises import image_to_image as lesson08


class _Fixed(nn.Module):
    """An enlarger without learning."""

    def __init__(self, enlarge):
        super().__init__()
        self.enlarge, self.weight = enlarge, nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.enlarge(x)


def _bicubic(x):
    return F.interpolate(x, scale_factor=4, mode="bicubic")


def _l1(x_hat, x):
    return (x_hat - x).abs().mean()


SLIPS = {
    "patch": {
        "Return two things": lambda: [(4, 2), (4, 2), (4, 1)],
        "holds 1 to 6 pairs": lambda: ([4, 2, 3], 18),
        "guess is a number": lambda: ([(4, 2), (4, 2), (4, 1)], "22"),
        "merely added the filters": lambda: ([(4, 2), (4, 2), (4, 1)], 10),
        "Begin at the last layer": lambda: ([(4, 2), (4, 2), (4, 1)], 20),
        "add a layer": lambda: ([(4, 2), (4, 2), (3, 1)], 18),
        "take away a layer": lambda: ([(4, 2), (4, 2), (4, 2), (3, 1)], 38),
    },
    "cycle": {
        "are no pair": lambda g, f, a, b: _l1(g(a), b) + _l1(f(b), a),
        "round trip from a only": lambda g, f, a, b: _l1(f(g(a)), a),
        "round trip from b only": lambda g, f, a, b: _l1(g(f(b)), b),
        "The order is the wrong way round": lambda g, f, a, b: _l1(g(f(a)), a) + _l1(f(g(b)), b),
        "squared difference": lambda g, f, a, b: F.mse_loss(f(g(a)), a) + F.mse_loss(g(f(b)), b),
        "mean of both round trips": lambda g, f, a, b: (_l1(f(g(a)), a) + _l1(g(f(b)), b)) / 2,
        "summed over the pixels": lambda g, f, a, b: (f(g(a)) - a).abs().sum() + (g(f(b)) - b).abs().sum(),
        "not the shape": lambda g, f, a, b: (f(g(a)) - a).abs() + (g(f(b)) - b).abs(),
        "no gradient comes back": lambda g, f, a, b: (_l1(f(g(a)), a) + _l1(g(f(b)), b)).detach(),
        "does not fully reach": lambda g, f, a, b: _l1(f(g(a).detach()), a) + _l1(g(f(b).detach()), b),
    },
    "own": {
        "not Tensor": lambda small, large: _bicubic(small),
        "a tensor of shape": lambda small, large: nn.Conv2d(1, 1, 3, padding=1),
        "has NaN": lambda small, large: _Fixed(lambda x: _bicubic(x) * float("nan")),
        "not Tanh": lambda small, large: _Fixed(lambda x: 2 * _bicubic(x) - 1),
        "Nearly the same image": lambda small, large: _Fixed(lambda x: large.mean(dim=0).expand(len(x), -1, -1, -1)),
        "2 dB above bicubic": lambda small, large: _Fixed(_bicubic),
    },
}


@pytest.mark.parametrize(("exercise", "said"), [(name, said) for name, slips in SLIPS.items() for said in slips])
def test_a_slip_gets_its_own_answer(exercise, said):
    outcome = getattr(lesson08, exercise).check(SLIPS[exercise][said])
    assert outcome.status == "wrong", outcome
    assert said in outcome.said.en
    assert DEVANAGARI.search(outcome.said.hi)


@pytest.mark.parametrize(("layers", "size"), [([(4, 2), (4, 2), (3, 1)], 18), ([(7, 1)], 7), ([(3, 3), (3, 1)], 9)])
def test_a_patch_is_measured_as_large_as_it_is(layers, size):
    assert lesson08._patch_size(layers) == size


@pytest.mark.parametrize("layers", [[(4, 2), (4, 2), (4, 1)], [(3, 2), (3, 2), (3, 2), (2, 1)], [(5, 1)] * 6])
def test_other_right_answers_pass(layers):
    assert lesson08.patch.check(lambda: (layers, lesson08._patch_size(layers))).status == "correct"
