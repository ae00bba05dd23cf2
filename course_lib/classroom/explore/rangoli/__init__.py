"""The explorer of a generator that draws kolam: one eighth of each comes from the code, the rest from its symmetry."""

from collections.abc import Sequence

import torch
import traitlets
from torch import Tensor, nn

from course_lib.classroom.explore.base import Explorer, need_shape, rounded, script
from course_lib.classroom.explore.pack import output, pack


class Rangoli(Explorer):
    """Sliders for the first numbers of a code; the generator runs in the browser, and mirrors finish its picture.

    generator: codes (N, D) -> numbers (N, K) in [−1, 1], Linear, ReLU and a Tanh at the end
    table: (side, side), which of the K numbers each pixel takes, as `data.synthetic_rangoli.eighth()`
    starts: (M, D), the codes to begin from
    names: what their buttons say
    sliders: how many numbers of the code have one
    bits: for each weight, as in `pack`
    raises: ValueError where these do not belong together, or the browser cannot run the generator
    Taught in: 06c_applications
    """

    _esm = script("network.js", "page.js", "rangoli/rangoli.js")
    _css = script("explorers.css", "rangoli/rangoli.css")
    table = traitlets.Bytes().tag(sync=True)
    starts = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    sliders = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        generator: nn.Sequential,
        table: Tensor,
        starts: Tensor,
        names: Sequence[str],
        sliders: int = 4,
        bits: int = 8,
    ):
        side = len(table)
        need_shape("table", table, side, side)
        need_shape("starts", starts, len(names), starts.shape[-1])
        need_shape("generator(starts)", output(generator, starts), len(names), int(table.max()) + 1)
        own = ("picture", "number", "start", "new", "ground", "clay", "night", "paper")
        super().__init__(
            [pack(generator, bits=bits)],
            ("rangoli_explorer", *(f"rangoli_{key}" for key in own)),
            table=table.cpu().to(torch.int16).numpy().astype("<u2").tobytes(),
            starts=rounded(starts),
            names=list(names),
            sliders=min(sliders, starts.shape[1]),
            side=side,
        )
