"""What a data set is made of and kept in: a damaged or unwritable cache only costs time."""

import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from course_lib import data
from course_lib.data.base import cached


def numbers(count=300_000):
    return (np.arange(count),)


def test_a_second_read_comes_from_the_cache(empty):
    cached("numbers", [(9,)], lambda: numbers(9))
    assert cached("numbers", [(9,)], lambda: pytest.fail("made again"))[0].sum() == 36


class Trap:
    """Unpickled, it would make a folder."""

    def __reduce__(self):
        return Path.mkdir, (Path("sprung"),)


def test_a_damaged_cache_is_made_again(empty, monkeypatch):
    cached("numbers", [(300_000,)], numbers)
    file = empty / "numbers.npz"
    whole = file.read_bytes()
    monkeypatch.chdir(empty)
    for name, damage in {
        "empty": lambda: file.write_bytes(b""),
        "cut off": lambda: file.write_bytes(whole[:-5000]),
        "not an archive": lambda: file.write_bytes(b"PK\x03\x04 something else"),
        "of other arrays": lambda: np.savez(file, np.arange(9)),
        "that runs code": lambda: np.savez(file, np.array([Trap()], dtype=object)),
    }.items():
        damage()
        assert cached("numbers", [(300_000,)], numbers)[0].tolist() == numbers()[0].tolist(), name
        assert len(np.load(file)["arr_0"]) == 300_000, name
        assert [path.name for path in empty.iterdir()] == ["numbers.npz"], name


def test_no_place_for_a_cache_costs_only_time(empty):
    (empty / "numbers.npz").mkdir(parents=True)
    assert cached("numbers", [(9,)], lambda: numbers(9))[0].sum() == 36
    assert [path.name for path in empty.iterdir()] == ["numbers.npz"]
    (empty / "numbers.npz").rmdir()
    empty.rmdir()
    empty.write_text("a file where the folder should be", encoding="utf-8")
    assert cached("numbers", [(9,)], lambda: numbers(9))[0].sum() == 36


class Interrupting:
    """An array whose writing the student interrupts."""

    def __array__(self, *_, **__):
        raise KeyboardInterrupt


def test_an_interrupted_cache_leaves_nothing(empty):
    with pytest.raises(KeyboardInterrupt):
        cached("numbers", [(9,), (9,)], lambda: (np.arange(9), Interrupting()))
    assert list(empty.iterdir()) == []


def test_two_at_once_fill_the_same_cache(empty):
    got = []
    pair = [threading.Thread(target=lambda: got.append(cached("numbers", [(300_000,)], numbers)[0])) for _ in range(2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert [numbers.sum() for numbers in got] == [np.arange(300_000).sum()] * 2
    assert [path.name for path in empty.iterdir()] == ["numbers.npz"]


@pytest.fixture
def gpu(monkeypatch):
    """A function that makes torch find a GPU of this capability, with kernels for these architectures."""
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.delenv("LOCAL_RANK", raising=False)

    def found(capability, built):
        for name, value in (
            ("is_available", lambda: True),
            ("get_device_capability", lambda: capability),
            ("get_arch_list", lambda: built),
            ("set_device", lambda _: None),
        ):
            monkeypatch.setattr(torch.cuda, name, value)

    return found


TODAY = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"]


@pytest.mark.parametrize(
    ("capability", "built"),
    [
        ((7, 5), TODAY),
        ((8, 9), TODAY),  # what was built for 8.6 runs on 8.9
        ((12, 1), TODAY),
        ((13, 0), TODAY),  # by translation
        ((9, 0), ["sm_90a"]),
        ((6, 1), ["sm_50", "sm_60"]),
        ((9, 0), ["gfx90a", "gfx1100"]),  # AMD's
        ((9, 0), []),
    ],
)
def test_a_gpu_that_can_be_used_is_the_best_device(gpu, monkeypatch, capability, built):
    gpu(capability, built)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert str(data.best_device()) == "cuda:0"
        monkeypatch.setenv("LOCAL_RANK", "1")
        assert str(data.best_device()) == "cuda:1"


@pytest.mark.parametrize(
    ("capability", "built"), [((6, 1), TODAY), ((5, 0), TODAY), ((7, 0), TODAY), ((12, 0), ["sm_75", "sm_90"])]
)
def test_a_gpu_without_kernels_is_passed_over_with_a_word(gpu, monkeypatch, capability, built):
    gpu(capability, built)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.warns(UserWarning, match=f"no kernels for this GPU of capability {capability[0]}.{capability[1]}"):
        assert str(data.best_device()) == "cpu"


def test_the_device_is_the_one_chosen(gpu, monkeypatch):
    gpu((6, 1), TODAY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert str(data.best_device("cpu")) == "cpu"
        monkeypatch.setenv("COURSE_DEVICE", "cpu")
        assert str(data.best_device()) == "cpu"
        assert str(data.best_device("mps")) == "mps"
        monkeypatch.setenv("COURSE_DEVICE", "cuda")
        assert str(data.best_device()) == "cuda:0"


def test_the_folder_is_the_one_chosen_else_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", "~/somewhere")
    assert data.folder() == Path.home() / "somewhere"
    monkeypatch.setenv("COURSE_DATA", "~a-user-who-is-not-there/x")
    assert data.folder().is_absolute()
    monkeypatch.delenv("COURSE_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data.folder() == tmp_path / "course_lib"


def test_importing_loads_nothing_that_only_one_data_set_needs():
    heavy = {"torchvision", "matplotlib", "sklearn", "mlxtend", "skimage", "unicode_rbnf", "pooch", "requests"}
    code = f"import sys, course_lib.data; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60)
    assert done.stdout == "set()\n", done.stderr
