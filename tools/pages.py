"""One language of a lesson as HTML: what slides and handouts share, and share with the site."""

import base64
import html
import io
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import fontpkg_mukta
import jinja2
import matplotlib
import nbformat
import one_language
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from PIL import Image
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS, THEME, BUILD = ROOT / "notebooks", ROOT / "docs" / "theme", ROOT / "_build"
LANGUAGES = ("hi", "en")
GUESS = re.compile(r'<details class="guess"><summary>.*?</summary>(.*)</details>', re.DOTALL)
IMAGE = re.compile(r'<img [^>]*alt="(?P<alt>[^"]*)" src="data:image/png;base64,(?P<png>[^"]*)">')
DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)

sys.path.append(str(ROOT / "docs" / "ext"))
import twins  # noqa: E402
from formulas import mathml  # noqa: E402

templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(THEME), trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
)


class Renderer(IPythonRenderer):
    """Jupyter's own Markdown, with formulas drawn already."""

    def inline_math(self, body: str) -> str:
        return mathml(body, "inline")

    def block_math(self, body: str) -> str:
        return f'<div class="formula">{mathml(body, "block")}</div>'


markdown = MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render


def lessons() -> list[str]:
    """The lessons, which begin at 01: the page before them is to be run, not shown."""
    return sorted(path.stem for path in NOTEBOOKS.glob("[0-9]*.ipynb") if not path.stem.startswith("00"))


def topic(notebook: NotebookNode) -> str:
    """What the exercises and the quiz of a lesson are called."""
    return re.search(r'^quiz\("(\w+)"\)', "\n".join(cell.source for cell in notebook.cells), re.MULTILINE)[1]


def read(lesson: str, language: str) -> NotebookNode:
    """A lesson's notebook in one language; a heading without the launch links that stand under a title."""
    notebook = one_language.one(nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", as_version=4), language)
    for cell in notebook.cells:
        if is_heading(cell):
            cell.source = cell.source.strip().split("\n")[0]
    return notebook


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def is_heading(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and cell.source.lstrip().startswith("#")


def prose(source: str) -> str:
    return f'<div class="prose">{markdown(source)}</div>'


def code(source: str) -> str:
    return _code(f"```python\n{source}\n```")


def _code(source: str) -> str:
    columns = max(map(len, source.splitlines()))  # lets the style choose letters that fit
    return f'<div class="code" style="--columns: {columns}">{markdown(source)}</div>'


def outputs(cell: NotebookNode, explorer: Callable[[str, str], str]) -> Iterator[str]:
    """The outputs of a code cell, but for what an exercise says while it is untouched.

    explorer: what stands for the explorer with this id and this English title
    """
    for one in cell.get("outputs", []):
        data = {"text/plain": one.text} if one.output_type == "stream" else one.data
        if twins.VIEW in data:
            yield explorer(data[twins.VIEW]["model_id"], data["text/plain"])
        elif "image/png" in data:
            yield _picture(data["image/png"], one.metadata["image/png"]["alt"])
        elif "text/markdown" in data:
            yield _code(data["text/markdown"])  # the library's own code
        elif "text/html" not in data:
            yield f'<pre class="output">{html.escape(data["text/plain"].rstrip())}</pre>'
        elif 'role="status"' not in data["text/html"]:
            # A guess is made before the slide goes on, or the page is turned: what was folded stands open.
            shown = GUESS.sub(r"\1", data["text/html"])
            image = IMAGE.fullmatch(shown)
            yield _picture(image["png"], html.unescape(image["alt"])) if image else f'<div class="output">{shown}</div>'


def _picture(png: str, alt: str) -> str:
    width, height = Image.open(io.BytesIO(base64.b64decode(png))).size
    size = f'width="{width}" height="{height}" style="--width: {width}px; --height: {height}px"'
    return f'<img class="figure" {size} alt="{html.escape(alt)}" src="data:image/png;base64,{png.strip()}">'


def explorers(notebook: NotebookNode) -> dict[str, dict]:
    """The stored explorers of a notebook, by id."""
    return notebook.metadata.get("widgets", {}).get(twins.STATE, {}).get("state", {})


def packaged(package: str, path: str) -> Path:
    """A file that a Python package brings along, without importing the package."""
    return Path(distribution(package).locate_file(path))


def copy_assets(folder: Path) -> None:
    """Put next to the pages what all of them load. Fonts of our own: what fits here fits everywhere."""
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    mukta, dejavu = fontpkg_mukta.ROOT / "files", Path(matplotlib.get_data_path(), "fonts", "ttf")
    fonts = [mukta / "Mukta-Regular.ttf", mukta / "Mukta-Bold.ttf", dejavu / "DejaVuSans.ttf"]
    fonts += [dejavu / "DejaVuSansMono.ttf", packaged("ziamath", "ziamath/fonts/STIXTwoMath-Regular.ttf")]
    for font in fonts:
        shutil.copy(font, folder / "fonts")
    shutil.copy(THEME / "static" / "explorers.js", folder)
    shutil.copy(THEME / "pages" / "fonts.css", folder)
    (folder / "code.css").write_text(HtmlFormatter(style="friendly").get_style_defs(".highlight"), encoding="utf-8")
