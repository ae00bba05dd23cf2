"""What all explorers share."""

from collections.abc import Sequence
from pathlib import Path

import anywidget
import torch
import traitlets
from torch import Tensor

from course_lib import need
from course_lib.classroom.language import current, message, text

HERE = Path(__file__).parent


def script(*files: str) -> str:
    """JavaScript, or style sheets, of this folder as one module; no bundler stands between them and the browser."""
    return "\n".join((HERE / file).read_text(encoding="utf-8-sig") for file in files)


def as_bytes(images: Tensor) -> bytes:
    """Images in [0, 1] as one byte a pixel."""
    need.unit_range("images", images)
    return images.detach().cpu().mul(255).round().clamp(0, 255).to(torch.uint8).numpy().tobytes()


def rounded(rows: Tensor) -> list[list[float]]:
    """(M, K) as short numbers: four digits after the point are finer than any slider."""
    return [[round(v, 4) for v in row] for row in rows.tolist()]


def need_shape(name: str, x: Tensor, *shape: int) -> None:
    """What travels as bytes has lost its shape: a wrong one would be drawn all the same.

    raises: ValueError that names the two shapes
    """
    if x.shape != shape:
        raise ValueError(message("error_shape", name=name, shape=tuple(x.shape), expected=shape))


class Explorer(anywidget.AnyWidget):
    """What all explorers share: texts in both languages, and packed networks.

    networks: what `pack` returned for each network
    keys: entries of the bilingual table; the first one is the explorer's title
    """

    _css = script("explorers.css")
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
