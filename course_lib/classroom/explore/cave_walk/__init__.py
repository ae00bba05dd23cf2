"""The explorer of a game's levels: walked in the browser, from the start to the treasure."""

from collections.abc import Sequence

import traitlets
from torch import Tensor

from course_lib.classroom.explore.base import Explorer, need_shape, script
from course_lib.data.synthetic_caves import SIDE, ends, way


class CaveWalk(Explorer):
    """Levels to walk in, one step a key or a touch: which of them can be played is found out by playing.

    levels: (M, 1, 16, 16), floor above 0.5
    names: what their buttons say
    Start and treasure lie where `data.synthetic_caves.ends` puts them; a level without any is refused.
    raises: ValueError for another shape; TypeError for a level without floor
    Taught in: 06c_applications
    """

    _esm = script("page.js", "cave_walk/cave_walk.js")
    _css = script("explorers.css", "cave_walk/cave_walk.css")
    levels = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)

    def __init__(self, levels: Tensor, names: Sequence[str]):
        need_shape("levels", levels, len(names), 1, SIDE, SIDE)
        own = ("map", "level", "steps", "shortest", "none", "found", "rock", "again", "move", "help")
        moves = ("up", "left", "right", "down")
        super().__init__(
            [],
            ("cave_explorer", *(f"cave_{key}" for key in own + moves)),
            levels=list(map(_level, levels)),
            names=list(names),
            side=SIDE,
        )


def _level(level: Tensor) -> dict:
    start, treasure = ends(level)
    rows = (level.reshape(-1) > 0.5).int().tolist()
    shortest = max(len(way(level)) - 1, 0)
    return {"floor": rows, "start": list(start), "treasure": list(treasure), "shortest": shortest}
