"""The explorer of a GAN's game on a plane: recorded while it trained, played back in the browser."""

from collections.abc import Mapping, Sequence

import torch
import traitlets
from torch import Tensor

from course_lib import check, game
from course_lib.explore.base import Explorer, as_bytes, script
from course_lib.game import Frame
from course_lib.language import Text, text
from course_lib.show.maps import check_frames


class Game(Explorer):
    """A recorded game to play, pause and scrub: the points, the discriminator's surface, the pull on each point.

    runs: label -> Frames of `game.frame`, all of the same sizes
    real: (M, 2), the data; the first 200 are drawn
    drawn: how many points of a Frame are drawn, the first ones; its numbers count all of them
    One byte a number travels to the browser: 256 places across the picture, 256 levels of probability.
    raises: ValueError where a run is empty, the sizes differ, or a number is NaN
    Taught in: 06_gan
    """

    _esm = script("page", "game")
    _css = script("explorers", "game", kind="css")  # of its own: a notebook keeps the style of each of its explorers
    runs = traitlets.List().tag(sync=True)
    modes = traitlets.Int().tag(sync=True)
    real = traitlets.Bytes().tag(sync=True)
    points = traitlets.Bytes().tag(sync=True)
    arrows = traitlets.Bytes().tag(sync=True)
    longest = traitlets.Float().tag(sync=True)
    surfaces = traitlets.Bytes().tag(sync=True)
    colours = traitlets.Dict().tag(sync=True)

    def __init__(self, runs: Mapping[str | Text, Sequence[Frame]], real: Tensor, drawn: int = 150):
        game.check_runs(runs, real)
        check_frames(runs)
        check.whole("drawn", drawn)
        own = ("picture", "play", "pause", "step", "real_right", "fake_right", "covered", "run", "show")
        shown = ("surface", "arrows", "real", "made", "edge", "pull", "says_fake", "says_real")
        frames = [frame for run in runs.values() for frame in run]
        arrows = torch.cat([game.drawn_pull(frame.pull[:drawn]) for frame in frames]) / game.LONGEST
        super().__init__(
            [],
            ("game_explorer", *(f"game_{key}" for key in own + shown)),
            runs=[{"name": text(key)._asdict(), "frames": list(map(_numbers, run))} for key, run in runs.items()],
            modes=frames[0].modes,
            real=_places(real[:200]),
            points=_places(torch.cat([frame.points[:drawn] for frame in frames])),
            arrows=arrows.mul(127).round().to(torch.int8).numpy().tobytes(),
            longest=game.LONGEST / (2 * game.REACH),
            surfaces=as_bytes(torch.stack([frame.surface for frame in frames])),
            side=len(frames[0].surface),
            colours=game.PAINT,
        )


def _places(points: Tensor) -> bytes:
    """From 0 to 255 across the picture, and from 0 to 255 up."""
    return as_bytes((game.drawn_points(points) / game.REACH + 1) / 2)


def _numbers(frame: Frame) -> list:
    return [frame.step, round(frame.real_right, 3), round(frame.fake_right, 3), frame.covered]
