"""notebooks/*.ipynb -> _build/languages/hi/*.ipynb and …/en/*.ipynb, for whoever wants one language. `make languages`.

Pictures that were drawn with labels in both languages stay as they are; what a reader runs anew is in one.
"""

import copy
import re
from pathlib import Path

import nbformat
import nbformat.v4 as v4

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "_build" / "languages"
OTHER = {"hi": "en", "en": "hi"}
HEADING = re.compile(r"(?P<mark>#+ (?:\d\d[a-z]? · )?)(?P<hi>.+) · (?P<en>.+)")


def one(notebook: nbformat.NotebookNode, language: str) -> nbformat.NotebookNode:
    """The same notebook in "hi" or "en" alone."""
    notebook, other = copy.deepcopy(notebook), OTHER[language]
    # What language.markup wrote: no element of one language lies inside another.
    unwanted = re.compile(rf'<(\w+) class="lang-(?:{other}|both)".*?</\1>', re.DOTALL)
    notebook.cells = [cell for cell in notebook.cells if f"lang-{other}" not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown" and f"lang-{language}" not in tags:
            first, *rest = cell.source.split("\n")
            if parts := HEADING.fullmatch(first):
                cell.source = "\n".join([parts["mark"] + parts[language], *rest])
        for output in cell.get("outputs", []):
            if html := output.get("data", {}).get("text/html"):
                output.data["text/html"] = unwanted.sub("", html)
        # Without the tag: JupyterLab's switch could hide the only language there is.
        cell.metadata["tags"] = [tag for tag in tags if tag != f"lang-{language}"]
    state = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    for model in state.values():
        if "language" in model["state"]:
            model["state"]["language"] = language
    first = next(number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells.insert(first + 1, _choice(language))  # below the cell that installs course_lib
    return notebook


def _choice(language: str) -> nbformat.NotebookNode:
    source = f'from course_lib.classroom import language\n\nlanguage.use("{language}")'
    metadata = {"slideshow": {"slide_type": "skip"}, "tags": ["hide-cell"]}
    return v4.new_code_cell(source, id=f"language-{language}", metadata=metadata)


def main(folder: Path = TARGET) -> list[Path]:
    """Write every notebook in each language, and say where."""
    written = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for language in OTHER:
            target = folder / language / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(one(nbformat.read(path, as_version=4), language), target)
            written.append(target)
    return written


if __name__ == "__main__":
    print(*main(), sep="\n")
