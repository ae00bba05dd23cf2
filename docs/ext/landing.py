"""The landing page: a digit that lives, what the lessons made, a card for each lesson. Its words: landing.toml."""

import base64
import html
import io
import math
import re
import tomllib
from functools import cache
from pathlib import Path

import nbformat
from notes import MADE, lessons, title
from PIL import Image
from twins import STATE, explorer

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
EXPLORE = ROOT / "course_lib" / "classroom" / "explore"
WORDS = tomllib.loads((HERE / "landing.toml").read_text(encoding="utf-8-sig"))
PICTURES = "_static/landing"
# A phone shows three dots of its screen for each pixel of the style sheet.
DOTS = 3
CARD, MADE_WIDTH = 104, 171  # pixels of the style sheet, on a screen of 390
MINUTES = {
    "hi": re.compile(r"(?:पढ़ने में लगभग|सब मिलाकर क़रीब) (\S+) मिनट"),
    "en": re.compile(r"(?:Reading takes about|: about) (\S+) minutes"),
}

notebooks = cache(lessons)


def digit() -> str:
    """The decoder of lesson 05's map as an explorer of its own; without JavaScript a picture from the same map."""
    stored = notebooks()["05_vae"].metadata.widgets[STATE].state.values()
    walk = next(model for model in stored if model.state.get("_anywidget_id", "").endswith(".LatentWalk"))
    raw = {buffer.path[0]: buffer.data for buffer in walk.buffers}
    encoder, decoder = walk.state.networks
    weights = base64.b64decode(raw["weights"])[sum(map(size, encoder)) :]
    scripts = [EXPLORE / name for name in ("network.js", "page.js", "digits.js")]
    state = {key: walk.state[key] for key in ("_css", "side", "used", "low", "high", "language")}
    state["_esm"] = "\n".join(path.read_text(encoding="utf-8-sig") for path in [*scripts, HERE / "digit.js"])
    state |= {"networks": [decoder], "texts": WORDS["digit"]}
    numbers = {"codes": raw["codes"], "labels": raw["labels"], "weights": base64.b64encode(weights).decode()}
    return explorer(
        {"state": state, "buffers": [{"path": [key], "data": data} for key, data in numbers.items()]},
        without=image("05_vae", WORDS["cards"]["05_vae"]),
    )


def size(layer: dict) -> int:
    """How many bytes a layer takes, as course_lib.classroom.explore.pack writes it."""
    count = layer["outputs"] * layer["inputs"] * layer["kernel"] ** 2
    return 8 * layer["outputs"] + 4 * math.ceil(count * layer["bits"] / 32)


def start() -> str:
    """A large link to the first notebook, and one to the page in the other language."""
    other = "".join(
        f'<a class="course-other" data-other="{language}" href="?lang={language}" lang="{language}">{said}</a>'
        for language, said in (("hi", "हिन्दी में पढ़िए"), ("en", "Read in English"))
    )
    first = f'<a class="course-first" href="notebooks/{next(iter(notebooks()))}.html">शुरू कीजिए · Start here</a>'
    return f'<p class="course-start">{first} {other}</p>'


def made() -> str:
    """What a reader will be able to make: parts of the lessons' own figures."""
    figures = [
        f'<figure><a href="notebooks/{one["lesson"]}.html">{image(name(number), one)}</a>'
        f"<figcaption>{html.escape(one['caption'], quote=False)}</figcaption></figure>"
        for number, one in enumerate(WORDS["made"])
    ]
    return f'<div class="course-gallery">{"".join(figures)}</div>'


def cards() -> str:
    """Every lesson with a picture, its title, its minutes and what progress.js knows of its reader."""
    states = "".join(f'<span data-state="{state}">{WORDS["states"][state]}</span>' for state in ("begun", "read"))
    rows = [
        f'<li data-lesson="{lesson}">{image(lesson, WORDS["cards"][lesson])}'
        f'<div><a href="notebooks/{lesson}.html">{html.escape(title(notebook), quote=False)}</a>'
        f"<p><span>{minutes(notebook)}</span>{states}</p></div></li>"
        for lesson, notebook in notebooks().items()
    ]
    forget = f'<button type="button" class="course-forget" hidden>{WORDS["states"]["forget"]}</button>'
    return f'<ol class="course-cards">{"".join(rows)}</ol>{forget}'


def minutes(notebook: nbformat.NotebookNode) -> str:
    """How long reading takes, as the lesson's own header says it."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    hindi, english = (pattern.search(text)[1] for pattern in MINUTES.values())
    return f"{hindi} मिनट · {english} minutes"


def name(number: int) -> str:
    return f"made_{number}"


def image(file: str, part: dict) -> str:
    return f'<img src="{PICTURES}/{file}.webp" alt="{html.escape(part["alt"])}" loading="lazy" decoding="async">'


def cut(part: dict, lesson: str, width: int) -> Image.Image:
    """The parts of a figure one below the other, at least so wide, each of its pixels a square of the same size."""
    found = [
        output.data["image/png"]
        for cell in notebooks()[lesson].cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {}) and part["shows"] in output.metadata["image/png"]["alt"]
    ]
    if len(found) != 1:
        raise ValueError(f"docs/ext/landing.toml: {len(found)} figures of {lesson} show {part['shows']!r}")
    figure = Image.open(io.BytesIO(base64.b64decode(found[0]))).convert("RGB")
    pieces = [figure.crop(box) for box in part["boxes"]]
    whole = Image.new("RGB", (pieces[0].width, sum(piece.height for piece in pieces)))
    for number, piece in enumerate(pieces):
        whole.paste(piece, (0, sum(above.height for above in pieces[:number])))
    scale = math.ceil(width / whole.width)
    return whole.resize((whole.width * scale, whole.height * scale), Image.Resampling.NEAREST)


def write(app) -> None:
    """All pictures as WebP, lossless where that is smaller."""
    folder = Path(app.outdir) / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    parts = {lesson: (part, lesson, DOTS * CARD) for lesson, part in WORDS["cards"].items()}
    parts |= {name(number): (one, one["lesson"], DOTS * MADE_WIDTH) for number, one in enumerate(WORDS["made"])}
    for file, part in parts.items():
        picture, written = cut(*part), []
        for how in ({"lossless": True}, {"quality": 85}):
            picture.save(stream := io.BytesIO(), "WEBP", **how)
            written.append(stream.getvalue())
        (folder / f"{file}.webp").write_bytes(min(written, key=len))


def setup(app):
    MADE.update({"% digit": digit, "% start": start, "% made": made, "% lessons": cards})
    app.connect("builder-inited", write)
