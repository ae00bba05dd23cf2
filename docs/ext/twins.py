"""Two languages on one page: cells and blocks marked with theirs, explorers that live, a search that reads both."""

import binascii
import hashlib
import json
import re
import unicodedata
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.search.en import SearchEnglish
from sphinx.util.docutils import SphinxDirective

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
NO_SCRIPT = "Explorer को JavaScript चाहिए। · The explorer needs JavaScript."
TOO_OLD = (
    '<span class="lang-hi" lang="hi">यह browser explorer को नहीं चला पाया; Chrome, Edge, Firefox या Safari का नया '
    'version आज़माइए।</span><span class="lang-both"> · </span>'
    '<span class="lang-en" lang="en">This browser could not run the explorer; try a recent Chrome, Edge, Firefox or '
    "Safari.</span>"
)

alternatives = {}  # what each picture shows: myst-nb names its file after this digest but drops the text


class Twin(SphinxDirective):
    """`:::{hi}` and `:::{en}`: what is said in one language, marked for the switch and for the screen reader."""

    has_content = True

    def run(self):
        # docutils makes the attribute lang="hi" of a class language-hi.
        box = nodes.container(classes=[f"lang-{self.name}", f"language-{self.name}"])
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


def read(text: str) -> nbformat.NotebookNode:
    """The notebook with its tagged cells as Twins, and with each explorer as HTML that carries its own data."""
    notebook = nbformat.reads(text, as_version=4)
    models = notebook.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook.cells:
        for language in {"lang-hi", "lang-en"} & set(cell.metadata.get("tags", [])):
            cell.source = twin(language[-2:], cell.source)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if VIEW in data:
                output.data = {"text/html": explorer(models[data[VIEW]["model_id"]])}
            if "image/png" in data:
                picture = hashlib.sha256(binascii.a2b_base64(data["image/png"])).hexdigest()
                alternatives[picture] = output.metadata["image/png"]["alt"]
    return notebook


def twin(language: str, source: str) -> str:
    return f"::::::{{{language}}}\n{source}\n::::::"


def explorer(model: dict, without: str = f"<p>{NO_SCRIPT}</p>") -> str:
    """An explorer for theme/static/explorers.js; its own JavaScript, numbers and bytes stand in the page.

    without: what shows where there is no JavaScript
    """
    raw = {buffer["path"][0]: buffer["data"] for buffer in model.get("buffers", [])}
    data = json.dumps({"state": model["state"], "raw": raw}, ensure_ascii=False).replace("<", r"\u003c")
    script = f'<script type="application/json">{data}</script>'
    old = f'<p class="course-old" hidden>{TOO_OLD}</p>'
    return f'<div class="course-widget"><noscript>{without}</noscript>{old}{script}</div>'


def describe_pictures(_app, tree: nodes.document) -> None:
    for image in tree.findall(nodes.image):
        if alt := alternatives.get(Path(image["uri"]).stem):
            image["alt"] = alt


# Python and JavaScript read both patterns. A nasal before a stop of its own row is written so or as a dot: हिन्दी, हिंदी.
NASALS = "ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ])|ँ"
UNSEEN = r"[\u093c\u200c\u200d]"  # a dot below, and what joins letters or keeps them apart


def fold(text: str) -> str:
    """What a search need not tell apart: ज़ and ज, न्द and ंद, ँ and ं, letters joined or not."""
    return re.sub(NASALS, "ं", re.sub(UNSEEN, "", unicodedata.normalize("NFC", text)))


class Search(SearchEnglish):
    """Sphinx cuts words at every Devanagari vowel sign; here they are letters, and only a danda ends a word."""

    _word_re = re.compile(r"[\w\u0900-\u0963\u0966-\u097f]+")
    js_splitter_code = f"""
function splitQuery(query) {{
  const folded = query.normalize("NFC").replace(/{UNSEEN}/g, "").replace(/{NASALS}/g, "ं");
  return folded.match(/[\\p{{Letter}}\\p{{Number}}_\\u0900-\\u0963\\u0966-\\u097f]+/gu) ?? [];
}}
"""

    def split(self, input: str) -> list[str]:
        return super().split(fold(input))


def setup(app):
    app.add_directive("hi", Twin)
    app.add_directive("en", Twin)
    app.add_search_language(Search)
    app.connect("doctree-read", describe_pictures)
