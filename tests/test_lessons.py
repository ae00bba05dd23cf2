"""Every lesson keeps to the gates, and its own checks are bars that a model which learns nothing cannot pass."""

import re

import gates
import nbformat
import pytest
import torch
from IPython.utils.capture import capture_output

import notebooks
from course_lib import train

LESSONS = sorted(notebooks.LESSONS.glob("*.md"))


def built(lesson):
    return nbformat.read(notebooks.NOTEBOOKS / f"{lesson.stem}.ipynb", as_version=4)


def test_there_are_lessons():
    assert [lesson.stem for lesson in LESSONS] == [path.stem for path in sorted(notebooks.NOTEBOOKS.glob("*.ipynb"))]
    assert LESSONS


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
class TestLesson:
    def test_notebook_comes_from_the_source(self, lesson):
        assert gates.same_cells(notebooks.generate(lesson), built(lesson)) == []

    @pytest.mark.parametrize("gate", gates.ON_NOTEBOOK, ids=lambda g: g.__name__)
    def test_gate(self, lesson, gate):
        assert gate(built(lesson)) == []

    def test_size(self, lesson):
        assert gates.small_enough(notebooks.NOTEBOOKS / f"{lesson.stem}.ipynb") == []

    def test_bars_fail_without_learning(self, lesson, monkeypatch):
        """With the optimiser's step taken out, every cell tagged `bar` must raise AssertionError."""
        monkeypatch.setattr(torch.optim.Adam, "step", lambda self, closure=None: None)
        # Nothing is learned, so a run may as well be over after its first step.
        monkeypatch.setattr(train, "_done", lambda *_: 1.0)
        scope, bars = {}, 0
        for cell in built(lesson).cells:
            if cell.cell_type != "code":
                continue
            with capture_output():
                if "bar" in gates.tags(cell):
                    for statement in re.split(r"^(?=assert )", cell.source, flags=re.MULTILINE)[1:]:
                        bars += 1
                        with pytest.raises(AssertionError):
                            exec(compile(statement, lesson.name, "exec"), scope)
                else:
                    exec(compile(cell.source, lesson.name, "exec"), scope)
        assert bars >= 3
