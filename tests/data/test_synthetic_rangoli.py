"""Kolam: eight-fold symmetry, a loop around every dot, and designs that can be read off the picture again."""

import torch

from course_lib.data.synthetic_rangoli import DOTS, EDGES, SIDE, TILE, eighth, synthetic_rangoli


def test_each_is_the_same_from_eight_sides():
    images, designs, name = synthetic_rangoli(40)
    assert images.shape == (40, 1, SIDE, SIDE)
    assert designs.shape == (40, EDGES)
    assert (images.min(), images.max()) == (0, 1)
    assert name == "synthetic kolam, 40"
    for other in (images.flip(-1), images.flip(-2), images.transpose(-1, -2), images.rot90(1, (-2, -1))):
        assert torch.equal(other, images)
    assert torch.equal(synthetic_rangoli(40).images, images)
    assert not torch.equal(synthetic_rangoli(40, seed=1).images, images)


def test_the_table_has_as_many_numbers_as_symmetry_leaves_free():
    assert int(eighth().max()) + 1 == SIDE // 2 * (SIDE // 2 + 1) // 2
    quarter = eighth(folds=4)
    assert quarter.unique().tolist() == list(range(SIDE * SIDE // 4))
    assert torch.equal(quarter.rot90(), quarter)
    assert not torch.equal(quarter.flip(-1), quarter)
    assert torch.equal(eighth().flip(-1), eighth())
    assert torch.equal(eighth().T, eighth())


def test_joined_loops_have_ink_between_them():
    images, designs, _ = synthetic_rangoli(200)
    middle = DOTS // 2 * TILE
    for kind, (along, across) in enumerate((along, across) for along in range(3) for across in range(4)):
        if along + across > 2:
            continue  # beyond the edge of a diamond some lack these dots
        row, border = middle + TILE * across, middle + TILE * (along + 1)
        ink = images[:, 0, row + 3 : row + 5, border - 1 : border + 1].mean(dim=(1, 2))
        assert ink[designs[:, kind]].min() > ink[~designs[:, kind]].max()
