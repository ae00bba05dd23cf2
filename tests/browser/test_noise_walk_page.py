"""The walk through the noise levels in the browser: both pictures as PyTorch draws them, by slider, keys and play."""

import pytest
import torch
from test_explorers import fits, open_explorer, pixels, strong

from course_lib.classroom import language
from course_lib.classroom.explore import NoiseWalk
from course_lib.classroom.explore.base import HERE
from course_lib.models.autoencoders import Autoencoder, dense

NOISE = [1, 0.98, 0.8, 0.4, 0.062, 0]
SAID = ["100.0 %", "98.0 %", "80.0 %", "40.0 %", "6.2 %", "0.0 %"]
LAST = len(NOISE) - 1


@pytest.fixture(scope="module")
def made():
    """A widget, its decoder, and its codes: (2, 3, 6, 8), noisy and clean."""
    torch.manual_seed(0)
    decoder = strong(Autoencoder(*dense(latent_dim=8)), 2).decoder
    with torch.no_grad():
        decoder[2].weight[:138], decoder[2].bias[:138] = 0, -20  # these pixels stay black, and are not sent
    codes = torch.randn(2, 3, len(NOISE), 8)
    return NoiseWalk(decoder, *codes, torch.tensor(NOISE), bits=8), decoder, codes


@torch.no_grad()
def check(page, made, sample=0, time=0):
    """Both pictures, the slider and the buttons are as this choice asks."""
    _, decoder, codes = made
    for name, kind in (("what the model holds now", 0), ("what it takes for the clean image", 1)):
        # The tolerance of the path between two digits, whose weights have eight bits too.
        error = 255 * (pixels(page, name) - decoder(codes[kind, sample, time][None])[0, 0])
        assert error.abs().max() < 2.5
        assert error.square().mean().sqrt() < 0.7
    bar = page.get_by_role("slider", name="noise level")
    assert (bar.input_value(), bar.get_attribute("aria-valuetext")) == (str(time), SAID[time])
    pressed = page.get_by_role("group", name="which sample").get_by_role("button", pressed=True)
    assert pressed.all_inner_texts() == [str(sample + 1)]


def open_beside_another(page, widget, width=1280):
    """Another explorer, further down the page, brings the style sheet of all once more."""
    open_explorer(page, widget, width)
    page.add_style_tag(path=HERE / "explorers.css")


@pytest.mark.parametrize("width", [1280, 390])
def test_every_step_is_what_the_decoder_draws(page, made, width):
    open_beside_another(page, made[0], width)
    assert fits(page) <= 0
    left, right = (page.get_by_role("img").nth(n).bounding_box() for n in (0, 1))
    assert left["y"] == right["y"]  # side by side, on a phone too
    assert left["width"] == pytest.approx(left["height"], abs=1)
    assert left["width"] > 160
    check(page, made)
    page.get_by_role("slider").focus()
    for time in range(1, LAST + 1):
        page.keyboard.press("ArrowRight")
        check(page, made, time=time)
    page.get_by_role("button", name="3", exact=True).focus()
    page.keyboard.press("Enter")
    check(page, made, 2, LAST)  # another sample at the same noise
    page.get_by_role("slider").press("Home")
    check(page, made, 2, 0)
    page.get_by_role("button", name="2", exact=True).click()
    page.get_by_role("slider").fill("3")
    check(page, made, 1, 3)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_longer_number_does_not_move_the_slider(page, made, width):
    open_beside_another(page, made[0], width)
    bar = page.get_by_role("slider")
    widths = []
    for time in (0, LAST):
        bar.fill(str(time))
        widths.append(bar.bounding_box()["width"])
    assert widths[0] == widths[1]
    assert widths[0] > 200  # room for a finger at each of the times


def stop_clock(page):
    """From now on time passes only in `page.clock.run_for`."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


def test_it_walks_when_asked_pauses_and_stops_at_the_end(page, made):
    stop_clock(page)
    open_explorer(page, made[0])
    page.clock.run_for(3000)
    check(page, made)  # still until asked
    page.get_by_role("button", name="play").focus()
    page.keyboard.press("Enter")
    page.clock.run_for(650)
    check(page, made, time=2)
    page.get_by_role("button", name="2", exact=True).click()  # another sample walks on from here
    page.clock.run_for(300)
    check(page, made, 1, 3)
    page.get_by_role("button", name="pause").click()
    page.clock.run_for(3000)
    check(page, made, 1, 3)

    page.get_by_role("button", name="play").click()
    page.clock.run_for(3000)
    check(page, made, 1, LAST)
    page.get_by_role("button", name="play").click()  # it says so again, and begins anew
    check(page, made, 1, 0)
    page.clock.run_for(350)
    check(page, made, 1, 1)
    page.get_by_role("slider").press("ArrowRight")  # whoever moves it wants to look
    page.clock.run_for(3000)
    check(page, made, 1, 2)
    assert page.get_by_role("button", name="pause").count() == 0


def test_less_motion_is_respected(page, made):
    page.emulate_media(reduced_motion="reduce")
    open_explorer(page, made[0])
    assert page.get_by_role("button", name="play").count() == 0
    page.get_by_role("slider").press("ArrowRight")
    check(page, made, time=1)


def test_a_screen_reader_meets_names_in_both_languages(page, made):
    open_explorer(page, made[0])
    for role, name in [
        ("group", "Walk from noise to a picture · Noise से चित्र तक चलिए"),
        ("img", "what the model holds now · अभी model के पास यह है"),
        ("img", "what it takes for the clean image · model के अंदाज़े में साफ़ चित्र"),
        ("slider", "noise का स्तर · noise level"),
        ("group", "which sample · कौन-सा sample"),
        ("button", "चलाइए · play"),
    ]:
        assert page.get_by_role(role, name=name, exact=True).count() == 1, name
    assert page.locator("#el input[data-lm-suppress-shortcuts]").count() == 1  # JupyterLab leaves it the arrow keys


def test_one_language_alone(page, made):
    _, decoder, codes = made
    language.use("hi")
    try:
        widget = NoiseWalk(decoder, *codes, torch.tensor(NOISE))
    finally:
        language.use("both")
    open_explorer(page, widget)
    said = page.locator("#el").inner_text()
    for hindi, english in (("चलाइए", "play"), ("साफ़ चित्र", "clean"), ("noise का स्तर", "noise level")):
        assert hindi in said
        assert english not in said
    assert page.locator("#el .lang-hi, #el .lang-en").count() == 0  # the page's switch must not hide the only one
