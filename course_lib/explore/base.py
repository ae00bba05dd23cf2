"""What all explorers share."""

from collections.abc import Sequence
from pathlib import Path

import anywidget
import torch
import traitlets
from torch import Tensor

from course_lib.language import current, text

STATIC = Path(__file__).parents[1] / "static"


def script(*names: str, kind: str = "js") -> str:
    """JavaScript of the static folder as one module; no bundler stands between these files and the browser.

    kind: "css" for style sheets
    """
    return "\n".join((STATIC / f"{name}.{kind}").read_text(encoding="utf-8") for name in names)


def as_bytes(images: Tensor) -> bytes:
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
