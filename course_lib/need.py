"""What would be silently wrong is refused, in a plain sentence; classroom/explain.toml says it in both languages."""

from collections.abc import Iterable

from torch import Tensor, nn


def same_shape(**tensors: Tensor) -> None:
    """Tensors of one shape, or a ValueError: broadcasting would compare the wrong numbers without a word."""
    (name, first), *others = tensors.items()
    for other, x in others:
        if x.shape != first.shape:
            raise ValueError(f"{name} has shape {tuple(first.shape)}, but {other} has shape {tuple(x.shape)}")


def same_rows(*data: Tensor) -> int:
    """How many rows each has, or a ValueError: where a batch takes the same rows of all, the rest would go unseen."""
    rows = [len(x) for x in data]
    if len(set(rows)) > 1:
        raise ValueError(f"the data have {', '.join(map(str, rows))} rows, but must have equally many")
    return rows[0]


def unit_range(name: str, x: Tensor, overshoot: float = 1e-3) -> None:
    """Pixels on the scale from 0 to 1, or a ValueError: 0 to 255 and −1 to 1 are other scales, NaN is on none.

    overshoot: how far beyond 0 and 1 they may lie, on average: what PCA rebuilds lies up to 0.25 beyond
    """
    x = x.detach().float()
    if (x - x.clamp(0, 1)).abs().mean() > overshoot or x.isnan().any():
        raise ValueError(f"{name} ranges from {x.min():.4g} to {x.max():.4g}, but pixels go from 0 to 1")


def binary(name: str, x: Tensor) -> None:
    """Only zeros and ones, or a ValueError."""
    if not ((x == 0) | (x == 1)).all():
        raise ValueError(f"{name} ranges from {x.min():.4g} to {x.max():.4g}, but every pixel must be 0 or 1")


def one_of(name: str, value: object, choices: Iterable[object]) -> None:
    """A name that exists, or a ValueError that lists those that do."""
    if value not in [*choices]:
        raise ValueError(f"{name}={value!r} is none of {', '.join(map(repr, choices))}")


def logits(name: str, network: nn.Module) -> None:
    """A network that ends in no Sigmoid, as far as its layers tell, or a ValueError."""
    *_, last = network.modules()
    if isinstance(last, nn.Sigmoid):
        raise ValueError(f"{name} ends in a Sigmoid: it gives probabilities, but logits are needed")
