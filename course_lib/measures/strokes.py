"""How a digit is written: how thick its stroke is, and how far it leans."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib import need
from course_lib.measures.base import doubles


def stroke_width(x: Tensor) -> Tensor:
    """The mean width of the stroke in pixels: 2 · ink / length of its edge.

    A stroke of length L and width w has L · w ink, and an edge on either side of it, 2 L together. The edge's length is
    the image's total variation Σ |∇x|, which a blur leaves as it is.
    x: (N, 1, H, W) in [0, 1], ink 1 on black
    returns: (N,) float32; NaN for an image without an edge
    Source: the total variation of Rudin, Osher, Fatemi (1992) is, by the coarea formula, the length of the edges.
    Taught in: 07b_text_to_image
    """
    return _in_parts(x, lambda x: 2 * x.flatten(1).sum(dim=1) / _edge(x))


def slant(x: Tensor) -> Tensor:
    """How far a digit leans from upright, in degrees: right is positive, left negative.

    The shear that would make it upright: as one goes up a pixel, the middle of the ink moves by tan(slant) pixels to
    the right, fitted by least squares.
    x: (N, 1, H, W) in [0, 1], ink 1 on black
    returns: (N,) float32 in (−90, 90); NaN where there is no ink, or none above or below the rest
    Source: moments of the ink, as they are used to make handwriting upright. Taught in: 07b_text_to_image
    """
    return _in_parts(x, _slant)


def _slant(x: Tensor) -> Tensor:
    x = x[:, 0]
    down = torch.arange(x.shape[1], dtype=x.dtype)[:, None]  # (H, 1)
    right = torch.arange(x.shape[2], dtype=x.dtype)  # (W,)
    ink = x / x.sum(dim=(1, 2), keepdim=True)  # adds up to 1
    up = (ink * down).sum(dim=(1, 2), keepdim=True) - down  # height above the middle: (N, H, 1)
    across = right - (ink * right).sum(dim=(1, 2), keepdim=True)  # (N, 1, W)
    shear = (ink * up * across).sum(dim=(1, 2)) / (ink * up.square()).sum(dim=(1, 2))
    return shear.atan().rad2deg()


def _in_parts(x: Tensor, measure: Callable[[Tensor], Tensor]) -> Tensor:
    """`measure` in float64, for few images at a time: thousands of them would take gigabytes."""
    x = torch.as_tensor(x)
    need.unit_range("x", x, overshoot=0.25)
    return torch.cat([measure(doubles(part).clamp(0, 1)).float() for part in x.split(500)])


def _edge(x: Tensor) -> Tensor:
    """Σ |∇x| of every image, the black around it included: (N,)."""
    x = torch.nn.functional.pad(x, (1, 1, 1, 1))
    # At the corner where four pixels meet: each slope is the mean of two differences, so that no direction is favoured.
    a, b, c, d = x[..., :-1, :-1], x[..., :-1, 1:], x[..., 1:, :-1], x[..., 1:, 1:]
    across, down = (b + d - a - c) / 2, (c + d - a - b) / 2
    return (across.square() + down.square()).sqrt().flatten(1).sum(dim=1)
