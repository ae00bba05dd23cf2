"""What the cave's explorer sends to the browser; tests/browser/test_cave_walk_page.py walks there."""

import re

import pytest
import torch

from course_lib.classroom.explore.cave_walk import CaveWalk
from course_lib.data.synthetic_caves import SIDE, ends, synthetic_caves, way


def test_levels_arrive_as_they_are():
    levels = synthetic_caves(3)
    levels[2, 0, 6:9] = 0  # a wall across the middle
    widget = CaveWalk(levels, ["1", "2", "3"])
    for level, sent in zip(levels, widget.levels, strict=True):
        assert torch.equal(torch.tensor(sent["floor"]).view(1, SIDE, SIDE), level.int())
        assert (tuple(sent["start"]), tuple(sent["treasure"])) == ends(level)
        assert sent["shortest"] == max(len(way(level)) - 1, 0)
    assert [sent["shortest"] > 0 for sent in widget.levels] == [True, True, False]
    assert repr(widget) == "Walk through a cave"
    assert all(said["hi"] and said["en"] for said in widget.texts.values())


def test_what_would_be_drawn_wrong_is_refused():
    with pytest.raises(ValueError, match=re.escape("(2, 1, 8, 8); expected (2, 1, 16, 16)")):
        CaveWalk(torch.ones(2, 1, 8, 8), ["1", "2"])
    with pytest.raises(TypeError):
        CaveWalk(torch.zeros(1, 1, SIDE, SIDE), ["1"])
