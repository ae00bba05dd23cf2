"""Real MR images: the slices of one head, and the head of another person from another machine."""

import gzip
from importlib.resources import files

import numpy as np
import torch
from torch import Tensor


def brain_slices() -> Tensor:
    """24 neighbouring slices of one person's head, real: the volume with which nibabel tests itself.

    returns: (24, 1, 128, 96) float32 in [0, 1], air at 0; 2 × 2 mm a pixel, 2.2 mm a slice, from low to high
    It has some noise of its own, which counts as part of the truth.
    Source: nibabel's tests/data/example4d.nii.gz (MIT licence), its first volume. Taught in: 03c_applications
    """
    import nibabel

    volume = nibabel.load(str(files("nibabel") / "tests" / "data" / "example4d.nii.gz"))
    return _scaled(np.asarray(volume.dataobj)[..., 0].transpose(2, 0, 1))


def other_head() -> Tensor:
    """Another person's head from another machine, cut from front to back, real: a sample of matplotlib's.

    returns: (1, 1, 256, 256) float32 in [0, 1], air near 0
    Source: matplotlib's sample_data/s1045.ima.gz (matplotlib licence). Taught in: 03c_applications
    """
    packed = (files("matplotlib") / "mpl-data" / "sample_data" / "s1045.ima.gz").read_bytes()
    return _scaled(np.frombuffer(gzip.decompress(packed), ">u2").reshape(1, 256, 256))


def _scaled(slices: np.ndarray) -> Tensor:
    """(N, H, W) counts -> (N, 1, H, W) in [0, 1]; the brightest 2 pixels of a thousand become white."""
    slices = slices.astype(np.float32)
    return torch.from_numpy(np.clip(slices / np.percentile(slices, 99.8), 0, 1))[:, None]
