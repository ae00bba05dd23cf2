"""What a student sees in JupyterLab: the language switch, on a small notebook."""

from itertools import pairwise

import nbformat
import pytest
from lab import DURATIONS, NOTEBOOK, SWITCH, move_slider, open_notebook, run_all, shown, wait_until_drawn
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

# The smallest PNG there is: one transparent pixel.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
EXPLORER = '''
import anywidget

class Explorer(anywidget.AnyWidget):
    _esm = """
    export default { render({ el }) {
      el.className = "course-explorer";
      el.innerHTML = `<span class="lang-hi">स्लाइडर</span><span class="lang-en">slider</span>
        <input type="range" max="9" value="3" data-lm-suppress-shortcuts><canvas width="90" height="9">`;
      const [input, canvas] = [el.querySelector("input"), el.querySelector("canvas")];
      const draw = () => canvas.getContext("2d").fillRect(0, 0, input.value * 10, 9);
      input.addEventListener("input", draw);
      draw();
    } };"""

Explorer()
'''
PICTURE = f"""
from IPython.display import display

picture = {{"image/png": "{PNG}"}}
display(picture, metadata={{"image/png": {{"alt": "नया अंक · a new digit"}}}}, raw=True)
"""


SOUNDS = """
import torch
from course_lib.classroom import show

tone = torch.sin(torch.arange(8000) / 4)
show.sounds({"noisy": tone, "denoised": tone[:2000]})"""


def tagged(text, *tags):
    return new_markdown_cell(text, metadata={"tags": list(tags)})


@pytest.fixture(scope="module")
def tiny(jupyterlab):
    """A notebook of our own beside the lessons, too long for JupyterLab to draw all of it at once."""
    picture = new_output(
        "display_data", {"image/png": PNG}, metadata={"image/png": {"alt": "दो अंक · two digits", "width": 90}}
    )
    spans = '<p><span class="lang-hi">हानि घटी</span> <span class="lang-en">the loss fell</span></p>'
    cells = [
        new_markdown_cell("# शीर्षक · Heading"),
        tagged("यह हिन्दी है।", "lang-hi"),
        tagged("This is English.", "lang-en"),
        tagged("पाँच मिनट।", "lang-hi", "speaker-notes"),
        tagged("Five minutes.", "lang-en", "speaker-notes"),
        new_code_cell(PICTURE, outputs=[picture, new_output("display_data", {"text/html": spans})]),
        new_code_cell(EXPLORER),
    ]
    for number in range(12):
        cells += [
            new_markdown_cell(f"## खंड · Section {number}"),
            tagged(f"अनुच्छेद {number}। " * 60, "lang-hi"),
            tagged(f"Paragraph {number}. " * 60, "lang-en"),
            new_code_cell(f"{number} + 1"),
        ]
    cells.append(new_markdown_cell("समाप्त · The end"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), jupyterlab.folder / "tiny.ipynb")
    return "tiny.ipynb"


def test_cells_and_pictures_are_marked(page, jupyterlab, tiny):
    open_notebook(page, jupyterlab, tiny)
    marks = """[...document.querySelectorAll(".jp-Notebook-cell")].slice(0, 6).map((cell) => [cell.lang,
        ["lang-hi", "lang-en", "speaker-notes"].filter((name) => cell.classList.contains(name)).join()])"""
    assert page.evaluate(marks) == [
        ["", ""],
        ["hi", "lang-hi"],
        ["en", "lang-en"],
        ["hi", "lang-hi,speaker-notes"],
        ["en", "lang-en,speaker-notes"],
        ["", ""],
    ]
    assert page.locator(".jp-RenderedImage img").get_attribute("alt") == "दो अंक · two digits"

    # An author tags a cell, and another cell comes above it.
    page.evaluate(f"{NOTEBOOK}.widgets[0].model.setMetadata('tags', ['lang-en'])")
    page.evaluate(f"{NOTEBOOK}.model.sharedModel.insertCell(0, {{cell_type: 'raw', source: ''}})")
    assert page.evaluate(marks)[:3] == [["", ""], ["en", "lang-en"], ["hi", "lang-hi"]]


def test_switch_hides_the_other_language(page, jupyterlab, tiny):
    open_notebook(page, jupyterlab, tiny)
    switch = page.locator(SWITCH)
    assert switch.input_value() == "both"
    assert shown(page, "hi") == shown(page, "en") == 15  # 14 cells and a span of an output
    for language, other in [("hi", "en"), ("en", "hi")]:
        switch.select_option(language)
        assert shown(page, other) == 0
        assert shown(page, language) == 15
    page.reload()
    wait_until_drawn(page)
    assert switch.input_value() == "en", "the choice was forgotten"
    assert shown(page, "hi") == 0

    # By keyboard: the options stand in the order Hindi, English, both.
    switch.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function("document.documentElement.dataset.lang === 'hi'")


def test_arrow_keys_pass_over_hidden_cells(page, jupyterlab, tiny):
    open_notebook(page, jupyterlab, tiny)
    page.locator(SWITCH).select_option("en")
    page.evaluate(f"{NOTEBOOK}.activate()")
    visited = []
    for key in ["ArrowDown"] * 3 + ["ArrowUp"] * 3 + ["Shift+Enter"] * 2:
        page.keyboard.press(key)
        visited.append(page.evaluate(f"{NOTEBOOK}.activeCellIndex"))
    assert visited == [2, 4, 5, 4, 2, 0, 2, 4]
    # A choice that hides the selected cell selects the next one.
    page.locator(SWITCH).select_option("hi")
    assert page.evaluate(f"{NOTEBOOK}.activeCellIndex") == 5


