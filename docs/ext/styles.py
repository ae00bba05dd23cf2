"""The theme's style sheets without the rules that no page can ask for: a third of the bytes on every first visit."""

import re
from collections.abc import Iterator
from pathlib import Path

import tinycss2
from finish import SCRIPT

WORD = re.compile(r"[\w-]+")


def lean(rules: list, words: set[str]) -> str:
    """Style rules, those left out whose classes or ids occur nowhere; licences stay."""
    return "".join(_kept(rule, words) for rule in rules)


def _kept(rule, words: set[str]) -> str:
    if rule.type == "qualified-rule":
        kept = [tinycss2.serialize(one) for one in _selectors(rule.prelude) if words.issuperset(_names(one))]
        return f"{','.join(kept)}{{{tinycss2.serialize(rule.content)}}}" if kept else ""
    if rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
        inside = lean(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), words)
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inside}}}" if inside else ""
    return "" if rule.type == "comment" and not rule.value.startswith("!") else rule.serialize()


def _selectors(tokens: list) -> list[list]:
    """What stands between the commas."""
    found = [[]]
    for token in tokens:
        if token == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def _names(selector: list) -> Iterator[str]:
    """Its classes and ids, but for what stands in brackets, such as after :not."""
    for before, token in zip([None, *selector], selector, strict=False):
        if token.type == "hash" or (token.type == "ident" and before == "."):
            yield token.value


def thin(app, exception) -> None:
    if exception:
        return
    out = Path(app.outdir)
    # Scripts too: a menu that opens gets classes that no page has yet. An explorer brings its own style.
    files = [*out.glob("*.html"), *(out / "notebooks").glob("*.html"), *(out / "docs").glob("*.html")]
    files += (out / "_static").rglob("*.js")
    words = {word for file in files for word in WORD.findall(_spoken(file))}
    for path in (out / "_static").rglob("*.css"):
        if path.name == "site.css":  # ours: small, and half of it for what explorers make
            continue
        rules = tinycss2.parse_stylesheet(path.read_text(encoding="utf-8"), skip_whitespace=True)
        path.write_text(lean(rules, words), encoding="utf-8")


def _spoken(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return "".join(SCRIPT.split(text)[::2]) if file.suffix == ".html" else text


def setup(app):
    app.connect("build-finished", thin)
