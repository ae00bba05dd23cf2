"""What every figure of the course has in common: colours, fonts, alternative text, small files."""

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from IPython import get_ipython
from matplotlib import rc_context, rcParams
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from course_lib.classroom.language import Text, figure_label, font_families, listed, message, text

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult

# After Okabe and Ito (2008), whose colours colour-blind readers can tell apart: their yellow, too pale on white, is
# darker here; a grey and a dark red make ten.
COLOURS = [
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C7A00",
    "#000000",
    "#7F7F7F",
    "#8B1A1A",
]
GREY = "#666666"
STYLE = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": f"cycler('color', {COLOURS})",
    "axes.grid": True,
    "grid.alpha": 0.25,
    "savefig.dpi": 100,
}

# Behind the student's own fonts, so that plt.title("किसान") is drawn in any lesson.
rcParams["font.family"] = [*rcParams["font.family"], *font_families()[1:]]


class Picture:
    """A finished figure that carries its own alternative text, in both languages.

    figure: the matplotlib figure, for readers who want to change it; None where IPython has kept a cell's result, in
        `_` and `Out`: give the picture a name
    alt: what the figure shows, for readers who cannot see it
    """

    def __init__(self, figure: Figure | None, alt: str, shown: bytes = b""):
        self.figure, self.alt, self.shown = figure, alt, shown

    def png(self) -> bytes:
        """The figure as a PNG file in its true colours; where all of them are greys, as one number a pixel."""
        if self.figure is None:
            return self.shown
        full, small = io.BytesIO(), io.BytesIO()
        with style():
            self.figure.savefig(full, format="png", bbox_inches="tight", facecolor="white")
        image = Image.open(full).convert("RGB")
        red, green, blue = image.split()
        grey = red.tobytes() == green.tobytes() == blue.tobytes()
        (red if grey else image).save(small, "PNG", optimize=True)
        return small.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        self.shown = self.png()
        return {"image/png": self.shown, "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def _keep_the_png(result: "ExecutionResult") -> None:
    """Of a picture that a cell ends in IPython keeps no figure: each time a cell is run again, 10 MB would stay."""
    picture, shell = result.result, get_ipython()
    if not isinstance(picture, Picture):
        return
    result.result = kept = Picture(None, picture.alt, picture.shown)
    for names in (shell.user_ns, shell.user_ns_hidden, shell.user_ns["_oh"], vars(shell.displayhook)):
        for name in [name for name, value in names.items() if value is picture]:
            if isinstance(name, int) or re.fullmatch(r"_+\d*", name):  # 3, _3 and _, not a name of the student's
                names[name] = kept


if _shell := get_ipython():
    _shell.events.register("post_run_cell", _keep_the_png)


@contextmanager
def style() -> Iterator[None]:
    # Around everything that makes text: matplotlib fixes a text's fonts when it is made, not when it is drawn.
    with rc_context({**STYLE, "font.family": font_families()}):
        yield


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1):
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def described(shown: Text, alt: str | Text | None) -> str:
    """Alternative text: what is drawn, and then `alt`, which tells what a reader should see in it."""
    return message(shown) if alt is None else message(listed([shown, text(alt)], " "))


def plain(values: Iterable | None) -> list:
    """A list of them, or none: a tensor has no truth to ask for, and its numbers would be written as "tensor(7)"."""
    given = [] if values is None else values
    return [one.detach().cpu().numpy()[()] if isinstance(one, Tensor) else one for one in given]


def stacked(key: str | Text) -> str:
    return figure_label(key).replace(" · ", "\n")
