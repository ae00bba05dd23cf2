"""Explorers that show images: along the code, between two digits, under noise."""

from collections.abc import Mapping, Sequence

import torch
import traitlets
from torch import Tensor, nn

from course_lib import arrays, check
from course_lib.explore.base import Explorer, as_bytes, script
from course_lib.explore.pack import drawn_part, drawn_side, pack, through
from course_lib.language import Text, label, message, text


class LatentSliders(Explorer):
    """Sliders along the main directions of the code; the browser decodes and draws at every move.

    decoder: layers from the code to the pixels
    codes: (N, K), what the encoder makes of the training images; gives the directions and their spread
    starts: (M, K) codes to start from, one for each entry of `names`
    names: what the start buttons say
    directions: how many sliders
    side: height and width of the picture
    raises: ValueError where these do not belong together, or hold a NaN
    Taught in: 02_autoencoder
    """

    _esm = script("network", "page", "latent_sliders")
    starts = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    axes = traitlets.List().tag(sync=True)

    def __init__(self, decoder: nn.Sequential, codes: Tensor, starts: Tensor, names, directions=6, side=28):
        codes = arrays.numbers("codes", codes, ("N", "K")).cpu().double()
        starts = arrays.numbers("starts", starts, ("M", codes.shape[1]))
        names = arrays.texts("names", names, len(starts))
        check.whole("directions", directions, most=min(codes.shape))
        check.whole("side", side)
        drawn_side(decoder, starts, side)
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


class LatentPath(Explorer):
    """Between two digits: what the decoder draws on the way from one code to the other, beside the mixed pixels.

    decoder: dense layers from the code to the pixels, a sigmoid at the end
    codes: (M, K), what the encoder makes of `images`; of a VAE, the means
    images: (M, 1, side, side) real digits in [0, 1] to choose from, at least two
    names: what their buttons say
    strongest: which numbers of the code get a slider, counted from 0; each adds -3 to 3 to its number
    bits: for each weight, as in `pack`
    raises: ValueError where these do not belong together
    Taught in: 05_vae
    """

    _esm = script("network", "page", "latent_path")
    codes = traitlets.List().tag(sync=True)
    images = traitlets.Bytes().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    strongest = traitlets.List().tag(sync=True)
    used = traitlets.List().tag(sync=True)

    def __init__(
        self,
        decoder: nn.Sequential,
        codes: Tensor,
        images: Tensor,
        names: Sequence[str],
        strongest: Sequence[int],
        bits: int = 8,
    ):
        own = ("from", "to", "share", "first", "latent", "pixels", "second", "add", "number", "reset")
        strongest = [int(place) for place in arrays.values("strongest", strongest)]
        codes = arrays.numbers("codes", codes, ("M", "K")).cpu().float()
        images = arrays.pixels("images", images, ("M", 1, "H", "W"))
        names = arrays.texts("names", names)
        check.kind("decoder", decoder, nn.Sequential)
        _check_path(decoder, codes, images, names, strongest)
        drawn_side(decoder, codes, images.shape[-1])
        used, narrow = drawn_part(decoder, _reachable(codes, strongest))
        super().__init__(
            [pack(narrow, bits=bits)],
            ("path_explorer", *(f"path_{key}" for key in own)),
            codes=[[round(v, 4) for v in row] for row in codes.tolist()],
            images=as_bytes(images),
            names=names,
            strongest=strongest,
            used=used.tolist(),
            side=images.shape[-1],
        )


def _check_path(decoder, codes: Tensor, images: Tensor, names, strongest: list[int]) -> None:
    """What LatentPath is given must fit together, or the browser would draw an empty page."""
    count, side = len(images), images.shape[-1]
    numbers = next((layer.in_features for layer in decoder if isinstance(layer, nn.Linear)), codes.shape[1])
    several = count > 1 and images.shape == (count, 1, side, side)
    there = all(0 <= place < numbers for place in strongest)
    for name, shape, expected, fits in (
        ("images", images.shape, f"(M, 1, {side}, {side}), M > 1", several),
        ("codes", codes.shape, f"({count}, {numbers})", codes.shape == (count, numbers)),
        ("names", (len(names),), f"({count},)", len(names) == count),
        ("codes", codes.shape, f"(M, K), 0 ≤ strongest < K; strongest = {strongest}", there),
    ):
        if not fits:
            raise ValueError(message("error_images", name=name, shape=tuple(shape), expected=expected))


def _reachable(codes: Tensor, strongest: list[int], count: int = 1000) -> Tensor:
    """Codes as a student may set them: between two of those given, with the sliders anywhere; and some from N(0, I)."""
    chance = torch.Generator().manual_seed(0)  # its own: an explorer must not change what the lesson draws next
    ends = codes[torch.randint(len(codes), (2, count), generator=chance)]
    moved = torch.lerp(*ends, torch.rand(count, 1, generator=chance))
    moved[:, strongest] += 6 * torch.rand(count, len(strongest), generator=chance) - 3
    return torch.cat([codes, moved, torch.randn(count, codes.shape[1], generator=chance)])


class NoiseExplorer(Explorer):
    """Noise of a chosen kind and strength on a clean image, and what a median filter and trained models make of it.

    denoisers: label -> model with an `encoder` and a `decoder`, both for (N, 1, side, side); all run at every move
    images: (M, 1, side, side) clean images in [0, 1]
    names: what the buttons of the images say
    bits: for each weight, as in `pack`
    raises: ValueError where these do not belong together
    Taught in: 03_denoising
    """

    _esm = script("network", "page", "noise_explorer")
    images = traitlets.Bytes().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    titles = traitlets.List().tag(sync=True)

    def __init__(self, denoisers: Mapping[str | Text, nn.Module], images: Tensor, names: list[str], bits: int = 16):
        kinds = ("gaussian", "salt_and_pepper", "blocks")
        arrays.named("denoisers", denoisers)
        images = arrays.pixels("images", images)
        side = images.shape[-1]
        arrays.need_shape("images", images, images.shape[2] == side, f"(M, 1, {side}, {side})")
        names = arrays.texts("names", names, len(images))
        for key, model in denoisers.items():
            code = through(getattr(model, "encoder", None), images[:1], f"{label(key)}.encoder")
            drawn_side(getattr(model, "decoder", None), code, side)
        own = ("image", "kind", "strength", "again", "clean", "noisy", "median")
        super().__init__(
            [pack(model.encoder, model.decoder, bits=bits) for model in denoisers.values()],
            ("noise_explorer", *kinds, *(f"noise_{key}" for key in own)),
            images=as_bytes(images),
            names=names,
            titles=[text(key)._asdict() for key in denoisers],
            side=images.shape[-1],
        )
