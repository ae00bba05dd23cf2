"""The two languages of the course: the current choice, the table of every label and message, the Devanagari font.

Figures carry both languages, short (`loss · हानि`); `use("hi")` or `use("en")` narrows them to one.
"""

import html
import re
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

LANGUAGES = ("hi", "en", "both")
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
FONT_FAMILY = "Course Devanagari"  # our own name: a system font of the same name would win otherwise


class Text(NamedTuple):
    """The same thing said in Hindi and in English."""

    hi: str
    en: str


_current = "both"


def use(language: str) -> None:
    """Show figures, messages and checks in "hi", "en" or "both" from now on.

    raises: ValueError for another name
    Taught in: 02_autoencoder
    """
    global _current
    if language not in LANGUAGES:
        raise ValueError(message("error_language", language=repr(language)))
    _current = language


def current() -> str:
    """The language in use: "hi", "en" or "both"."""
    return _current


def text(key: str | Text, **values: object) -> Text:
    """The entry `key` of the table with `values` filled in; a Text, or a word that is not there, as it is.

    Anything else is shown as Python writes it: numbers may name rows and columns.
    raises: ValueError where the entry needs another value
    """
    if not isinstance(key, Text):
        entry = TABLE.get(key) if isinstance(key, str) else None
        if entry is None:
            return Text(str(key), str(key))
        key = entry
    if not values:
        return key
    hindi, english = ({k: v[i] if isinstance(v, Text) else v for k, v in values.items()} for i in (0, 1))
    try:
        return Text(key.hi.format(**hindi), key.en.format(**english))
    except KeyError as missing:
        raise ValueError(message("error_label", label=key.en, given=", ".join(values), needed=missing)) from None


def listed(texts: Iterable[Text], separator: str = ", ") -> Text:
    """Several Texts as one."""
    texts = list(texts) or [Text("", "")]
    return Text(*(separator.join(parts) for parts in zip(*texts, strict=True)))


def label(key: str | Text, **values: object) -> str:
    """One short line for a figure: English · Hindi, or the language in use."""
    return _join(text(key, **values), " · ")


def figure_label(key: str | Text, **values: object) -> str:
    """`label` for matplotlib, in English alone where this matplotlib would draw broken Hindi."""
    from course_lib.data.documents import can_draw_hindi  # it imports torch, which a kernel that only starts need not

    return label(key, **values) if can_draw_hindi() else text(key, **values).en


def message(key: str | Text, **values: object) -> str:
    """A sentence or two for an error or a check: each language on a line of its own."""
    return _join(text(key, **values), "\n")


def say(words: str) -> None:
    """Print, also where the terminal takes ASCII alone (a C locale): a letter it lacks appears as its number."""
    coding = sys.stdout.encoding or "utf-8"
    print(words.encode(coding, "backslashreplace").decode(coding), flush=True)


def markup(key: str | Text, tag: str = "span", **values: object) -> str:
    """HTML with both languages, marked so that the language switch can hide one of them (and the dot between)."""
    said = text(key, **values)
    if said.hi == said.en or _current != "both":
        # No class: there is one language only, and the page's own switch must not hide it.
        shown = _join(said, "")
        code = _current if said.hi != said.en else "hi" if DEVANAGARI.search(shown) else "en"
        return f'<{tag} lang="{code}">{html.escape(shown)}</{tag}>'
    hindi, english = (
        f'<{tag} class="lang-{code}" lang="{code}">{html.escape(part)}</{tag}>' for code, part in said._asdict().items()
    )
    separator = '<span class="lang-both"> · </span>' if tag == "span" else ""
    return hindi + separator + english


def _join(said: Text, separator: str) -> str:
    if _current != "both":
        return said.hi if _current == "hi" else said.en
    return said.en if said.hi == said.en else f"{said.en}{separator}{said.hi}"


@cache
def font_families() -> list[str]:
    """Font families for figures; registers the packaged Noto Sans Devanagari (OFL) under our own name."""
    import fontpkg_noto_sans_devanagari
    from matplotlib.font_manager import FontEntry, fontManager

    [path] = (fontpkg_noto_sans_devanagari.ROOT / "files").glob("*.ttf")
    for weight in (400, 700):  # one variable font file: matplotlib draws its regular weight for both
        fontManager.ttflist.append(FontEntry(str(path), name=FONT_FAMILY, weight=weight, size="scalable"))
    return ["DejaVu Sans", FONT_FAMILY]


def _table() -> dict[str, Text]:
    table = {}
    for file in sorted((Path(__file__).parent / "labels").glob("*.toml")):
        for key, said in tomllib.loads(file.read_text(encoding="utf-8-sig")).items():
            if key in table:
                raise ValueError(f"{file.name}: {key} is already in another file of labels")
            table[key] = Text(**said)
    return table


TABLE = _table()
