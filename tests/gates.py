"""What every lesson must keep to. Each gate looks at one lesson and returns complaints an author can act on."""

import ast
import itertools
import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import repository
import yaml
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parents[1]
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
MATHS = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\]\(([^)]+)\)")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
DANGEROUS = re.compile(
    r"\b(subprocess|os\.system|popen|get_ipython|pickle|shelve|joblib|(np|numpy|yaml)\.load)\b"
    r"|\btorch\.load\b(?!\([^()]*\bweights_only=True\b)|(?<!\.)\b(eval|exec|compile|__import__)\("
)
MAX_CODE_LINES, MAX_KILOBYTES, MIN_DEVANAGARI = 25, 1500, 0.5
MAX_WORDS = 120
APPLICATION = re.compile(r"^application\(.*", re.MULTILINE)


@cache
def glossary() -> list[dict]:
    """The terms of docs/glossary.yml."""
    return yaml.safe_load((ROOT / "docs" / "glossary.yml").read_text(encoding="utf-8-sig"))


def tags(cell) -> set[str]:
    return set(cell.metadata.get("tags", []))


def _start(cell) -> str:
    return repr(cell.source.strip().split("\n")[0][:60])


def _prose(cell) -> str:
    """The words of a cell alone: no formulas, code spans, links, HTML."""
    text = MATHS.sub(" ", cell.source)
    text = CODE.sub(" ", text)
    return re.sub(r"<[^>]+>", " ", re.sub(r"\]\([^)]+\)", "]", text))


