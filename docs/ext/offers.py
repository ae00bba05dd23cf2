"""What a reader takes along from a lesson: the notebook in one language, and the slides and handouts that were made."""

import shutil
import sys
from pathlib import Path

import nbformat
from nbformat import v4

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))
import one_language  # noqa: E402

SAID = {"hi": "साथ ले जाइए, सिर्फ़ हिन्दी में", "en": "To take along, in English only"}
SEPARATOR = "\u00a0· "  # no line begins with the dot
# Made by `make slides` and `make handouts`, beside the site.
MADE = {"slides": "slides/{lesson}.{language}.html", "handout (PDF)": "handouts/{lesson}.{language}.pdf"}


def offer(app, docname: str, source: list[str]) -> None:
    """Under the launch links of a lesson, in each language what there is in it."""
    folder, _, lesson = docname.partition("/")
    if folder == "notebooks":
        notebook = nbformat.reads(source[0], as_version=4)
        beside = Path(app.outdir).parent
        notebook.cells[1:1] = [
            v4.new_markdown_cell(links(lesson, language, beside), metadata={"tags": [f"lang-{language}"]})
            for language in SAID
        ]
        source[0] = nbformat.writes(notebook)


def links(lesson: str, language: str, beside: Path) -> str:
    """As HTML, since Sphinx would look for what is linked among its sources."""
    found = [f'<a href="../downloads/{language}/{lesson}.ipynb" download>notebook (.ipynb)</a>']
    changed = (ROOT / "notebooks" / f"{lesson}.ipynb").stat().st_mtime
    for name, pattern in MADE.items():
        made = pattern.format(lesson=lesson, language=language)
        if (beside / made).exists() and (beside / made).stat().st_mtime > changed:  # an old one tells another lesson
            found.append(f'<a href="../{made}">{name}</a>')
    return f"{SAID[language]}: {SEPARATOR.join(found)}"


def bring(app, exception) -> None:
    out = Path(app.outdir)
    if exception:
        return
    one_language.main(out / "downloads")
    for folder in {pattern.partition("/")[0] for pattern in MADE.values()}:
        if (out.parent / folder).exists():
            shutil.copytree(out.parent / folder, out / folder, dirs_exist_ok=True)


def setup(app):
    app.connect("source-read", offer)
    app.connect("build-finished", bring, priority=900)  # after finish.py, which is for Sphinx's own pages
