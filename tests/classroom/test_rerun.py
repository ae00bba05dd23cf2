"""A training cell may be interrupted and run again; a restarted kernel says what to run."""

import ast
import os
import re
import shutil
import site
import subprocess
import symtable
import sys
import tomllib
from pathlib import Path

import pytest
from kernels import kernel

import notebooks

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHARED = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]  # folder here: folder of an environment
LOOPS = {"fit", "fit_gan"}  # what trains
ONCE = {
    "fit",
    "fit_gan",
    "progress",
    "zip",
    "map",
    "filter",
    "enumerate",
    "iter",
    "reversed",
    "open",
}  # used up by one pass
IN_PLACE = {"append", "extend", "insert", "pop", "remove", "clear", "setdefault", "add_module", "load_state_dict"}


def code(lesson: str) -> list[str]:
    """The code cells of a lesson but for the first, which installs course_lib."""
    notebook = notebooks.generate(notebooks.LESSONS / f"{lesson}.md")
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"][1:]


# ---- What a cell takes from other cells


def names_of_comprehensions(node: ast.AST) -> set[str]:
    """Names that only comprehensions bind: from Python 3.12 on symtable counts them to the code around."""
    kinds = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    parts = [part for one in ast.walk(node) if isinstance(one, kinds) for part in one.generators]
    inside = {name for part in parts for name in ast.walk(part.target) if isinstance(name, ast.Name)}
    stored = {one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return {name.id for name in inside} - {name.id for name in stored - inside}


def globals_used(node: ast.AST) -> set[str]:
    """The names that this code looks up outside its own functions and comprehensions."""

    def of(table, top):
        mine = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
        return mine.union(*(of(child, False) for child in table.get_children()))

    return of(symtable.symtable(ast.unparse(node), "cell", "exec"), True) - names_of_comprehensions(node)


def bound_by(node: ast.AST) -> set[str]:
    """The names that this code gives a value, outside functions and comprehensions."""
    table = symtable.symtable(ast.unparse(node), "cell", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    return bound - names_of_comprehensions(node)


class Cell:
    """reads: names taken from other cells; binds: names given a value; functions: what each uses when it is called."""

    def __init__(self, source: str):
        self.tree, self.reads, self.binds, self.functions = ast.parse(source), set(), set(), {}
        self._follow(self.tree.body)

    def _follow(self, statements):
        for node in statements:
            if isinstance(node, ast.FunctionDef):
                self.functions[node.name] = globals_used(node) - {node.name}
                self.binds.add(node.name)
            elif isinstance(node, ast.For):  # what is looped over first, then the names of the loop
                self.reads |= globals_used(node.iter) - self.binds
                self.binds |= bound_by(ast.For(node.target, node.iter, [ast.Pass()], [], lineno=0))
                self._follow(node.body)
            elif isinstance(node, ast.With):
                for item in node.items:
                    self.reads |= globals_used(item.context_expr) - self.binds
                self._follow(node.body)
            elif isinstance(node, ast.AugAssign):
                self.reads |= (_names(node.target) | globals_used(node.value)) - self.binds
            else:
                self.reads |= globals_used(node) - self.binds
                self.binds |= bound_by(node)

    def changed(self):
        """Names of other cells' objects that it changes where they are: `x += …`, `x.append(…)`, `x.mul_(…)`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.AugAssign) and not isinstance(node.op, ast.BitOr):  # a | of dicts may be repeated
                yield from _names(node.target) & self.reads
            method = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if method in IN_PLACE or re.search(r"[^_]_$", method):
                yield from _names(node.func.value) & self.reads

    def used_up(self):
        """Names bound to what one pass uses up."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and (
                isinstance(node.value, ast.GeneratorExp)
                or (isinstance(node.value, ast.Call) and _name(node.value.func) in ONCE)
            ):
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _name(function: ast.expr) -> str:
    return getattr(function, "id", None) or getattr(function, "attr", "")


def reaches(cell: Cell, functions: dict[str, set[str]]) -> set[str]:
    """Every name that a run of this cell looks up, also in the functions that it calls."""
    todo, found = set(cell.reads), set()
    while todo:
        found.add(name := todo.pop())
        todo |= functions.get(name, set()) - found
    return found


def complaints(sources: list[str]) -> list[str]:
    """What would make a training cell of a lesson do something else, or fail, when it runs a second time."""
    cells = [Cell(source) for source in sources]
    functions = {name: used for cell in cells for name, used in cell.functions.items()}
    used_up = {name for cell in cells for name in cell.used_up()}
    said, training = [], 0
    for number, cell in enumerate(cells):
        needed = reaches(cell, functions)
        training += ".backward()" in ast.unparse(cell.tree)  # a loop by hand makes its own optimizer
        if not needed & LOOPS:
            continue
        training += 1
        said += [f"cell {number} binds {name} anew, which it reads" for name in cell.reads & cell.binds]
        said += [f"cell {number} changes {name} of another cell" for name in cell.changed()]
        said += [f"cell {number} uses up {name} of another cell" for name in (needed & used_up) - cell.binds]
        later = set().union(*(other.binds for other in cells[number + 1 :]))
        said += [f"cell {number} needs {name}, which a later cell binds anew" for name in needed & later]
    assert training, "no training cell was found"
    return said


@pytest.mark.parametrize("lesson", sorted(path.stem for path in notebooks.LESSONS.glob("*.md")))
def test_a_training_cell_can_run_again(lesson):
    assert complaints(code(lesson)) == []


GOOD = ["x, seen, model = 1, [], 2", "def learn(m):\n    for s in fit(m, x): pass", "y = learn(model)\ny = y + 1"]


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        (["steps = fit(model, x)", "for step in steps: pass\nlist(fit(model))"], "uses up steps"),
        (["pairs = (p for p in x)", "fit(model, pairs)"], "uses up pairs"),
        (["model = model + 1\nfit(model, x)"], "binds model anew"),
        (["for x in x:\n    fit(model, x)"], "binds x anew"),
        (["for s in fit(model, x):\n    seen.append(s)"], "changes seen"),
        (["seen += [learn(model)]"], "changes seen"),
        (["x.mul_(2)\nlearn(model)"], "changes x"),
        (["learn(model)", "x = 5"], "needs x, which a later cell binds anew"),
        (["learn(model)", "def fit(): pass"], "needs fit"),
    ],
)
def test_the_gate_stops_a_cell_that_cannot(cells, complaint):
    assert complaints(GOOD) == []
    assert any(complaint in said for said in complaints(GOOD + cells)), complaints(GOOD + cells)


