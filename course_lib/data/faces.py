"""Small grey pictures of faces, and of what is behind faces: to recognise, not to generate."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Faces(NamedTuple):
    """Two kinds of picture from the same photographs, and what they really are.

    faces: (100, 1, 25, 25) float32 in [0, 1], one face each, cut out in the same way
    others: (100, 1, 25, 25) float32 in [0, 1], pieces of the background, without a face
    """

    faces: Tensor
    others: Tensor
    name: str


def faces(device: torch.device | str = "cpu") -> Faces:
    """100 faces and 100 pieces of background, as scikit-image ships them; who the people are is not in the data.

    Most are politicians, actors and athletes in US news photographs of about 2002; that is whom they stand for.
    Source: a subset of Labeled Faces in the Wild (Huang et al., 2007; faces: Viola-Jones), through
    `skimage.data.lfw_subset`; research use, the photographs belong to their agencies. Taught in: 02c_applications
    """
    from skimage.data import lfw_subset

    pictures = torch.from_numpy(np.asarray(lfw_subset(), dtype=np.float32))[:, None].to(device)
    pictures = pictures / (255 if pictures.max() > 1 else 1)
    return Faces(pictures[:100], pictures[100:], "faces and non-faces from news photographs (LFW subset)")
