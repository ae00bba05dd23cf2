"""Applications: where a package is missing one says so and is skipped; the others run."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from course_lib.classroom import application as module

MISSING = "no-such-package"


@pytest.fixture
def run(monkeypatch):
    """Runs a cell in a shell of its own and returns what it showed; a cell that fails fails the test."""
    shell = InteractiveShell()
    monkeypatch.setattr(module, "get_ipython", lambda: shell)
    shell.push({"application": module.application})

    def in_shell(cell: str) -> str:
        with capture_output() as seen:
            result = shell.run_cell(cell)
        result.raise_error()
        return seen.stdout + "".join(str(output.data) for output in seen.outputs)

    yield in_shell
    module._missing.clear()


def test_what_a_missing_package_stops_and_what_not(run):
    said = run(f'application("numpy", "{MISSING}")')
    assert f"%pip install {MISSING}" in said
    assert "numpy" not in said
    assert "यहाँ नहीं है" in said
    assert "is not here" in said
    for cell in ("import no_such_package", "1 / 0", "%%writefile x\ny", "for syntax error"):
        assert MISSING in run(cell)
    assert run("%pip --version\nprint('done')").endswith("done\n")
    assert run("application()") == ""
    assert run("print(2 + 2)") == "4\n"


INSTALLING = ["!pip install x", "! pip install x", "!{sys.executable} -m pip install x", "    %pip install x"]
INSTALLING += ["%conda install x", "!conda install -y x", "  %mamba install x"]


@pytest.mark.parametrize("line", INSTALLING)
def test_a_cell_that_would_install_the_package_runs(run, line):
    run(f'application("{MISSING}")')
    assert module._skipped(["if True:\n", line]) == ["if True:\n", line]
    assert MISSING in "".join(module._skipped(["pip = 1\n", "x != pip\n", "%matplotlib inline"]))


def test_where_all_packages_are_there_nothing_is_said(run):
    assert run('application("numpy", "scikit-learn")') == ""
    assert run("print(2 + 2)") == "4\n"


def test_a_package_that_has_come_ends_the_skipping(run, monkeypatch):
    run(f'application("{MISSING}")')
    assert "skipped" in run("print('ran')")
    monkeypatch.setattr(module.metadata, "distribution", lambda name: name)
    assert run(f'application("{MISSING}")') == ""
    assert run("print('ran')") == "ran\n"
