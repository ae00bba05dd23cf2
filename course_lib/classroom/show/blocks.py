"""Tables and code for the lessons."""

import ast
import base64
import html
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from math import isclose
from numbers import Integral, Real

import numpy as np
from IPython.display import Markdown
from torch import Tensor

from course_lib.classroom.language import TABLE, Text, label, markup, text


class Block:
    """HTML for the notebook, with plain text for everything that shows no HTML."""

    def __init__(self, html: str, plain: str):
        self.html, self.plain = html, plain

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": self.plain}


def table(columns: Sequence[str | Text], rows: Iterable[Sequence[object]]) -> Block:
    """A small table; a cell is a number, yes or no, an entry of the bilingual table, or a plain string.

    columns: headings, from the bilingual table
    rows: one sequence a row, as long as `columns`
    Numbers have two decimals; those of a column that two would hide, such as learning rates, two digits.
    raises: ValueError for a row of another length
    Taught in: 02_autoencoder
    """
    cells = [[_value(value) for _, value in zip(columns, row, strict=True)] for row in rows]
    fine = [_fine(column) for column in zip(*cells, strict=True)]
    body = [[_cell(value, digits) for value, digits in zip(line, fine, strict=True)] for line in cells]
    lines = [" | ".join(label(cell) for cell in line) for line in [map(text, columns), *body]]
    head = _row(columns, 'th scope="col"')
    return Block(f"<table>{head}{''.join(_row(line, 'td') for line in body)}</table>", "\n".join(lines))


def _row(cells: Iterable[str | Text], tag: str) -> str:
    inside = (f'<{tag} style="text-align:left">{markup(cell)}</{tag[:2]}>' for cell in cells)
    return f"<tr>{''.join(inside)}</tr>"


def _value(value: object) -> object:
    """A tensor of one number, or a number of NumPy's, as Python's own."""
    one = (isinstance(value, Tensor) and value.numel() == 1) or isinstance(value, np.generic)
    return value.item() if one else value


def _fine(column: Iterable[object]) -> bool:
    """Whether all its numbers would be rounded to 0.00, or have two digits at most: they were chosen, not measured."""
    numbers = [abs(value) for value in column if isinstance(value, Real)]
    return max(numbers, default=0) < 0.005 or all(isclose(x, float(f"{x:.2g}"), rel_tol=1e-6) for x in numbers)


def _cell(value: object, fine: bool) -> Text:
    if isinstance(value, Text) or (isinstance(value, str) and value in TABLE):
        return text(value)
    if isinstance(value, bool):
        return text("yes" if value else "no")
    if isinstance(value, Real) and not isinstance(value, Integral):
        hidden = fine and not isclose(value, round(value, 2), rel_tol=1e-6)
        said = f"{value:.2g}" if hidden else f"{value:,.2f}"
    else:
        said = f"{value:,}" if isinstance(value, Integral) else str(value)
    return Text(said, said)


def guess(shown: object) -> Block:
    """A result behind a fold, so that a reader can first say what it will be; slides and handouts show it open.

    shown: a Picture or a Block
    Taught in: 02_autoencoder
    """
    if isinstance(shown, Block):
        inside, plain = shown.html, shown.plain
    else:
        png, plain = base64.b64encode(shown.png()).decode(), shown.alt
        inside = f'<img style="max-width: 100%" alt="{html.escape(plain)}" src="data:image/png;base64,{png}">'
    return Block(f'<details class="guess"><summary>{markup("guess")}</summary>{inside}</details>', plain)


def source(thing: Callable | type) -> Markdown:
    """The library's own code of a class or function, without its docstrings: what students read is what runs.

    Taught in: 02_autoencoder
    """
    code = textwrap.dedent(inspect.getsource(thing))
    hidden = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            doc = node.body[0]
            blank_after = isinstance(node, ast.ClassDef)
            hidden |= set(range(doc.lineno, doc.end_lineno + 1 + blank_after))
    kept = [line for number, line in enumerate(code.splitlines(), 1) if number not in hidden]
    return Markdown("```python\n" + "\n".join(kept) + "\n```")
