"""The rooms of course_lib: what the core imports and how long it is, and what ruff refuses in all of them.

In which direction the rooms import each other is said in pyproject.toml, for import-linter; `make test` asks it.
"""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "course_lib"
CORE = [LIBRARY / "loops.py", LIBRARY / "need.py", *sorted((LIBRARY / "models").glob("*.py"))]
CORE_LINES, FILE_LINES = 1700, 250  # of lessons 01 to 09


def imported(source: str) -> set[str]:
    """Every module that a program imports."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    of = {(node.module, one.name) for node in nodes if isinstance(node, ast.ImportFrom) for one in node.names}
    return plain | {f"{module}.{name}" if module == "course_lib" else module for module, name in of}


def test_the_core_imports_torch_and_itself():
    ours = ("course_lib.need", "course_lib.loops", "course_lib.models")
    for path in CORE:
        strange = {
            name
            for name in imported(path.read_text(encoding="utf-8"))
            if name.partition(".")[0] not in {"torch", *sys.stdlib_module_names} and not name.startswith(ours)
        }
        assert not strange, f"{path.name} is of the core and imports {strange}"
    assert imported("from course_lib import data\nimport numpy as np\nfrom course_lib.loops import fit") == {
        *("course_lib.data", "numpy", "course_lib.loops")
    }


def test_the_core_is_read_in_an_afternoon():
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in CORE}
    assert sum(lines.values()) <= CORE_LINES, lines
    assert max(lines.values()) <= FILE_LINES, lines


DANGERS = """\
import marshal, os
from pathlib import Path

import joblib, torch, yaml

path = Path()
import pickle
import subprocess
eval("1")
exec("1")
marshal.loads(b"")
joblib.load("x")
yaml.load("x", Loader=yaml.Loader)
os.system("ls " + name)
os.popen("ls")
subprocess.run("ls", shell=True)
start("ls", shell=True)
torch.hub.load("x", "y")
torch.jit.load("x")
open("x")
path.read_text()
path.write_text("हानि")
"""


def test_ruff_refuses_what_may_run_anything_or_reads_by_the_locale():
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]["select"]
    safety = ",".join(rule for rule in rules if rule.startswith(("S1", "S3", "S4", "S5", "S6", "TID", "PLW")))
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", "--no-cache", "--select", safety]
    command += ["--stdin-filename", "course_lib/dangers.py", "-"]
    done = subprocess.run(command, input=DANGERS, capture_output=True, encoding="utf-8", cwd=ROOT)
    seen = {fault["location"]["row"] for fault in json.loads(done.stdout)}
    dangers = DANGERS[DANGERS.index("import pickle") :].splitlines()
    first = len(DANGERS.splitlines()) - len(dangers) + 1
    assert [line for row, line in enumerate(dangers, first) if row not in seen] == []
    assert min(seen) == first, "it sees dangers where there are none"


def test_no_file_is_trusted():
    """What numpy and torch refuse by default is not switched on."""
    said = ("allow_pickle=" + "True", "weights_only=" + "False")
    paths = [path for folder in ("course_lib", "tools", "docs", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    assert [path.name for path in paths if any(one in path.read_text(encoding="utf-8") for one in said)] == []
