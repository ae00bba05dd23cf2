"""Which build of torch `make lab` takes: by what nvidia-smi says, by what was asked, by which index answers."""

import http.server
import os
import platform
import re
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import pytest
import torch
import torch_build
from gates import DEVANAGARI

from course_lib.classroom import machine

ROOT = Path(__file__).parents[2]
OLD_DRIVER = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."


@pytest.fixture(autouse=True)
def nothing_there(monkeypatch, tmp_path):
    """A Linux machine without nvidia-smi and pip settings, a .venv without torch."""
    monkeypatch.setattr(sys, "platform", "linux")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(torch_build, "version", lambda name: "")


def nvidia_smi(folder: Path, script: str) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


MACHINES = {  # what nvidia-smi does; the build; words of the reason
    "none": (None, "cpu", "No NVIDIA GPU"),
    "Pascal": ("echo '6.1, 581.15, NVIDIA GeForce GTX 1080'", "cpu", "GTX 1080 is too old .* 6.1, needed 7.5"),
    "Volta": ("echo '7.0, 581.15, Tesla V100-SXM2-16GB'", "cpu", "V100.* is too old"),
    "Turing": ("echo '7.5, 580.65.06, Tesla T4'", "gpu", "Tesla T4"),
    "Blackwell": ("echo '12.0, 595.10, NVIDIA GeForce RTX 5090'", "gpu", "RTX 5090"),
    "old driver": ("echo '8.9, 570.86.10, NVIDIA L4'", "cpu", "driver of the NVIDIA L4 .*570; install 580.* GPU=1"),
    "two cards": ("echo '6.1, 580.1, GTX 1060'; echo '12.0, 580.1, RTX 5070'", "gpu", "RTX 5070"),
    "broken": (f'echo "{OLD_DRIVER}"; exit 9', "cpu", "finds no GPU .*couldn't communicate"),
    "ancient": ("echo 'Field \"compute_cap\" is not a valid field to query.'; exit 2", "cpu", "compute_cap"),
    "no card": ("echo 'No devices were found'; exit 6", "cpu", "No devices were found"),
    "unnamed": ("echo '[N/A], [N/A], [N/A]'", "cpu", "finds no GPU"),
    "hanging": ("while :; do :; done", "cpu", "finds no GPU .*timed out"),
}


@pytest.mark.parametrize(("script", "build", "words"), MACHINES.values(), ids=MACHINES)
def test_the_build_follows_from_what_nvidia_smi_says(tmp_path, monkeypatch, script, build, words):
    monkeypatch.setattr(torch_build, "PATIENCE", 0.5)
    if script:
        nvidia_smi(tmp_path, script)
    found, why = torch_build.gpu()
    assert found == build
    assert re.search(words, why.en)
    assert DEVANAGARI.search(why.hi)


@pytest.mark.skipif(not torch.version.cuda, reason="torch's CPU build says nothing of GPUs")
def test_what_is_asked_of_a_gpu_is_what_the_wheels_are_built_for():
    lowest = min(torch.cuda.get_arch_list(), key=lambda arch: int(arch.split("_")[1]))
    assert lowest == "sm_{}{}".format(*torch_build.CAPABILITY)
    drivers = {"12": 525, "13": 580}  # NVIDIA's table of the oldest driver for each CUDA
    assert drivers[torch.version.cuda.split(".")[0]] == torch_build.DRIVER


class Index(http.server.BaseHTTPRequestHandler):
    """A package index with wheels of these names, which all Pythons and machines could take."""

    wheels: tuple[str, ...]

    def do_GET(self):
        name = self.path.strip("/")
        links = "".join(f'<a href="/{wheel}">{wheel}</a>' for wheel in self.wheels if wheel.startswith(f"{name}-"))
        self.send_response(200 if links else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<!DOCTYPE html><html><body>{links}</body></html>".encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def index():
    """Start an index; returns its address."""
    servers = []

    def start(*versions: str) -> str:
        wheels = tuple(f"{version.replace(' ', '-')}-py3-none-any.whl" for version in versions)
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("", (Index,), {"wheels": wheels})))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def installed(monkeypatch):
    """What pip is told to do beside answering questions."""
    told, run = [], subprocess.run

    def keep(command, **options):
        if "index" in command or command[0] == "nvidia-smi":
            return run(command, **options)
        told.append([word for word in command[len(torch_build.PIP) :] if not word.startswith("--no-")])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", keep)
    return told


REGISTRY = ("torch 2.15.0", "torchvision 0.29.2")
CPU = ("torch 2.13.0+cpu", "torch 2.14.1+cpu", "torch 2.14.0+cpu", "torchvision 0.29.1+cpu", "torchvision 0.28.0+cpu")
PINS = ["torch==2.14.1+cpu", "torchvision==0.29.1+cpu"]


def said(capsys) -> str:
    """The one line, in both languages."""
    [line] = capsys.readouterr().out.splitlines()
    assert DEVANAGARI.search(line)
    return line


def test_without_a_gpu_the_newest_cpu_build_of_pytorchs_index(monkeypatch, capsys, index, installed):
    monkeypatch.setenv("PIP_INDEX_URL", index(*REGISTRY))
    monkeypatch.setattr(torch_build, "CPU_INDEX", index(*CPU))
    torch_build.main()
    assert installed == [["install", *PINS, "--index-url", torch_build.CPU_INDEX]]
    assert "No NVIDIA GPU here: torch comes as the small CPU build" in said(capsys)


