"""What the syllabus asks for and what the lessons found, from docs/syllabus.yml and the notebooks: `{syllabus} 02`."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat
import yaml
from figures import table
from myst_parser.slugs import github_slugify
from sphinx.util.docutils import SphinxDirective
from twins import twin

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "syllabus.yml"
HEADS = {
    "hi": ["Syllabus में", "पाठ में कहाँ", "संख्या", "संख्या किसकी है"],
    "en": ["In the syllabus", "Where in the lesson", "Number", "What the number is"],
}


class Found(NamedTuple):
    heading: str
    number: str


def entries() -> list[dict]:
    return yaml.safe_load(PAGE.read_text(encoding="utf-8-sig"))


def path(lesson: str) -> Path:
    return ROOT / "notebooks" / f"{lesson}.ipynb"


@cache
def notebook(lesson: str) -> nbformat.NotebookNode:
    return nbformat.read(path(lesson), as_version=4)


def printed(output: dict) -> str:
    return output.get("text") or output.get("data", {}).get("text/plain", "")


def find(entry: dict, lesson: nbformat.NotebookNode) -> list[Found]:
    """Every place in what the lesson printed that the entry's pattern fits, with the heading above it."""
    found, heading = [], ""
    for cell in lesson.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading = cell.source.split("\n")[0].lstrip("# ")
        for output in cell.get("outputs", []):
            found += [Found(heading, hit[1]) for hit in re.finditer(entry["find"], printed(output), re.MULTILINE)]
    return found


def row(entry: dict, language: str) -> list[str]:
    """One line of the table; a number that is gone stops the build."""
    item, means = entry["item"][language], entry["means"][language]
    name = entry["lesson"]
    if not (found := find(entry, notebook(name))):
        raise ValueError(f"docs/syllabus.yml: {item!r}: nothing in notebooks/{name}.ipynb fits {entry['find']!r}")
    heading, number = found[0]
    hindi, _, english = heading.rpartition(" · ")
    said = {"hi": hindi, "en": english}[language]
    link = f"[{name.split('_')[0]} · {said}](/notebooks/{name}.ipynb#{github_slugify(heading)})"
    return [item, link, f"**{number}**", means]


class Syllabus(SphinxDirective):
    """`{syllabus} 02`: the bold items of that part of the syllabus, once in Hindi and once in English."""

    required_arguments = 1

    def run(self):
        part = [entry for entry in entries() if entry["part"] == self.arguments[0]]
        self.env.note_dependency(str(PAGE))
        for entry in part:
            self.env.note_dependency(str(path(entry["lesson"])))
        lines = []
        for language, heads in HEADS.items():
            rows = [heads, *(row(entry, language) for entry in part)]
            lines += [*twin(language, table(rows)).splitlines(), ""]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app):
    app.add_directive("syllabus", Syllabus)
