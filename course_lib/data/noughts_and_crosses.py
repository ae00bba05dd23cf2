"""Noughts and crosses: every position that can come up, its right moves by search, and games between two players.

A board is seen by the one to move: nine squares row by row, 0 free, 1 mine, 2 the other's. A board as a tuple of nine
numbers can be searched, as a row of a tensor it can be learned from.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

Board = tuple[int, ...]
Player = Callable[[Board], Iterable[int]]

EMPTY: Board = (0,) * 9
LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))
_TURNED = (0, 2, 1)  # mine is the other's for the other one


class Positions(NamedTuple):
    """All positions in which somebody has to move.

    boards: (4520, 9) int64, 0 free, 1 mine, 2 the other's; fewer filled squares first
    right: (4520, 9) bool, the moves from which best play of both sides gives the best result
    """

    boards: Tensor
    right: Tensor


def free(board: Board) -> list[int]:
    """The squares that a player may take."""
    return [square for square in range(9) if not board[square]]


def after(board: Board, square: int) -> Board:
    """The board once the one to move has taken this square, seen by the other one. raises: ValueError if not free"""
    if board[square]:
        raise ValueError(f"square {square} of {board} is not free")
    return tuple(_TURNED[1 if place == square else sign] for place, sign in enumerate(board))


def lost(board: Board) -> bool:
    """Whether the other one, who has just moved, has three in a row."""
    return any(all(board[place] == 2 for place in line) for line in LINES)


@cache
def value(board: Board) -> int:
    """What the one to move gets where both play their best: 1 a win, 0 a draw, −1 a loss."""
    if lost(board):
        return -1
    return max((-value(after(board, square)) for square in free(board)), default=0)


@cache
def right_moves(board: Board) -> list[int]:
    """The squares that keep the value of the board; all of them where every move loses."""
    return [square for square in free(board) if -value(after(board, square)) == value(board)]


def positions(device: torch.device | str = "cpu") -> Positions:
    """Every position of noughts and crosses with its right moves, found by search: nothing here is drawn at random.

    The one to move is known from the board: the first player, where both have as many squares.
    Taught in: 04c_applications
    """
    seen, todo = {}, [EMPTY]
    for board in todo:  # which grows on the way
        if board not in seen and free(board) and not lost(board):
            seen[board] = right_moves(board)
            todo += [after(board, square) for square in free(board)]
    right = torch.zeros(len(seen), 9, dtype=torch.bool)
    for row, squares in zip(right, seen.values(), strict=True):
        row[squares] = True
    return Positions(torch.tensor(list(seen)).to(device), right.to(device))


def results(player: Player, opponent: Player, first: bool = True) -> tuple[float, float, float]:
    """How often `player` wins, draws and loses against `opponent`: counted over all games, not sampled.

    player, opponent: board -> the squares between which that one draws lots
    first: whether `player` begins
    returns: three shares that add up to 1
    Taught in: 04c_applications
    """
    now, ends = {EMPTY: 1.0}, {1: 0.0, 0: 0.0, -1: 0.0}
    ours = first
    while now:
        later: dict[Board, float] = {}
        for board, chance in now.items():
            if lost(board) or not free(board):
                # Whoever is to move has lost, or nobody has.
                ends[(-1 if ours else 1) if lost(board) else 0] += chance
                continue
            squares = list((player if ours else opponent)(board))
            for square in squares:
                new = after(board, square)
                later[new] = later.get(new, 0.0) + chance / len(squares)
        now, ours = later, not ours
    return ends[1], ends[0], ends[-1]
