"""The site as an app: a manifest, a service worker, and the list of what a reader may keep for times without network.

Nothing is kept before the reader has seen how large it is and asked for it.
"""

import hashlib
import io
import json
from pathlib import Path

from landing import WORDS
from notes import MADE
from PIL import Image, ImageDraw

# To take along one by one, by whoever wants them; a search from the app needs the index. Of files that begin with a dot
# GitHub Pages serves none.
LEFT_OUT = ("downloads/", "slides/", "handouts/", "_sources/", ".", "CNAME", "objects.inv", "sw.js", "offline.json")
MARK = "OFFLINE-MEGABYTES"
ICONS = (192, 512)
# The icon of the site, its points in a square of 32.
SHAPES = {
    "#0072b2": [((2, 3), (13, 12), (13, 20), (2, 29)), ((30, 3), (19, 12), (19, 20), (30, 29))],
    "#d55e00": [((14.5, 12), (17.5, 12), (17.5, 20), (14.5, 20))],
}


def icon(side: int) -> bytes:
    """The icon on white, with room around it for whatever shape a phone cuts."""
    image = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(image)
    for colour, shapes in SHAPES.items():
        for shape in shapes:
            draw.polygon(
                [(side * (0.14 + 0.72 * x / 32), side * (0.14 + 0.72 * y / 32)) for x, y in shape], fill=colour
            )
    image.save(stream := io.BytesIO(), "PNG", optimize=True)
    return stream.getvalue()


def keep() -> str:
    """The section of the landing page; theme/static/offline.js shows it where a browser can keep pages."""
    said = WORDS["offline"]
    states = "".join(f'<span data-state="{key}">{said[key]}</span>' for key in ("kept", "newer", "failed"))
    return (
        '<div class="course-offline" hidden>'
        f'<button type="button" class="course-keep">{said["keep"].format(megabytes=MARK)}</button> '
        f'<button type="button" class="course-drop">{said["drop"]}</button>'
        f'<p role="status"><progress max="1" value="0" aria-label="{said["progress"]}"></progress>{states}</p></div>'
    )


def write(app, exception) -> None:
    if exception:
        return
    out = Path(app.outdir)
    for side in ICONS:
        (out / "_static" / f"icon-{side}.png").write_bytes(icon(side))
    manifest = {
        "name": app.config.html_title,
        "short_name": "Generative models",
        "start_url": "index.html",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0072b2",
        "icons": [{"src": f"_static/icon-{n}.png", "sizes": f"{n}x{n}", "purpose": "any maskable"} for n in ICONS],
    }
    (out / "manifest.webmanifest").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    paths = [path for path in sorted(out.rglob("*")) if path.is_file()]
    files = {name: path for path in paths if not (name := path.relative_to(out).as_posix()).startswith(LEFT_OUT)}
    size = sum(path.stat().st_size for path in files.values())
    index = out / "index.html"
    index.write_text(index.read_text(encoding="utf-8").replace(MARK, f"{size / 1e6:.0f}"), encoding="utf-8")
    version = hashlib.sha256(b"".join(path.read_bytes() for path in files.values())).hexdigest()[:16]
    listed = {"version": version, "files": {name: path.stat().st_size for name, path in files.items()}}
    (out / "offline.json").write_text(json.dumps(listed), encoding="utf-8")


def setup(app):
    MADE["% offline"] = keep
    app.connect("build-finished", write, priority=950)  # after everything else has been written
