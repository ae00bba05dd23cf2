"""The explorer of the main directions of a code."""

from collections.abc import Sequence

import torch
import traitlets
from torch import Tensor, nn

from course_lib.classroom.explore.base import Explorer, need_shape, rounded, script
from course_lib.classroom.explore.pack import drawn_side, pack


class LatentSliders(Explorer):
    """Sliders along the main directions of the code; the browser decodes and draws at every move.

    decoder: layers from the code to the pixels
    codes: (N, K), what the encoder makes of the training images; gives the directions and their spread
    starts: (M, K) codes to start from, one for each entry of `names`
    names: what the start buttons say
    directions: how many sliders, up to K
    raises: ValueError where these do not belong together, or the browser cannot run the decoder
    Taught in: 02_autoencoder
    """

    _esm = script("network.js", "page.js", "latent_sliders/latent_sliders.js")
    starts = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    axes = traitlets.List().tag(sync=True)

    def __init__(self, decoder: nn.Sequential, codes: Tensor, starts: Tensor, names: Sequence[str], directions=6):
        codes = codes.detach().cpu().double()
        need_shape("starts", starts, len(names), codes.shape[1])
        _, spread, main = torch.linalg.svd(codes - codes.mean(dim=0), full_matrices=False)
        # A slider at 1 moves the code by one standard deviation of the training codes in that direction.
        axes = (main * spread[:, None] / len(codes) ** 0.5)[:directions]
        # A singular vector's sign is arbitrary and differs between machines: make its largest entry positive.
        axes *= axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
        super().__init__(
            [pack(decoder)],
            ("explorer", "start_digit", "direction", "reset", "decoded"),
            starts=rounded(starts),
            names=list(names),
            axes=rounded(axes),
            side=drawn_side(decoder, starts),
        )