def test_a_mirror_with_cpu_builds_is_kept(monkeypatch, index, installed):
    monkeypatch.setenv("PIP_INDEX_URL", index(*REGISTRY, *CPU))
    monkeypatch.setattr(torch_build, "CPU_INDEX", index("torch 2.15.0+cpu", "torchvision 0.29.2+cpu"))
    torch_build.main()
    assert installed == [["install", *PINS]]


def test_what_is_installed_already_is_no_offer(tmp_path, monkeypatch, index, installed):
    """pip tells of it below what the index has."""
    for name in ("torch", "torchvision"):
        (folder := tmp_path / f"{name}-0.9.0+cpu.dist-info").mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.9.0+cpu\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", index(*REGISTRY))
    monkeypatch.setattr(torch_build, "CPU_INDEX", index(*CPU))
    torch_build.main()
    assert installed == [["install", *PINS, "--index-url", torch_build.CPU_INDEX]]


def test_an_index_that_never_answers_is_given_up_within_seconds(monkeypatch, capsys, index, installed):
    """Nothing is installed here then: the registry's build comes with the other packages."""
    monkeypatch.setenv("PIP_INDEX_URL", index(*REGISTRY, CPU[0]))  # to one of the two builds alone nothing is pinned
    monkeypatch.setattr(torch_build, "PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(torch_build, "CPU_INDEX", f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        torch_build.main()
    assert time.monotonic() - start < 15  # three questions of at most 4 seconds; with pip's own retries, minutes
    assert installed == []
    line = said(capsys)
    assert torch_build.CPU_INDEX in line
    assert "3 GB" in line


def test_a_download_that_breaks_off_is_no_reason_for_the_large_build(monkeypatch):
    monkeypatch.setattr(torch_build, "cpu_builds", lambda *_: PINS)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SystemExit, match="GPU=1") as told:
        torch_build.main()
    assert DEVANAGARI.search(str(told.value))


def test_what_is_asked_for_decides(tmp_path, monkeypatch, capsys, installed):
    monkeypatch.setattr(torch_build, "cpu_builds", lambda *_: PINS)
    torch_build.main("gpu")  # no nvidia-smi here
    assert installed == []
    assert "GPU=1 is set: torch comes as the GPU build" in said(capsys)
    nvidia_smi(tmp_path, "echo '9.0, 580.1, NVIDIA H200'")
    torch_build.main("cpu")
    assert installed == [["install", *PINS]]
    assert "CPU=1 is set: torch comes as the small CPU build" in said(capsys)
    torch_build.main()
    assert installed == [["install", *PINS]]
    assert "Here is an NVIDIA H200: torch comes as the GPU build" in said(capsys)


def test_a_mac_is_not_asked_for_a_gpu(monkeypatch, capsys, installed):
    monkeypatch.setattr(sys, "platform", "darwin")
    torch_build.main()
    assert installed == []
    assert "torch has one build" in said(capsys)


def test_a_torch_that_is_there_stays_until_another_is_asked_for(monkeypatch, capsys, installed):
    there = {"torch": "2.14.1+cpu", "torchvision": "0.29.1+cpu"}
    monkeypatch.setattr(torch_build, "version", there.get)
    monkeypatch.setattr(torch_build, "cpu_builds", lambda *_: PINS)
    torch_build.main()
    assert installed == []
    assert not capsys.readouterr().out
    torch_build.main("gpu")
    assert installed == [["uninstall", "--yes", "torch", "torchvision"]]
    there["torch"] = "2.8.0+cpu"  # pyproject.toml wants more
    torch_build.main()
    assert installed[1:] == [["install", *PINS]]


def test_nothing_but_python_is_needed():
    code = "import sys, torch_build; print(*torch_build.gpu()[1]); sys.exit('torch' in sys.modules)"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tools")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1"}
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True)
    assert "No NVIDIA GPU here" in done.stdout


@pytest.mark.parametrize(
    ("where", "processor", "size", "runs"),
    [
        ("linux-x86_64", "", 2**63, True),
        ("linux-aarch64", "", 2**63, True),
        ("macosx-11.0-arm64", "", 2**63, True),
        ("macosx-10.9-universal2", "arm64", 2**63, True),
        ("win-amd64", "", 2**63, True),
        ("macosx-10.9-universal2", "x86_64", 2**63, False),
        ("macosx-10.13-x86_64", "", 2**63, False),
        ("win-arm64", "", 2**63, False),
        ("win32", "", 2**31, False),
        ("linux-i686", "", 2**31, False),
        ("linux-x86_64", "", 2**31, False),  # a 32-bit Python there
        ("linux-armv7l", "", 2**31, False),
    ],
)
def test_where_torch_has_no_build_the_way_out_is_told(monkeypatch, installed, where, processor, size, runs):
    monkeypatch.setattr(sysconfig, "get_platform", lambda: where)
    monkeypatch.setattr(platform, "machine", lambda: processor)
    monkeypatch.setattr(sys, "maxsize", size - 1)
    told = machine.torch_nowhere()
    if runs:
        assert told is None
        return
    for said in told:
        assert all(word in said for word in ("Colab", "Binder", "README.md", "website"))
    assert DEVANAGARI.search(told.hi)
    with pytest.raises(SystemExit, match="Colab"):
        torch_build.main()
    assert installed == []
