"""A handout on paper: its own fonts, whole figures, page numbers, and the answers only at the end."""

import re
from types import SimpleNamespace

import handouts
import nbformat
import pages
import pypdf
import pytest

from course_lib.classroom.exercises import questions

LESSON = "02_autoencoder"


@pytest.fixture(scope="module")
def folder(chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("handouts")
    handouts.main(folder, LESSON)
    return folder


@pytest.fixture(scope="module", params=pages.LANGUAGES)
def handout(request, folder):
    """.language, .pdf, and .texts: what stands on each page, with every blank as one space."""
    pdf = pypdf.PdfReader(folder / f"{LESSON}.{request.param}.pdf")
    texts = [" ".join(page.extract_text().split()) for page in pdf.pages]
    return SimpleNamespace(language=request.param, pdf=pdf, texts=texts)


def fonts(pdf):
    for page in pdf.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            yield from font.get_object().get("/DescendantFonts", [font])


def test_only_the_chosen_lesson_is_printed(folder):
    assert sorted(path.name for path in folder.iterdir()) == [f"{LESSON}.en.pdf", f"{LESSON}.hi.pdf"]


def test_fonts_are_embedded(handout):
    names = set()
    for font in map(pypdf.generic.PdfObject.get_object, fonts(handout.pdf)):
        if font["/Subtype"] == "/Type3":
            continue  # its letters are drawings in the file itself
        assert any(key.startswith("/FontFile") for key in font["/FontDescriptor"]), font["/BaseFont"]
        names.add(font["/BaseFont"].split("+")[1])
    assert {"Mukta-Regular", "Mukta-Bold", "STIXTwoMath", "DejaVuSansMono"} <= names


def test_figures_are_whole(handout):
    """Each on one page: one that is cut would be drawn on two."""
    notebook = nbformat.read(pages.NOTEBOOKS / f"{LESSON}.ipynb", as_version=4)
    drawn = [len(page.images) for page in handout.pdf.pages]
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
    """Read in English: pypdf finds only a part of the Devanagari letters."""
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
