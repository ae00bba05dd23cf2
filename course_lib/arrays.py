"""What pictures and measures are given: tensors and NumPy arrays of finite numbers, in the shape and range they need.

A NaN, a wrong scale or a missing row would not stop matplotlib or scikit-learn: they would draw or say something wrong.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from course_lib import check
from course_lib.language import message

OVERSHOOT = 0.25  # how far beyond 0 and 1 pixels may lie, on average: noise that was not clipped is still a picture
STRONGEST = 4.0  # the same for what is measured against a picture: pure noise may be, digits from 0 to 255 may not


def numbers(name: str, given: object, shape: Iterable = ("N", ...)) -> Tensor:
    """Finite floating numbers of this shape, from a tensor or an array; see `check.tensor`.

    raises: ValueError for anything else
    """
    x = _tensor(name, given)
    check.tensor(name, x, shape)
    check.finite(name, x)
    return x.detach()


def pixels(name: str, given: object, shape: Iterable = ("N", 1, "H", "W"), overshoot: float = OVERSHOOT) -> Tensor:
    """Images of this shape on the scale from 0 to 1, or of True and False.

    What PCA or a linear decoder rebuilds lies a little beyond, and is drawn as black or white; images from 0 to 255 or
    from -1 to 1 are on another scale.
    raises: ValueError for anything else
    """
    x = _tensor(name, given)
    x = numbers(name, x if _floating(x) else x.float(), shape)
    if (x - x.clamp(0, 1)).abs().mean(dtype=torch.float32) > overshoot:
        least, most = (f"{value:.4g}" for value in x.aminmax())
        raise ValueError(message("error_range", name=name, least=least, most=most, low=0, high=1))
    return x


def compared(x_hat: object, x: object) -> tuple[Tensor, Tensor]:
    """Two such tensors of one shape, (N, D, …), on one device.

    raises: ValueError for anything else: broadcasting would compare the wrong numbers
    """
    x_hat, x = (numbers(name, given, ("N", "D", ...)) for name, given in (("x_hat", x_hat), ("x", x)))
    need_shape("x_hat", x_hat, x_hat.shape == x.shape, tuple(x.shape))
    return x_hat.to(x.device), x


def compared_pixels(x_hat: object, x: object, shape: Iterable = ("N", ...)) -> tuple[Tensor, Tensor]:
    """Two such tensors, x images of this shape on the scale from 0 to 1, and x_hat on no other scale.

    raises: ValueError for anything else
    """
    x_hat, x = compared(x_hat, x)
    pixels("x", x, shape)
    pixels("x_hat", x_hat, x.shape, STRONGEST)
    return x_hat, x


def need_shape(name: str, x: object, fits: bool, expected: object) -> None:
    """raises: ValueError that names the shape given and the one needed, unless it fits"""
    if not fits:
        raise ValueError(message("error_images", name=name, shape=tuple(x.shape), expected=expected))


def classes(name: str, given: object, count: int | None = None, number: int | None = None) -> Tensor:
    """A whole number for each of `count` images, or of any; with `number`, one from 0 to number - 1.

    raises: ValueError for anything else
    """
    x = _tensor(name, given)
    check.tensor(name, x, ("N" if count is None else count,), like=torch.int64 if _floating(x) else x)
    least, most = (int(value) for value in x.aminmax())
    if number is not None and not 0 <= least <= most < number:
        raise ValueError(message("error_classes", name=name, least=least, most=most, last=number - 1))
    return x


def _floating(x: Tensor) -> bool:
    return x.is_floating_point() or x.is_complex()


def _tensor(name: str, given: object) -> Tensor:
    if not isinstance(given, np.ndarray):
        check.kind(name, given, Tensor, "Tensor / ndarray")
        return given
    if given.dtype.kind not in "biuf":  # texts, objects, complex numbers
        raise ValueError(message("error_dtype", name=name, given=given.dtype, expected=torch.float32))
    return torch.as_tensor(np.ascontiguousarray(given))


def values(name: str, given: object, count: int | None = None) -> list[float]:
    """Finite numbers one after the other, as many as `count` says, or at least one.

    raises: ValueError for anything else
    """
    try:
        listed = [] if isinstance(given, str) else [float(value) for value in given]
    except (TypeError, ValueError, RuntimeError):  # not numbers, or nothing to count through
        listed = []
    if not listed or (count is not None and len(listed) != count):
        expected = f"[1.5, …], {'N > 0' if count is None else count}"
        given = (
            tuple(given.shape) if isinstance(given, Tensor | np.ndarray) else f"{type(given).__name__} {given!r:.60}"
        )
        raise ValueError(message("error_images", name=name, shape=given, expected=expected))
    bad = sum(not np.isfinite(value) for value in listed)
    if bad:
        raise ValueError(message("error_finite", name=name, bad=bad, count=len(listed)))
    return listed


def texts(name: str, given: object, count: int | None = None) -> list[str]:
    """Texts in a list, as many as `count` says, or any number.

    raises: ValueError for anything else; one text alone is no list of letters
    """
    check.kind(name, given, (list, tuple), "[str, …]")
    for text in given:
        check.kind(name, text, str)
    if count not in (None, len(given)):
        raise ValueError(message("error_entries", name=name, given=len(given), expected=count))
    return list(given)


def signs(name: str, given: object) -> list[str]:
    """Single characters that can be seen, up to ten: as many as there are colours.

    raises: ValueError for anything else
    """
    listed = list(given) if isinstance(given, str | list | tuple) else []
    seen = all(isinstance(sign, str) and len(sign) == 1 and sign.isprintable() and sign.strip() for sign in listed)
    if not (seen and 1 <= len(listed) <= 10):
        check.refuse(name, given, '"0123456789"')
    return listed


def named(name: str, given: object, most: int | None = None) -> None:
    """A dictionary with something in it, and not more than `most` entries.

    raises: ValueError for anything else
    """
    check.kind(name, given, Mapping, '{"loss": …}')
    if not given or (most is not None and len(given) > most):
        last = "" if most is None else f", …, {most}"
        raise ValueError(message("error_entries", name=name, given=len(given), expected=f"1{last}"))
