"""Nothing that the course loads can run code: no pickle, no eval, no shell in a notebook but its install cell's pip."""

import ast
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

import notebooks

ROOT = Path(__file__).parents[1]
FOLDERS = ("course_lib", "tools", "docs", "benchmarks")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
LESSONS = sorted(notebooks.LESSONS.glob("*.md"))
PICKLES = {
    *("pickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve"),
    *("joblib.load", "joblib.dump", "pandas.read_pickle", "pandas.to_pickle"),
    *("torch.load", "torch.save", "torch.jit.load", "torch.hub", "torch.package"),
    *("yaml.load", "yaml.full_load", "yaml.unsafe_load"),  # they make objects of any class that a file names
}
EVALUATION = {"eval", "exec", "compile", "__import__", "builtins", "runpy"}
SHELL = {"os.system", "os.popen", "pty"}
PROCESSES = {"subprocess", "get_ipython", "IPython.get_ipython"}  # what `!ls`, `%run` and `%%bash` turn into


def names(tree: ast.AST) -> list[tuple[str, ast.AST]]:
    """Every dotted name that a program uses, with imports written out, and every module that it imports."""
    known, found = {}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                known |= {one.asname: one.name} if one.asname else {}
                found.append((one.name, node))
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for one in node.names:
                known[one.asname or one.name] = f"{node.module}.{one.name}"
                found.append((f"{node.module}.{one.name}", node))
    for node in ast.walk(tree):
        parts, part = [], node
        while isinstance(part, ast.Attribute):
            parts.append(part.attr)
            part = part.value
        if isinstance(part, ast.Name) and isinstance(node, ast.Name | ast.Attribute):
            found.append((".".join([known.get(part.id, part.id), *reversed(parts)]), node))
    return found


def dangers(source: str, forbidden: set[str]) -> list[str]:
    """What a program uses of the forbidden names; and two calls that are safe only when told to be."""
    tree = ast.parse(source)
    found = [
        f"line {node.lineno}: {name}"
        for name, node in names(tree)
        if any(name == one or name.startswith(f"{one}.") for one in forbidden)
    ]
    spelled = {id(node): name for name, node in names(tree)}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        said = {word.arg: ast.unparse(word.value) for word in call.keywords}
        if spelled.get(id(call.func)) in ("np.load", "numpy.load") and said.get("allow_pickle") != "False":
            found.append(f"line {call.lineno}: np.load without allow_pickle=False")
        if said.get("shell", "False") != "False":
            found.append(f"line {call.lineno}: shell={said['shell']}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_program_unpickles_evaluates_or_calls_a_shell(path):
    forbidden = PICKLES | EVALUATION | SHELL
    if path.is_relative_to(ROOT / "course_lib"):
        forbidden |= PROCESSES  # tools and benchmarks may start programs; the library runs inside a student's kernel
    assert dangers(path.read_text(encoding="utf-8"), forbidden) == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_no_lesson_does_so_beyond_its_install_cell(lesson):
    install, *cells = (cell for cell in notebooks.generate(lesson).cells if cell.cell_type == "code")
    python = TransformerManager().transform_cell
    assert dangers(python(install.source), PROCESSES), "the install cell calls pip, which this test should see"
    whole = "\n".join(python(cell.source) for cell in cells)  # what one cell imports another may use
    assert dangers(whole, PICKLES | EVALUATION | SHELL | PROCESSES) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import pickle as numbers",
        "from pickle import loads as read",
        "import shelve, json",
        "import torch\ntorch.load('x.pt')",
        "import torch as t\nt.save(model, 'x.pt')",
        "from torch import load\nload('x.pt')",
        "import joblib\njoblib.load('x')",
        "import numpy as np\nnp.load('x.npy')",
        "import numpy\nnumpy.load('x.npy', allow_pickle=True)",
        "from numpy import load\nload('x.npy')",
        "eval('1')",
        "run = exec",
        "compile('1', '', 'eval')",
        "__import__('os')",
        "import builtins\nbuiltins.eval('1')",
        "import os\nos.system('ls')",
        "from os import popen",
        "import subprocess\nsubprocess.run(['ls'])",
        "run('ls', shell=True)",
        "import yaml\nyaml.load('x', yaml.Loader)",
        "!ls",
        "files = !ls",
        "%run other.py",
        "%%bash\nls",
        "%%sh\nls",
        "%system ls",
        "import IPython\nIPython.get_ipython().system('ls')",
    ],
)
def test_a_danger_is_seen(source):
    python = TransformerManager().transform_cell(source)
    assert dangers(python, PICKLES | EVALUATION | SHELL | PROCESSES)


def test_what_only_looks_like_one_passes():
    harmless = """
import re, joblib, yaml, numpy as np
from safetensors.torch import load_file
model.eval(), re.compile("x"), joblib.cpu_count(), yaml.safe_load("x"), load_file("x"), lesson.compile
np.load("x.npz", allow_pickle=False)
"""
    assert dangers(harmless, PICKLES | EVALUATION | SHELL | PROCESSES) == []
