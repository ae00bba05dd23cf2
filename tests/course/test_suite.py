"""The suite itself: notebooks have no network, a broken one is reported once, two builds are the same."""

import itertools
import os
import subprocess
import sys
import warnings
from pathlib import Path

import browsers
import nbformat
import nbformat.v4 as v4
import pytest
from playwright.sync_api import sync_playwright

import notebooks

ROOT = Path(__file__).resolve().parents[2]
KERNEL = {"kernelspec": notebooks.KERNEL}
BLOCKED = """
import socket, urllib.request
try:
    urllib.request.urlopen("http://192.0.2.1/", timeout=5)  # an address reserved for documentation
except OSError as error:
    assert "network blocked" in str(error), error
else:
    raise AssertionError("the network is open")
socket.create_server(("127.0.0.1", 0)).close()
"""
WARNED = """
import warnings
try:
    warnings.warn_explicit("old", DeprecationWarning, "vae.py", 1, module="course_lib.models.vae")
except DeprecationWarning:
    warnings.warn_explicit("other people's", DeprecationWarning, "x.py", 1, module="other")
else:
    raise AssertionError("only a warning")
"""


def run_pytest(folder: Path, *options: str) -> str:
    """What pytest says of the tests in a folder, under the course's own conftest and in a process of its own."""
    (folder / "conftest.py").write_text((ROOT / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    paths = [str(ROOT / "tests" / "offline"), str(ROOT / "tools"), os.environ["PYTHONPATH"]]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env", *options]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120
    ).stdout


def write_notebook(path: Path, *sources: str) -> None:
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(s) for s in sources], metadata=KERNEL), path)


def test_notebooks_are_run_as_a_students_would(tmp_path):
    """No network; our own warnings are errors; what is broken or too heavy is reported once; skips say why."""
    write_notebook(tmp_path / "alone.ipynb", BLOCKED, WARNED)
    write_notebook(tmp_path / "broken.ipynb", "x = 1", "1 / 0", "x + y", "undefined")
    write_notebook(tmp_path / "heavy.ipynb", "x = 1", 'x = len(b"x" * 1_600_000_000)', "x")
    skips = "import pytest\n\n\n@pytest.mark.parametrize('n', range(3))\ndef test_it(n):\n    pytest.skip('no moon')\n"
    (tmp_path / "test_skips.py").write_text(skips, encoding="utf-8")
    result = run_pytest(tmp_path)
    assert "FAILED broken.ipynb::Cell 1" in result, result
    assert "1 failed, 6 passed, 5 skipped, 1 error" in result, result
    assert "heavy.ipynb took" in result
    assert "a lesson may take 1500" in result
    said = result.partition("= not tested =")[2].splitlines()
    assert said[1:3] == ["   3  no moon", "   2  an earlier cell failed: Cell 1"]


@pytest.mark.parametrize("module", ["course_lib.models.vae", "test_vae", "notebooks"])
def test_a_warning_in_our_own_code_is_an_error(module):
    with pytest.raises(UserWarning, match="careful"):
        warnings.warn_explicit("careful", UserWarning, "x.py", 1, module=module)


def test_the_suite_itself_sets_the_block():
    assert str(ROOT / "tests" / "offline") in os.environ["PYTHONPATH"].split(os.pathsep)


def order(folder: Path, *options: str) -> list[str]:
    """In which order the tests of a folder would run."""
    return [line for line in run_pytest(folder, "--collect-only", "-q", *options).splitlines() if "::" in line]


def test_a_random_order_leaves_long_files_in_front_and_cells_in_line(tmp_path):
    written = {f"test_{name}.py": [f"test_{number}" for number in range(9)] for name in "ab"}
    long = {f"browser/test_{name}.py": [f"test_{number}" for number in range(9)] for name in ("game", "journeys")}
    (tmp_path / "browser").mkdir()
    for name, tests in (written | long).items():
        (tmp_path / name).write_text("".join(f"def {test}(): pass\n" for test in tests), encoding="utf-8")
    write_notebook(tmp_path / "notebook.ipynb", *map(str, range(20)))

    kept, shuffled = order(tmp_path, "-p", "no:randomly"), order(tmp_path, "--randomly-seed=1")
    assert len(kept) == 56
    assert sorted(kept) == sorted(shuffled)
    for found in (kept, shuffled):
        journeys, *rest = (list(tests) for _, tests in itertools.groupby(found, lambda test: test.split("::")[0]))
        assert len(rest) == 4, "a file's tests stand together"
        assert journeys[0].startswith("browser/test_journeys.py")
        assert rest[0][0].startswith("browser/test_game.py")
        assert rest[1] == [f"notebook.ipynb::Cell {number}" for number in range(20)]
    for name, tests in (written | long).items():
        as_written = [f"{name}::{test}" for test in tests]
        assert [test for test in kept if test.startswith(name)] == as_written
        assert [test for test in shuffled if test.startswith(name)] != as_written


def test_normalised_notebooks_do_not_depend_on_the_run():
    """The same notebook with other widget ids and another Python becomes the same file."""

    def notebook(model, layout, version):
        view = {"application/vnd.jupyter.widget-view+json": {"model_id": model}}
        state = {layout: {"state": {}}, model: {"state": {"layout": f"IPY_MODEL_{layout}"}}}
        cell = v4.new_code_cell("w", outputs=[v4.new_output("display_data", view)], id="a")
        widgets = {"application/vnd.jupyter.widget-state+json": {"state": state}}
        return v4.new_notebook(
            cells=[cell], metadata={"widgets": widgets, "language_info": {"name": "python", "version": version}}
        )

    runs = (("7f3a", "8b2c", "3.11"), ("02e4", "01d6", "3.12"))
    first, second = (notebooks.normalise(notebook(*run), "lesson") for run in runs)
    assert nbformat.writes(first) == nbformat.writes(second)
    state = first.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    shown = first.cells[0].outputs[0].data["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert state[shown]["state"]["layout"].removeprefix("IPY_MODEL_") in state  # every reference still leads somewhere


def test_text_and_marks_change_without_a_run():
    built = v4.new_notebook(
        cells=[v4.new_code_cell("1", id="a", execution_count=3, outputs=[v4.new_output("stream", text="1")])],
        metadata={"widgets": {}},
    )
    cells = [v4.new_markdown_cell("new"), v4.new_code_cell("1", id="a", metadata={"tags": ["slide-output"]})]
    marked = notebooks.with_outputs(v4.new_notebook(cells=cells), built)
    assert marked.metadata == built.metadata
    assert marked.cells[0].source == "new"
    assert marked.cells[1] == {**built.cells[0], "metadata": {"tags": ["slide-output"]}}
    with pytest.raises(ValueError, match="build this lesson"):
        notebooks.with_outputs(v4.new_notebook(cells=[v4.new_code_cell("2", id="b")]), built)


def test_complaints_name_warnings_and_errors():
    outputs = [
        v4.new_output("stream", name="stdout", text="fine"),
        v4.new_output("stream", name="stderr", text="careful"),
        v4.new_output("error", ename="E", evalue="broken", traceback=[]),
    ]
    assert notebooks.complaints(v4.new_notebook(cells=[v4.new_code_cell("x", outputs=outputs)])) == [
        "careful",
        "broken",
    ]


def test_playwrights_own_chromium_will_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert browsers.chromium() is None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    path.parent.mkdir(parents=True)
    path.touch()
    assert browsers.chromium() == str(path)
