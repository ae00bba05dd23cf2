"""100 faces and 100 others, on the scale of images."""

import torch

from course_lib.data.faces import faces


def test_faces_and_others():
    data = faces()
    for pictures in (data.faces, data.others):
        assert pictures.shape == (100, 1, 25, 25)
        assert pictures.dtype == torch.float32
        assert 0 <= pictures.min() < 0.1 < 0.9 < pictures.max() <= 1
    # Faces are cut out alike, so they resemble their mean; pieces of background do not.
    spread = [(pictures - pictures.mean(dim=0)).square().mean() for pictures in (data.faces, data.others)]
    assert spread[0] < 0.6 * spread[1]
