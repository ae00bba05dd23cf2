"""Noughts and crosses in the browser: the same moves as PyTorch, mouse, touch and keys, a referee that never errs."""

import re

import pytest
import torch
from test_explorers import fits, open_explorer
from torch import nn
from torch.nn import functional as F

from course_lib.classroom import language
from course_lib.classroom.explore import NoughtsAndCrosses
from course_lib.data import noughts_and_crosses as nac

NAMES = {"free": 0, "cross": 1, "nought": 2}


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(3)
    encoder = nn.Sequential(nn.Linear(27, 32), nn.ReLU(), nn.Linear(32, 8))
    decoder = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 27))
    player = nn.Sequential(nn.BatchNorm1d(8, affine=False), nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 9)).eval()
    return encoder, decoder, player


@pytest.fixture(scope="module")
def widget(networks):
    return NoughtsAndCrosses(*networks, bits=16)


def squares(page):
    return page.get_by_role("group", name="the board").get_by_role("button")


def marks(page):
    """What a screen reader hears of the nine squares: 0 free, 1 cross, 2 nought."""
    labels = [one.get_attribute("aria-label") for one in squares(page).all()]
    return [NAMES[re.search(r": (free|cross|nought)", label)[1]] for label in labels]


@torch.no_grad()
def choice(networks, board):
    """The code, the move and the rebuilt board, by PyTorch."""
    encoder, decoder, player = networks
    code = encoder(F.one_hot(torch.tensor([board]), 3).flatten(1).float())
    scores = player(code)[0].masked_fill(torch.tensor(board) > 0, -torch.inf)
    return code[0], int(scores.argmax()), decoder(code).view(9, 3).argmax(dim=1).tolist()


def seen(board, sign):
    """Marks of crosses and noughts as the player with this sign sees them."""
    return tuple(0 if mark == 0 else 1 if mark == sign else 2 for mark in board)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_game_is_what_pytorch_would_play(page, networks, widget, width):
    open_explorer(page, widget, width)
    assert fits(page) <= 0
    board = marks(page)
    assert board == [0] * 9
    while True:
        mine = board.index(0)
        squares(page).nth(mine).click()
        board[mine] = 1
        machine = seen(board, 2)
        if nac.lost(machine) or 0 not in board:
            break
        code, move, rebuilt = choice(networks, machine)
        board[move] = 2
        assert marks(page) == board
        told = page.get_by_role("list", name="all the machine had").get_by_role("listitem").all_inner_texts()
        assert [float(number) for number in told] == pytest.approx(code.tolist(), abs=0.011)
        wrong = sum(a != b for a, b in zip(rebuilt, machine, strict=True))
        said = page.locator("#el").inner_text()
        assert ("came back whole" in said) == (wrong == 0)
        assert wrong == 0 or f"came back wrong: {wrong}" in said
        assert ("the machine erred" in said) == (move not in nac.right_moves(machine))
        assert page.locator(".course-wrong").count() == wrong
        if nac.lost(seen(board, 1)):
            break
    status = page.get_by_role("status").inner_text()
    assert any(word in status for word in ("you won", "a draw", "the machine won"))
    before = marks(page)
    for square in squares(page).all():
        square.click(force=True)  # the game is over
    assert marks(page) == before
    page.get_by_role("button", name="new game").click()
    assert marks(page) == [0] * 9


def test_the_perfect_player_never_loses(page, widget):
    open_explorer(page, widget)
    page.get_by_role("button", name="the perfect player").click()
    for begins in ("machine", "आप · you"):
        page.get_by_role("button", name=begins, exact=True).click()
        for way in range(4):
            page.get_by_role("button", name="new game").click()
            while "your move" in page.get_by_role("status").inner_text():
                free = [place for place, mark in enumerate(marks(page)) if mark == 0]
                squares(page).nth(free[(3 * way) % len(free)]).click()
                assert "the machine erred" not in page.locator("#el").inner_text()
            assert "you won" not in page.get_by_role("status").inner_text()
    assert "you won 0" in page.locator(".course-note").first.inner_text()


def test_the_one_who_begins_draws_crosses(page, networks, widget):
    open_explorer(page, widget)
    page.get_by_role("button", name="machine", exact=True).click()
    _, move, _ = choice(networks, (0,) * 9)
    board = marks(page)
    assert board == [int(place == move) for place in range(9)]
    other = board.index(0)
    squares(page).nth(other).click()
    assert marks(page)[other] == 2


def test_by_keyboard_alone(page, widget):
    open_explorer(page, widget)
    squares(page).first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)  # at an edge it stays
    assert squares(page).nth(7).evaluate("one => one === document.activeElement")
    page.keyboard.press("Enter")
    assert marks(page)[7] == 1
    assert sum(mark > 0 for mark in marks(page)) == 2
    assert squares(page).nth(7).evaluate("one => one === document.activeElement")  # one can go on from there
    page.keyboard.press("Enter")  # taken: nothing happens
    assert sum(mark > 0 for mark in marks(page)) == 2
    assert page.locator("#el [data-lm-suppress-shortcuts]").count() == 9


def test_a_tap_is_enough(browser, widget):
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 700})
    page = context.new_page()
    open_explorer(page, widget, 390)
    box = squares(page).nth(4).bounding_box()
    assert min(box["width"], box["height"]) >= 44  # as large as a finger
    squares(page).nth(4).tap()
    assert marks(page)[4] == 1
    context.close()


def test_names_in_both_languages_and_one_alone(page, networks, widget):
    open_explorer(page, widget)
    assert "पंक्ति 1, स्तंभ 1: ख़ाली" in squares(page).first.get_attribute("aria-label")
    assert page.get_by_role("group", name="machine सिर्फ़ code देखती है").count() == 1
    language.use("hi")
    try:
        open_explorer(page, NoughtsAndCrosses(*networks))
    finally:
        language.use("both")
    said = page.locator("#el").inner_text()
    assert "नई बाज़ी" in said
    assert "new game" not in said
    assert page.locator("#el .lang-hi, #el .lang-en").count() == 0
