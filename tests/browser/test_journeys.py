"""Every lesson from end to end, as a student runs it in JupyterLab."""

from pathlib import Path

import pytest
from lab import SWITCH, explorers, move_slider, open_notebook, run_all, shown

LESSONS = sorted(path.name for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_students_journey(page, jupyterlab, lesson):
    for kernel in jupyterlab.api("kernels"):  # earlier lessons give their memory back
        jupyterlab.api(f"kernels/{kernel['id']}", "DELETE")
    open_notebook(page, jupyterlab, lesson)
    code = [cell for cell in run_all(page, jupyterlab) if cell["cell_type"] == "code" and cell["source"]]
    outputs = [output for cell in code for output in cell["outputs"]]
    errors = [output["traceback"] for output in outputs if output["output_type"] == "error"]
    assert not errors, "\n".join(errors[0])
    assert all(cell["execution_count"] for cell in code), "some cells did not run"
    widgets = sum("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs)
    assert explorers(page).count() == widgets
    for number in range(widgets):
        move_slider(page, number)
    pictures = page.locator(".jp-RenderedImage img")
    assert all(pictures.evaluate_all("images => images.map((image) => image.alt)")), "a picture has no alt text"
    for language, other in [("hi", "en"), ("en", "hi")]:
        page.locator(SWITCH).select_option(language)
        assert shown(page, language)
        assert not shown(page, other)
