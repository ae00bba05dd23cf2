"""The last touches to every page: the theme's words in both languages, and a security policy."""

import base64
import hashlib
import html
import json
import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
WORDS = tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8-sig"))
FOUND = "Search finished, found one page matching the search query."
DEVANAGARI = "\u0900-\u097f"
# `Hindi · English` as the whole text between two tags, a number in front as in a lesson's title.
PAIR = re.compile(
    rf">(\s*(?:\d\d[a-z]? · )?)([^<>]*[{DEVANAGARI}][^<>]*) · ([^<>{DEVANAGARI}]+)(?=<(?!/(?:title|option)>))"
)
SCRIPT = re.compile(r"(<script[^>]*>.*?</script>)", re.DOTALL)
INLINE = re.compile(r"<script(?![^>]*(?:src=|json))[^>]*>(.*?)</script>", re.DOTALL)
# 1.5 MB for icons of one's own; the theme's few come with its style sheet, as a font.
ICONS = re.compile(r"<script[^>]*/fontawesome\.js[^>]*></script>")
# What Sphinx, the theme and we load on every page before anything is drawn. Behind a policy in the page itself Chromium
# does not look ahead for scripts: each would be asked for when the one before it has run.
EARLY = re.compile(
    r'<script src="([^"]*_static/)'
    r'((?:language|documentation_options|doctools|sphinx_highlight|scripts/sphinx-book-theme)\.js)[^"]*"></script>\s*'
)
POLICY = (
    "default-src 'none'; script-src 'self' blob: {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "media-src data:; font-src 'self'; manifest-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'self'"
)


def in_both_languages(page: str) -> str:
    """The page with the theme's English words in both languages, and the halves of every pair marked."""
    parts = SCRIPT.split(page)  # an explorer's data are no words, and half a megabyte long
    parts[::2] = map(_marked, parts[::2])
    return "".join(parts)


def _marked(part: str) -> str:
    for english, hindi in WORDS.items():
        said, both = re.escape(html.escape(english, quote=False)), f"{hindi} · {english}"
        part = re.sub(rf'((?:title|aria-label|placeholder)="){said}(?=")', rf"\1{both}", part)
        part = re.sub(rf">(\s*){said}(?=\s*<)", rf">\1{both}", part)
    return PAIR.sub(
        r'>\1<span class="lang-hi" lang="hi">\2</span><span class="lang-both"> · </span>'
        r'<span class="lang-en" lang="en">\3</span>',
        part,
    )


def under_policy(page: str, window: str = "") -> str:
    """The page with a Content-Security-Policy that allows its own scripts and nothing from elsewhere.

    window: the page that it writes into a window of its own, which inherits the policy
    """
    codes = INLINE.findall(page) + INLINE.findall(window)
    digests = {base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes}
    policy = POLICY.format(hashes=" ".join(f"'sha256-{digest}'" for digest in sorted(digests)))
    return page.replace("<head>", f'<head>\n    <meta http-equiv="Content-Security-Policy" content="{policy}" />', 1)


def as_one(page: str, static: Path) -> str:
    """The page with its early scripts as one, `site.js`, which this writes; they are the same on every page."""
    if not (first := EARLY.search(page)):
        return page  # the theme's own scraps
    texts = [(static / name).read_text(encoding="utf-8") for _, name in EARLY.findall(page)]
    (static / "site.js").write_text(together := "\n;\n".join(texts), encoding="utf-8")
    version = hashlib.sha256(together.encode()).hexdigest()[:8]
    return EARLY.sub("", EARLY.sub(f'<script src="{first[1]}site.js?v={version}"></script>\n    ', page, count=1))


def finish(app, exception) -> None:
    if exception:
        return
    out = Path(app.outdir)
    spoken = {english: f"{hindi} · {english}" for english, hindi in WORDS.items()}
    # One page or several; Sphinx fills in their number at one place only.
    spoken[FOUND] = ["1 · पन्ना मिला · page found", "${resultCount} · पन्ने मिले · pages found"]
    # Not Documentation.addTranslations: it makes a function of a string, which the policy forbids.
    script = f"Object.assign(Documentation.TRANSLATIONS, {json.dumps(spoken, ensure_ascii=False)});\n"
    (out / "_static" / "words.js").write_text(script, encoding="utf-8")
    for path in out.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        if "Content-Security-Policy" not in page:  # else Sphinx has not written it anew
            path.write_text(
                under_policy(in_both_languages(as_one(ICONS.sub("", page), out / "_static"))), encoding="utf-8"
            )
    for unused in {*out.glob("_static/scripts/fontawesome.js*"), *out.rglob("*.map")}:
        unused.unlink()


def setup(app):
    app.connect("build-finished", finish)
