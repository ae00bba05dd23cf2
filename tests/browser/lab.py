"""What the browser tests do in JupyterLab: open a notebook, run it, move a slider."""

import pytest
from playwright.sync_api import TimeoutError

SWITCH = ".course-language select"
NOTEBOOK = "jupyterapp.shell.currentWidget.content"
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel"
CONNECT_SECONDS = 120
RUN_ALL_SECONDS = 240
# Lessons whose figures answer to code that the student writes, which needs a kernel: they have no explorer.
WRITTEN = {"01b_transformer", "07_gan_variants", "08_image_to_image"}
# An explorer's pictures; where it has none, all of it but the sliders, which show their own value.
# Of every player its length in seconds, once the browser knows it.
DURATIONS = """async () => {
    const players = [...document.querySelectorAll("audio")];
    await Promise.all(players.map((player) => player.readyState || new Promise((done, failed) => {
        player.onloadedmetadata = done;
        player.onerror = () => failed(new Error(player.error.message));
        player.load();
    })));
    return players.map((player) => player.duration);
}"""
PICTURES = """slider => {
    const explorer = slider.closest(".course-explorer");
    const canvases = [...explorer.querySelectorAll("canvas")];
    if (canvases.length) return canvases.map((canvas) => canvas.toDataURL()).join();
    const copy = explorer.cloneNode(true);
    copy.querySelectorAll(".course-slider").forEach((row) => row.remove());
    return copy.innerHTML;
}"""


def wait_until_drawn(page):
    page.locator(SWITCH).wait_for()
    page.wait_for_function("jupyterapp.shell.currentWidget.context.isReady")
    page.wait_for_function(f"{NOTEBOOK}.widgets.every((cell) => !cell.isPlaceholder())")


def open_notebook(page, jupyterlab, name, **settings):
    jupyterlab.settings("notebook-extension/tracker", settings)
    page.goto(jupyterlab.url(name))
    wait_until_drawn(page)


def run_all(page, jupyterlab):
    """Run All Cells, wait for the end, and return the cells with their outputs."""
    # JupyterLab shows "idle" before it has connected, and would lose a Run All given now; the server's own list was
    # once, on a busy machine, without an idle kernel for a whole minute. The kernel's answer to the page settles it.
    connected = f"{KERNEL}?.connectionStatus === 'connected'"
    try:
        page.wait_for_function(connected, timeout=CONNECT_SECONDS * 1000)
    except TimeoutError:
        log = jupyterlab.log.read_text(encoding="utf-8")
        pytest.fail(f"no kernel after {CONNECT_SECONDS} s: {jupyterlab.api('kernels')}\n{log}")
    page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")  # committed ones do not count
    finished = page.evaluate(
        f"""seconds => Promise.race([
            {KERNEL}.info.then(() => jupyterapp.commands.execute("notebook:run-all-cells")),
            new Promise((resolve) => setTimeout(() => resolve("too slow"), seconds * 1000))])""",
        RUN_ALL_SECONDS,
    )
    assert finished != "too slow", f"not finished after {RUN_ALL_SECONDS} s"
    return page.evaluate(f"{NOTEBOOK}.model.toJSON().cells")


def explorers(page):
    """The outputs that hold an explorer, which always has a slider or, as a game, buttons."""
    return page.locator(".jp-OutputArea-output:has(.course-explorer :is(input[type=range], button))")


def has_slider(explorer):
    return explorer.locator("input[type=range]").count() > 0


def telling_slider(explorer):
    """One that changes the pictures: of most the first, where one trains the last, which is the seed's."""
    sliders = explorer.locator("input[type=range]")
    return sliders.last if explorer.locator(".course-workshop").count() else sliders.first


def press_buttons(explorer):
    """The buttons of an explorer, one after the other, must change what it shows."""
    before = explorer.inner_html()
    for button in explorer.locator("button").all():
        button.click(force=True)  # some say that they are disabled, and stay in reach of the keyboard
    assert explorer.inner_html() != before


def move_slider(page, explorer=0):
    """Right Arrow on a slider of an explorer must change what it shows, and move nothing else."""
    slider = telling_slider(explorers(page).nth(explorer))
    # Not scroll_into_view_if_needed(): it waits for what JupyterLab only draws once it is in view.
    slider.evaluate("slider => slider.scrollIntoView({block: 'center'})")
    slider.focus()
    before, cell = slider.evaluate(PICTURES), page.evaluate(f"{NOTEBOOK}.activeCellIndex")
    slider.press("ArrowRight")
    handle = slider.element_handle()
    page.wait_for_function(f"([slider, before]) => ({PICTURES})(slider) !== before", arg=[handle, before])
    assert slider.evaluate("slider => slider === document.activeElement"), "the slider lost the focus"
    assert page.evaluate(f"{NOTEBOOK}.activeCellIndex") == cell, "the arrow key moved the notebook's selection"


def shown(page, language):
    """How many cells, spans and widgets' parts of one language are in the layout."""
    return page.evaluate(
        """language => [...document.querySelectorAll(".jp-Notebook .lang-" + language)]
            .filter((node) => node.getClientRects().length).length""",
        language,
    )
