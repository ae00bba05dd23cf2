"""The explorer of codes in space, a cloud to turn."""

from collections.abc import Sequence

from torch import Tensor

from course_lib.classroom.explore.base import script
from course_lib.classroom.explore.cloud import DigitCloud


class Turntable(DigitCloud):
    """Three-number codes as a cloud of digits in space, turned by hand; nearer ones are larger.

    codes, labels: (N, 3) and (N,)
    glyphs: the signs of the digits 0…9; "०१२३४५६७८९" for Devanagari
    raises: ValueError where a code has no label, or a label no sign
    Taught in: 04_dimensionality_reduction
    """

    _esm = script("page.js", "digits.js", "turntable/turntable.js")

    def __init__(self, codes: Tensor, labels: Tensor, glyphs: Sequence[str] = "0123456789"):
        keys = ("turn_explorer", "turn_cloud", "turn_turn", "turn_tilt", "turn_slowly", "reset")
        super().__init__([], keys, 3, codes, labels, glyphs)
