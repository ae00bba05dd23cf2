"""The explorer of what lies between two digits."""

from collections.abc import Sequence

import torch
import traitlets
from torch import Tensor, nn

from course_lib.classroom.explore.base import Explorer, as_bytes, need_shape, rounded, script
from course_lib.classroom.explore.pack import drawn_part, drawn_side, pack


class LatentPath(Explorer):
    """Between two digits: what the decoder draws on the way from one code to the other, beside the mixed pixels.

    decoder: dense layers from the code to the pixels, a sigmoid at the end
    codes: (M, K), what the encoder makes of `images`; of a VAE, the means
    images: (M, 1, side, side) real digits in [0, 1] to choose from, at least two
    names: what their buttons say
    strongest: which numbers of the code get a slider, counted from 0; each adds -3 to 3 to its number
    bits: for each weight, as in `pack`
    raises: ValueError where these do not belong together, or the browser cannot run the decoder
    Taught in: 05_vae
    """

    _esm = script("network.js", "page.js", "latent_path/latent_path.js")
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
        codes, strongest = codes.detach().cpu().float(), [int(place) for place in strongest]
        side = drawn_side(decoder, codes)
        need_shape("codes", codes, len(names), codes.shape[1])
        need_shape("images", images, len(names), 1, side, side)
        used, narrow = drawn_part(decoder, _reachable(codes, strongest))
        super().__init__(
            [pack(narrow, bits=bits)],
            ("path_explorer", *(f"path_{key}" for key in own)),
            codes=rounded(codes),
            images=as_bytes(images),
            names=list(names),
            strongest=strongest,
            used=used.tolist(),
            side=side,
        )


def _reachable(codes: Tensor, strongest: list[int], count: int = 1000) -> Tensor:
    """Codes as a student may set them: between two of those given, with the sliders anywhere; and some from N(0, I)."""
    rng = torch.Generator().manual_seed(0)  # its own: an explorer must not change what the lesson draws next
    ends = codes[torch.randint(len(codes), (2, count), generator=rng)]
    moved = torch.lerp(*ends, torch.rand(count, 1, generator=rng))
    moved[:, strongest] += 6 * torch.rand(count, len(strongest), generator=rng) - 3
    return torch.cat([codes, moved, torch.randn(count, codes.shape[1], generator=rng)])
