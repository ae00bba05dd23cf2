"""Notebooks in one language: nothing of the other in what one reads, and the same code."""

import re
from pathlib import Path

import gates
import nbformat
import one_language
import pytest

from course_lib.classroom import language

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
PAIRS = [pytest.param(path, chosen, id=f"{path.stem}-{chosen}") for path in NOTEBOOKS for chosen in ("hi", "en")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder that `make languages` fills."""
    folder = tmp_path_factory.mktemp("languages")
    one_language.main(folder)
    return folder


@pytest.mark.parametrize(("path", "chosen"), PAIRS)
def test_one_language_is_left(made, path, chosen):
    both, single = (nbformat.read(p, as_version=4).cells for p in (path, made / chosen / path.name))
    tagged = {code: [c.source for c in both if f"lang-{code}" in gates.tags(c)] for code in ("hi", "en")}
    own, other = tagged[chosen], tagged[one_language.OTHER[chosen]]
    prose = [cell for cell in single if cell.cell_type == "markdown"]
    sources = [cell.source for cell in prose]
    assert len(own) == len(other) > 5
    assert [source for source in sources if source in own] == own
    assert not set(sources) & set(other)
    headings = [cell for cell in prose if cell.source not in own]
    assert len(headings) + len(own) == len(prose)
    for cell in headings:
        words = re.sub(r"^#+ (\d\d[a-z]? · )?", "", cell.source.split("\n")[0])
        assert " · " not in words
        # A heading of one word, such as Quiz, is the same in both languages.
        assert bool(gates.DEVANAGARI.search(words)) is (chosen == "hi") or len(words.split()) == 1
    if chosen == "en":
        assert not gates.DEVANAGARI.search(" ".join(gates._prose(cell) for cell in prose))
    assert not any({"lang-hi", "lang-en"} & gates.tags(cell) for cell in single)


@pytest.mark.parametrize(("path", "chosen"), PAIRS)
def test_code_is_the_same_and_speaks_one_language(made, path, chosen):
    notebooks = [nbformat.read(p, as_version=4) for p in (path, made / chosen / path.name)]
    both, single = ([c for c in notebook.cells if c.cell_type == "code"] for notebook in notebooks)
    install, choice, *rest = single
    assert [cell.source for cell in (install, *rest)] == [cell.source for cell in both]
    try:
        exec(choice.source, {})
        assert language.current() == chosen
    finally:
        language.use("both")
    for before, after in zip(both, (install, *rest), strict=True):
        for old, new in zip(before.outputs, after.outputs, strict=True):
            assert old.get("data", {}).get("image/png") == new.get("data", {}).get("image/png")
            html = new.get("data", {}).get("text/html", "")
            assert f"lang-{one_language.OTHER[chosen]}" not in html
            assert html.count("<div") == html.count("</div")
            assert html.count("<span") == html.count("</span")
    page = "".join(o.get("data", {}).get("text/html", "") for cell in rest for o in cell.outputs)
    assert f'lang="{chosen}"' in page


def test_stored_explorers_speak_one_language(made):
    state = [
        model["state"]["language"]
        for path in (made / "hi").glob("*.ipynb")
        for widgets in [nbformat.read(path, as_version=4).metadata.get("widgets")]
        if widgets
        for model in widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
        if "language" in model["state"]
    ]
    assert len(state) >= 7
    assert set(state) == {"hi"}
