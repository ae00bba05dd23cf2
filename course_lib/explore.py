"""Explorers: widgets whose decoder runs in the browser, so that they also work on a page without a kernel."""

from pathlib import Path

import anywidget
import numpy as np
import torch
import traitlets
from torch import Tensor, nn

from course_lib.language import current, message, text

STATIC = Path(__file__).parent / "static"
ACTIVATIONS = {nn.ReLU: "relu", nn.Sigmoid: "sigmoid", nn.Tanh: "tanh"}


def pack(decoder: nn.Sequential) -> tuple[list[dict], bytes]:
    """A dense decoder as two bytes a weight, for the browser: half the size, less than a grey level of error.

    decoder: Linear layers, each maybe followed by ReLU, Sigmoid or Tanh; Flatten and Unflatten are passed over
    returns: the layers as {"inputs", "outputs", "activation"}, and for each layer float32 scales (outputs),
        float32 biases (outputs) and int16 weights (outputs, inputs); weight ≈ scale × int16
    raises: ValueError for any other layer, or two activations in a row
    Taught in: 02_autoencoder
    """
    layers: list[dict] = []
    parts: list[bytes] = []
    for module in decoder:
        if isinstance(module, nn.Linear):
            weight = module.weight.detach().cpu().float().numpy()
            scale = np.maximum(np.abs(weight).max(axis=1), 1e-12) / 32767
            whole = np.round(weight / scale[:, None]).astype("<i2")
            bias = np.zeros(len(weight)) if module.bias is None else module.bias.detach().cpu().float().numpy()
            parts += [scale.astype("<f4").tobytes(), bias.astype("<f4").tobytes(), _padded(whole.tobytes())]
            layers.append({"inputs": module.in_features, "outputs": module.out_features, "activation": "none"})
        elif type(module) in ACTIVATIONS and layers and layers[-1]["activation"] == "none":
            layers[-1]["activation"] = ACTIVATIONS[type(module)]
        elif not isinstance(module, nn.Flatten | nn.Unflatten):
            raise ValueError(message("error_layer", layer=type(module).__name__))
    return layers, b"".join(parts)


def _padded(raw: bytes) -> bytes:
    """Filled up to a multiple of four bytes, where the browser wants the next float32 to begin."""
    return raw + b"\0" * (-len(raw) % 4)


class LatentSliders(anywidget.AnyWidget):
    """Sliders along the main directions of the code; the browser decodes and draws at every move.

    decoder: dense layers from the code to the pixels
    codes: (N, K), what the encoder makes of the training images; gives the directions and their spread
    starts: (M, K) codes to start from, one for each entry of `names`
    names: what the start buttons say
    directions: how many sliders
    side: height and width of the picture
    Taught in: 02_autoencoder
    """

    _esm = STATIC / "latent_sliders.js"
    _css = STATIC / "explorers.css"
    layers = traitlets.List().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    starts = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    axes = traitlets.List().tag(sync=True)
    side = traitlets.Int(28).tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        decoder: nn.Sequential,
        codes: Tensor,
        starts: Tensor,
        names: list[str],
        directions: int = 6,
        side: int = 28,
    ):
        codes = codes.detach().cpu().double()
        _, spread, main = torch.linalg.svd(codes - codes.mean(dim=0), full_matrices=False)
        # A slider at 1 moves the code by one standard deviation of the training codes in that direction.
        axes = main[:directions] * spread[:directions, None] / len(codes) ** 0.5
        # A singular vector's sign is arbitrary and differs between machines: make its largest entry positive.
        axes *= axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
        layers, weights = pack(decoder)
        keys = ("explorer", "start_digit", "direction", "reset", "decoded")
        super().__init__(
            layers=layers,
            weights=weights,
            starts=[[round(v, 4) for v in row] for row in starts.tolist()],
            names=names,
            axes=[[round(v, 4) for v in row] for row in axes.tolist()],
            side=side,
            texts={key: text(key)._asdict() for key in keys},
            language=current(),
        )

    def __repr__(self) -> str:
        return text("explorer").en
