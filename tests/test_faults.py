"""What goes wrong around a lesson: a full disk, no home, a bad network, a damaged cache, two notebooks at once.

tests/test_data.py has more of it, file by file; tests/test_rerun.py has interrupted cells and restarted kernels.
"""

import gzip
import hashlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from test_data import falls_back

from course_lib import data

ROOT = Path(__file__).parents[1]
MNIST = pytest.importorskip("torchvision.datasets").MNIST
# Nobody can write here, not even root, for whom permissions mean nothing.
READ_ONLY = "/proc"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty data folder of our own; a proxy of this machine is not asked."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "data"


@pytest.fixture
def full_disk():
    """Files cannot grow beyond so many bytes: `write` fails as on a full disk, though with another number."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def left(folder: Path) -> list[str]:
    """What lies in the folder, but for the digits that the fall-back may keep there."""
    return sorted(path.name for path in folder.glob("*") if path.name != "mnist_5k.npz")


# ---- The cache


class Interrupting:
    """An array whose writing the student interrupts."""

    def __array__(self, *_, **__):
        raise KeyboardInterrupt


def test_full_disk_costs_the_cache_alone(folder, full_disk):
    arrays = (np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8),)  # not to be compressed
    full_disk(100_000)
    assert data._cached("numbers", [(300_000,)], lambda: arrays)[0] is arrays[0]
    assert left(folder) == []


def test_interrupted_cache_leaves_nothing(folder):
    with pytest.raises(KeyboardInterrupt):
        data._cached("numbers", [(9,), (9,)], lambda: (np.arange(9), Interrupting()))
    assert left(folder) == []


def test_a_folder_in_place_of_the_cache(folder):
    (folder / "numbers.npz").mkdir(parents=True)
    assert data._cached("numbers", [(9,)], lambda: (np.arange(9),))[0].sum() == 36
    assert left(folder) == ["numbers.npz"]


class Trap:
    """Unpickled, it would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_pickled_cache_is_not_opened_but_made_again(folder, tmp_path):
    folder.mkdir()
    trap = np.array([Trap(str(tmp_path / "sprung"))], dtype=object)
    np.savez(folder / "numbers.npz", trap)
    assert data._cached("numbers", [(1,)], lambda: (np.arange(1),))[0].dtype == int
    assert not (tmp_path / "sprung").exists()
    with np.load(folder / "numbers.npz", allow_pickle=False) as kept:
        assert kept["arr_0"].tolist() == [0]
    # The trap itself works.
    np.load(trap_file(tmp_path, trap), allow_pickle=True)
    assert (tmp_path / "sprung").exists()


def trap_file(folder, trap):
    np.save(folder / "trap.npy", trap)
    return folder / "trap.npy"


FILL = """
import sys
import numpy as np
from course_lib import data

def make():
    return (np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8),)

print("ready", flush=True)
for _ in sys.stdin:  # each line is a shot to start at
    print(data._cached("numbers", [(300_000,)], make)[0].sum(), flush=True)
"""


def test_two_processes_fill_the_same_cache(folder):
    command = [sys.executable, "-c", FILL]
    pair = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=ROOT)
        for _ in range(2)
    ]
    try:
        assert [process.stdout.readline() for process in pair] == ["ready\n"] * 2
        said = set()
        for _ in range(12):
            for process in pair:
                process.stdin.write("go\n")
                process.stdin.flush()
            said |= {process.stdout.readline() for process in pair}
            (folder / "numbers.npz").unlink()
        expected = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).sum()
        assert said == {f"{expected}\n"}
        assert left(folder) == []
    finally:
        for process in pair:
            process.kill()
            process.communicate()


# ---- Homes

AT_WORK = """
import sys
if "no home" in sys.argv:
    import pwd

    def nobody(uid):
        raise KeyError(uid)

    pwd.getpwuid = nobody  # this user is in no list, as in some containers
from course_lib import data, show

print(data.mnist().name, len(show.curves({"loss": [2, 1]}).png()) > 1000)
"""


@pytest.mark.skipif(not os.path.isdir(READ_ONLY), reason="no folder that nobody can write to")
@pytest.mark.parametrize("home", [READ_ONLY, None])
def test_a_home_is_not_needed(tmp_path, home):
    unset = {"HOME", "COURSE_DATA", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)} | ({"HOME": home} if home else {})
    command = [sys.executable, "-c", AT_WORK, *([] if home else ["no home"])]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120)
    assert done.stdout == "MNIST 4,000 + 1,000 True\n"
    assert done.stderr == "", "a student would see this in red"
    kept = ["course_lib"] if not home else []  # without a home, the temporary folder has the cache
    assert [path.name for path in tmp_path.iterdir()] == kept


