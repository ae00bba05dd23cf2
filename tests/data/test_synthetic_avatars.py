"""Drawn clothes and faces: equally many of each kind, in the colour that they say, and the same faces smiling."""

import torch

from course_lib.data.synthetic_avatars import COLOURS, synthetic_avatars
from course_lib.data.synthetic_garments import synthetic_garments


def test_equally_many_of_each():
    garments, avatars = synthetic_garments(72), synthetic_avatars(48)
    assert garments.images.shape == (72, 3, 32, 32)
    assert avatars.images.shape == (48, 3, 32, 32)
    assert garments.images.dtype == torch.float32
    assert 0 <= avatars.images.min() < 0.15 < 0.9 < avatars.images.max() <= 1
    assert ((garments.kind * 4 + garments.colour) * 3 + garments.motif).bincount().tolist() == [2] * 36
    assert (avatars.colour * 3 + avatars.expression).bincount().tolist() == [4] * 12
    assert (garments.name, avatars.name) == ("synthetic garments, 72", "synthetic avatars, 48")
    assert torch.equal(garments.images, synthetic_garments(72).images)
    assert len({image.numpy().tobytes() for image in avatars.images}) == 48


def test_clothes_have_the_colour_that_they_say():
    palette = torch.tensor(list(COLOURS.values())) / 255
    garments, avatars = synthetic_garments(36, seed=3), synthetic_avatars(24, seed=3)
    for images, colour in (
        (garments.images[garments.motif == 0, :, 9:20, 14:19], garments.colour[garments.motif == 0]),
        (avatars.images[:, :, 27:, 10:22], avatars.colour),
    ):
        seen = torch.nn.functional.normalize(images.flatten(2).median(dim=2).values)
        assert torch.equal(torch.cdist(seen, torch.nn.functional.normalize(palette)).argmin(dim=1), colour)


def test_the_same_faces_can_smile():
    faces, happy = synthetic_avatars(24, seed=5), synthetic_avatars(24, seed=5, expression=2)
    changed = (faces.images != happy.images).any(dim=1)  # (24, 32, 32)
    assert torch.equal(changed.flatten(1).any(dim=1), faces.expression != 2)
    rows, columns = changed.any(dim=0).nonzero().T
    assert 16 <= rows.min() < rows.max() < 24  # nothing but the mouth
    assert 11 <= columns.min() < columns.max() < 21
    assert happy.expression.tolist() == [2] * 24
