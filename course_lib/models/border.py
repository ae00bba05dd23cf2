"""What autoencoders refuse: wrong sizes when they are made, wrong images when they are used; see `check`."""

from collections.abc import Callable

from torch import Tensor, nn

from course_lib import check


def weight(model: nn.Module) -> Tensor:
    """One of the model's weights, whose type and device its input must share."""
    return next(model.parameters())


def sizes(self: nn.Module, *, image=(1, 28, 28), hidden=1, code=1, error: Callable = weight, **_) -> None:
    """raises: ValueError for an autoencoder that cannot be made"""
    check.wholes("image", image, 3)
    check.whole("hidden", hidden)
    check.whole("code", code)
    check.function("error", error)


def parts(self: nn.Module, model: nn.Module, corrupt: Callable) -> None:
    """raises: ValueError for what cannot be the two parts of a DenoisingAutoencoder"""
    check.kind("model", model, nn.Module)
    check.function("model.error", getattr(model, "error", None))
    check.function("corrupt", corrupt)


def images(model: nn.Module, x: Tensor) -> None:
    """raises: ValueError for images of another shape, type or device than the model's"""
    last = model.decoder[-1] if isinstance(model.decoder, nn.Sequential) else None
    image = last.unflattened_size if isinstance(last, nn.Unflatten) else (...,)
    check.tensor("x", x, ("N", *image), like=weight(model))


def target(model: nn.Module, x: Tensor) -> None:
    """raises: ValueError for pixels that a Sigmoid at the decoder's end cannot reach; reads all of x"""
    decoder = getattr(getattr(model, "model", model), "decoder", None)  # that of a DenoisingAutoencoder is its model's
    if isinstance(decoder, nn.Sequential) and any(isinstance(layer, nn.Sigmoid) for layer in list(decoder)[-2:]):
        check.between("x", x, 0, 1)
