"""A lesson's bars without learning: what they need of the lesson runs, but no optimizer takes a step.

A cell tagged `bar` asserts what the lesson claims, and a model that has learned nothing must not pass.
"""

import ast
import copy
from collections.abc import Iterable, Iterator

import gates
import pytest
import torch
from IPython.core.inputtransformer2 import TransformerManager
from IPython.utils.capture import capture_output

from course_lib import loops
from course_lib.classroom import progress

ONLY_SHOW = ("course_lib.classroom", "IPython.display")


def statements(notebook) -> list[tuple[ast.stmt, set[str]]]:
    """The top-level statements of the code cells, in order, each with its cell's tags."""
    python = TransformerManager().transform_cell  # the first cell has a %pip
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(statement, gates.tags(cell)) for cell in cells for statement in ast.parse(python(cell.source)).body]


def imports(statement: ast.stmt) -> dict[str, str]:
    """Name -> what it is, of every import in it."""
    found = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            found |= {one.asname or one.name.partition(".")[0]: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def mentioned(statement: ast.AST) -> set[str]:
    """Every name in it."""
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def root(node: ast.AST) -> str | None:
    """The name that `a.b[c](d).e` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def leaves(target: ast.expr) -> Iterator[ast.expr]:
    """The single targets of an assignment to one or, as in `(a, b), c = …`, to many."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from leaves(part)
    else:
        yield target


def changed(statement: ast.stmt, imported: dict[str, str]) -> set[str]:
    """The names that may be another thing after this statement.

    An assignment changes what it assigns to; a call whose value is thrown away, or a loop, whatever it mentions.
    """
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        assigned = {root(part) for target in targets for part in leaves(target)}
        return assigned | {node.target.id for node in ast.walk(statement) if isinstance(node, ast.NamedExpr)}
    if isinstance(statement, ast.Expr):
        name = root(statement.value)
        if name == "print" or imported.get(name, "").startswith(ONLY_SHOW):
            return set()
    return mentioned(statement) - set(imported) | set(imports(statement))


def needed(program: list[tuple[ast.stmt, set[str]]]) -> list[tuple[ast.stmt, bool]]:
    """The bars, each marked True, and every statement before the last of them that one needs, in order."""
    imported = {name: what for statement, _ in program for name, what in imports(statement).items()}
    parts = [
        (statement, "bar" in tags and any(isinstance(node, ast.Assert) for node in ast.walk(statement)))
        for statement, tags in program
    ]
    while parts and not parts[-1][1]:
        parts.pop()
    wanted = set()
    while True:  # whatever the order: a function may mention what is assigned only after it was defined
        kept = [(statement, bar) for statement, bar in parts if bar or changed(statement, imported) & wanted]
        now = set().union(*(mentioned(statement) for statement, _ in kept))
        if now == wanted:
            return kept
        wanted = now


def untrained_fit(model, *data, epochs, start=0, _fit=loops.fit, **options):
    """As many reports as `fit`, all of one epoch on a few rows."""
    [report] = _fit(model, *(x[:64] for x in data), epochs=1, **options)
    yield from (loops.Report(done, epochs, report.means) for done in range(start + 1, epochs + 1))


def untrained_fit_gan(gan, *data, steps, every=100, start=0, _fit=loops.fit_gan, **options):
    """As many reports as `fit_gan`, all of one step."""
    [report] = _fit(gan, *data, steps=1, **options)
    yield from (loops.Report(min(n + every, steps), steps, report.means) for n in range(start, steps, every))


def few(steps: Iterable) -> Iterator:
    """Of a loop's steps those whose number begins or ends a ten, and the last: lessons report after round numbers."""
    left_out = []
    for n, step in enumerate(steps):
        left_out = [] if n % 10 in (0, 9) else [step]
        if not left_out:
            yield step
    yield from left_out


class Shortened(ast.NodeTransformer):
    """Every loop that trains by hand, and holds no other that does, goes through `few` of its steps."""

    def visit_For(self, loop):
        inner = [node for part in loop.body for node in ast.walk(part)]
        if any(isinstance(node, ast.For) and _trains(node) for node in inner):
            return self.generic_visit(loop)
        if _trains(loop):
            loop.iter = ast.Call(ast.Name("_few", ast.Load()), [loop.iter], [])
        return loop


def _trains(loop: ast.For) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "backward" for node in ast.walk(loop))


def without_learning(notebook) -> list[tuple[str, bool]]:
    """Every bar of a lesson, and whether a model that has learned nothing passes it."""
    found, scope = [], {"_few": few}
    with pytest.MonkeyPatch.context() as patch, capture_output():
        for optimizer in (torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD):  # for a loop written by hand
            patch.setattr(optimizer, "step", lambda self, closure=None: None)
        patch.setattr(loops, "fit", untrained_fit)  # what learns nothing need not take long
        patch.setattr(loops, "fit_gan", untrained_fit_gan)
        patch.setattr(progress, "progress", lambda reports, **_: reports)
        for statement, bar in needed(statements(notebook)):
            shortened = ast.fix_missing_locations(Shortened().visit(copy.deepcopy(statement)))
            code = compile(ast.Module([shortened], []), "lesson", "exec")
            try:
                exec(code, scope)
                passed = True
            except AssertionError:
                if not bar:
                    raise
                passed = False
            if bar:
                found.append((ast.unparse(statement), passed))
    return found
