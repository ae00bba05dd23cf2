"""Caves: one piece each, rock around, start and treasure by rule, and a shortest way that another search confirms."""

from itertools import pairwise

import networkx as nx
import torch
from scipy import ndimage

from course_lib.data.synthetic_caves import LARGEST, SIDE, SMALLEST, ends, synthetic_caves, way


def test_every_cave_is_one_piece_with_rock_around_it():
    caves = synthetic_caves(300)
    assert caves.shape == (300, 1, SIDE, SIDE)
    assert set(caves.unique().tolist()) == {0, 1}
    for cave in caves[:, 0]:
        assert ndimage.label(cave)[1] == 1
        assert SMALLEST <= cave.sum() <= LARGEST
        assert not cave[[0, -1]].any()
        assert not cave[:, [0, -1]].any()
    assert torch.equal(caves, synthetic_caves(300))
    assert not torch.equal(caves, synthetic_caves(300, seed=1))


def test_a_way_is_a_shortest_one_or_there_is_none():
    rng = torch.Generator().manual_seed(0)
    levels = (torch.rand(60, 1, SIDE, SIDE, generator=rng) < 0.62).float()
    found = 0
    for level in [*levels, *synthetic_caves(20)]:
        graph = nx.grid_2d_graph(SIDE, SIDE).subgraph([tuple(place) for place in (level[0] > 0).nonzero().tolist()])
        start, treasure = ends(level)
        path = way(level)
        assert bool(path) == nx.has_path(graph, start, treasure)
        if path:
            found += 1
            assert (path[0], path[-1]) == (start, treasure)
            assert all(graph.has_edge(*step) for step in pairwise(path))
            assert len(path) - 1 == nx.shortest_path_length(graph, start, treasure)
    assert 25 < found < 80


def test_start_and_treasure_lie_near_their_corners():
    level = torch.zeros(1, SIDE, SIDE)
    assert ends(level) is None
    assert way(level) == []
    level[0, 3:6, 4:7], level[0, 10:12, 9:12] = 1, 1
    level[0, 1, 1] = 1  # a hole alone does not count
    assert ends(level) == ((3, 4), (11, 11))
    assert way(level) == []
    level[0, 5:11, 9], level[0, 5, 4:10] = 1, 1
    assert len(way(level)) == 1 + (11 - 3) + (11 - 4)
    assert way(level, (10, 10), (10, 10)) == [(10, 10)]
