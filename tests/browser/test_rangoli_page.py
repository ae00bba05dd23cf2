"""A kolam in the browser: drawn as PyTorch draws it, symmetric, by sliders, buttons and chance, with no kernel."""

import pytest
import torch
from test_explorers import fits, levels, open_explorer
from torch import nn

from course_lib.classroom.explore.rangoli import Rangoli
from course_lib.data.synthetic_rangoli import eighth

GROUNDS = {"clay": ("8a3b1e", "fff6e6"), "night": ("10243f", "ffd35c"), "paper": ("ffffff", "1a1a1a")}


@pytest.fixture(scope="module")
def kolam():
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 406), nn.Tanh())
    with torch.no_grad():
        generator[2].weight *= 4
    starts = torch.randn(3, 6)
    return Rangoli(generator, eighth(), starts, list("abc"), bits=16), generator, starts


def code(page):
    return torch.tensor([float(one) for one in page.get_by_role("img").get_attribute("data-code").split()])


def colour(text):
    return torch.tensor([int(text[n : n + 2], 16) for n in (0, 2, 4)]).float()


@torch.no_grad()
def check(page, generator, ground="clay"):
    seen = levels(page.get_by_role("img"))[..., :3].float()
    low, high = map(colour, GROUNDS[ground])
    ink = (generator(code(page)[None])[0] + 1) / 2
    assert (seen - (low + ink[eighth()][..., None] * (high - low))).abs().max() <= 2
    for other in (seen.flip(0), seen.flip(1), seen.transpose(0, 1)):
        assert torch.equal(other, seen)


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_what_the_generator_draws(page, kolam, width):
    widget, generator, starts = kolam
    open_explorer(page, widget, width)
    assert fits(page) <= 0
    assert torch.allclose(code(page), starts[0], atol=1e-4)
    check(page, generator)
    sliders = page.get_by_role("slider")
    assert sliders.count() == 4
    sliders.nth(1).focus()
    page.keyboard.press("Home")
    assert code(page)[1] == -2.5
    check(page, generator)
    page.get_by_role("button", name="b", exact=True).click()
    assert torch.allclose(code(page), starts[1], atol=1e-4)
    check(page, generator)


def test_chance_and_other_grounds(page, kolam):
    widget, generator, starts = kolam
    open_explorer(page, widget, 390)
    page.get_by_role("button", name="a new kolam").click()
    fresh = code(page)
    assert (fresh - starts[0]).abs().min() > 1e-6
    check(page, generator)
    for ground in GROUNDS:
        page.get_by_role("button", name=ground).click()
        assert page.get_by_role("button", name=ground).get_attribute("aria-pressed") == "true"
        assert torch.equal(code(page), fresh)
        check(page, generator, ground)


def test_names_in_both_languages(page, kolam):
    open_explorer(page, kolam[0])
    for role, name in [
        ("group", "Let the generator draw a kolam · Generator से कोलम बनवाइए"),
        ("img", "kolam · कोलम"),
        ("button", "नया कोलम · a new kolam"),
        ("group", "begin from · यहाँ से शुरू"),
    ]:
        assert page.get_by_role(role, name=name, exact=True).count() == 1
    assert page.locator("#el input[data-lm-suppress-shortcuts]").count() == 4
