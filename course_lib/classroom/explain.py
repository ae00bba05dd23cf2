"""What an error means, under its traceback: in the student's own code as well as in ours, in both languages.

explain.toml holds the sentences. IPython loads this before the first cell (course_lib/classroom/jupyter/ipython,
installed as etc/ipython of the environment, says so); on Colab, which has no such file, the first import of course_lib
does. A script gets PyTorch's and our own plain English.
"""

import ast
import inspect
import re
import tomllib
import warnings
import weakref
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import GeneratorType, ModuleType
from typing import TYPE_CHECKING

from IPython import get_ipython
from IPython.display import display

from course_lib.classroom.language import Text, markup, message

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

_as_before = warnings.showwarning
_told = weakref.WeakSet()  # loops that were told of already


def explanation(error: BaseException) -> Text | None:
    """What an error or a warning means, and what to do; None where explain.toml does not know it.

    Of errors that led to one another, the last that is known.
    """
    while error is not None:
        if known := recognised(error):
            return _filled(*known)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None


def recognised(error: BaseException) -> tuple[str, ...] | None:
    """The entry of explain.toml, all that matched its words, and what stood in their brackets."""
    words = f"{type(error).__name__}: {error}"
    for kind, entry in table().items():
        found = "words" in entry and re.search(entry["words"], words)
        if found and (_in_a_cell(error) or "own" not in entry) and entry.get("within") in (None, _function(error)):
            return kind, found[0], *(value for value in found.groups() if value is not None)
    return None


def said(error: BaseException) -> str:
    """An error's own words and, where they are known, what they mean in both languages."""
    meaning = explanation(error)
    return f"{error}\n{message(meaning)}" if meaning else str(error)


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """Called by IPython, perhaps twice. Does nothing in a terminal, which has no cells."""
    if hasattr(shell, "kernel"):
        shell.events.register("post_run_cell", _after_cell)
        warnings.showwarning = _show_warning


@cache
def table() -> dict[str, dict]:
    """explain.toml, in its order."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8-sig"))


def _filled(kind: str, *values: str) -> Text:
    entry = table()[kind]
    values = [entry.get("instead", {}).get(value, value) for value in values]
    return Text(*(entry[language].format(*values) for language in Text._fields))


def _in_a_cell(error: BaseException) -> bool:
    """Whether the line that failed is the student's own."""
    frames = error.__traceback__
    while frames and frames.tb_next:
        frames = frames.tb_next
    return frames is not None and frames.tb_frame.f_globals.get("__name__") == "__main__"


def _function(error: BaseException) -> str:
    """The last one at work that is not PyTorch's own, as "GAN.fake"."""
    frames, name = error.__traceback__, ""
    while frames:
        if not frames.tb_frame.f_globals.get("__name__", "").startswith("torch."):
            name = frames.tb_frame.f_code.co_qualname
        frames = frames.tb_next
    return name


def _show(meaning: Text | None) -> None:
    if meaning:
        display({"text/html": markup(meaning, tag="p"), "text/plain": message(meaning)}, raw=True)


# Whatever goes wrong in here, the student's own error or warning has been shown, and nothing is added to it.


def _after_cell(result: "ExecutionResult") -> None:
    with suppress(Exception):
        if error := result.error_in_exec or result.error_before_exec:
            _show(explanation(error))
        else:
            for meaning in _unused_loops(result, get_ipython()):
                _show(meaning)


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:
    _as_before(message, category, filename, lineno, file, line)
    with suppress(Exception):
        _show(explanation(message))


def _unused_loops(result: "ExecutionResult", shell: "InteractiveShell") -> Iterator[Text]:
    """A word on each of our loops that was called and not gone through: it trained nothing, and nothing said so."""
    nodes = ast.walk(ast.parse(shell.transform_cell(result.info.raw_cell)))
    calls = [node.value.func for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    alone = {f.__name__ for f in (_named(call, shell.user_ns) for call in calls) if _is_a_loop(f)}
    for name, value in list(shell.user_ns.items()):
        if not name.startswith("_") and _is_waiting(value):
            _told.add(value)
            yield _filled("loop_waiting", value.__name__, name)
    if not alone and _is_waiting(result.result):  # what a function of the student's gave back
        alone = {result.result.__name__}
    for name in sorted(alone):
        yield _filled("loop_alone", name, name)


def _named(function: ast.expr, names: dict) -> object:
    """What `fit` or `loops.fit` stands for; None for what is no plain name."""
    if isinstance(function, ast.Attribute):
        module = _named(function.value, names)
        return vars(module).get(function.attr) if isinstance(module, ModuleType) else None
    return names.get(function.id) if isinstance(function, ast.Name) else None


def _is_a_loop(function: object) -> bool:
    return inspect.isgeneratorfunction(function) and function.__module__.startswith("course_lib.")


def _is_waiting(value: object) -> bool:
    """Whether it is a loop of ours that has not begun and that nobody was told of."""
    return (
        isinstance(value, GeneratorType)
        and inspect.getgeneratorstate(value) == inspect.GEN_CREATED
        and value.gi_frame.f_globals["__name__"].startswith("course_lib.")
        and value not in _told
    )