# ---- In a kernel


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of an environment that has what course_lib's wheel installs beside the package.

    The packages themselves are the suite's own.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [packages] = folder.glob("[Ll]ib/**/site-packages")
    (packages / "lent.pth").write_text("\n".join([str(ROOT), *site.getsitepackages()]), encoding="utf-8")
    for source, target in SHARED.items():
        shutil.copytree(ROOT / source, folder / target)
    return next(path for path in folder.glob("*/python*") if path.stem == "python")


def shown(outputs: list) -> list[str]:
    """What a cell shows at its end: every display as last renewed, as text."""
    displays = {}
    for kind, content in outputs:
        if kind in ("display_data", "update_display_data"):
            displays[content["transient"].get("display_id", len(displays))] = content["data"]["text/plain"]
    return list(displays.values())


def test_interrupted_training_runs_again(python, tmp_path):
    """Really interrupted, between two of the loop's steps or within one: wherever it comes."""
    with kernel(python, tmp_path) as run:
        for lesson, trains, networks in (
            ("00_start_here", "fit(", "[model]"),
            ("06_gan", "fit_gan(", "[v for v in globals().values() if isinstance(v, nn.Module)]"),
        ):
            cells = code(lesson)
            last = next(number for number, source in enumerate(cells) if trains in source)
            for source in cells[:last]:
                assert run(source)[0]["status"] == "ok"
            reply, outputs = run(cells[last], interrupt=True)
            assert (reply["status"], reply.get("ename")) == ("error", "KeyboardInterrupt")
            started = shown(outputs)
            reply, outputs = run(cells[last])
            assert reply["status"] == "ok", reply
            assert not [kind for kind, _ in outputs if kind in ("error", "stream")]
            # As many displays as before, each complete: nothing of the first run is in the way of the second.
            finished = shown(outputs)
            assert len(finished) == len(started)
            done, total = re.search(r"(\d+)/(\d+)", finished[0]).groups()
            assert done == total
            assert "left" in started[0]
            assert "left" not in finished[0]
            reply, outputs = run(f"print([network.training for network in {networks}])")
            assert "True" not in outputs[0][1]["text"], outputs


MIDDLE = "learn(vae, train, epochs=35)"  # any cell of a lesson's middle


def explained(outputs: list) -> list[str]:
    return [content["data"]["text/plain"] for kind, content in outputs if kind == "display_data"]


def test_a_restarted_kernel_says_what_to_run(python, tmp_path):
    with kernel(python, tmp_path) as run:
        reply, outputs = run(MIDDLE)
        assert reply["ename"] == "NameError"
        assert [kind for kind, _ in outputs] == ["error", "display_data"]  # the hint stands under the traceback
        [said] = explained(outputs)
        assert "does not know learn." in said
        assert "Run → Run All Above Selected Cell" in said
        assert "फिर यह cell" in said
        page = outputs[1][1]["data"]["text/html"]
        assert 'class="lang-hi"' in page
        assert 'class="lang-en"' in page

        # In the student's own function the name is missing just as well.
        run("def mine():\n    return digits")
        assert "does not know digits." in explained(run("mine()")[1])[0]
        # Not ours to explain: a fault within a library.
        run("import types; library = types.ModuleType('library'); exec('def f(): return gone', library.__dict__)")
        reply, outputs = run("library.f()")
        assert (reply["ename"], explained(outputs)) == ("NameError", [])
        # It costs nothing, takes no name, and stays single after course_lib is imported.
        reply, outputs = run("import sys; print('torch' in sys.modules, 'course_lib' in globals())")
        assert outputs[0][1]["text"] == "False False\n"
        run("import course_lib")
        assert len(explained(run(MIDDLE)[1])) == 1


def test_make_installs_again_when_one_of_these_files_changes():
    [shipped] = re.findall(
        r"^SHIPPED := \$\(shell find (.+) -type f\)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M
    )
    assert all(any(Path(shared).is_relative_to(folder) for folder in shipped.split()) for shared in SHARED)


def test_without_our_configuration_the_first_import_brings_the_explanation(tmp_path):
    """As on Colab."""
    with kernel(Path(sys.executable), tmp_path) as run:
        configured = run("print('course_lib' in __import__('sys').modules)")[1][0][1]["text"] == "True\n"
        if not configured:  # this environment may have our configuration installed, too
            assert explained(run(MIDDLE)[1]) == []
        run("import course_lib")
        [said] = explained(run(MIDDLE)[1])
        assert "does not know learn." in said


def test_a_terminal_has_no_cells_above(tmp_path):
    code = "import course_lib\nlearn\n"
    command = [sys.executable, "-m", "IPython", "--no-banner", "--simple-prompt", "--colors=nocolor"]
    own = {"IPYTHONDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, input=code, env=os.environ | own, capture_output=True, encoding="utf-8", timeout=60)
    assert "NameError" in done.stdout
    assert "Run All Above" not in done.stdout
