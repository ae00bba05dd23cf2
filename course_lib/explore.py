"""Explorers: widgets whose models run in the browser, so that they also work on a page without a kernel."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import anywidget
import numpy as np
import torch
import traitlets
from torch import Tensor, nn

from course_lib.language import Text, current, message, text
from course_lib.pack import pack

STATIC = Path(__file__).parent / "static"


def _script(*names: str) -> str:
    """JavaScript of the static folder as one module; no bundler stands between these files and the browser."""
    return "\n".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in names)


def _bytes(images: Tensor) -> bytes:
    """Images in [0, 1] as one byte a pixel."""
    return images.detach().cpu().mul(255).round().clamp(0, 255).to(torch.uint8).numpy().tobytes()


class Explorer(anywidget.AnyWidget):
    """What all explorers share: texts in both languages, and packed networks.

    networks: what `pack` returned for each network
    keys: entries of the bilingual table; the first one is the explorer's title
    """

    _css = STATIC / "explorers.css"
    networks = traitlets.List().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    side = traitlets.Int(28).tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init__(self, networks: Sequence[tuple[list[dict], bytes]], keys: Sequence[str], **state):
        super().__init__(
            networks=[layers for layers, _ in networks],
            weights=b"".join(raw for _, raw in networks),
            texts={key: text(key)._asdict() for key in keys},
            language=current(),
            **state,
        )

    def __repr__(self) -> str:
        return next(iter(self.texts.values()))["en"]


class LatentSliders(Explorer):
    """Sliders along the main directions of the code; the browser decodes and draws at every move.

    decoder: layers from the code to the pixels
    codes: (N, K), what the encoder makes of the training images; gives the directions and their spread
    starts: (M, K) codes to start from, one for each entry of `names`
    names: what the start buttons say
    directions: how many sliders
    side: height and width of the picture
    Taught in: 02_autoencoder
    """

    _esm = _script("network", "page", "latent_sliders")
    starts = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    axes = traitlets.List().tag(sync=True)

    def __init__(self, decoder: nn.Sequential, codes: Tensor, starts: Tensor, names, directions=6, side=28):
        codes = codes.detach().cpu().double()
        _, spread, main = torch.linalg.svd(codes - codes.mean(dim=0), full_matrices=False)
        # A slider at 1 moves the code by one standard deviation of the training codes in that direction.
        axes = main[:directions] * spread[:directions, None] / len(codes) ** 0.5
        # A singular vector's sign is arbitrary and differs between machines: make its largest entry positive.
        axes *= axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
        super().__init__(
            [pack(decoder)],
            ("explorer", "start_digit", "direction", "reset", "decoded"),
            starts=[[round(v, 4) for v in row] for row in starts.tolist()],
            names=names,
            axes=[[round(v, 4) for v in row] for row in axes.tolist()],
            side=side,
        )


class NoiseExplorer(Explorer):
    """Noise of a chosen kind and strength on a clean image, and what a median filter and trained models make of it.

    denoisers: label -> model with an `encoder` and a `decoder`, both for (N, 1, side, side); all run at every move
    images: (M, 1, side, side) clean images in [0, 1]
    names: what the buttons of the images say
    bits: for each weight, as in `pack`
    Taught in: 03_denoising
    """

    _esm = _script("network", "page", "noise_explorer")
    images = traitlets.Bytes().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    titles = traitlets.List().tag(sync=True)

    def __init__(self, denoisers: Mapping[str | Text, nn.Module], images: Tensor, names: list[str], bits: int = 16):
        kinds = ("gaussian", "salt_and_pepper", "blocks")
        own = ("image", "kind", "strength", "again", "clean", "noisy", "median")
        super().__init__(
            [pack(model.encoder, model.decoder, bits=bits) for model in denoisers.values()],
            ("noise_explorer", *kinds, *(f"noise_{key}" for key in own)),
            images=_bytes(images),
            names=names,
            titles=[text(key)._asdict() for key in denoisers],
            side=images.shape[-1],
        )


class DigitCloud(Explorer):
    """What the two explorers of codes share: points, each drawn as its label's own sign and colour.

    codes: (N, axes) whole numbers from 0 to 65535, between `low` and `high`
    labels: (N,) bytes
    glyphs: the sign of each label
    """

    codes = traitlets.Bytes().tag(sync=True)
    low = traitlets.List().tag(sync=True)
    high = traitlets.List().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    glyphs = traitlets.List().tag(sync=True)
    colours = traitlets.List().tag(sync=True)

    def __init__(self, networks, keys, axes: int, codes: Tensor, labels: Tensor, glyphs: Sequence[str], **state):
        from course_lib.show import COLOURS

        if codes.ndim != 2 or codes.shape[1] != axes:
            raise ValueError(message("error_images", name="codes", shape=tuple(codes.shape), expected=f"(N, {axes})"))
        points = codes.detach().cpu().double().numpy()
        low, high = points.min(axis=0), points.max(axis=0)
        whole = np.round((points - low) / np.maximum(high - low, 1e-12) * 65535).astype("<u2")
        super().__init__(
            networks,
            keys,
            codes=whole.tobytes(),
            low=low.tolist(),
            high=high.tolist(),
            labels=labels.cpu().to(torch.uint8).numpy().tobytes(),
            glyphs=list(glyphs),
            colours=COLOURS,
            **state,
        )


class LatentWalk(DigitCloud):
    """A map of two-number codes to walk on, and a pad: a digit drawn there is encoded and appears on the map.

    model: an Autoencoder of dense layers, with codes of two numbers
    codes, labels: (N, 2) and (N,), the digits of the map
    picks: (M, 1, side, side) images to encode, for those who do not draw
    pick_names: what their buttons say
    side: height and width of the pictures
    glyphs: the signs of the digits 0…9 on the map; "०१२३४५६७८९" for Devanagari
    Taught in: 04_dimensionality_reduction
    """

    _esm = _script("network", "page", "digits", "latent_walk")
    picks = traitlets.Bytes().tag(sync=True)
    used = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)

    def __init__(self, model, codes, labels, picks: Tensor, pick_names, side: int = 28, glyphs="0123456789"):
        own = ("map", "legend", "first", "second", "drawn", "pad", "seen", "clear", "pick")
        used, encoder, decoder = _without_black_border(model, codes)
        # With 7 bits in the encoder a point moves by less than 1 % of the map; the decoder's pixels need more.
        networks = [pack(encoder, bits=7), pack(decoder, bits=12)]
        keys = ("walk_explorer", *(f"walk_{key}" for key in own))
        state = {"picks": _bytes(picks), "names": pick_names, "side": side, "used": used.tolist()}
        super().__init__(networks, keys, 2, codes, labels, glyphs, **state)


@torch.no_grad()
def _without_black_border(model: nn.Module, codes: Tensor) -> tuple[Tensor, nn.Sequential, nn.Sequential]:
    """The pixels that the decoder ever draws for these codes, and both dense halves for these pixels alone.

    A fifth of the weights belong to the border of the image, which stays black: they need not travel to the browser.
    """
    first, *encoder = (m for m in model.encoder if not isinstance(m, nn.Flatten))
    *decoder, last, sigmoid = (m for m in model.decoder if not isinstance(m, nn.Unflatten))
    drawn = model.decoder(codes.to(last.weight)).flatten(1)
    used = (drawn.amax(dim=0) > 0.5 / 255).nonzero()[:, 0]  # half a grey level
    narrow_first, narrow_last = nn.Linear(len(used), first.out_features), nn.Linear(last.in_features, len(used))
    narrow_first.weight.copy_(first.weight[:, used])
    narrow_first.bias.copy_(first.bias)
    narrow_last.weight.copy_(last.weight[used])
    narrow_last.bias.copy_(last.bias[used])
    return used, nn.Sequential(narrow_first, *encoder), nn.Sequential(*decoder, narrow_last, sigmoid)


class Turntable(DigitCloud):
    """Three-number codes as a cloud of digits in space, turned by hand; nearer ones are larger.

    codes, labels: (N, 3) and (N,)
    glyphs: the signs of the digits 0…9; "०१२३४५६७८९" for Devanagari
    Taught in: 04_dimensionality_reduction
    """

    _esm = _script("page", "digits", "turntable")

    def __init__(self, codes: Tensor, labels: Tensor, glyphs: Sequence[str] = "0123456789"):
        keys = ("turn_explorer", "turn_cloud", "turn_turn", "turn_tilt", "turn_slowly", "reset")
        super().__init__([], keys, 3, codes, labels, glyphs)
