"""The table of the start page: ✅ on this machine, and for everything that can be wrong a ❌ with a remedy."""

import platform
import sysconfig
import warnings
from importlib import metadata

import joblib
import matplotlib
import pytest
import torch
from gates import DEVANAGARI

from course_lib import data
from course_lib.classroom import ready as module
from course_lib.classroom.ready import ready


def test_this_machine_is_ready():
    lines = ready().plain.splitlines()[1:]
    assert [line.split(" | ")[0] for line in lines] == ["✅"] * 6
    assert str(data.best_device()) in lines[3]
    assert "MNIST 4,000 + 1,000" in lines[5]


def test_a_ready_machine_looks_like_any_other(monkeypatch):
    """The table stands in the committed notebook: another Python, torch or number of cores must not change it."""
    here = ready().plain
    for where, name, value in (
        (platform, "python_version", lambda: "3.12.99"),
        (metadata, "version", lambda name: "99.0" if name == "torch" else REAL(name)),
        (joblib, "cpu_count", lambda: 999),
        (torch, "get_num_threads", lambda: 1),
    ):
        monkeypatch.setattr(where, name, value)
        assert ready().plain == here, name


def _no_data(*_, **__):
    raise OSError("disk on fire")


REAL = metadata.version
WRONG = [  # what to change, the row it turns, what was found, the remedy
    (platform, "python_version", lambda: "3.10.4", 0, "3.10.4", "Python <3.14,>=3.11 is needed"),
    (metadata, "version", lambda name: "2.1.0" if name == "torch" else REAL(name), 1, "", 'pip install "torch>=2.9"'),
    (matplotlib, "__version__", "3.10.1", 2, "matplotlib", 'pip install "matplotlib>=3.11"'),
    (joblib, "cpu_count", lambda: 0, 4, "on 0 cores", "torch.set_num_threads(1)"),
    (data, "mnist", _no_data, 5, "", "OSError: disk on fire"),
]


@pytest.mark.parametrize(
    ("where", "name", "value", "row", "found", "remedy"), WRONG, ids=[name for _, name, *_ in WRONG]
)
def test_what_is_wrong_is_told_with_its_remedy(monkeypatch, where, name, value, row, found, remedy):
    monkeypatch.setattr(where, name, value)
    lines = ready().plain.splitlines()[1:]
    assert [number for number, line in enumerate(lines) if line.startswith("❌")] == [row]
    assert remedy in lines[row]
    assert found in lines[row].split(remedy)[0]
    assert DEVANAGARI.search(lines[row].split(remedy)[1])


def test_a_gpu_that_torch_cannot_use_is_told_with_its_remedy(monkeypatch):
    for name, value in (("is_available", True), ("get_device_capability", (6, 1)), ("get_arch_list", ["sm_75"])):
        monkeypatch.setattr(torch.cuda, name, lambda value=value: value)
    row = ready().plain.splitlines()[4]
    assert row.startswith("❌")
    assert "| cpu |" in row
    assert "(capability 6.1) is one that this build of PyTorch was not made for" in row
    assert DEVANAGARI.search(row.split("COURSE_DEVICE=cpu")[1])
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert ready().plain.splitlines()[4].startswith("✅")


def _fails(words):
    def fails(_):
        raise RuntimeError(words)

    return fails


@pytest.mark.parametrize(
    ("chosen", "words", "remedy"),
    [
        ("cuda:0", "", "Choose one of 'cpu', 'cuda', 'mps'"),
        ("cuda", "Found no NVIDIA driver on your system.", "%env COURSE_DEVICE=cpu"),
        ("cuda", "something new", "(RuntimeError: something new). Run %env COURSE_DEVICE=cpu"),
    ],
)
def test_a_device_that_cannot_be_had_is_told_with_its_remedy(monkeypatch, chosen, words, remedy):
    monkeypatch.setenv("COURSE_DEVICE", chosen)
    monkeypatch.setattr(torch.cuda, "set_device", _fails(words))
    row = ready().plain.splitlines()[4]
    assert row.startswith("❌")
    assert f"| {chosen} |" in row
    assert remedy in row
    assert DEVANAGARI.search(row.split(remedy)[1])


def test_what_torch_says_first_hides_no_remedy(monkeypatch):
    """Of an old GPU torch itself warns before we do; of an old driver it alone."""
    for name, value in (("get_device_capability", (6, 1)), ("get_arch_list", ["sm_75"])):
        monkeypatch.setattr(torch.cuda, name, lambda value=value: value)
    for words, there, remedy in (
        ("Found GPU0 GTX 1080 which is of compute capability (CC) 6.1.", True, "COURSE_DEVICE=cpu"),
        ("The NVIDIA driver on your system is too old (found version 11040).", False, "nvidia.com/drivers"),
    ):

        def is_available(words=words, there=there):
            warnings.warn(words, stacklevel=2)
            return there

        monkeypatch.setattr(torch.cuda, "is_available", is_available)
        row = ready().plain.splitlines()[4]
        assert row.startswith("❌")
        assert DEVANAGARI.search(row.split(remedy, 1)[1])


def test_a_missing_package_is_named(monkeypatch):
    def version(name):
        if name == "anywidget":
            raise metadata.PackageNotFoundError(name)
        return REAL(name)

    monkeypatch.setattr(metadata, "version", version)
    assert 'pip install "anywidget>=0.11"' in ready().plain


def test_without_torch_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match="pip install torch torchvision") as error:
        ready()
    assert DEVANAGARI.search(str(error.value))


def test_where_torch_has_no_build_it_says_where_the_course_runs(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    monkeypatch.setattr(sysconfig, "get_platform", lambda: "macosx-10.13-x86_64")
    with pytest.raises(ImportError, match=r"macosx-10.13-x86_64(.|\n)*Colab") as error:
        ready()
    assert "pip install" not in str(error.value)
