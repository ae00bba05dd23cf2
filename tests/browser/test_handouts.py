"""A handout: its own fonts, whole figures, page numbers, answers only at the end, and Hindi that can be copied."""

import html
import re
from collections import Counter
from types import SimpleNamespace

import handouts
import nbformat
import numpy as np
import pages
import pikepdf
import pypdfium2
import pytest
from copyable import copyable

from course_lib.classroom.exercises import questions

LESSON = "02_autoencoder"
WORD = re.compile(r"[\u0900-\u0963\u0966-\u097f\u200c\u200d]+")  # without danda


@pytest.fixture(scope="module")
def folder(chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("handouts")
    handouts.main(folder, LESSON)
    return folder


@pytest.fixture(scope="module", params=pages.LANGUAGES)
def handout(request, folder):
    """.language, .pdf, and .texts: what Chromium's viewer copies from each page, with every blank as one space."""
    path = folder / f"{LESSON}.{request.param}.pdf"
    texts = [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(path)]
    with pikepdf.open(path) as pdf:
        yield SimpleNamespace(language=request.param, pdf=pdf, texts=texts)


def fonts(pdf):
    for page in pdf.pages:
        for font in page.resources.get("/Font", {}).values():
            yield from font.get("/DescendantFonts", [font])


def test_only_the_chosen_lesson_is_printed(folder):
    assert sorted(path.name for path in folder.iterdir()) == [f"{LESSON}.en.pdf", f"{LESSON}.hi.pdf"]


def test_fonts_are_embedded(handout):
    names = set()
    for font in fonts(handout.pdf):
        if font.Subtype == "/Type3":
            continue  # its letters are drawings in the file itself
        assert any(key.startswith("/FontFile") for key in font.FontDescriptor), font.BaseFont
        names.add(str(font.BaseFont).split("+")[1])
    assert {"Mukta-Regular", "Mukta-Bold", "STIXTwoMath", "DejaVuSansMono"} <= names


def test_figures_are_whole(handout):
    """Each on one page: one that is cut would be drawn on two."""
    notebook = nbformat.read(pages.NOTEBOOKS / f"{LESSON}.ipynb", as_version=4)
    drawn = [len(page.get_images()) for page in handout.pdf.pages]
    outputs = [o.get("data", {}) for c in notebook.cells for o in c.get("outputs", [])]
    stored = [data for data in outputs if "image/png" in data or "<img" in data.get("text/html", "")]
    assert sum(drawn) == len(stored)


def test_page_numbers(handout):
    texts = handout.texts
    for number, text in enumerate(texts, 1):
        assert f"{number} / {len(texts)}" in text


def test_answers_come_after_the_lesson(handout):
    texts = handout.texts
    body = next(number for number, text in enumerate(texts) if "✓" in text)
    assert not any("✗" in text for text in texts[:body])
    lesson, answers = " ".join(texts[:body]), " ".join(texts[body:])
    assert answers.count("✓") == len(questions("autoencoder"))
    assert answers.count("✗") == sum(not right for q in questions("autoencoder") for _, right, _ in q.options)
    solutions = [exercise.answer.__name__ for exercise in handouts.exercises("autoencoder")]
    assert len(solutions) == 6
    assert re.findall(r"def (_\w+)", answers) == solutions
    assert not any(solution in lesson for solution in solutions)
    assert lesson.count("exercises.loss.check(my_loss)") == 1


def test_what_stands_where(handout):
    text = " ".join(handout.texts)
    for word in ("For the teacher", "mybinder", "$$", "<details>", "pip install"):
        assert word not in text
    if handout.language == "en":
        lesson, answers = text.split("Answers Practice questions")
        answer = "It is where the short code of every image lives."
        assert "What is the role of the latent space?" in lesson
        assert answer in answers
        assert answer not in lesson
        assert "To try in the notebook: Walk through the latent space" in lesson


def test_hindi_is_copied_whole(folder):
    """Every word that is printed, as often; a few marks in tight places still come with a blank."""
    page = re.sub(r"<(style|title)\b.*?</\1>|<[^>]+>", "", handouts.handout(LESSON, "hi"), flags=re.DOTALL)
    pdf = pypdfium2.PdfDocument(folder / f"{LESSON}.hi.pdf")
    read = "\n".join(page.get_textpage().get_text_range() for page in pdf)
    printed, copied = (Counter(WORD.findall(text)) for text in (html.unescape(page), read))
    assert printed.total() > 4000
    assert (printed & copied).total() > 0.99 * printed.total(), printed - copied
    assert not re.search(r"[।?]\w", read), "sentences without a space between them"


def test_a_copyable_page_looks_the_same(folder, browser, tmp_path):
    """Syllables in every shape, in two fonts, within a line and at its start.

    folder: whatever the order, the handouts were made before: they are printed by a Playwright that none may surround
    """
    pages.copy_assets(tmp_path / "assets")
    lines = "चित्र की त्रुटि; दूसरे हुँकार, किंतु ऊँचाई, संख्याओं, ज़्यादा, स्त्रीलिंग।", "<b>कैसे कूटक</b> x̂ <code>x̂ में</code> हूँ"
    style = "body { font: 20pt Mukta } code { font-family: 'DejaVu Sans Mono' }"
    head = f'<link rel="stylesheet" href="assets/fonts.css"><style>{style}</style>'
    before = handouts.printed(browser, f"{head}<p>{'<p>'.join(lines)}", tmp_path)
    after = copyable(before)
    drawn, redrawn = (pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_numpy().astype(int) for pdf in (before, after))
    assert drawn.min() < 100
    # A thousandth of a point may make an edge darker or lighter; a letter that moved would turn black into white.
    assert np.abs(redrawn - drawn).max() < 100
    read, reread = (pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range() for pdf in (before, after))
    missing, whole = (set(WORD.findall(" ".join(lines))) - set(WORD.findall(text)) for text in (read, reread))
    assert len(missing) > 5
    assert whole == set()
