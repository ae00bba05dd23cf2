"""The checks themselves: what they let through, and that a refusal names the value and the remedy in both languages."""

import math
from functools import partial

import pytest
import torch
from gates import DEVANAGARI
from torch import nn

from course_lib import check

x = torch.rand(2, 1, 4, 5)
NAN = torch.tensor([1.0, math.nan, math.inf])


@pytest.mark.parametrize(
    "good",
    [
        partial(check.tensor, "x", x, check.IMAGES),
        partial(check.tensor, "x", x, ("N", ..., 4, 5), like=x),
        partial(check.tensor, "x", x, ("N", 1, 4, 5, ...)),
        partial(check.tensor, "x", torch.ones(3, dtype=torch.int64), ("N",), like=torch.int64),
        partial(check.same_shape, a=x, b=x),
        partial(check.finite, "x", torch.ones(2, dtype=torch.int64)),
        partial(check.between, "x", x, 0, 1),
        partial(check.number, "lr", 0, 0, 1),
        partial(check.whole, "n", 3, 3, 3),
        partial(check.wholes, "image", (1, 28, 28), 3),
        partial(check.function, "f", len),
    ],
)
def test_lets_through(good):
    assert good() is None


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (partial(check.tensor, "x", [1.0]), "x is of type list; expected Tensor"),
        (partial(check.tensor, "x", x, ("N", 1, 28, 28)), r"shape \(2, 1, 4, 5\); expected \(N, 1, 28, 28\)"),
        (partial(check.tensor, "x", x, ("N", ..., 5, 5, 5, 5)), r"expected \(N, …, 5, 5, 5, 5\)"),
        (partial(check.tensor, "x", x[:0]), r"shape \(0, 1, 4, 5\); expected \(N > 0, …\)"),
        (partial(check.tensor, "x", x.to(torch.uint8)), "holds torch.uint8; expected torch.float32"),
        (partial(check.tensor, "x", x, like=x.double()), "holds torch.float32; expected torch.float64"),
        (partial(check.tensor, "x", x.to("meta"), like=x), "is on meta; expected cpu"),
        (partial(check.same_shape, x_hat=x[:1], x=x), r"x_hat has shape \(1, 1, 4, 5\); expected \(2, 1, 4, 5\)"),
        (partial(check.finite, "x", NAN), "2 of the 3 numbers in x"),
        (partial(check.between, "x", 255 * torch.ones(2), 0, 1), "from 255 to 255; expected 0 to 1"),
        (partial(check.number, "lr", math.nan), "lr=nan is not allowed; expected −∞ < lr < ∞"),
        (partial(check.number, "ema", 1, 0, 1, below=True), "ema=1 is not allowed; expected 0 ≤ ema < 1"),
        (partial(check.number, "h", 0, 0, above=True), "h=0 is not allowed; expected 0 < h"),
        (partial(check.number, "h", "1"), "h='1'"),
        (partial(check.whole, "steps", 2.0), "steps=2.0 is not allowed; expected 1, 2, 3"),
        (partial(check.whole, "k", 5, 1, 4), "k=5 is not allowed; expected 1 … 4"),
        (partial(check.wholes, "image", (28, 28), 3), r"image=\(28, 28\) is not allowed; expected \(C, H, W\)"),
        (partial(check.wholes, "hidden", 5), "hidden=5"),
        (partial(check.function, "f", 3), "f is of type int"),
        (partial(check.through, [nn.Linear(4, 1)], x), r"\(2, 1, 4, 5\).*Linear\(in_features=4"),
    ],
)
def test_refuses(bad, said):
    with pytest.raises(ValueError, match=said) as error:
        bad()
    assert DEVANAGARI.search(str(error.value))


def test_under_autocast_floating_types_may_differ():
    with torch.autocast("cpu", torch.bfloat16):
        check.tensor("x", x.bfloat16(), like=x)
    with pytest.raises(ValueError, match=r"torch.bfloat16"):
        check.tensor("x", x.bfloat16(), like=x)


def test_before_keeps_the_text_of_what_lessons_print():
    import inspect

    def plain(x):
        return x + 1

    checked = check.before(plain, lambda x: check.whole("x", x))
    assert inspect.getsource(checked) == inspect.getsource(plain)
    assert checked(x=1) == 2
    with pytest.raises(ValueError, match="x=0"):
        checked(0)
