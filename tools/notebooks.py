"""lessons/*.md -> notebooks/*.ipynb: generate, execute without a network, normalise. `make notebooks`.

python tools/notebooks.py            all lessons
python tools/notebooks.py 02         the lessons whose names begin so
python tools/notebooks.py --marks    only text, tags, slide marks, explorers' and printed code anew; nothing runs
"""

import ast
import base64
import hashlib
import importlib
import json
import os
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from memory import peak_megabytes
from nbclient import NotebookClient

from course_lib.classroom import language

ROOT = Path(__file__).resolve().parents[1]
LESSONS, NOTEBOOKS = ROOT / "lessons", ROOT / "notebooks"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
STATE = "application/vnd.jupyter.widget-state+json"
SECONDS, MEGABYTES = 90, 1200  # what a lesson may take on 2 cores
APPLICATIONS = 150  # seconds for a notebook of applications, of which each can be run alone


def generate(lesson: Path) -> nbformat.NotebookNode:
    """The notebook of a lesson, not yet executed; the same text always gives the same notebook."""
    text = lesson.read_text(encoding="utf-8-sig")  # with the byte order mark that some editors write, or without
    notebook = jupytext.reads(text, lesson.suffix)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        # An id from the text itself: it stays the same when other cells come or go.
        seen[cell.source] = seen.get(cell.source, 0) + 1
        cell.id = hashlib.sha256(f"{cell.source}#{seen[cell.source]}".encode()).hexdigest()[:12]
    return notebook


def execute(notebook: nbformat.NotebookNode) -> tuple[float, float]:
    """Run all cells in a fresh kernel; returns seconds and the kernel's peak memory in MB."""
    paths = [str(ROOT / "tests" / "offline"), os.environ.get("PYTHONPATH", "")]
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment["COURSE_PROGRESS"] = str(Path(__file__, "progress.json"))  # the author's own results stay out
    place = {"metadata": {"path": str(NOTEBOOKS)}}
    # What a cell prints is one output, in however many pieces it came.
    client = NotebookClient(notebook, timeout=120, resources=place, record_timing=False, coalesce_streams=True)
    client.reset_execution_trackers()
    start = time.perf_counter()
    with client.setup_kernel(env=environment):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        client.set_widgets_metadata()
        peak = peak_megabytes(client.km.provisioner.pid)
    return time.perf_counter() - start, peak


def normalise(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Without what differs from run to run: widget ids, which are random, the Python version, and measured times.

    A cell tagged `timing` shows a time, or the machine itself; that is for whoever runs it, and not committed.
    """
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        if "timing" in cell.metadata.get("tags", []):
            cell.outputs = []
    text = json.dumps(notebook)
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    # In the order in which the ids first appear: the state itself is kept in no fixed order.
    for number, model in enumerate(sorted(state, key=text.index)):
        text = text.replace(model, hashlib.sha256(f"{name}{number}".encode()).hexdigest()[:32])
    return nbformat.from_dict(json.loads(text))


def with_outputs(notebook: nbformat.NotebookNode, built: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A generated notebook with the outputs of the built one, where no code changed."""
    now, then = ([cell for cell in one.cells if cell.cell_type == "code"] for one in (notebook, built))
    if [cell.source for cell in now] != [cell.source for cell in then]:
        raise ValueError("code changed: build this lesson without --marks")
    for cell, ran in zip(now, then, strict=True):
        cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
    notebook.metadata = with_todays_explorers(built.metadata)
    return notebook


def with_todays_explorers(metadata: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A notebook's metadata with the code, style and words that its stored explorers have now; the rest stays."""
    for model in metadata.get("widgets", {}).get(STATE, {}).get("state", {}).values():
        module, _, name = model.state.get("_anywidget_id", "").rpartition(".")
        if module:
            kind = getattr(importlib.import_module(module), name)
            code = {"_esm": "_esm", "_css": "_css", "worker": "_worker"}
            model.state |= {key: str(getattr(kind, own)) for key, own in code.items() if key in model.state}
            if "texts" in model.state:
                model.state["texts"] = {key: language.text(key)._asdict() for key in model.state["texts"]}
    return metadata


def with_todays_sources(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with the code that `show.source` printed as it is now; the rest stays."""
    scope: dict[str, object] = {}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        body = ast.parse(TransformerManager().transform_cell(cell.source)).body  # the first cell has a %pip
        imports = [part for part in body if isinstance(part, ast.Import | ast.ImportFrom)]
        exec(compile(ast.Module(imports, []), "imports", "exec"), scope)  # noqa: S102 - our own lesson
        if len(body) == 1 and ast.unparse(body).startswith("show.source("):
            printed = eval(ast.unparse(body), scope)  # noqa: S307 - our own lesson
            cell.outputs[0].data["text/markdown"] = printed.data
    return notebook


def complaints(notebook: nbformat.NotebookNode) -> list[str]:
    """What a student should not see: warnings and errors among the outputs."""
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    return [
        o.get("text", o.get("evalue", "")) for o in outputs if o.output_type == "error" or o.get("name") == "stderr"
    ]


def save_pictures(notebook: nbformat.NotebookNode) -> None:
    """Write the figure of each cell tagged `docs:NAME` to docs/images/NAME.png, for pages outside the notebook."""
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("docs:"):
                [png] = [o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})]
                target = ROOT / "docs" / "images" / f"{tag.removeprefix('docs:')}.png"
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(base64.b64decode(png))


def main(prefixes: list[str]) -> int:
    """Build the chosen lessons; returns the number of lessons that are not fit to commit."""
    bad, marks = 0, "--marks" in prefixes
    prefixes = [prefix for prefix in prefixes if prefix != "--marks"]
    lessons = [path for path in sorted(LESSONS.glob("*.md")) if path.stem.startswith(tuple(prefixes or [""]))]
    if not lessons:
        sys.exit(f"no lesson begins with {' or '.join(prefixes)}")
    for lesson in lessons:
        notebook, target = generate(lesson), NOTEBOOKS / f"{lesson.stem}.ipynb"
        if marks:
            built = nbformat.read(target, as_version=4)
            nbformat.write(with_todays_sources(with_outputs(notebook, built)), target)
            continue
        seconds, peak = execute(notebook)
        notebook = normalise(notebook, lesson.stem)
        nbformat.write(notebook, target)
        save_pictures(notebook)
        print(f"{target.name}: {seconds:.0f} s, {peak:.0f} MB peak, {target.stat().st_size / 1000:.0f} kB")
        problems = complaints(notebook)
        budget = APPLICATIONS if lesson.stem.endswith("_applications") else SECONDS
        if seconds > budget or peak > MEGABYTES:
            problems.append(f"over budget: {budget} s and {MEGABYTES} MB on 2 cores")
        for problem in problems:
            print(f"  {problem}", file=sys.stderr)
        bad += bool(problems)
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
