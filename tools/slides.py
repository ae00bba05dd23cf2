"""notebooks/*.ipynb -> _build/slides/LESSON.LANGUAGE.html: a deck for each lesson and language. `make slides`.

What stands on a slide is marked in lessons/*.md, as Jupyter's own slide shows understand it: `slide` begins one, `skip`
leaves a cell out, `notes` makes it what only the teacher sees, `fragment` waits for the next key. A tag is ours:
`slide-output` shows a cell's output without its code.

python tools/slides.py         to _build/slides
python tools/slides.py FOLDER
"""

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pages
from finish import under_policy
from nbformat import NotebookNode

from course_lib.classroom.exercises import questions

REVEAL = "sphinx_revealjs/_static/revealjs"  # a package for Sphinx, of which we take reveal.js alone


@dataclass
class Slide:
    """The HTML of what everybody sees, and of what only the teacher sees."""

    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def slides(notebook: NotebookNode, quiz: str) -> list[Slide]:
    """The slides that a notebook's cells are marked to make; one that begins without a heading repeats the last."""
    deck, heading, stored = [], "", pages.explorers(notebook)

    def alive(model: str, _title: str) -> str:
        return f'<div class="explorer" data-prevent-swipe>{pages.twins.explorer(stored[model])}</div>'

    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if pages.is_heading(cell):
            heading = pages.markdown(cell.source.replace("###", "##"))
        if kind == "skip":
            continue
        if kind == "slide":
            deck.append(Slide())
        if kind == "slide" or pages.is_heading(cell):
            deck[-1].parts.append(heading)
        if kind == "notes":
            deck[-1].notes.append(pages.markdown(pages.DETAILS.sub(r"**\1**\n\2", cell.source)))
        elif not pages.is_heading(cell):
            parts = [quiz] if "quiz(" in cell.source else _parts(cell, alive)
            deck[-1].parts += [_later(part) for part in parts] if kind == "fragment" else parts
    return deck


def _parts(cell: NotebookNode, explorer: Callable[[str, str], str]) -> list[str]:
    if cell.cell_type == "markdown":
        # One name for all: opening one answer closes the others, so that the slide keeps its height.
        return [pages.prose(cell.source.replace("<details>", '<details name="practice">'))]
    source = [] if "slide-output" in pages.tags(cell) else [pages.code(cell.source)]
    return [*source, *pages.outputs(cell, explorer)]


def _later(part: str) -> str:
    """A part that appears at the next key."""
    return part.replace('class="', 'class="fragment ', 1)


@cache
def speaker_view() -> str:
    """The page that reveal.js writes into the window of the teacher's notes."""
    plugin = pages.packaged("sphinx-revealjs", f"{REVEAL}/plugin/notes/notes.js").read_text(encoding="utf-8")
    [written] = re.findall(r'document\.write\(("(?:[^"\\]|\\.)*")\)', plugin)
    return json.loads(re.sub(r"\\x(..)", r"\\u00\1", written))  # what JavaScript writes \x3c is \u003c in JSON


def deck(lesson: str, language: str) -> str:
    """The page of a lesson's deck in one language."""
    notebook = pages.read(lesson, language)
    quiz = pages.templates.get_template("pages/deck-quiz.html")
    page = pages.templates.get_template("pages/deck.html").render(
        language=language,
        title=notebook.cells[0].source.lstrip("# "),
        slides=slides(notebook, quiz.render(questions=questions(pages.topic(notebook)), language=language)),
    )
    return under_policy(page, speaker_view())


def main(folder: Path = pages.BUILD / "slides") -> None:
    """Write every deck into the folder, and into assets/ what all of them load."""
    pages.copy_assets(folder / "assets")
    for name in ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js"):
        shutil.copy(pages.packaged("sphinx-revealjs", f"{REVEAL}/{name}"), folder / "assets")
    shutil.copy(pages.THEME / "pages" / "deck.css", folder / "assets")
    for lesson in pages.lessons():
        for language in pages.LANGUAGES:
            target = folder / f"{lesson}.{language}.html"
            target.write_text(deck(lesson, language), encoding="utf-8")
            print(target)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
