"""What the rooms that train share: two languages, patience, rest, and a word where a browser cannot train."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_explorers import fits, open_explorer
from workshop import LISTENS, at_step, numbers, one_step, press, until

from course_lib import data
from course_lib.classroom import language
from course_lib.classroom.explore import TrainAutoencoder, TrainGAN, TrainVAE

# A room, words of its page in either language, a line of its code, and the button that it must be judged after as well.
ROOMS = {
    "autoencoder": (lambda: TrainAutoencoder(data.mnist()), ("सिखाइए", "start again"), "optimizer.step()", None),
    "vae": (lambda: TrainVAE(data.mnist()), ("एक नया अंक", "a new digit"), "loss.backward()", None),
    "gan": (TrainGAN, ("छल्ला", "D's lr"), "loss_D.backward()", 2),  # one's own drawing: the plane takes keys
}


@pytest.fixture(scope="module")
def widget():
    return TrainAutoencoder(data.mnist())


@pytest.mark.parametrize("said", ["hi", "en", "both"])
@pytest.mark.parametrize("room", ROOMS)
def test_it_speaks_either_language_and_axe_finds_nothing(page, room, said):
    kind, words, line, pressed = ROOMS[room]
    language.use(said)
    try:
        widget = kind()
    finally:
        language.use("both")
    open_explorer(page, widget, 390)
    box = page.locator(".course-workshop")
    assert [word in box.inner_text() for word in words] == [said != "en", said != "hi"]
    page.locator("summary").click()
    assert line in page.locator("pre").inner_text()
    assert fits(page) <= 0
    if pressed is not None:
        box.get_by_role("button").nth(pressed).click()
    found = Axe().run(page, context=".course-workshop")
    assert not found.response["violations"], found.generate_report()


def test_nothing_can_be_pressed_before_the_digits_are_there(page, widget):
    page.add_init_script(
        """{
          const whole = Response.prototype.arrayBuffer;
          Response.prototype.arrayBuffer = async function () {
            await new Promise((later) => setTimeout(later, 1000));
            return whole.call(this);
          };
        }"""
    )
    page.goto("about:blank")
    open_explorer(page, widget, 390)
    press(page, "train")
    until(page, "steps", "steps > 0")
    assert page.locator(".course-problem").count() == 0


def test_what_the_last_run_had_still_to_say_does_not_count(page, widget):
    page.add_init_script(LISTENS)
    page.goto("about:blank")
    open_explorer(page, widget, 390)
    press(page, "train")
    until(page, "steps", "steps > 0")
    press(page, "start again")
    at_step(page, 0)
    before = numbers(page)
    # As if it had been on its way when the run was begun anew.
    page.evaluate(
        """works.dispatchEvent(
          new MessageEvent("message", { data: reports.findLast(({ steps }) => steps) }))"""
    )
    assert numbers(page) == before


def test_a_dragged_slider_begins_few_runs(page, widget):
    page.add_init_script(LISTENS)
    page.goto("about:blank")
    open_explorer(page, widget, 390)
    at_step(page, 0)
    page.get_by_role("slider", name="seed").evaluate(
        """(slider) => {
          for (slider.value = 1; slider.value < 100; slider.value++) slider.dispatchEvent(new Event("input"));
        }"""
    )
    one_step(page)
    assert page.evaluate("reports.length") < 20
    assert page.get_by_role("slider", name="seed").get_attribute("aria-valuetext") == "99"


def test_only_what_is_drawn_on_holds_a_finger_that_scrolls(page, widget):
    open_explorer(page, widget, 390)
    holds = "canvases => canvases.map((canvas) => getComputedStyle(canvas).touchAction)"
    assert set(page.locator("canvas[role=img]:not(.course-pad)").evaluate_all(holds)) == {"auto"}
    assert page.locator(".course-pad").evaluate_all(holds) == ["none"]


def test_a_hidden_page_rests(page, widget):
    open_explorer(page, widget)
    press(page, "train")
    page.get_by_role("button", name=re.compile("pause")).wait_for()
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.get_by_role("button", name=re.compile("train")).wait_for()


@pytest.mark.parametrize("missing", ["Worker", "DecompressionStream"])
def test_a_browser_that_cannot_train_is_told_so(page, widget, missing):
    page.add_init_script(f"delete window.{missing}")
    page.goto("about:blank")
    open_explorer(page, widget, 390)
    said = page.locator(".course-problem")
    said.wait_for()
    assert "could not train" in said.inner_text()
    assert missing in said.inner_text()
    assert said.bounding_box()["width"] > 200
