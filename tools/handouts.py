"""notebooks/*.ipynb -> _build/handouts/LESSON.LANGUAGE.pdf: a lesson to print, its answers at the end. `make handouts`.

python tools/handouts.py               all lessons, to _build/handouts
python tools/handouts.py FOLDER 02 …   only the lessons whose names begin so
"""

import importlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import browsers
import pages
from copyable import copyable
from nbformat import NotebookNode
from playwright.sync_api import Browser, sync_playwright

from course_lib.classroom.exercises import Exercise, questions
from course_lib.classroom.language import message, text

FOOTER = (
    '<div style="width: 100%; text-align: center; font: 8px sans-serif">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)
LEFT_OUT = {"speaker-notes", "hide-cell"}


def body(notebook: NotebookNode, language: str, quiz: str) -> Iterator[str]:
    """The lesson itself: practice questions without their answers, and of an explorer its name."""
    stored = pages.explorers(notebook)

    def named(model: str, title: str) -> str:
        [both] = [said for said in stored[model]["state"]["texts"].values() if said["en"] == title]
        return f'<p class="explorer">{getattr(text("handout_explorer", title=both[language]), language)}</p>'

    for cell in notebook.cells:
        if LEFT_OUT & set(pages.tags(cell)):
            continue
        if "quiz(" in cell.source:
            yield quiz
        elif pages.is_heading(cell):
            yield pages.markdown(cell.source)
        elif cell.cell_type == "markdown":
            yield pages.prose(pages.DETAILS.sub(r"\1\n", cell.source))
        else:
            yield pages.code(cell.source)
            yield from pages.outputs(cell, named)


def practice(notebook: NotebookNode) -> str:
    """The practice questions with their answers."""
    found = [pair for cell in notebook.cells if "speaker-notes" not in pages.tags(cell) for pair in _folded(cell)]
    return pages.prose("\n\n".join(f"**{question}**\n\n{answer.strip()}" for question, answer in found))


def _folded(cell: NotebookNode) -> list[tuple[str, str]]:
    return pages.DETAILS.findall(cell.source) if cell.cell_type == "markdown" else []


def exercises(name: str) -> list[Exercise]:
    """The exercises of a lesson, in their order."""
    module = importlib.import_module(f"course_lib.classroom.exercises.{name}")
    return [thing for thing in vars(module).values() if isinstance(thing, Exercise)]


def handout(lesson: str, language: str) -> str:
    """The page of a lesson's handout in one language."""
    notebook = pages.read(lesson, language)
    name = pages.topic(notebook)
    quiz = [
        pages.templates.get_template("pages/handout-quiz.html").render(
            questions=questions(name), language=language, answers=answers
        )
        for answers in (False, True)
    ]
    return pages.templates.get_template("pages/handout.html").render(
        language=language,
        title=notebook.cells[0].source.lstrip("# "),
        words={key: getattr(text(f"handout_{key}"), language) for key in ("answers", "practice", "quiz", "exercises")},
        body=body(notebook, language, quiz[0]),
        practice=practice(notebook),
        quiz=quiz[1],
        solutions=[pages.code(exercise.solution().plain) for exercise in exercises(name)],
    )


def printed(browser: Browser, page: str, folder: Path) -> bytes:
    """The PDF of a page; the folder holds the assets that it loads."""
    source = folder / "page.html"
    source.write_text(page, encoding="utf-8")
    tab = browser.new_page()
    tab.goto(source.as_uri())
    tab.evaluate("Promise.all([...document.fonts].map((font) => font.load()))")
    pdf = tab.pdf(
        format="A4",
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOTER,
        margin={"top": "16mm", "bottom": "18mm", "left": "17mm", "right": "17mm"},
        print_background=True,
        outline=True,
        tagged=True,
    )
    tab.close()
    return pdf


def main(folder: Path = pages.BUILD / "handouts", *prefixes: str) -> None:
    """Write the handouts of the chosen lessons into the folder."""
    chromium = browsers.chromium()
    if chromium is None:
        sys.exit(message("error_browser"))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        work = Path(temporary)
        pages.copy_assets(work / "assets")
        shutil.copy(pages.THEME / "pages" / "handout.css", work / "assets")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for lesson in pages.lessons():
            if lesson.startswith(prefixes or ""):
                for language in pages.LANGUAGES:
                    target = folder / f"{lesson}.{language}.pdf"
                    target.write_bytes(copyable(printed(browser, handout(lesson, language), work)))
                    print(target)
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]), *sys.argv[2:])
