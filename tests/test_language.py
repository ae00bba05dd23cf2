"""The bilingual table: complete, in normal form, drawable; and how it behaves in each language."""

import string
import unicodedata
import warnings

import matplotlib
import pytest
from gates import DEVANAGARI

from course_lib import language, show
from course_lib.exercises import (
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
from course_lib.language import TABLE, Text
from course_lib.show.picture import style


@pytest.fixture(autouse=True)
def _both_again():
    yield
    language.use("both")


@pytest.mark.parametrize("key", TABLE)
def test_entry(key):
    hindi, english = TABLE[key]
    assert hindi.strip() == hindi
    assert english.strip() == english
    assert unicodedata.is_normalized("NFC", hindi)
    assert not DEVANAGARI.search(english)
    if hindi != english:
        assert DEVANAGARI.search(hindi)
    fields = [{name for _, name, *_ in string.Formatter().parse(part) if name} for part in (hindi, english)]
    assert fields[0] == fields[1]


def test_every_string_draws_without_a_missing_glyph():
    texts = list(TABLE.values())
    for lesson in (start_here, encoder_decoder, autoencoder, denoising, dimensionality_reduction, vae, gan):
        texts += [hint for e in vars(lesson).values() if isinstance(e, Exercise) for hint in e.hints]
        for asked, options in [] if lesson is start_here else questions(lesson.__name__.rsplit(".", 1)[1]):
            texts += [asked, *(part for option in options for part in (option.said, option.why))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for some in range(0, len(texts), 40):
            lines = [f"{t.en}\n{t.hi}".replace("$", "") for t in texts[some : some + 40]]
            figure = show.curves({"loss": [1, 2]})
            with style():
                for number, line in enumerate(lines):
                    figure.figure.text(0, number / 40, line)
            assert figure.png().startswith(b"\x89PNG")


def test_a_missing_glyph_would_be_noticed():
    with style():
        picture = show.curves({Text("ᚠ", "ᚠ"): [1, 2]})  # a rune: in neither font
    with pytest.warns(UserWarning, match="missing from font"):
        picture.png()


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
    assert language.can_draw_hindi() is hindi
    assert bool(DEVANAGARI.search(language.figure_label("loss"))) is hindi
    language.use("hi")
    assert language.figure_label("loss") == ("हानि" if hindi else "loss")
