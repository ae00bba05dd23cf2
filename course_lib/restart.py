"""After a restart of the kernel every name is gone: what to run is said under the NameError.

IPython loads this before the first cell: course_lib/ipython, installed as etc/ipython of the environment, says so.
Colab has no such file: there the first import of course_lib loads it.
"""

from typing import TYPE_CHECKING

from IPython.display import display

from course_lib.language import markup, message

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """Called by IPython. Does nothing in a terminal, which has no cells to run again."""
    if hasattr(shell, "kernel"):
        shell.events.register("post_run_cell", _explain)


def _explain(result: "ExecutionResult") -> None:
    error = result.error_in_exec
    if type(error) is NameError and _in_a_cell(error):
        said = {"name": error.name}
        shown = {"text/html": markup("unknown_name", tag="p", **said), "text/plain": message("unknown_name", **said)}
        display(shown, raw=True)


def _in_a_cell(error: NameError) -> bool:
    """Whether the name is missing in the student's own code: a fault of a library is none of ours to explain."""
    frames = error.__traceback__
    while frames.tb_next:
        frames = frames.tb_next
    return frames.tb_frame.f_globals.get("__name__") == "__main__"
