"""The explorer of noise, and of what takes it away."""

from collections.abc import Mapping, Sequence

import traitlets
from torch import Tensor, nn

from course_lib.classroom.explore.base import Explorer, as_bytes, need_shape, script
from course_lib.classroom.explore.pack import output, pack
from course_lib.classroom.language import Text, text


class NoiseExplorer(Explorer):
    """Noise of a chosen kind and strength on a clean image, and what a median filter and trained models make of it.

    denoisers: label -> a network (N, 1, side, side) -> (N, 1, side, side), an nn.Sequential such as `unet`, or a model
        with an `encoder` and a `decoder`; all run at every move
    images: (M, 1, side, side) clean images in [0, 1]
    names: what the buttons of the images say
    bits: for each weight, as in `pack`
    raises: ValueError where these do not belong together, or the browser cannot run a model
    Taught in: 03_denoising
    """

    _esm = script("network.js", "page.js", "noise_explorer/noise_explorer.js")
    images = traitlets.Bytes().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    titles = traitlets.List().tag(sync=True)

    def __init__(self, denoisers: Mapping[str | Text, nn.Module], images: Tensor, names: Sequence[str], bits: int = 16):
        kinds = ("gaussian", "salt_and_pepper", "blocks")
        own = ("image", "kind", "strength", "again", "clean", "noisy", "median")
        side = images.shape[-1]
        need_shape("images", images, len(names), 1, side, side)
        networks = {key: _parts(model) for key, model in denoisers.items()}
        for key, parts in networks.items():
            need_shape(text(key).en, output(nn.Sequential(*parts), images[:1]), 1, 1, side, side)
        super().__init__(
            [pack(*parts, bits=bits) for parts in networks.values()],
            ("noise_explorer", *kinds, *(f"noise_{key}" for key in own)),
            images=as_bytes(images),
            names=list(names),
            titles=[text(key)._asdict() for key in denoisers],
            side=side,
        )


def _parts(model: nn.Module) -> tuple[nn.Sequential, ...]:
    return (model,) if isinstance(model, nn.Sequential) else (model.encoder, model.decoder)
