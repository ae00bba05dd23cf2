"""Checks at the border of the library: a ValueError in both languages that names what was given and what is needed.

They compare shapes, types and single numbers, so that a training step can afford them. Only `finite` and `between` look
at the values of a tensor: call them once for a whole data set, or where it lies in the CPU's memory.
"""

import math
from collections.abc import Callable, Iterable
from functools import wraps
from numbers import Integral, Real

import torch
from torch import Tensor, nn

from course_lib.language import message

IMAGES = ("N", "C", "H", "W")
SEED = (0, 2**63 - 1)  # what torch's generators take


class NotFinite(ValueError):
    """NaN or infinity in a tensor."""


def tensor(name: str, x: object, shape: Iterable = ("N", ...), like: Tensor | torch.dtype | None = None) -> None:
    """A tensor of this shape and type, with something in it.

    shape: for every dimension a number, or a letter for any number above 0; `...` for any dimensions
    like: a tensor, such as a model's weights, whose type and device x must share, or a type; None for any floating one
    raises: ValueError for anything else
    """
    kind(name, x, Tensor)
    shape = tuple(shape)
    if 0 in x.shape or not _fits(tuple(x.shape), shape):
        some = "N > 0" if 0 in x.shape else "N"
        wanted = ", ".join({...: "…", "N": some}.get(size, str(size)) for size in shape) + "," * (len(shape) == 1)
        raise ValueError(message("error_images", name=name, shape=tuple(x.shape), expected=f"({wanted})"))
    wanted = like.dtype if isinstance(like, Tensor) else like
    if x.dtype != wanted and not (wanted is None and x.is_floating_point()) and not _mixed(x, wanted):
        raise ValueError(message("error_dtype", name=name, given=x.dtype, expected=wanted or torch.float32))
    device = like.device if isinstance(like, Tensor) else "cpu" if x.is_meta else x.device  # meta: no numbers at all
    if x.device != device:
        raise ValueError(message("error_device", name=name, given=x.device, expected=device))


def _fits(sizes: tuple[int, ...], shape: tuple) -> bool:
    if ... in shape:
        start, end = shape.index(...), len(shape) - 1 - shape.index(...)
        if len(sizes) < start + end:
            return False
        sizes, shape = sizes[:start] + sizes[len(sizes) - end :], shape[:start] + shape[start + 1 :]
    return len(sizes) == len(shape) and all(
        isinstance(wanted, str) or size == wanted for size, wanted in zip(sizes, shape, strict=True)
    )


def _mixed(x: Tensor, wanted: torch.dtype | None) -> bool:
    """Under autocast torch itself brings floating types together."""
    return torch.is_autocast_enabled(x.device.type) and x.is_floating_point() and wanted.is_floating_point


def same_shape(**tensors: object) -> None:
    """Floating tensors of the shape and type of the last one: broadcasting would compare the wrong numbers."""
    name, last = tensors.popitem()
    tensor(name, last)
    for name, x in tensors.items():
        tensor(name, x, last.shape, like=last)


def finite(name: str, x: Tensor) -> None:
    """Neither NaN nor infinity in any place; reads the whole tensor."""
    if x.is_floating_point():
        between(name, x, -math.inf, math.inf)


def between(name: str, x: Tensor, low: float, high: float) -> None:
    """Every value finite and from low to high; reads the whole tensor."""
    least, most = (value.item() for value in x.detach().aminmax())
    if not (math.isfinite(least) and math.isfinite(most)):
        bad = int((~x.isfinite()).sum())
        raise NotFinite(message("error_finite", name=name, bad=bad, count=x.numel()))
    if least < low or most > high:
        given = {"least": f"{least:.4g}", "most": f"{most:.4g}", "low": low, "high": high}
        raise ValueError(message("error_range", name=name, **given))


