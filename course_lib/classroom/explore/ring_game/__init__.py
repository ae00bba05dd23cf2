"""The explorer of a GAN's game on a plane: recorded while it trained, played back in the browser."""

from collections.abc import Mapping, Sequence

import torch
import traitlets
from torch import Tensor

from course_lib.classroom.explore.base import Explorer, as_bytes, script
from course_lib.classroom.explore.ring_game.record import (
    LONGEST,
    PAINT,
    REACH,
    Frame,
    drawn_points,
    drawn_pull,
    frame,
)
from course_lib.classroom.language import Text, text

__all__ = ["LONGEST", "PAINT", "REACH", "Frame", "RingGame", "drawn_places", "drawn_points", "drawn_pull", "frame"]


class RingGame(Explorer):
    """A recorded game to play, pause and scrub: the points, the discriminator's surface, the pull on each point.

    runs: label -> Frames of `ring_game.frame`, all of the same sizes
    real: (M, 2), the data; the first 200 are drawn
    drawn: how many points of a Frame are drawn, the first ones; its numbers count all of them
    One byte a number travels to the browser: 256 places across the picture, 256 levels of probability.
    raises: ValueError or RuntimeError where the sizes differ
    Taught in: 06_gan
    """

    _esm = script("page.js", "plane.js", "ring_game/ring_game.js")
    # Of its own: a notebook keeps the style of each explorer.
    _css = script("explorers.css", "plane.css", "ring_game/ring_game.css")
    runs = traitlets.List().tag(sync=True)
    modes = traitlets.Int().tag(sync=True)
    real = traitlets.Bytes().tag(sync=True)
    points = traitlets.Bytes().tag(sync=True)
    arrows = traitlets.Bytes().tag(sync=True)
    longest = traitlets.Float().tag(sync=True)
    surfaces = traitlets.Bytes().tag(sync=True)
    colours = traitlets.Dict().tag(sync=True)

    def __init__(self, runs: Mapping[str | Text, Sequence[Frame]], real: Tensor, drawn: int = 150):
        own = ("picture", "play", "pause", "step", "real_right", "fake_right", "covered", "run", "show")
        shown = ("surface", "arrows", "real", "made", "edge", "pull", "says_fake", "says_real")
        frames = [one for run in runs.values() for one in run]
        # Only frames of one size can be stacked, and only those of one ring have one number of modes.
        points = torch.stack([one.points for one in frames])[:, :drawn].reshape(-1, 2)
        pull = torch.stack([one.pull for one in frames])[:, :drawn].reshape(-1, 2)
        surfaces = torch.stack([one.surface for one in frames])
        [modes] = {one.modes for one in frames}
        super().__init__(
            [],
            ("game_explorer", *(f"game_{key}" for key in own + shown)),
            runs=[{"name": text(key)._asdict(), "frames": list(map(_numbers, run))} for key, run in runs.items()],
            modes=modes,
            real=drawn_places(real[:200]),
            points=drawn_places(points),
            arrows=(drawn_pull(pull) / LONGEST).mul(127).round().to(torch.int8).numpy().tobytes(),
            longest=LONGEST / (2 * REACH),
            surfaces=as_bytes(surfaces),
            side=surfaces.shape[-1],
            colours=PAINT,
        )


def drawn_places(points: Tensor) -> bytes:
    """(N, 2) as two bytes a point: from 0 to 255 across a picture of the game, and from 0 to 255 up."""
    return as_bytes((drawn_points(points) / REACH + 1) / 2)


def _numbers(one: Frame) -> list:
    return [one.step, round(one.real_right, 3), round(one.fake_right, 3), one.covered]
