"""Four open fonts that draw the course's synthetic data: like handwriting, plain, round, and neutral.

Every one draws ०-९ with shapes of its own. Some well-known fonts (Hind, Poppins, Rajdhani, Teko) draw Latin digits at
the Devanagari code points, so a font is added only once tests/data/test_devanagari.py passes with it.
"""

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

DIGITS = "०१२३४५६७८९"


class Face(NamedTuple):
    """One weight of a font: its package, the file, and the axes of a variable font (weight, then width)."""

    family: str
    file: str
    axes: tuple[int, ...] = ()

    def path(self) -> Path:
        return import_module(f"fontpkg_{self.family}").ROOT / "files" / self.file


# As many weights of each family, so that no family dominates; and light ones above all, as a pen writes.
FACES = [
    *(Face("kalam", f"Kalam-{weight}.ttf") for weight in ("Light", "Regular", "Bold")),
    *(Face("mukta", f"Mukta-{weight}.ttf") for weight in ("Light", "Regular", "Medium")),
    *(Face("baloo_2", "Baloo2[wght].ttf", (weight,)) for weight in (400, 450, 550)),
    *(Face("noto_sans_devanagari", "NotoSansDevanagari[wdth,wght].ttf", (w, 100)) for w in (250, 400, 550)),
]


def need_glyphs(face: Face, text: str) -> None:
    """A font that has every letter of the text: it would draw an empty box without a word.

    raises: ValueError that names those it lacks
    """
    from matplotlib.font_manager import get_font

    missing = "".join(letter for letter in text if not get_font(face.path()).get_char_index(ord(letter)))
    if missing:
        raise ValueError(f"the font {face.family} has no {missing}: it would draw an empty box")
