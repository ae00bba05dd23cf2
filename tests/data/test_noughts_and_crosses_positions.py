"""Noughts and crosses: the counts that are known, right moves that never lose, and games counted by hand."""

import itertools

import pytest
import torch

from course_lib.data import noughts_and_crosses as nac


def test_every_position_that_can_come_up_is_there_once():
    boards, right = nac.positions()
    assert boards.shape == right.shape == (4520, 9)
    assert (boards.dtype, right.dtype) == (torch.int64, torch.bool)
    assert len(boards.unique(dim=0)) == 4520
    filled = (boards > 0).sum(dim=1)
    # Where somebody has to move, by filled squares: the published counts of positions less the finished ones.
    assert filled.bincount().tolist() == [1, 9, 72, 252, 756, 1140, 1372, 696, 222]
    assert torch.equal(filled, filled.sort().values)
    mine, others = ((boards == sign).sum(dim=1) for sign in (1, 2))
    assert set((others - mine).tolist()) == {0, 1}


def test_right_moves_are_free_and_agree_with_a_plain_search():
    boards, right = nac.positions()
    assert right.any(dim=1).all()
    assert not (right & (boards > 0)).any()

    def plain(cells, sign):
        """Minimax on signs that stay: 1 where the first player wins."""
        for a, b, c in nac.LINES:
            if cells[a] and cells[a] == cells[b] == cells[c]:
                return cells[a]
        results = [plain((*cells[:i], sign, *cells[i + 1 :]), -sign) for i in range(9) if not cells[i]]
        return sign * max(sign * r for r in results) if results else 0

    some = torch.randperm(4520, generator=torch.Generator().manual_seed(0))[:150]
    for board, wanted in zip(boards[some].tolist(), right[some].tolist(), strict=True):
        if board.count(0) > 6:
            continue
        cells = tuple({0: 0, 1: 1, 2: -1}[sign] for sign in board)
        after = {i: plain((*cells[:i], 1, *cells[i + 1 :]), -1) for i in range(9) if not cells[i]}
        assert [i in after and after[i] == max(after.values()) for i in range(9)] == wanted


def test_the_game_is_a_draw_and_a_right_move_never_loses():
    assert nac.value(nac.EMPTY) == 0
    assert nac.right_moves(nac.EMPTY) == list(range(9))
    for first in (True, False):
        assert nac.results(nac.right_moves, nac.right_moves, first) == pytest.approx((0, 1, 0))
        assert nac.results(nac.right_moves, nac.free, first)[2] == 0
        # Not against any other opponent either: the first or the last free square, and whatever hurts most.
        for opponent in (lambda b: nac.free(b)[:1], lambda b: nac.free(b)[-1:], worst):
            assert nac.results(nac.right_moves, opponent, first)[2] == 0


def worst(board):
    """The moves that leave the other one fewest right answers."""
    counts = {s: len(nac.right_moves(nac.after(board, s))) for s in nac.free(board)}
    return [s for s, n in counts.items() if n == min(counts.values())]


def test_random_games_end_as_is_known():
    win, draw, loss = nac.results(nac.free, nac.free)
    assert (win, draw, loss) == pytest.approx((0.5849, 0.1270, 0.2881), abs=1e-4)
    assert nac.results(nac.free, nac.free, first=False) == pytest.approx((loss, draw, win))


def test_results_count_what_happens():
    # Both take the first free square: 0, 1, 2, … and the first player has 0, 2, 4, 6, the anti-diagonal, on top.
    assert nac.results(lambda b: nac.free(b)[:1], lambda b: nac.free(b)[:1]) == (1.0, 0.0, 0.0)
    board = nac.EMPTY
    for square, sees in zip((4, 0, 2), ((0, 0, 0, 0, 2, 0, 0, 0, 0), (2, 0, 0, 0, 1, 0, 0, 0, 0), None), strict=True):
        board = nac.after(board, square)
        assert sees in (board, None)
    with pytest.raises(ValueError, match="not free"):
        nac.after(board, 4)
    assert all(len(set(line)) == 3 for line in nac.LINES)
    assert not any(set(a) == set(b) for a, b in itertools.combinations(nac.LINES, 2))
