"""Explorers of codes as points: a map to walk on, a cloud to turn."""

from collections.abc import Sequence

import numpy as np
import torch
import traitlets
from torch import Tensor, nn

from course_lib import arrays, check
from course_lib.explore.base import Explorer, as_bytes, script
from course_lib.explore.pack import coded, drawn_part, drawn_side, pack, seen_part


class DigitCloud(Explorer):
    """What the two explorers of codes share: points, each drawn as its label's own sign and colour.

    codes: (N, axes) whole numbers from 0 to 65535, between `low` and `high`
    labels: (N,) bytes
    glyphs: the sign of each label, at most ten
    reach: from `-reach` to `reach` every axis is shown, whether or not codes lie there; codes further out stay on the
        map, which grows to hold them
    """

    codes = traitlets.Bytes().tag(sync=True)
    low = traitlets.List().tag(sync=True)
    high = traitlets.List().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    glyphs = traitlets.List().tag(sync=True)
    colours = traitlets.List().tag(sync=True)

    def __init__(self, networks, keys, axes: int, codes: Tensor, labels: Tensor, glyphs, reach=None, **state):
        from course_lib.show import COLOURS

        points = arrays.numbers("codes", codes, ("N", axes)).cpu().double().numpy()
        glyphs = arrays.signs("glyphs", glyphs)
        labels = arrays.classes("labels", labels, len(points), len(glyphs))
        low, high = points.min(axis=0), points.max(axis=0)
        if reach is not None:
            low, high = np.minimum(low, -reach), np.maximum(high, reach)
        whole = np.round((points - low) / np.maximum(high - low, 1e-12) * 65535).astype("<u2")
        super().__init__(
            networks,
            keys,
            codes=whole.tobytes(),
            low=low.tolist(),
            high=high.tolist(),
            labels=labels.cpu().to(torch.uint8).numpy().tobytes(),
            glyphs=glyphs,
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
    bits: for each weight of the encoder and of the decoder, as in `pack`
    reach: the map shows at least the square from `-reach` to `reach`; 3 holds nearly all codes from N(0, I)
    symbol: what the lesson calls a code
    raises: ValueError where these do not belong together, or hold a NaN
    Taught in: 04_dimensionality_reduction, 05_vae
    """

    _esm = script("network", "page", "digits", "latent_walk")
    picks = traitlets.Bytes().tag(sync=True)
    used = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    symbol = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        model: nn.Module,
        codes: Tensor,
        labels: Tensor,
        picks: Tensor,
        pick_names: Sequence[str],
        side: int = 28,
        glyphs: Sequence[str] = "0123456789",
        # With 7 bits in the encoder a point moves by less than 1 % of the map; the decoder's pixels need more.
        bits: tuple[int, int] = (7, 12),
        reach: float | None = None,
        symbol: str = "h",
    ):
        own = ("map", "legend", "first", "second", "drawn", "pad", "seen", "clear", "pick")
        shown = arrays.numbers("codes", codes, ("N", 2)).cpu()
        for half in ("encoder", "decoder"):
            check.kind(f"model.{half}", getattr(model, half, None), nn.Sequential)
        check.whole("side", side)
        picks = arrays.pixels("picks", picks, ("M", 1, side, side))
        arrays.texts("pick_names", pick_names, len(picks))
        if not isinstance(bits, tuple | list) or len(bits) != 2:
            check.refuse("bits", bits, "(7, 12)")
        drawn_side(model.decoder, shown, side)
        coded(model.encoder, picks, 2)
        if reach is not None:
            check.number("reach", reach, low=0, above=True)
            line = torch.linspace(-1.12 * reach, 1.12 * reach, 29)  # the page adds a margin around the square
            shown = torch.cat([shown, torch.cartesian_prod(line, line)])
        used, decoder = drawn_part(model.decoder, shown)
        networks = [pack(seen_part(model.encoder, used), bits=bits[0]), pack(decoder, bits=bits[1])]
        keys = ("walk_explorer", *(f"walk_{key}" for key in own))
        state = {"picks": as_bytes(picks), "names": pick_names, "side": side, "used": used.tolist(), "symbol": symbol}
        super().__init__(networks, keys, 2, codes, labels, glyphs, reach, **state)


class Turntable(DigitCloud):
    """Three-number codes as a cloud of digits in space, turned by hand; nearer ones are larger.

    codes, labels: (N, 3) and (N,)
    glyphs: the signs of the digits 0…9; "०१२३४५६७८९" for Devanagari
    raises: ValueError where a code has no label, a label no sign, or a number is NaN
    Taught in: 04_dimensionality_reduction
    """

    _esm = script("page", "digits", "turntable")

    def __init__(self, codes: Tensor, labels: Tensor, glyphs: Sequence[str] = "0123456789"):
        keys = ("turn_explorer", "turn_cloud", "turn_turn", "turn_tilt", "turn_slowly", "reset")
        super().__init__([], keys, 3, codes, labels, glyphs)
