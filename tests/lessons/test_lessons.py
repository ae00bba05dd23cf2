"""Every lesson keeps to the gates, and its own checks are bars that a model which learns nothing cannot pass."""

import ast
import copy
import inspect
import re

import bars
import gates
import nbformat
import nbformat.v4 as v4
import pytest
import repository

import notebooks

LESSONS = sorted(notebooks.LESSONS.glob("*.md"))
# The start page has one thing to measure and one exercise: it only shows how these work.
START = "00_start_here"
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)


def built(lesson):
    return nbformat.read(notebooks.NOTEBOOKS / f"{lesson.stem}.ipynb", as_version=4)


def code(*cells):
    """A small lesson; a cell that begins with `assert` is its bar."""
    tags = [{"tags": ["bar"]} if cell.startswith("assert") else {} for cell in cells]
    return v4.new_notebook(cells=[v4.new_code_cell(c, metadata=t) for c, t in zip(cells, tags, strict=True)])


def test_there_are_lessons():
    assert [lesson.stem for lesson in LESSONS] == [path.stem for path in sorted(notebooks.NOTEBOOKS.glob("*.ipynb"))]
    assert LESSONS


@each_lesson
def test_gates(lesson):
    notebook = built(lesson)
    said = gates.same_cells(notebooks.generate(lesson), notebook)
    said += [f"{gate.__name__}: {complaint}" for gate in gates.for_lesson(lesson.stem) for complaint in gate(notebook)]
    said += gates.small_enough(notebooks.NOTEBOOKS / f"{lesson.stem}.ipynb")
    assert not said, "\n".join(said)


@each_lesson
def test_it_can_be_launched(lesson):
    """Binder and Colab stand at its top and in the README, and the book knows it."""
    links = repository.links(lesson.stem)
    for place in (built(lesson).cells[0].source, (notebooks.ROOT / "README.md").read_text(encoding="utf-8")):
        assert f"]({links['binder']})" in place
        assert f"]({links['colab']})" in place
    assert f"- file: notebooks/{lesson.stem}\n" in (notebooks.ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert f"]({lesson.stem}.ipynb)" in (notebooks.NOTEBOOKS / "README.md").read_text(encoding="utf-8")


@each_lesson
def test_bars_fail_without_learning(lesson):
    found = bars.without_learning(notebooks.generate(lesson))
    passed = [bar for bar, passes in found if passes]
    assert not passed, "\n".join(["passed without learning:", *passed])
    assert len(found) >= (1 if lesson.stem == START else 3)


SMALL = (
    "import torch\nfrom course_lib.classroom import show\nfrom course_lib.classroom.progress import progress\n"
    "from course_lib.loops import fit, fit_gan\nfrom course_lib.models.autoencoders import Autoencoder, linear",
    "torch.manual_seed(0)\nx = torch.rand(128, 1, 28, 28)\nmodel = Autoencoder(*linear(latent_dim=4))",
    "def learn(model):\n    return [report.means['loss'] for report in progress(fit(model, x, epochs=30))]",
    "losses, seen = learn(model), {}\nfor name, n in {'first': 0, 'last': -1}.items():\n    seen[name] = losses[n]",
    "weight = torch.ones(1, requires_grad=True)\nadam = torch.optim.Adam([weight], 0.1)",
    "for _ in range(50):\n    adam.zero_grad()\n    weight.square().backward()\n    adam.step()",
    "show.table(1 / 0)",
    "unneeded = 1 / 0",
)


def test_a_bar_that_asks_for_nothing_is_reported():
    """Of a small lesson with figures that would fail; what is learned by hand counts as well as by the loop."""
    said = ("assert seen['last'] < 0.9 * seen['first']\nassert len(losses) == 30", "assert weight < 0.5")
    found = bars.without_learning(code(*SMALL, *said))
    assert [passes for _, passes in found] == [False, True, False]
    assert found[1][0] == "assert len(losses) == 30"
    scope = {}
    for cell in (*SMALL[:-2], *said):
        exec(cell, scope)  # with learning all of them hold


def test_only_the_innermost_loop_that_trains_takes_fewer_steps():
    assert list(bars.few(range(25))) == [0, 9, 10, 19, 20, 24]
    inner = "    for step in range(25):\n        loss.backward()\n    for n in range(25):\n        pass"
    loops = f"for epoch in range(25):\n{inner}"
    shortened = ast.unparse(bars.Shortened().visit(ast.parse(loops)))
    assert shortened == loops.replace("step in range(25)", "step in _few(range(25))")


def test_a_mistake_in_a_lesson_is_no_failed_bar():
    with pytest.raises(ZeroDivisionError):
        bars.without_learning(code("x = 1 / 0", "assert x > 1"))
    with pytest.raises(AssertionError):
        bars.without_learning(code("x = 1\nassert x > 1\nfor _ in range(x):\n    assert x > 2", "assert x > 1"))


@each_lesson
def test_what_a_lesson_prints_is_what_runs(lesson):
    """No object that `show.source` prints has another one wrapped around it."""
    program = bars.statements(notebooks.generate(lesson))
    scope, said = {}, []
    for statement, _ in program:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            exec(compile(ast.Module([statement], []), lesson.stem, "exec"), scope)
    for call in (node for statement, _ in program for node in ast.walk(statement) if isinstance(node, ast.Call)):
        if ast.unparse(call.func) == "show.source" and bars.root(call.args[0]) in scope:
            said += wrapped(eval(ast.unparse(call.args[0]), scope))
    assert said == []


def wrapped(thing) -> list[str]:
    """What runs when a class or function is used, and is not what its source says."""
    parts = vars(thing).values() if inspect.isclass(thing) else [thing]
    functions = [getattr(part, "__func__", getattr(part, "fget", part)) for part in parts]
    return [one.__qualname__ for one in functions if inspect.isroutine(one) and inspect.unwrap(one) is not one]


@each_lesson
def test_stored_explorers_and_printed_sources_are_todays(lesson):
    """`tools/notebooks.py --marks` brings them."""
    stored = built(lesson)
    assert notebooks.with_todays_explorers(copy.deepcopy(stored.metadata)) == stored.metadata
    assert notebooks.with_todays_sources(copy.deepcopy(stored)) == stored


def test_a_wrapper_is_seen():
    import torch

    class Model:
        @torch.no_grad()
        def forward(self):
            """Without a way back."""

        @staticmethod
        def plain():
            """As it stands."""

    assert wrapped(Model) == [Model.forward.__qualname__]
    assert wrapped(Model.plain) == []


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
