"""The explorer of codes on a plane, a map to walk on."""

from collections.abc import Sequence

import torch
import traitlets
from torch import Tensor, nn

from course_lib.classroom.explore.base import as_bytes, need_shape, script
from course_lib.classroom.explore.cloud import DigitCloud
from course_lib.classroom.explore.pack import drawn_part, drawn_side, pack, seen_part


class LatentWalk(DigitCloud):
    """A map of two-number codes to walk on, and a pad: a digit drawn there is encoded and appears on the map.

    model: an Autoencoder of dense layers, with codes of two numbers
    codes, labels: (N, 2) and (N,), the digits of the map
    picks: (M, 1, side, side) images in [0, 1] to encode, for those who do not draw
    pick_names: what their buttons say
    glyphs: the signs of the digits 0…9 on the map; "०१२३४५६७८९" for Devanagari
    bits: for each weight of the encoder and of the decoder, as in `pack`
    reach: the map shows at least the square from `-reach` to `reach`; 3 holds nearly all codes from N(0, I)
    symbol: what the lesson calls a code
    raises: ValueError where these do not belong together, or the browser cannot run the model
    Taught in: 04_dimensionality_reduction, 05_vae
    """

    _esm = script("network.js", "page.js", "digits.js", "drawing.js", "latent_walk/latent_walk.js")
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
        glyphs: Sequence[str] = "0123456789",
        # With 7 bits in the encoder a point moves by less than 1 % of the map; the decoder's pixels need more.
        bits: tuple[int, int] = (7, 12),
        reach: float | None = None,
        symbol: str = "h",
    ):
        own = ("map", "legend", "first", "second", "drawn", "pad", "seen", "clear", "pick")
        side = drawn_side(model.decoder, codes)
        need_shape("picks", picks, len(pick_names), 1, side, side)
        shown = codes
        if reach is not None:
            line = torch.linspace(-1.12 * reach, 1.12 * reach, 29)  # the page adds a margin around the square
            shown = torch.cat([codes, torch.cartesian_prod(line, line).to(codes)])
        used, decoder = drawn_part(model.decoder, shown)
        super().__init__(
            [pack(seen_part(model.encoder, used), bits=bits[0]), pack(decoder, bits=bits[1])],
            ("walk_explorer", *(f"walk_{key}" for key in own)),
            2,
            codes,
            labels,
            glyphs,
            reach,
            picks=as_bytes(picks),
            names=list(pick_names),
            side=side,
            used=used.tolist(),
            symbol=symbol,
        )
