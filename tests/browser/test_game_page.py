"""The recorded game in the browser: each frame drawn as it was recorded, played, paused and scrubbed with no kernel."""

import math

import pytest
import torch
from matplotlib.colors import LinearSegmentedColormap
from test_explorers import fits, levels, open_explorer

from course_lib.classroom import language
from course_lib.classroom.explore import RingGame, ring_game
from course_lib.classroom.language import Text
from course_lib.data import ring

BROWN = torch.tensor([0x7A, 0x2E, 0])
BANDS = LinearSegmentedColormap.from_list("", ["#EE9A4D", "#FFFFFF", "#5AAAE0"], N=12)


def ramp(turned):
    """Probabilities that rise from left to right, or from top to bottom."""
    line = ((torch.arange(20) + 0.5) / 20).expand(20, 20)
    return line.T if turned else line


def frame(step, angle, covered, turned=False):
    """Two points: one on a circle, pulled outward as strongly as can be drawn; one far below the picture."""
    points = torch.tensor([[math.cos(angle), math.sin(angle)], [0.3, -9]])
    return ring_game.Frame(step, points, points * 1e3, ramp(turned), 0.25 + step / 1000, 0.5, covered, 8)


HEALTHY = [frame(40 * n, 0.5 * n, covered=n, turned=n % 2 == 1) for n in range(6)]
COLLAPSED = [frame(0, 4, covered=0), frame(10, 5, covered=1)]


@pytest.fixture(scope="module")
def widget():
    return RingGame({Text("संतुलित", "healthy"): HEALTHY, Text("सिमटा हुआ", "collapsed"): COLLAPSED}, ring.centers() * 0.5)


def spot(x, y):
    """(row, column) on the canvas of a place on the plane."""
    return round((1.6 - y) / 3.2 * 840), round((x + 1.6) / 3.2 * 840)


def check(page, shown, surface=True, arrows=True):
    """The canvas, the slider and the status show this frame."""
    seen = levels(page.get_by_role("img"))[..., :3].int()
    x, y = shown.points[0].tolist()
    for place in (spot(x, y), (835, spot(0.3 * 1.6 / 9, 0)[1])):  # the far point on the edge, towards the middle
        assert (seen[place] - BROWN).abs().max() < 4
    # The arrow is 0.4 long: dark half way, not beyond its tip. A byte a number leaves two pixels of doubt.
    for share, dark in ((1.2, arrows), (1.45, False)):
        row, column = spot(x * share, y * share)
        near = seen[row - 3 : row + 4, column - 3 : column + 4].amax(dim=2)
        assert (int(near.min()) < 90) == dark
    for part in (0.125, 0.29, 0.46, 0.54, 0.71, 0.875):  # in the middle of bands
        row, column = (part, 0.03) if shown.surface[0, 0] != shown.surface[-1, 0] else (0.03, part)
        expected = torch.tensor(BANDS(part)[:3]) * 255 if surface else torch.full((3,), 255.0)
        assert (seen[round(840 * row), round(840 * column)] - expected).abs().max() <= 2
    bar = page.get_by_role("slider")
    assert bar.get_attribute("aria-valuetext") == str(shown.step)
    said = page.get_by_role("status").inner_text()
    for number in (f"{shown.step}/", f"{round(100 * shown.real_right)} %", "50 %", f"{shown.covered}/8"):
        assert number in said


def test_it_fits_a_phone(page, widget):
    open_explorer(page, widget, 390)
    assert fits(page) <= 0
    check(page, HEALTHY[0])


def test_every_frame_is_drawn_as_recorded(page, widget):
    open_explorer(page, widget)
    check(page, HEALTHY[0])
    page.get_by_role("slider").focus()
    for shown in HEALTHY[1:]:
        page.keyboard.press("ArrowRight")
        check(page, shown)
    page.keyboard.press("ArrowRight")
    check(page, HEALTHY[-1])
    page.keyboard.press("Home")
    check(page, HEALTHY[0])


def test_another_run_is_shown_at_the_same_place_or_at_its_end(page, widget):
    open_explorer(page, widget)
    page.get_by_role("slider").fill("1")
    page.get_by_role("button", name="collapsed").click()
    check(page, COLLAPSED[1])
    assert "10/10" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="healthy").click()
    page.get_by_role("slider").fill("4")
    check(page, HEALTHY[4])
    page.get_by_role("button", name="collapsed").focus()
    page.keyboard.press("Enter")
    check(page, COLLAPSED[1])
    assert page.get_by_role("button", name="collapsed").get_attribute("aria-pressed") == "true"
    assert page.get_by_role("button", name="healthy").get_attribute("aria-pressed") == "false"