def _markdown(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def _code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _twins(notebook):
    cells = notebook.cells
    return [(a, b) for a, b in itertools.pairwise(cells) if "lang-hi" in tags(a) and "lang-en" in tags(b)]


def same_cells(source, notebook) -> list[str]:
    """Source and notebook agree cell by cell."""
    found = []
    for number, (a, b) in enumerate(zip(source.cells, notebook.cells, strict=False)):
        for what in ("cell_type", "source", "metadata"):
            if a[what] != b[what]:
                found.append(f"cell {number} {_start(a)}: {what} differs from the notebook; run `make notebooks`")
    if len(source.cells) != len(notebook.cells):
        found.append(
            f"{len(source.cells)} cells in the lesson, {len(notebook.cells)} in the notebook; run `make notebooks`"
        )
    return found


def has_twins(notebook) -> list[str]:
    """Every prose cell has its twin: Hindi first, English right under it, with the same other tags and slide mark."""
    found, cells = [], notebook.cells
    for number, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            continue
        after = cells[number + 1] if number + 1 < len(cells) else None
        before = cells[number - 1] if number else None
        if {"lang-hi", "lang-en"} <= tags(cell):
            found.append(f"cell {number} {_start(cell)}: has both language tags; split it in two")
        elif "lang-hi" in tags(cell):
            if after is None or "lang-en" not in tags(after):
                found.append(f"cell {number} {_start(cell)}: no English twin right under this Hindi cell")
            elif tags(cell) - {"lang-hi"} != tags(after) - {"lang-en"} or _slide(cell) != _slide(after):
                found.append(f"cell {number} {_start(cell)}: the twins differ in their other tags or slide mark")
        elif "lang-en" in tags(cell):
            if before is None or "lang-hi" not in tags(before):
                found.append(f"cell {number} {_start(cell)}: no Hindi twin right above this English cell")
        elif not cell.source.lstrip().startswith("#"):
            found.append(f"cell {number} {_start(cell)}: prose without lang-hi or lang-en; only headings go untagged")
    return found


def _slide(cell):
    return cell.metadata.get("slideshow", {}).get("slide_type")


def twins_agree(notebook) -> list[str]:
    """Twins carry the same formulas, links, numbers and code spans."""
    found = []
    for hindi, english in _twins(notebook):
        for name, pick in (
            ("formulas", lambda c: MATHS.findall(c.source)),
            ("links", lambda c: LINK.findall(c.source)),
            ("code spans", lambda c: CODE.findall(c.source)),
            ("numbers", lambda c: NUMBER.findall(_prose(c))),
        ):
            a, b = Counter(pick(hindi)), Counter(pick(english))
            if a != b:
                only = f"only Hindi: {sorted(a - b)}, only English: {sorted(b - a)}"
                found.append(f"{_start(english)}: the twins' {name} differ ({only})")
    return found


def right_script(notebook) -> list[str]:
    """Hindi cells are mostly Devanagari, English cells contain none."""
    found = []
    for cell in _markdown(notebook):
        letters = [c for c in _prose(cell) if c.isalpha() or DEVANAGARI.match(c)]
        share = sum(bool(DEVANAGARI.match(c)) for c in letters) / max(len(letters), 1)
        if "lang-hi" in tags(cell) and share < MIN_DEVANAGARI:
            found.append(f"{_start(cell)}: only {share:.0%} of this Hindi cell is Devanagari")
        if "lang-en" in tags(cell) and share > 0:
            found.append(f"{_start(cell)}: Devanagari in an English cell")
    return found


def headings_bilingual(notebook) -> list[str]:
    """A heading says it in both languages, `Hindi · English`, unless it is one word of both (such as Quiz)."""
    found = []
    for cell in _markdown(notebook):
        heading = cell.source.strip().split("\n")[0].lstrip("# ")
        if tags(cell) & {"lang-hi", "lang-en"} or len(heading.split()) < 2:
            continue
        hindi, _, english = heading.rpartition(" · ")
        if not DEVANAGARI.search(hindi) or not english or DEVANAGARI.search(english):
            found.append(f"{heading!r}: write it as `Hindi · English`")
    return found


def terms_spelled(notebook) -> list[str]:
    """Terms are spelled as in the glossary, and glossed in the first Hindi cell that uses them."""
    found = []
    hindi = [c for c in _markdown(notebook) if "lang-hi" in tags(c) and "speaker-notes" not in tags(c)]
    for entry in glossary():
        for wrong in entry["wrong"]:
            pattern = re.compile(rf"(?<![\w\u0900-\u097f-]){re.escape(wrong)}(?![\w\u0900-\u097f-])")
            for cell in _markdown(notebook):
                if pattern.search(_prose(cell)):
                    found.append(f"{_start(cell)}: {wrong!r} should be {entry['term']!r} (docs/glossary.yml)")
        used = re.compile(rf"(?<![\w-]){re.escape(entry['term'])}(?![\w-])", re.IGNORECASE)
        first = next((c for c in hindi if used.search(_prose(c))), None)
        if first is not None and f"({entry['gloss']})" not in first.source:
            found.append(f"{_start(first)}: first use of {entry['term']!r} without its gloss ({entry['gloss']})")
    return found


def is_nfc(notebook) -> list[str]:
    """Devanagari is in Unicode's composed normal form."""
    return [f"{_start(c)}: not NFC" for c in notebook.cells if not unicodedata.is_normalized("NFC", c.source)]


def short_code(notebook) -> list[str]:
    """No code cell is over 25 lines, so that a whole training loop fits; the median is at most 5."""
    lengths = [(len(c.source.splitlines()), c) for c in _code(notebook)]
    found = [f"{_start(c)}: {n} lines of code; the limit is {MAX_CODE_LINES}" for n, c in lengths if n > MAX_CODE_LINES]
    median = sorted(n for n, _ in lengths)[len(lengths) // 2] if lengths else 0
    return found + ([f"the median code cell has {median} lines; the limit is 5"] if median > 5 else [])


def figures_have_alt(notebook) -> list[str]:
    """Every figure has alternative text in both languages."""
    found = []
    for cell in _code(notebook):
        for output in cell.outputs:
            data, alt = output.get("data", {}), None
            if "image/png" in data:
                alt = output.metadata.get("image/png", {}).get("alt", "")
            elif image := re.search(r'<img [^>]*alt="([^"]*)"', data.get("text/html", "")):
                alt = image[1]
            if alt is not None and not (DEVANAGARI.search(alt) and re.search("[a-z]", alt)):
                found.append(
                    f"{_start(cell)}: a figure without alternative text in both languages; use course_lib.show"
                )
    return found


def installs_itself(notebook) -> list[str]:
    """The first code cell installs course_lib where it is missing, and what applications need; slides skip it."""
    first = next(iter(_code(notebook)), None)
    if first is None or first.source != repository.install_cell(any(map(_begins, _code(notebook)))):
        return ["the first code cell does not install course_lib as every lesson does: copy it from another one"]
    hidden = _slide(first) == "skip" and "hide-cell" in tags(first)
    return [] if hidden else [f"{_start(first)}: hide it (tag hide-cell) and skip it in slides"]


def calls_no_shell(notebook) -> list[str]:
    """Beyond the install cell no shell, and nothing that runs what a file or a string says."""
    found = []
    for cell in _code(notebook)[1:]:
        # `!ls`, `%run` and `%%bash` turn into get_ipython.
        if match := DANGEROUS.search(TransformerManager().transform_cell(cell.source)):
            found.append(f"{_start(cell)}: {match[0]!r} may run anything")
    return found


def _begins(cell) -> bool:
    return bool(APPLICATION.search(cell.source))


def applications_apart(notebook) -> list[str]:
    """Every application runs right after the cells before the first, without any other: ruff knows no other names."""
    parts = [[]]
    for cell in _code(notebook):
        if _begins(cell):
            parts.append([])
        parts[-1].append(cell.source)
    first, *applications = (TransformerManager().transform_cell("\n".join(part) + "\n") for part in parts)
    found = []
    for part, code in zip(parts[1:], applications, strict=True):
        if part[0].count("\n"):
            found.append(f"{part[0]!r}: application(…) stands alone in its cell, which runs whatever is missing")
        command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821"]
        command += ["--output-format", "json", "--stdin-filename", "application.py", "-"]
        done = subprocess.run(command, input=first + code, capture_output=True, encoding="utf-8")
        unknown = sorted({fault["message"] for fault in json.loads(done.stdout)} - {"Undefined name `get_ipython`"})
        found += [f"{part[0]} … {fault}: it comes from another application" for fault in unknown]
    return found


def slides_marked(notebook) -> list[str]:
    """A slide begins with a heading or with code: a twin would begin it twice where both languages show."""
    found = []
    for cell in notebook.cells:
        if _slide(cell) not in {None, "slide", "fragment", "skip", "notes"}:
            found.append(f"{_start(cell)}: slides know no {_slide(cell)!r}; one of slide, fragment, skip, notes")
        if _slide(cell) == "slide" and tags(cell) & {"lang-hi", "lang-en"}:
            found.append(f"{_start(cell)}: begin the slide at a heading or a code cell, which both languages share")
    return found


def no_walls(notebook) -> list[str]:
    """No cell has over 120 words outside tables and folds: then comes a picture, code, or a breath."""
    found = []
    for cell in _markdown(notebook):
        open_text = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)
        words = sum(len(line.split()) for line in open_text.splitlines() if not line.startswith("|"))
        if words > MAX_WORDS:
            found.append(f"{_start(cell)}: {words} words without a break; the limit is {MAX_WORDS}")
    return found


def plain_loop(notebook) -> list[str]:
    """Somewhere the training loop itself is written: zero_grad, backward and step inside a `for`."""
    wanted = {"zero_grad", "backward", "step"}
    for cell in _code(notebook):
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
        for loop in (node for node in ast.walk(tree) if isinstance(node, ast.For)):
            called = {
                n.func.attr for n in ast.walk(loop) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
            }
            if wanted <= called:
                return []
    return ["no training loop by hand: a `for` with zero_grad, backward and step"]


def executed(notebook) -> list[str]:
    """Every cell ran, in order; every check-output cell has output; nothing was written to stderr."""
    found = []
    for number, cell in enumerate(_code(notebook), 1):
        if cell.execution_count != number:
            found.append(f"{_start(cell)}: not executed in order; run `make notebooks`")
        if "nbval-check-output" in tags(cell) and not cell.outputs:
            found.append(f"{_start(cell)}: tagged nbval-check-output but has no output")
        if any(o.output_type == "error" or o.get("name") == "stderr" for o in cell.outputs):
            found.append(f"{_start(cell)}: an error or warning among the outputs")
    return found


def small_enough(path: Path) -> list[str]:
    """The notebook is under 1,500 kB: figures in their true colours, and no more of them than a phone can load."""
    size = path.stat().st_size / 1000
    return [f"{path.name} has {size:.0f} kB; the limit is {MAX_KILOBYTES}"] if size >= MAX_KILOBYTES else []


def one_sentence_a_line(notebook) -> list[str]:
    """In the source a sentence ends its line, so that changes and translations line up."""
    ends = re.compile(r"(?<=[^\d.]{3}[.?!।]) +(?=[A-Z\u0900-\u097f])")
    found = []
    for cell in _markdown(notebook):
        for line in cell.source.splitlines():
            if not line.lstrip().startswith(("|", "#", "-", "<")) and len(ends.split(_plain(line))) > 1:
                found.append(f"more than one sentence in a line: {line[:70]!r}")
    return found


def _plain(line: str) -> str:
    return MATHS.sub("x", CODE.sub("x", re.sub(r'"[^"]*"', "x", line)))


ON_NOTEBOOK = [
    has_twins,
    twins_agree,
    right_script,
    headings_bilingual,
    terms_spelled,
    is_nfc,
    short_code,
    figures_have_alt,
    installs_itself,
    applications_apart,
    calls_no_shell,
    slides_marked,
    executed,
    one_sentence_a_line,
    no_walls,
]


def for_lesson(name: str) -> list:
    """The gates that this lesson is held to."""
    return [*ON_NOTEBOOK, *([] if name.startswith("00") else [plain_loop])]
