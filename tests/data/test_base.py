"""What a data set is made of and kept in: a damaged or unwritable cache only costs time."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

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