def test_surface_and_arrows_can_be_hidden(page, widget):
    open_explorer(page, widget)
    what, arrows = (page.get_by_role("button", name=name) for name in ("D's opinion", "arrows"))
    arrows.click()
    check(page, HEALTHY[0], arrows=False)
    what.click()
    check(page, HEALTHY[0], surface=False, arrows=False)
    assert [one.get_attribute("aria-pressed") for one in (what, arrows)] == ["false", "false"]
    arrows.click()
    page.get_by_role("slider").fill("2")
    check(page, HEALTHY[2], surface=False)


def stop_clock(page):
    """From now on time passes only in `page.clock.run_for`."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


def step(page):
    return int(page.get_by_role("slider").get_attribute("aria-valuetext"))


def test_it_plays_when_asked_pauses_and_starts_again(page, widget):
    stop_clock(page)
    open_explorer(page, widget)
    page.clock.run_for(2000)
    assert step(page) == 0  # still until asked
    page.get_by_role("button", name="play").focus()
    page.keyboard.press("Enter")
    page.clock.run_for(500)
    assert step(page) == 3 * 40
    assert page.get_by_role("status").get_attribute("aria-live") == "off"  # no one can listen so fast
    page.get_by_role("button", name="pause").click()
    page.clock.run_for(2000)
    check(page, HEALTHY[3])
    assert page.get_by_role("status").get_attribute("aria-live") == "polite"

    page.get_by_role("button", name="play").click()
    page.clock.run_for(2000)
    check(page, HEALTHY[-1])  # stopped by itself
    page.get_by_role("button", name="play").click()
    page.clock.run_for(10)
    check(page, HEALTHY[0])  # from the beginning again
    page.clock.run_for(150)
    check(page, HEALTHY[1])
    page.get_by_role("slider").fill("4")  # whoever scrubs wants to look
    page.clock.run_for(2000)
    check(page, HEALTHY[4])


def test_a_shorter_run_may_be_chosen_while_it_plays(page, widget):
    stop_clock(page)
    open_explorer(page, widget)
    page.get_by_role("slider").fill("3")
    page.get_by_role("button", name="play").click()
    page.clock.run_for(160)
    page.get_by_role("button", name="collapsed").click()
    page.clock.run_for(2000)
    check(page, COLLAPSED[-1])
    assert page.get_by_role("button", name="play").count() == 1


def test_less_motion_is_respected(page, widget):
    page.emulate_media(reduced_motion="reduce")
    open_explorer(page, widget)
    assert page.get_by_role("button", name="play").count() == 0
    page.get_by_role("slider").press("ArrowRight")
    check(page, HEALTHY[1])


def test_a_screen_reader_meets_names_in_both_languages(page, widget):
    open_explorer(page, widget)
    for role, name in [
        ("group", "Watch the game of generator and discriminator · खेल देखिए"),
        ("img", "और discriminator की राय"),
        ("group", "कौन-सी training"),
        ("button", "चलाइए"),
        ("button", "सिमटा हुआ"),
    ]:
        assert page.get_by_role(role, name=name).count() == 1
    assert "कितने modes मिले · modes covered" in page.get_by_role("status").inner_text().replace("\n", " ")
    assert page.get_by_role("status").get_attribute("aria-atomic") == "true"
    assert page.locator("#el input[data-lm-suppress-shortcuts]").count() == 1
    legend = page.locator(".course-legend").inner_text()
    for word in ("असली", "real", "generated", "D: fake", "D: असली", "cube root"):
        assert word in legend


def test_one_run_in_one_language(page):
    language.use("hi")
    try:
        open_explorer(page, RingGame({"healthy": HEALTHY}, ring.centers()))
    finally:
        language.use("both")
    said = page.locator("#el").inner_text()
    assert "चलाइए" in said
    assert "play" not in said
    assert "कौन-सी training" not in said  # there is no choice
    assert page.locator("#el .lang-hi, #el .lang-en").count() == 0
    check(page, HEALTHY[0])