@pytest.mark.skipif(not os.path.isdir(READ_ONLY), reason="no folder that nobody can write to")
def test_full_mnist_in_a_read_only_folder(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", f"{READ_ONLY}/course")
    refused_in_both_languages(Path(f"{READ_ONLY}/course"))


def test_full_mnist_in_a_folder_we_may_not_look_into(folder, monkeypatch):
    """As somebody else's home. Not by permissions, which mean nothing to root."""
    refuse = PermissionError(13, "Permission denied")
    monkeypatch.setattr(os, "stat", partial(_refusing, os.stat, folder, refuse))
    monkeypatch.setattr(os, "mkdir", partial(_refusing, os.mkdir, folder, refuse))
    refused_in_both_languages(folder)


def _refusing(real, folder, error, path, *arguments, **options):
    if str(path).startswith(str(folder)):
        raise error
    return real(path, *arguments, **options)


def refused_in_both_languages(folder):
    with pytest.raises(data.DataError, match="Point COURSE_DATA at a folder") as error:
        data.mnist("full")
    assert str(folder) in str(error.value)
    assert "COURSE_DATA में" in str(error.value)


# ---- Networks


@pytest.fixture
def listener(monkeypatch):
    """Calls a function with every connection; its address."""
    monkeypatch.setattr(data, "DOWNLOAD_TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen(answer):
            def attend():
                while True:
                    try:
                        connection, _ = server.accept()
                    except OSError:  # the test is over
                        return
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

            threading.Thread(target=attend, daemon=True).start()
            return f"http://127.0.0.1:{server.getsockname()[1]}/"

        yield listen
        server.shutdown(socket.SHUT_RDWR)  # wakes accept()


def silent(connection):
    connection.recv(1000)
    time.sleep(60)


def drip(start: bytes, connection):
    """After `start` a byte now and then, never so late that a time-out of the socket would notice."""
    try:
        connection.sendall(start)
        while True:
            connection.sendall(b"x")
            time.sleep(0.1)
    except OSError:
        pass


def cut_off(connection):
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9912422\r\n\r\n\x1f\x8b")
    connection.close()


def garbage(connection):
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\noops")
    connection.close()


@pytest.mark.parametrize(
    "answer",
    [
        silent,
        partial(drip, b"HTTP/1.1 200 OK\r\nX-"),  # not even the header ends
        partial(drip, b"HTTP/1.1 200 OK\r\nContent-Length: 9912422\r\n\r\n"),
        cut_off,
        garbage,
    ],
    ids=["silent", "dripping header", "dripping body", "cut off", "wrong bytes"],
)
def test_a_server_that_does_not_do_its_work(folder, listener, monkeypatch, answer):
    data._packaged()  # parsed now: what is timed is the network
    monkeypatch.setattr(MNIST, "mirrors", [listener(answer)])
    falls_back(folder)
    assert left(folder) == []


@pytest.mark.parametrize("answer", [silent, partial(drip, b"")], ids=["silent", "dripping"])
def test_a_proxy_that_never_answers(folder, listener, monkeypatch, answer):
    data._packaged()
    asked = []
    address = listener(lambda connection: (asked.append(1), answer(connection)))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, address)
    monkeypatch.setenv("no_proxy", "")
    assert MNIST.mirrors[0].startswith("https:")
    falls_back(folder)
    assert left(folder) == []
    assert asked, "the proxy was not used"


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows interrupts in another way")
def test_interrupted_download_leaves_nothing(folder, listener, monkeypatch):
    def interrupt(connection):
        connection.recv(1000)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # as the stop button does
        time.sleep(20)

    monkeypatch.setattr(data, "DOWNLOAD_TIMEOUT", 20)
    monkeypatch.setattr(MNIST, "mirrors", [listener(interrupt)])
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # the workers of pytest-xdist ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            data.mnist("full")
    finally:
        signal.signal(signal.SIGINT, before)
    assert left(folder) == []


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Serves a small MNIST; `.asked` counts requests."""
    files, remote = {}, tmp_path / "remote"
    remote.mkdir()
    for kind, count in (("train", 60), ("t10k", 30)):
        images = np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)
        files[f"{kind}-images-idx3-ubyte.gz"] = struct.pack(">IIII", 0x803, count, 28, 28) + images.tobytes()
        files[f"{kind}-labels-idx1-ubyte.gz"] = struct.pack(">II", 0x801, count) + bytes(range(10)) * (count // 10)
    for name, body in files.items():
        (remote / name).write_bytes(gzip.compress(body))
    sums = [(name, hashlib.md5((remote / name).read_bytes()).hexdigest()) for name in files]
    handler = type("Handler", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=remote)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
        monkeypatch.setattr(MNIST, "resources", sums)
        yield server
        server.shutdown()


def test_full_disk_ends_a_download_with_a_message(folder, mirror, full_disk):
    full_disk(20_000)  # the training images have 47,000 bytes
    refused_in_both_languages(folder)
    assert left(folder) == []


def test_two_at_once_download_the_same_files(folder, mirror):
    got = []
    pair = [threading.Thread(target=lambda: got.append(data.mnist("full"))) for _ in range(2)]
    [thread.start() for thread in pair]
    [thread.join(60) for thread in pair]
    assert [digits.name for digits in got] == ["MNIST 60 + 30"] * 2
    assert torch.equal(got[0].train.images, got[1].train.images)
    assert left(folder) == ["MNIST"]


# ---- The server


def make_lab_command() -> list[str]:
    """How `make lab` starts JupyterLab, without a browser."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    [options] = re.findall(r"\$\(BIN\)/jupyter lab (.+)", recipe)
    arguments = [word for word in options.split() if not word.startswith("$")]
    return [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *arguments]


def test_a_taken_port_only_moves_the_lab_and_a_token_guards_it(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        homes = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
        log = (tmp_path / "log").open("w", encoding="utf-8")
        command = [*make_lab_command(), f"--ServerApp.port={port}"]
        lab = subprocess.Popen(command, env=os.environ | homes, cwd=tmp_path, stdout=log, stderr=log)
        try:
            for _ in range(300):
                if found := list((tmp_path / "RUNTIME").glob("jpserver-*.json")):
                    break
                assert lab.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
                time.sleep(0.2)
            server = json.loads(found[0].read_text(encoding="utf-8"))
            assert server["port"] != port
            assert server["hostname"] == "127.0.0.1"
            address = f"http://127.0.0.1:{server['port']}/api/contents"
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(address, timeout=20)
            request = urllib.request.Request(address, headers={"Authorization": f"token {server['token']}"})
            assert json.load(urllib.request.urlopen(request, timeout=20))["type"] == "directory"
        finally:
            lab.terminate()
            lab.wait(30)
            log.close()