def kind(name: str, value: object, wanted: type | tuple[type, ...], expected: str | None = None) -> None:
    """An object of this type."""
    if not isinstance(value, wanted):
        kinds = wanted if isinstance(wanted, tuple) else (wanted,)
        expected = expected or " / ".join(each.__name__ for each in kinds)
        raise ValueError(message("error_type", name=name, given=type(value).__name__, expected=expected))


def function(name: str, value: object) -> None:
    """Something that can be called."""
    kind(name, value, Callable, "f(…)")


def several(name: str, values: object, expected: str) -> list:
    """Any collection as a list; one text or one tensor is not a collection of them."""
    kind(name, None if isinstance(values, str | Tensor) else values, Iterable, expected)
    return list(values)


def number(name: str, value: object, low=-math.inf, high=math.inf, above=False, below=False) -> None:
    """A finite number from low to high, without low itself where `above`, without high where `below`."""
    good = isinstance(value, Real) and math.isfinite(value) and low <= value <= high
    if not good or (above and value == low) or (below and value == high):
        parts = [f"{low} {'<' if above else '≤'} "] * (low > -math.inf) + [name]
        parts += [f" {'<' if below else '≤'} {high}"] * (high < math.inf)
        refuse(name, value, "".join(parts) if len(parts) > 1 else f"−∞ < {name} < ∞")


def whole(name: str, value: object, least: int = 1, most: int | None = None) -> None:
    """A whole number from `least` on, up to `most` if that is given."""
    if not isinstance(value, Integral) or value < least or (most is not None and value > most):
        refuse(name, value, f"{least}, {least + 1}, {least + 2} …" if most is None else f"{least} … {most}")


def wholes(name: str, values: object, count: int | None = None) -> None:
    """Several whole numbers of 1 or more, such as the shape of an image or the widths of layers."""
    good = isinstance(values, tuple | list) and all(isinstance(v, Integral) and v >= 1 for v in values)
    if not good or (count is not None and len(values) != count):
        letters = ["C, H, W"] if name == "image" else ["n₁", "n₂", "…"][: count or 3]
        refuse(name, values, f"({', '.join(letters)}) ≥ 1")


def refuse(name: str, value: object, expected: object) -> None:
    """raises: ValueError that names the value given and what is needed"""
    raise ValueError(message("error_value", name=name, value=repr(value), expected=expected))


def ids(name: str, x: Tensor, count: int) -> None:
    """Numbers of tokens or classes, from 0 to count − 1; reads the whole tensor."""
    least, most = (int(value) for value in x.aminmax())
    if least < 0 or most >= count:
        raise ValueError(message("error_ids", name=name, least=least, most=most, last=count - 1))


def trainable(name: str, network: object) -> None:
    """A module with weights that training may change."""
    kind(name, network, nn.Module)
    if not any(weight.requires_grad for weight in network.parameters()):
        raise ValueError(message("error_frozen", name=name, given=type(network).__name__))


def through(network: nn.Module | Iterable[nn.Module], x: Tensor, name: str = "x") -> Tensor:
    """What a network makes of x; layer by layer where it is a plain Sequential, or a list of layers.

    raises: ValueError where a layer of torch cannot take it, in place of torch's own words about matrices
    """
    kind(name, x, Tensor)
    plain = not isinstance(network, nn.Module) or type(network).forward is nn.Sequential.forward
    out = x
    for layer in network if plain else [network]:
        try:
            out = layer(out)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, IndexError, TypeError):
            if not type(layer).__module__.startswith("torch."):
                raise  # in code of the student's own, whose lines the traceback shows
            given = f"{tuple(x.shape)}, {x.dtype}, {x.device}"
            raise ValueError(message("error_through", name=name, given=given, layer=layer)) from None
    return out


def before(plain: Callable, demand: Callable) -> Callable:
    """The function `plain`, which first gives its arguments to `demand`, a check.

    For functions and methods that lessons print: their own text stays as short as it is.
    """

    @wraps(plain)
    def checked(*args, **options):
        demand(*args, **options)
        return plain(*args, **options)

    return checked
