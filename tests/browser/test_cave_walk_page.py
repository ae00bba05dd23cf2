"""A cave in the browser: walked by keys, by buttons and by touch, with no kernel."""

from itertools import pairwise

import pytest
import torch
from test_explorers import fits, open_explorer

from course_lib.classroom import language
from course_lib.classroom.explore.cave_walk import CaveWalk
from course_lib.data.synthetic_caves import SIDE, synthetic_caves, way

KEYS = {(0, 1): "ArrowRight", (0, -1): "ArrowLeft", (1, 0): "ArrowDown", (-1, 0): "ArrowUp"}
NAMES = {(0, 1): "right", (0, -1): "left", (1, 0): "down", (-1, 0): "up"}
LEVELS = synthetic_caves(3)
LEVELS[2, 0, 6:9] = 0  # no way across


@pytest.fixture(scope="module")
def widget():
    return CaveWalk(LEVELS, ["1", "2", "3"])


def moves(level):
    path = way(level)
    return [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(path)]


def place(page):
    return tuple(map(int, page.get_by_role("img").get_attribute("data-place").split()))


def steps(page):
    return int(page.locator(".course-value").inner_text())


@pytest.mark.parametrize("width", [1280, 390])
def test_the_shortest_way_by_keys(page, widget, width):
    open_explorer(page, widget, width)
    assert fits(page) <= 0
    page.get_by_role("img").focus()
    assert place(page) == way(LEVELS[0])[0]
    for move in moves(LEVELS[0]):
        assert "found" not in page.get_by_role("status").inner_text()
        page.keyboard.press(KEYS[move])
    assert place(page) == way(LEVELS[0])[-1]
    said = page.get_by_role("status").inner_text()
    assert "You found the treasure!" in said
    assert "ख़ज़ाना मिल गया!" in said
    assert said.endswith(str(len(moves(LEVELS[0]))))
    assert steps(page) == len(moves(LEVELS[0]))


def test_another_level_by_buttons_and_again(page, widget):
    open_explorer(page, widget, 390)
    page.get_by_role("button", name="2", exact=True).click()
    assert page.get_by_role("button", name="2", exact=True).get_attribute("aria-pressed") == "true"
    for move in moves(LEVELS[1]):
        page.get_by_role("button", name=NAMES[move]).click()
    assert place(page) == way(LEVELS[1])[-1]
    page.get_by_role("button", name="start again").click()
    assert (place(page), steps(page)) == (way(LEVELS[1])[0], 0)
    assert page.get_by_role("status").inner_text() == ""


def test_a_touch_leads_one_cell_towards_it(page, widget):
    open_explorer(page, widget, 390)
    canvas = page.get_by_role("img")
    for row, column in way(LEVELS[0])[1:6]:
        box = canvas.bounding_box()
        page.mouse.click(box["x"] + (column + 0.5) * box["width"] / SIDE, box["y"] + (row + 0.5) * box["height"] / SIDE)
        assert place(page) == (row, column)
    assert steps(page) == 5


def test_rock_stops_and_a_closed_level_stays_closed(page, widget):
    open_explorer(page, widget)
    page.get_by_role("button", name="3", exact=True).click()
    start = place(page)
    page.get_by_role("img").focus()
    for _ in range(SIDE):
        page.keyboard.press("ArrowUp")
    assert "There is rock." in page.get_by_role("status").inner_text()
    row, column = place(page)
    assert not LEVELS[2, 0, row - 1, column]
    assert steps(page) == start[0] - row
    seen, todo = {start}, [start]
    while todo:  # everything that can be reached lies above the wall
        here = todo.pop()
        for down, right in KEYS:
            to = here[0] + down, here[1] + right
            if LEVELS[2, 0][to] and to not in seen:
                seen.add(to)
                todo.append(to)
    assert max(row for row, _ in seen) < 6


def test_names_in_both_languages_and_keys_kept_from_jupyterlab(page, widget):
    open_explorer(page, widget)
    for role, name in [
        ("group", "Walk through a cave · गुफा में चलिए"),
        ("img", "map of the cave · गुफा का नक़्शा"),
        ("group", "which level · कौन-सा level"),
        ("button", "left · बाएँ"),
    ]:
        assert page.get_by_role(role, name=name).count() == 1
    assert page.locator("#el canvas[data-lm-suppress-shortcuts]").count() == 1
    language.use("hi")
    try:
        open_explorer(page, CaveWalk(torch.ones(1, 1, SIDE, SIDE), ["1"]))
    finally:
        language.use("both")
    assert page.locator("#el .lang-hi, #el .lang-en").count() == 0
