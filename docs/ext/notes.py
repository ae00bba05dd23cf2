"""Pages that are made of what stands elsewhere: the glossary of glossary.yml, the teacher's notes of the lessons."""

import re
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from sphinx import addnodes
from twins import twin

ROOT = Path(__file__).parents[2]
TITLE = re.compile(r"# (.+)")
FOLD = re.compile(r"</?details>|<summary>(.+?)</summary>")


def lessons() -> dict[str, nbformat.NotebookNode]:
    """The notebooks of the numbered lessons, by name."""
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    return {path.stem: nbformat.read(path, as_version=4) for path in paths}


def title(notebook: nbformat.NotebookNode) -> str:
    return next(found for cell in notebook.cells if (found := TITLE.match(cell.source)))[1]


def terms() -> list[dict]:
    return yaml.safe_load((ROOT / "docs" / "glossary.yml").read_text(encoding="utf-8-sig"))


def heading(entry: dict) -> str:
    return f"{entry['term']} · {entry['gloss']}"


def glossary() -> str:
    """Every term with its gloss, an explanation in each language, its Roman spelling and the lessons that use it."""
    texts = {
        name: "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        for name, notebook in lessons().items()
    }
    return "\n\n".join(_term(entry, texts) for entry in sorted(terms(), key=lambda entry: entry["term"].lower()))


def index_terms(app, tree: nodes.document) -> None:
    """Term, gloss and Roman spellings as index entries, which the search puts first; the gloss marked as Hindi."""
    if app.env.docname != "docs/glossary":
        return
    entries = {heading(entry): entry for entry in terms()}
    for section in tree.findall(nodes.section):
        if entry := entries.get(section[0].astext()):
            keys = [entry["term"], entry["gloss"], *entry["search"].split(", ")]
            section[0].children = [nodes.Text(f"{entry['term']} · ")]
            section[0] += nodes.inline("", entry["gloss"], classes=["language-hi"])
            section.append(addnodes.index(entries=[("single", key, section["ids"][0], "main", None) for key in keys]))


def _term(entry: dict, texts: dict[str, str]) -> str:
    word = re.compile(rf"\b{re.escape(entry['term'])}", re.IGNORECASE)
    used = [f"[{name.split('_')[0]}](/notebooks/{name}.ipynb)" for name, text in texts.items() if word.search(text)]
    parts = [
        f"## {heading(entry)}",
        twin("hi", entry["hi"]),
        twin("en", entry["en"]),
        f"*{entry['search']}*" + (f" → {', '.join(used)}" if used else ""),
    ]
    return "\n\n".join(parts)


def teacher() -> str:
    """What each lesson says to the teacher, unfolded, and the mistakes that students make in it."""
    return "\n\n".join(_for_teacher(name, notebook) for name, notebook in lessons().items())


def _for_teacher(name: str, notebook: nbformat.NotebookNode) -> str:
    notes, mistakes, section = [], [], ""
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            section = cell.source
        elif languages := tags & {"lang-hi", "lang-en"}:
            said = twin(languages.pop()[-2:], FOLD.sub(lambda fold: f"**{fold[1]}**" if fold[1] else "", cell.source))
            if "speaker-notes" in tags:
                notes.append(said)
            elif section.endswith("Common mistakes"):
                mistakes.append(said)
    parts = [f"## {title(notebook)}", f"[→ {name.split('_')[0]}](/notebooks/{name}.ipynb)", *notes]
    return "\n\n".join([*parts, "### छात्रों की आम ग़लतियाँ · Common student errors", *mistakes])


MADE = {"% glossary": glossary, "% teacher": teacher}  # landing.py adds its own


def fill(_app, _docname: str, source: list[str]) -> None:
    """In place of a mark on a line of its own, what is made for it."""
    for mark, make in MADE.items():
        if f"\n{mark}\n" in source[0]:
            source[0] = source[0].replace(mark, make())


def setup(app):
    app.connect("source-read", fill)
    app.connect("doctree-read", index_terms)
