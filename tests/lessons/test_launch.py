"""Colab: in an environment that lacks course_lib the first cell of a notebook brings it, and the rest runs.

Only what Colab has of ours is there: torch, torchvision, matplotlib, scikit-learn, ipywidgets, and what these need.
They are the suite's own, lent to a bare virtual environment; pip asks the registry for the rest. Of matplotlib it is
the oldest that the course takes; docs/where.md tells of a run by hand with its oldest torch, which is gigabytes.
"""

import ast
import itertools
import os
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import gates
import nbformat.v4 as v4
import pytest
import repository
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import notebooks

ROOT = Path(__file__).parents[2]
COLAB = ("torch", "torchvision", "matplotlib", "scikit-learn", "ipywidgets", "ipykernel", "pip")
# The lower bounds in pyproject.toml. Colab has mlxtend too: the newest would make pip bring another matplotlib.
OLDEST = {"matplotlib": "3.10.0", "mlxtend": "0.23.4"}
WHOLE = "00_start_here"
OTHERS = sorted(lesson.stem for lesson in notebooks.LESSONS.glob("*.md") if lesson.stem != WHOLE)


def with_requirements(names: tuple[str, ...]) -> set[str]:
    """These packages, and what they require of the packages installed here."""
    todo, found = [(canonicalize_name(name), "") for name in names], set()
    while todo:
        name, extra = one = todo.pop()
        if one in found:
            continue
        found.add(one)
        for wanted in map(Requirement, distribution(name).requires or []):
            if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                todo += [(canonicalize_name(wanted.name), more) for more in ("", *wanted.extras)]
    return {name for name, _ in found}


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """A virtual environment without course_lib: its Python."""
    folder = tmp_path_factory.mktemp("colab")
    lent = folder / "lent"  # outside the environment: pip may see what lies here, but not change it
    lent.mkdir()
    for name in with_requirements(COLAB) - set(OLDEST):
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files} - {"..", "__pycache__"}:
            if not (lent / top).exists():
                (lent / top).symlink_to(installed.locate_file(top))
    old = [f"{name}=={version}" for name, version in OLDEST.items()]
    # -E: not with the suite's PYTHONPATH, which closes the network.
    pip = [sys.executable, "-E", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--target", lent, *old], check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    [packages] = (folder / "venv").glob("[Ll]ib/**/site-packages")
    (packages / "lent.pth").write_text(str(lent), encoding="utf-8")
    python = next(path for path in (folder / "venv").glob("*/python*") if path.stem == "python")
    assert own(python) == set()
    code = (
        "import torch, torchvision, matplotlib, sklearn, ipywidgets, mlxtend;"
        "print(matplotlib.__version__, mlxtend.__version__); import course_lib"
    )
    tried = subprocess.run([python, "-E", "-c", code], capture_output=True, encoding="utf-8", cwd=folder)
    assert tried.stdout.split() == list(OLDEST.values())
    assert "No module named 'course_lib'" in tried.stderr
    return python


@pytest.fixture(scope="module")
def start_page(colab):
    """The code cells of the start page, after a run in which the first of them brought course_lib."""
    notebook = notebooks.generate(notebooks.LESSONS / f"{WHOLE}.md")
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    run(colab, cells)
    return cells


def run(colab: Path, cells: list) -> None:
    """Run code cells as Colab does; the local checkout stands for the course's address."""
    for cell in cells:
        cell.source = cell.source.replace(repository.links("")["archive"], shlex.quote(ROOT.as_uri()))
    assert ROOT.as_uri() in cells[0].source
    manager = AsyncKernelManager()
    manager.kernel_spec.argv[0] = str(colab)
    # Not the suite's PYTHONPATH, which holds course_lib and closes the network.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"OMP_NUM_THREADS": "1", "COURSE_DATA": str(colab.parents[2] / "data")}
    client = NotebookClient(v4.new_notebook(cells=cells), km=manager, timeout=300)
    client.execute(env=environment, cwd=str(colab.parents[2]))


def own(colab: Path) -> set[str]:
    """What was installed into the environment itself."""
    found = colab.parents[1].glob("[Ll]ib/**/site-packages/*.dist-info")
    return {canonicalize_name(path.name.split("-")[0]) for path in found}


def test_the_oldest_versions_are_those_that_the_course_takes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = {wanted.name: wanted.specifier for wanted in map(Requirement, project["dependencies"])}
    assert str(bounds["matplotlib"]) == ">=" + OLDEST["matplotlib"].removesuffix(".0")
    assert str(bounds["mlxtend"]) == ">=" + OLDEST["mlxtend"]
    page = (ROOT / "docs" / "where.md").read_text(encoding="utf-8")
    assert page.count("(matplotlib {matplotlib})".format_map(OLDEST)) == 2  # in each language


def test_the_start_page_runs_where_course_lib_is_missing(colab, start_page):
    ready = next(cell for cell in start_page if "ready()" in cell.source)
    said = ready.outputs[0].data["text/html"]
    assert said.count("✅") == 5
    assert "matplotlib&gt;=3.11" in said, "what this one is too old for: Hindi in figures"
    assert "course-lib" in own(colab)
    assert not own(colab) & with_requirements(COLAB), "what Colab has was installed again"


@pytest.mark.usefixtures("start_page")
def test_of_every_other_lesson_the_first_cell_and_the_imports(colab):
    cells = []
    for name in OTHERS:
        source = notebooks.generate(notebooks.LESSONS / f"{name}.md")
        first, *code = (cell for cell in source.cells if cell.cell_type == "code")
        code = list(itertools.takewhile(lambda cell: not gates.APPLICATION.search(cell.source), code))
        trees = [node for cell in code for node in ast.walk(ast.parse(cell.source))]
        imports = [ast.unparse(node) for node in trees if isinstance(node, ast.Import | ast.ImportFrom)]
        assert any("course_lib" in line for line in imports)
        # Cells anew: every lesson's first cell has the same id.
        cells += map(v4.new_code_cell, (first.source, "\n".join([f"# {name}", *imports])))
    run(colab, cells)  # one kernel for all: importing torch takes longer than all the rest
    assert not any(cell.outputs for cell in cells), "course_lib is there: the first cell should keep quiet"


@pytest.mark.usefixtures("start_page")
def test_applications_bring_their_packages(colab):
    """The line that their first cell runs where course_lib is missing."""
    line = repository.install_cell(applications=True).splitlines()[-1].strip()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    run(colab, [v4.new_code_cell(line)])
    assert own(colab) >= {canonicalize_name(Requirement(wanted).name) for wanted in extras["labs"]}
    assert not own(colab) & with_requirements(COLAB), "what Colab has was installed again"
