"""What the two explorers of codes share, the map and the turntable; digits.js is its JavaScript."""

import numpy as np
import torch
import traitlets
from torch import Tensor

from course_lib import need
from course_lib.classroom.explore.base import Explorer, need_shape
from course_lib.classroom.show import COLOURS


class DigitCloud(Explorer):
    """Codes as points, each drawn as its label's own sign and colour.

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
        need_shape("codes", codes, len(labels), axes)
        for label in labels.unique().tolist():
            need.one_of("labels", label, range(len(glyphs)))
        points = codes.detach().cpu().double().numpy()
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
            glyphs=list(glyphs),
            colours=COLOURS,
            **state,
        )
