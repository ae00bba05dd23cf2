"""A student's way through the course in JupyterLab: one lesson from end to end, every other one opened."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from lab import (
    NOTEBOOK,
    SWITCH,
    explorers,
    has_slider,
    move_slider,
    open_notebook,
    press_buttons,
    run_all,
    shown,
    wait_until_drawn,
)
from memory import BINDER, KERNEL, peak_megabytes
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
WHOLE = "03_denoising.ipynb"  # the heaviest when measured; conftest.py holds every lesson's kernel to KERNEL
CHECK, ANSWER = "exercises.poisson.check", "(torch.poisson(x * photons) / photons).clamp(0, 1)"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def binder(jupyterlab):
    """The notebooks made ready as on Binder."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = jupyterlab.environment | {"PATH": path}
    subprocess.run([ROOT / "postBuild"], cwd=jupyterlab.folder.parent, env=environment, check=True)
    return jupyterlab


def widgets(cells):
    return sum(WIDGET in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))


def draw_and_switch(page, count):
    """`count` explorers draw and answer, every picture has its words, and the switch leaves one language."""
    expect(explorers(page)).to_have_count(count, timeout=30_000)
    for number in range(count):
        if has_slider(explorer := explorers(page).nth(number)):
            move_slider(page, number)
        else:
            press_buttons(explorer)
    pictures = page.locator(".jp-RenderedImage img")
    assert all(pictures.evaluate_all("images => images.map((image) => image.alt)")), "a picture has no alt text"
    for language, other in [("hi", "en"), ("en", "hi")]:
        page.locator(SWITCH).select_option(language)
        assert shown(page, language)
        assert not shown(page, other)


def solve(page, check, answer):
    """Write an answer in place of ____ in the cell that holds `check`, run the cell, and return what the check says."""
    output = page.evaluate(
        f"""async ([check, answer]) => {{
            const cells = {NOTEBOOK}.widgets.map((cell) => cell.model.sharedModel);
            const number = cells.findIndex((cell) => cell.source.includes(check));
            {NOTEBOOK}.activeCellIndex = number;
            cells[number].setSource(cells[number].source.replace("____", answer));
            await jupyterapp.commands.execute("notebook:run-cell");
            return cells[number].outputs[0].data["text/plain"];
        }}""",
        [check, answer],
    )
    return "".join(output)


def test_students_journey(page, binder):
    open_notebook(page, binder, WHOLE)
    code = [cell for cell in run_all(page, binder) if cell["cell_type"] == "code" and cell["source"]]
    errors = [o["traceback"] for cell in code for o in cell["outputs"] if o["output_type"] == "error"]
    assert not errors, "\n".join(errors[0])
    assert all(cell["execution_count"] for cell in code), "some cells did not run"
    assert "Correct!" in solve(page, CHECK, ANSWER)
    draw_and_switch(page, widgets(code))

    server = peak_megabytes(binder.pid)
    # Tests before this one may have left kernels that ran nothing; the largest is this notebook's.
    kernel = max(peak_megabytes(child.pid) for child in psutil.Process(binder.pid).children())
    assert server <= BINDER - KERNEL
    assert server + kernel <= BINDER


@pytest.mark.parametrize("name", sorted(path.name for path in NOTEBOOKS.glob("*.ipynb") if path.name != WHOLE))
def test_stored_explorers_draw_before_anything_has_run(page, binder, name):
    count = widgets(json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"])
    open_notebook(page, binder, name)
    lost = page.get_by_text("model not found")
    for _ in range(3 if count else 0):
        page.locator(".course-explorer").or_(lost).first.wait_for()
        if not lost.count():
            break
        page.reload()  # see LOST_WIDGETS
        wait_until_drawn(page)
    draw_and_switch(page, count)
