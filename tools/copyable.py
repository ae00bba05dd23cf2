"""Hindi that can be copied out of a PDF that Chromium printed.

Chromium draws every glyph by itself, and writes the letters of a syllable beside its glyphs, as their ActualText. But
its viewer takes the width of the first glyph for that of the syllable, and puts a blank where the next glyph stands: it
reads चि त्र where चित्र is printed. Here the first and the last glyph of a syllable become one piece of text, as wide as
the syllable, and its marks begin where it does. Nothing moves on the page.
"""

import io
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import pikepdf

# As Chromium writes them, one to a line: some glyphs, perhaps at a new place; a font.
SHOWN = re.compile(rb"(?:(-?[\d.]+) (-?[\d.]+) Td )?<([0-9A-F]+)> Tj\n")
CHOSEN = re.compile(rb"/(F\d+) ([\d.]+) Tf\n")
SPACE = re.compile(rb"^<([0-9A-F]{4})> (?:<[0-9A-F]{4}> )?<0020>$", re.MULTILINE)


class Glyph(NamedTuple):
    """Where it stands on its line, how wide it is, and which it is, in hexadecimal."""

    left: float
    height: float
    width: float
    code: bytes


@dataclass
class Font:
    """Widths of glyphs (in thousandths of the size), its space, and the digits of a code."""

    widths: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    space: bytes | None = None
    digits: int = 4

    @classmethod
    def read(cls, font: pikepdf.Object) -> "Font":
        if font.Subtype == "/Type3":
            thousandth = 1000 * float(font.FontMatrix[0])
            return cls(dict(enumerate((thousandth * float(w) for w in font.Widths), int(font.FirstChar))), digits=2)
        own = font.DescendantFonts[0]
        default = float(own.get("/DW", 1000))
        widths = defaultdict(lambda: default)
        runs = iter(own.get("/W", []))
        for first in runs:  # `first [width width …]`, or `first last width`
            if isinstance(last := next(runs), pikepdf.Array):
                widths.update(enumerate(map(float, last), int(first)))
            else:
                widths.update(dict.fromkeys(range(int(first), int(last) + 1), float(next(runs))))
        space = SPACE.search(font.ToUnicode.read_bytes())
        return cls(widths, space and space[1])


def copyable(pdf: bytes) -> bytes:
    """The same pages, with every syllable of several glyphs in one piece."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        fonts = {}  # by name: Chromium calls a font by its number in the whole file
        for page in document.pages:
            for name, font in page.resources.get("/Font", {}).items():
                fonts[name] = fonts.get(name) or Font.read(font)
            page.Contents.write(joined(page.Contents.read_bytes(), fonts))
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def joined(content: bytes, fonts: dict[str, Font]) -> bytes:
    """What is drawn on a page, with its syllables in one piece."""
    font, size = Font(), 1.0
    x = y = pen = 0.0  # on this line: where the last Td led, and how far the text has gone on from there
    at = on = 0.0  # where the last Td led that we wrote
    out, glyphs, syllable = [], [], False
    for line in content.splitlines(keepends=True):
        shown = SHOWN.fullmatch(line)
        if glyphs and not (shown and syllable):
            for row in rows(glyphs, font, size) if syllable else [glyphs]:
                out.append(b"%.4f %.4f Td " % (row[0].left - at, row[0].height - on) + text(row, size))
                at, on = row[0].left, row[0].height
            glyphs = []
        if shown:
            right, down, codes = shown.groups()
            if right:
                x, y, pen = x + float(right), y + float(down), 0.0
            for code in (codes[i : i + font.digits] for i in range(0, len(codes), font.digits)):
                width = font.widths[int(code, 16)] * size / 1000
                glyphs.append(Glyph(x + pen, y, width, code))
                pen += width
            continue
        out.append(line)
        if chosen := CHOSEN.fullmatch(line):
            font, size = fonts["/" + chosen[1].decode()], float(chosen[2])
        elif line == b"BT\n" or line.endswith(b" Tm\n"):
            x = y = pen = at = on = 0.0
        elif line == b"EMC\n" or line.startswith(b"/Span<</ActualText"):
            syllable = line != b"EMC\n"
    return b"".join(out)


def rows(glyphs: list[Glyph], font: Font, size: float) -> list[list[Glyph]]:
    """The glyphs of a syllable: those that make its width, then each mark, after a blank that begins where they do."""
    first, last = min(glyphs), max(glyphs, key=lambda glyph: glyph.left + glyph.width)
    whole = [first, last] if last is not first and last.height == first.height else [first]
    if font.space is None:
        return [whole, *([glyph] for glyph in glyphs if glyph not in whole)]
    blank = first._replace(width=font.widths[int(font.space, 16)] * size / 1000, code=font.space)
    return [whole, *([blank._replace(height=glyph.height), glyph] for glyph in glyphs if glyph not in whole)]


def text(row: list[Glyph], size: float) -> bytes:
    """Glyphs as one piece, each at its own place."""
    said, end = b"", row[0].left
    for glyph in row:
        if gap := round((end - glyph.left) * 1000 / size, 2):
            said += b">%.2f<" % gap
        said += glyph.code
        end = glyph.left + glyph.width
    return b"[<" + said + b">] TJ\n"
