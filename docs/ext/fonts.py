"""Small web fonts, for readers whose system has none for Hindi or for formulas."""

import re
from pathlib import Path

import fontpkg_noto_sans_devanagari
import ziamath
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

DEVANAGARI = [*range(0x900, 0x980), 0x200C, 0x200D, 0x20B9, 0x25CC]  # with joiners, rupee and the dotted circle
MATHS = [
    *range(0x20, 0x7F),
    *(0xAC, 0xAF, 0xB1, 0xB7, 0xD7, 0x2C6, 0x2DC, 0x302, 0x303, 0x304, 0x2016, 0x2026, 0x27F6),
    *range(0x391, 0x3F7),  # Greek
    *range(0x2190, 0x2300),  # arrows and operators
    *(0x210E, 0x211D, 0x1D53C),  # ℎ ℝ 𝔼
    *range(0x1D434, 0x1D468),  # italic letters, which browsers take for the names in a formula
    *range(0x1D6E2, 0x1D71C),
]


def write(app) -> None:
    folder = Path(app.outdir) / "_static" / "fonts"
    if folder.exists():
        return
    folder.mkdir(parents=True)
    [devanagari] = (fontpkg_noto_sans_devanagari.ROOT / "files").glob("*.ttf")
    weights = instancer.instantiateVariableFont(cut(devanagari, DEVANAGARI, ["*"]), {"wdth": 100, "wght": (400, 700)})
    save(weights, folder / "devanagari.woff")
    maths = Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    save(cut(maths, MATHS, ["ssty"]), folder / "math.woff")


def cut(path: Path, letters: list[int], features: list[str]) -> TTFont:
    """The font with these letters only, and what they are composed of."""
    options = subset.Options(layout_features=features)
    font = subset.load_font(path, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    return font


def save(font: TTFont, path: Path, flavor: str = "woff") -> None:
    font.flavor = flavor
    font.save(path)


def cut_icons(app, exception) -> None:
    """Leave the theme's font of icons those that the theme's own style and the pages ask for: 2 kB instead of 115."""
    static = Path(app.outdir) / "_static"
    path = static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.woff2"
    if exception or path.stat().st_size < 20_000:  # cut already
        return
    style = (static / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    asking = [*Path(app.outdir).rglob("*.html"), *(static / "scripts").glob("*.js")]
    named = {name for file in asking for name in re.findall(r"\bfa-[a-z-]+", file.read_text(encoding="utf-8"))}
    icons = [ord(icon) for icon in re.findall("[\ue000-\uf8ff]", style)]
    for names, code in re.findall(r'((?:\.fa-[\w-]+,?)+){--fa:"\\([0-9a-f]+)"}', style):
        if named & set(names.replace(".", "").split(",")):
            icons.append(int(code, 16))
    save(cut(path, icons, []), path, "woff2")


def setup(app):
    app.connect("builder-inited", write)
    app.connect("build-finished", cut_icons)
