"""The bilingual tables: complete, in normal form, drawable; and how they behave in each language."""

import string
import unicodedata
import warnings

import matplotlib
import pytest
from fontTools.ttLib import TTFont
from gates import DEVANAGARI
from matplotlib.font_manager import findfont

from course_lib.classroom import language, show
from course_lib.classroom.exercises import (
    Exercise,
    autoencoder,
    denoising,
    dimensionality_reduction,
    encoder_decoder,
    gan,
    questions,
    start_here,
    vae,
)
from course_lib.classroom.language import TABLE, Text


@pytest.fixture(autouse=True)
def _both_again():
    yield
    language.use("both")


def test_every_entry_says_the_same_in_both_languages():
    for key, (hindi, english) in TABLE.items():
        assert (hindi, english) == (hindi.strip(), english.strip()), key
        assert unicodedata.is_normalized("NFC", hindi), key
        assert not DEVANAGARI.search(english), key
        assert hindi == english or DEVANAGARI.search(hindi), key
        fields = [{name for _, name, *_ in string.Formatter().parse(part) if name} for part in (hindi, english)]
        assert fields[0] == fields[1], key


def test_a_label_stands_in_one_file_only(tmp_path, monkeypatch):
    (tmp_path / "labels").mkdir()
    for name in ("a", "b"):
        (tmp_path / "labels" / f"{name}.toml").write_text('loss.hi = "हानि"\nloss.en = "loss"\n', encoding="utf-8")
    monkeypatch.setattr(language, "__file__", str(tmp_path / "language.py"))
    with pytest.raises(ValueError, match=r"b\.toml: loss is already in another file"):
        language._table()


def test_the_fonts_have_every_character():
    texts = list(TABLE.values())
    for lesson in (start_here, encoder_decoder, autoencoder, denoising, dimensionality_reduction, vae, gan):
        texts += [hint for e in vars(lesson).values() if isinstance(e, Exercise) for hint in e.hints]
        for asked, options in [] if lesson is start_here else questions(lesson.__name__.rsplit(".", 1)[1]):
            texts += [asked, *(part for option in options for part in (option.said, option.why))]
    fonts = [TTFont(findfont(family, fallback_to_default=False)) for family in language.font_families()]
    drawn = set().union(*(font.getBestCmap() for font in fonts))
    needed = {character: said for said in texts for character in f"{said.hi}{said.en}"}
    missing = {character: said.en for character, said in needed.items() if ord(character) not in drawn | {10, 0x200D}}
    assert not missing


def test_a_figure_draws_them():
    said = Text("".join(sorted({c for text in TABLE.values() for c in text.hi if DEVANAGARI.match(c)})), "x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert show.curves({said: [1, 2]}).png().startswith(b"\x89PNG")
    with pytest.warns(UserWarning, match="missing from font"):
        show.curves({Text("ᚠ", "ᚠ"): [1, 2]}).png()  # a rune: in neither font


@pytest.mark.parametrize(
    ("choice", "label", "message"),
    [
        ("both", "loss · हानि", "Hint 1/3: x\nसंकेत 1/3: x"),
        ("hi", "हानि", "संकेत 1/3: x"),
        ("en", "loss", "Hint 1/3: x"),
    ],
)
def test_use(choice, label, message):
    language.use(choice)
    assert language.current() == choice
    assert language.label("loss") == label
    assert language.message("hint", n=1, total=3, hint="x") == message
    marked = language.markup("loss")
    assert ("हानि" in marked, "loss" in marked) == ("हानि" in label, "loss" in label)


def test_unknown_language():
    with pytest.raises(ValueError, match="'fr'") as error:
        language.use("fr")
    assert "दीजिए" in str(error.value)


def test_values_are_told_in_each_language():
    name = Text("हानि", "loss")
    assert language.text("alt_series", name=name, first=1, last=2) == ("हानि: 1 से 2 तक", "loss from 1 to 2")
    assert language.listed([name, Text("ख", "b")]) == ("हानि, ख", "loss, b")


def test_markup_is_escaped_and_marked():
    marked = language.markup(Text("<क>", "<b>"))
    assert '<span class="lang-hi" lang="hi">&lt;क&gt;</span>' in marked
    assert '<span class="lang-en" lang="en">&lt;b&gt;</span>' in marked
    assert language.markup("pca") == '<span lang="en">PCA</span>'
    assert language.markup("चार सौ") == '<span lang="hi">चार सौ</span>'  # data in Hindi, whoever reads it
    language.use("hi")
    assert language.markup("loss") == '<span lang="hi">हानि</span>'  # no class: no switch may hide it
    assert language.markup("pca") == '<span lang="en">PCA</span>'


@pytest.mark.parametrize(("version", "hindi"), [("3.10.7", False), ("3.11.0", True), ("4.0.0rc1", True)])
def test_older_matplotlib_gets_english(monkeypatch, version, hindi):
    """Before 3.11 matplotlib draws किसान as कसिान: better no Hindi than broken Hindi."""
    monkeypatch.setattr(matplotlib, "__version__", version)
    assert bool(DEVANAGARI.search(language.figure_label("loss"))) is hindi
    language.use("hi")
    assert language.figure_label("loss") == ("हानि" if hindi else "loss")
