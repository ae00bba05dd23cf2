"""Every lesson keeps to the gates, and its own checks are bars that a model which learns nothing cannot pass."""

import re
from functools import wraps

import gates
import nbformat
import pytest
import repository
import torch
from IPython.core.inputtransformer2 import TransformerManager
from IPython.utils.capture import capture_output

import notebooks
from course_lib import duel, train

LESSONS = sorted(notebooks.LESSONS.glob("*.md"))
# The start page has one thing to measure and one exercise: it only shows how these work.
START = "00_start_here"


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

    def test_it_can_be_launched(self, lesson):
        """Binder and Colab stand at its top and in the README, and the book knows it."""
        links = repository.links(lesson.stem)
        for place in (built(lesson).cells[0].source, (notebooks.ROOT / "README.md").read_text(encoding="utf-8")):
            assert f"]({links['binder']})" in place
            assert f"]({links['colab']})" in place
        assert f"- file: notebooks/{lesson.stem}\n" in (notebooks.ROOT / "_toc.yml").read_text(encoding="utf-8")
        assert f"]({lesson.stem}.ipynb)" in (notebooks.NOTEBOOKS / "README.md").read_text(encoding="utf-8")

    def test_bars_fail_without_learning(self, lesson, monkeypatch):
        """With the optimiser's step taken out, every cell tagged `bar` must raise AssertionError."""
        monkeypatch.setattr(torch.optim.Adam, "step", lambda self, closure=None: None)
        # Nothing is learned, so a run may as well be over after its first step …
        monkeypatch.setattr(train, "_done", lambda *_: 1.0)
        iteration, first = duel.iteration, {}

        @wraps(iteration)
        def told_at_first(generator, *rest):
            if generator not in first:
                first[generator] = iteration(generator, *rest)
            return first[generator]

        # … and a duel may go on saying what it said then.
        monkeypatch.setattr(duel, "iteration", told_at_first)
        python = TransformerManager().transform_cell  # the first cell has a %pip
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
                    exec(compile(python(cell.source), lesson.name, "exec"), scope)
        assert bars >= (1 if lesson.stem == START else 3)


def test_the_map_lists_every_lesson_with_its_minutes():
    """The map on the start page, in both languages, says of each lesson what the lesson says of itself."""
    start = built(notebooks.LESSONS / f"{START}.md")
    for language, pattern in (("lang-hi", r"पढ़ने में लगभग (\d+) मिनट"), ("lang-en", r"Reading takes about (\d+) minutes")):
        [table] = [c.source for c in start.cells if language in gates.tags(c) and c.source.startswith("|")]
        listed = re.findall(r"\]\((\w+)\.ipynb\) \| (\d+) \|", table)
        said = {
            lesson.stem: re.search(pattern, "\n".join(c.source for c in built(lesson).cells))[1]
            for lesson in LESSONS
            if lesson.stem != START
        }
        assert listed == list(said.items())
