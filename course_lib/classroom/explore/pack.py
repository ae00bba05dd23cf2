"""Networks as bytes for the browser, where network.js reads and runs them."""

import numpy as np
import torch
from torch import Tensor, nn

from course_lib import need
from course_lib.classroom.explore.base import need_shape
from course_lib.classroom.language import message
from course_lib.models.autoencoders import Skip

ACTIVATIONS = {nn.ReLU: "relu", nn.Sigmoid: "sigmoid", nn.Tanh: "tanh"}
KINDS = {nn.Linear: "linear", nn.Conv2d: "conv", nn.ConvTranspose2d: "transposed"}


def pack(*parts: nn.Sequential, bits: int = 16) -> tuple[list[dict], bytes]:
    """A network for the browser; with 16 bits a weight, half the size and less than a grey level of error.

    parts: what the data goes through in turn, such as an encoder and a decoder: Linear, Conv2d and ConvTranspose2d
        (square kernels, zeros around, no groups), each maybe followed by ReLU, Sigmoid or Tanh; Flatten is passed over,
        and what a Skip holds is marked: its last layer says {"add": number of its first layer}, whose input is added
    bits: for each weight, from 2 to 16
    returns: the layers as {"kind", "inputs", "outputs", "kernel", "activation", "bits", …}, and for each layer float32
        scales (outputs), float32 biases (outputs) and whole numbers (outputs, inputs, kernel, kernel), each in `bits`
        bits with the lowest first; weight ≈ scale × whole number
    raises: ValueError for any other layer, two activations in a row, no layer, or other bits
    Taught in: 02_autoencoder, 03_denoising
    """
    need.one_of("bits", bits, range(2, 17))
    layers, raw = [], []
    for part in parts:
        _collect(part, bits, layers, raw)
    if not layers:
        raise ValueError(message("error_layer", layer=parts))
    return layers, b"".join(raw)


def _collect(network: nn.Sequential, bits: int, layers: list[dict], raw: list[bytes]) -> None:
    for module in network:
        before = len(layers)
        if type(module) in KINDS and (isinstance(module, nn.Linear) or _runs(module)):
            layers.append({**_described(module), "activation": "none", "bits": bits})
            raw.append(_numbers(module, bits))
        elif isinstance(module, Skip):
            _collect(module, bits, layers, raw)
            if len(layers) == before or "add" in layers[-1]:
                raise ValueError(message("error_layer", layer=module))
            layers[-1]["add"] = before
        elif type(module) in ACTIVATIONS and layers and layers[-1]["activation"] == "none" and "add" not in layers[-1]:
            layers[-1]["activation"] = ACTIVATIONS[type(module)]
        elif isinstance(module, nn.Unflatten) and layers and module.dim == 1:
            layers[-1]["shape"] = list(module.unflattened_size)  # a convolution after it must know height and width
        elif not isinstance(module, nn.Flatten) or (module.start_dim, module.end_dim) != (1, -1):
            raise ValueError(message("error_layer", layer=module))


def _runs(layer: nn.Conv2d | nn.ConvTranspose2d) -> bool:
    """Whether the browser has the loops for this convolution."""
    square = all(len(set(pair)) == 1 for pair in (layer.kernel_size, layer.stride, layer.padding))
    plain = layer.groups == 1 and set(layer.dilation) == {1} and layer.padding_mode == "zeros"
    return square and plain and not any(layer.output_padding)


def _described(layer: nn.Module) -> dict:
    if isinstance(layer, nn.Linear):
        return {"kind": "linear", "inputs": layer.in_features, "outputs": layer.out_features, "kernel": 1}
    return {
        "kind": KINDS[type(layer)],
        "inputs": layer.in_channels,
        "outputs": layer.out_channels,
        "kernel": layer.kernel_size[0],
        "stride": layer.stride[0],
        "padding": layer.padding[0],
    }


def _numbers(layer: nn.Module, bits: int) -> bytes:
    weight = layer.weight.detach().cpu().float().numpy()
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.swapaxes(0, 1)  # PyTorch keeps these the other way round: (inputs, outputs, …)
    weight = weight.reshape(len(weight), -1)
    scale = np.maximum(np.abs(weight).max(axis=1), 1e-12) / (2 ** (bits - 1) - 1)
    whole = np.round(weight / scale[:, None]).astype(np.int32)
    bias = np.zeros(len(weight)) if layer.bias is None else layer.bias.detach().cpu().float().numpy()
    stream = np.packbits((whole.reshape(-1, 1) >> np.arange(bits)) & 1, bitorder="little").tobytes()
    # Filled up to a multiple of four bytes, where the browser wants the next float32 to begin.
    return scale.astype("<f4").tobytes() + bias.astype("<f4").tobytes() + stream + b"\0" * (-len(stream) % 4)


@torch.no_grad()
def output(network: nn.Module, x: Tensor) -> Tensor:
    """What a network makes of x, wherever its weights are and whatever their type."""
    return network(x.to(next(network.parameters())))


def drawn_side(decoder: nn.Sequential, codes: Tensor) -> int:
    """Height and width of the pictures that a decoder makes of such codes.

    raises: ValueError unless they are square and grey
    """
    drawn = output(decoder, codes[:1])
    side = drawn.shape[-1]
    need_shape("decoder(codes)", drawn, 1, 1, side, side)
    return side


@torch.no_grad()
def drawn_part(decoder: nn.Sequential, codes: Tensor) -> tuple[Tensor, nn.Sequential]:
    """The pixels that the decoder ever draws for these codes, and a dense decoder of these pixels alone.

    A fifth of the weights belong to the border of the image, which stays black: they need not travel to the browser.
    Black is what no eye tells from it, up to two of 255 grey levels: over thousands of codes few pixels stay at 0.
    raises: ValueError where the decoder does not end in Linear, Sigmoid
    """
    *layers, last, sigmoid = (m for m in decoder if not isinstance(m, nn.Unflatten))
    if not isinstance(last, nn.Linear) or not isinstance(sigmoid, nn.Sigmoid):
        raise ValueError(message("error_dense", network=decoder))
    used = (output(decoder, codes).flatten(1).amax(dim=0) > 2 / 255).nonzero()[:, 0]
    return used, nn.Sequential(
        *layers, dense(last.weight[used], None if last.bias is None else last.bias[used]), sigmoid
    )


@torch.no_grad()
def seen_part(encoder: nn.Sequential, used: Tensor) -> nn.Sequential:
    """A dense encoder of these pixels alone. raises: ValueError where the encoder does not begin with Linear."""
    first, *layers = (m for m in encoder if not isinstance(m, nn.Flatten))
    if not isinstance(first, nn.Linear):
        raise ValueError(message("error_dense", network=encoder))
    return nn.Sequential(dense(first.weight[:, used], first.bias), *layers)


@torch.no_grad()
def dense(weight: Tensor, bias: Tensor | None = None) -> nn.Linear:
    """A dense layer with these weights; of its own, so that the model's stays as it is."""
    # No random numbers are drawn: an explorer must not change what comes next in the lesson.
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias is not None, device="meta")
    layer.weight = nn.Parameter(weight.clone())  # where the others are: the network may run on a GPU
    if bias is not None:
        layer.bias = nn.Parameter(bias.clone())
    return layer