# "full" draws only the cells in view and measures them; it was the default before JupyterLab 4.6.
@pytest.mark.parametrize("windowing", ["contentVisibility", "full"])
def test_long_notebook_scrolls_without_gaps(page, jupyterlab, tiny, windowing):
    open_notebook(page, jupyterlab, tiny, windowingMode=windowing)
    in_view = """() => {
        const view = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect();
        return [...document.querySelectorAll(".jp-Notebook-cell")]
            .map((cell) => [cell.getBoundingClientRect(), cell.innerText.trim()])
            .filter(([box]) => box.height && box.bottom > view.top && box.top < view.bottom)
            .map(([box, text]) => [box.top - view.top, box.bottom - view.top, text]);
    }"""
    page.locator(SWITCH).select_option("hi")
    page.mouse.move(700, 400)
    for _ in range(40):
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(100)
        cells = page.evaluate(in_view)
        gaps = [below[0] - above[1] for above, below in pairwise(cells)]
        assert max(gaps, default=0) < 20
        if cells[-1][2] == "समाप्त · The end":
            break
    else:
        pytest.fail("the end cannot be reached")

    # Whoever switches in the middle of a lesson stays there.
    page.mouse.wheel(0, -1000)
    scrolled = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"
    before, after = None, page.evaluate(scrolled)
    while before != after:  # the wheel's own motion takes a while
        page.wait_for_timeout(500)
        before, after = after, page.evaluate(scrolled)
    heading = next(text for *_, text in page.evaluate(in_view) if "Section" in text)
    page.locator(SWITCH).select_option("both")
    for _ in range(20):  # the layout settles, at this machine's pace
        page.wait_for_timeout(500)
        if heading in [text for *_, text in page.evaluate(in_view)]:
            break
    else:
        pytest.fail(f"{heading} is out of sight")


def test_widget_and_new_picture(page, jupyterlab, tiny):
    open_notebook(page, jupyterlab, tiny)
    cells = run_all(page, jupyterlab)
    assert cells[-2]["outputs"][0]["data"]["text/plain"] == "12"
    assert page.locator(".jp-RenderedImage img").get_attribute("alt") == "नया अंक · a new digit"
    move_slider(page)
    page.locator(SWITCH).select_option("hi")
    assert not page.get_by_text("slider", exact=True).is_visible()


def test_a_wrong_cell_is_explained_under_its_traceback(page, jupyterlab):
    wrong = "import course_lib, torch\ntorch.nn.Linear(784, 10)(torch.rand(4, 28, 28))"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=[new_code_cell(wrong)], metadata={"kernelspec": kernel})
    nbformat.write(notebook, jupyterlab.folder / "wrong.ipynb")
    open_notebook(page, jupyterlab, "wrong.ipynb")
    [cell] = run_all(page, jupyterlab)
    assert [output["output_type"] for output in cell["outputs"]] == ["error", "display_data"]
    said = {"en": "the layer reads 784", "hi": "layer को 784 चाहिए"}
    traceback, meaning = (page.locator(".jp-OutputArea-output").nth(place) for place in (0, 1))
    assert "mat1 and mat2" in traceback.inner_text()
    for words in said.values():
        assert meaning.get_by_text(words).is_visible()
    assert meaning.bounding_box()["y"] >= traceback.bounding_box()["y"] + traceback.bounding_box()["height"]
    for language, other in [("hi", "en"), ("en", "hi")]:
        page.locator(SWITCH).select_option(language)
        assert meaning.get_by_text(said[language]).is_visible()
        assert not meaning.get_by_text(said[other]).is_visible()


def test_a_sound_can_be_played(page, jupyterlab):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=[new_code_cell(SOUNDS)], metadata={"kernelspec": kernel})
    nbformat.write(notebook, jupyterlab.folder / "sounds.ipynb")
    open_notebook(page, jupyterlab, "sounds.ipynb")
    run_all(page, jupyterlab)
    assert page.evaluate(DURATIONS) == pytest.approx([1, 0.25])


def title_of(cell):
    return cell["source"].split("\n")[0] if cell["cell_type"] == "markdown" and cell["source"].startswith("#") else None


def test_live_slides_respect_the_language(page, jupyterlab):
    """jupyterlab-slideshow, key by key: every heading marked as a slide comes up, without the other language."""
    open_notebook(page, jupyterlab, "02_autoencoder.ipynb")
    page.locator(SWITCH).select_option("hi")
    page.evaluate("jupyterapp.commands.execute('deck:start')")
    seen = []
    for _ in range(25):
        # Drawn: what stands on the slide, in the layout and not behind another one.
        on_slide = page.evaluate(
            f"""() => {NOTEBOOK}.widgets.filter(({{node}}) => node.checkVisibility({{visibilityProperty: true}}))
                .map((cell) => cell.model.toJSON())"""
        )
        assert on_slide, f"an empty slide after {seen}"
        for cell in on_slide:
            assert "lang-en" not in cell["metadata"].get("tags", [])
            assert cell["metadata"].get("slideshow", {}).get("slide_type") not in ("skip", "notes")
        seen += [title for title in map(title_of, on_slide) if title and title not in seen]
        page.evaluate("jupyterapp.commands.execute('deck:forward')")
    lesson = nbformat.read(jupyterlab.folder / "02_autoencoder.ipynb", as_version=4)
    assert len(seen) >= 8
    shown = [cell for cell in lesson.cells if cell.metadata.get("slideshow", {}).get("slide_type") != "skip"]
    assert seen == [title for title in map(title_of, shown) if title][: len(seen)]
    page.evaluate("jupyterapp.commands.execute('deck:stop')")
