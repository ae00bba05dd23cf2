"""What every data set of the course is: tensors on one device, made once and kept in a file.

It fits in memory, so there is no DataLoader: indexing one tensor is far faster.
"""

import os
import re
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib import need


class DataError(RuntimeError):
    """A data file is damaged or of the wrong kind; the message says where it lies and what to do."""


class Split(NamedTuple):
    """Images and their labels.

    images: (N, C, H, W) float32 in [0, 1]
    labels: (N,) int64
    """

    images: Tensor
    labels: Tensor


class DataSet(NamedTuple):
    """A training and a held-out split, and the name of what they really are."""

    train: Split
    test: Split
    name: str


def best_device(chosen: str | None = None) -> torch.device:
    """The fastest device of this machine: CUDA, then Apple's MPS, then the CPU.

    chosen: "cpu", "cuda" or "mps", by hand; unless given, the environment variable COURSE_DEVICE
    raises: ValueError for another name
    A GPU for which this build of torch has no kernels is passed over with a warning.
    Taught in: 02_autoencoder
    """
    chosen = chosen or os.environ.get("COURSE_DEVICE") or _fastest()
    need.one_of("COURSE_DEVICE", chosen, ("cpu", "cuda", "mps"))
    if chosen != "cuda":
        return torch.device(chosen)
    # Under torchrun each process of a machine has a GPU of its own.
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
    torch.cuda.set_device(device)
    return device


def _fastest() -> str:
    if torch.cuda.is_available():
        capability, built = torch.cuda.get_device_capability(), torch.cuda.get_arch_list()
        if _has_kernels(capability, built):
            return "cuda"
        said = f"this build of torch has no kernels for this GPU of capability {'.'.join(map(str, capability))}"
        warnings.warn(f"{said} (it has {', '.join(built)}): taking the CPU", stacklevel=3)
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _has_kernels(capability: tuple[int, int], built: Sequence[str]) -> bool:
    """Whether a GPU can run what was built: sm_75 runs on 7.5 to 7.9, compute_75 is translated for all from 7.5 on."""
    kinds = [(kind, divmod(int(of), 10)) for kind, of in re.findall(r"(sm|compute)_(\d+)", " ".join(built))]
    fits = (of <= capability and (kind == "compute" or of[0] == capability[0]) for kind, of in kinds)
    return not kinds or any(fits)  # AMD's have other names


def folder() -> Path:
    """Where data lives: the environment variable COURSE_DATA, else the user's cache folder (not created here)."""
    chosen = os.environ.get("COURSE_DATA")
    try:
        return Path(chosen or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "course_lib")).expanduser()
    except RuntimeError:  # this user has no home
        return Path(tempfile.gettempdir(), "course_lib")


def dataset(name: str, train: Sequence[np.ndarray], test: Sequence[np.ndarray], device: torch.device | str) -> DataSet:
    """From images (N, H, W) and labels (N,), both uint8, of the training and of the held-out split."""
    tensors = ((torch.from_numpy(part).to(device) for part in split) for split in (train, test))
    return DataSet(*(Split(images[:, None].float() / 255, labels.long()) for images, labels in tensors), name)


def cached(name: str, shapes: Sequence[tuple[int, ...]], make: Callable) -> tuple[np.ndarray, ...]:
    """What `make()` returns, kept in `folder()/name.npz`; a damaged or unwritable cache only costs time."""
    path = folder() / f"{name}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            arrays = tuple(kept[key] for key in kept.files)
        if [a.shape for a in arrays] == list(shapes):
            return arrays
    except Exception:  # missing, or damaged in one of the many ways in which an archive can be
        pass
    arrays = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A folder of our own is removed with whatever is in it, also when the disk is full or the student interrupts.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-", ignore_cleanup_errors=True) as part:
            np.savez_compressed(Path(part, path.name), *arrays)
            os.replace(Path(part, path.name), path)  # in one step: two notebooks may fill the same cache at once
    except OSError:
        pass
    return arrays
