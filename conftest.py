"""For the whole suite: notebooks run as a student's would, without a network, and a broken one is reported once.

At the end stands what was not tested, one line for each reason.

Tests run in another order each time; `pytest --randomly-seed=N`, with the number that a run printed, repeats its order.
"""

import os
from collections import Counter
from pathlib import Path

import hypothesis
import pytest
from memory import KERNEL, peak_megabytes
from nbval.plugin import IPyNbCell

# In this order, before everything else: begun last, one of them would leave the other worker alone.
LONG = (
    "test_lessons.py",
    "test_journeys.py",
    "test_site.py",
    "test_slides.py",
    "test_exercises.py",
    "test_benchmarks.py",
    "test_explorers.py",
    "test_launch.py",
)
OFFLINE = str(Path(__file__).parent / "tests" / "offline")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [OFFLINE, os.environ.get("PYTHONPATH")]))
# What is checked here is no student's work: it is written down nowhere, since a folder cannot lie under a file.
os.environ["COURSE_PROGRESS"] = str(Path(__file__, "progress.json"))
# Two test processes share two cores: with more threads than cores OpenMP's spinning cost a factor of ten and more.
os.environ.setdefault("OMP_NUM_THREADS", "1")
import torch  # noqa: E402 - it reads the line above when it is imported


class TorchRandom:
    """So that hypothesis seeds torch as it does Python and NumPy: an example it comes back to draws the same."""

    seed, getstate, setstate = torch.manual_seed, torch.get_rng_state, torch.set_rng_state


hypothesis.register_random(TorchRandom)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest-randomly
def pytest_collection_modifyitems(items):
    """In any order, except that the long files come first, in theirs, and a notebook's cells follow each other."""
    number, last = {item: n for n, item in enumerate(items)}, len(items)
    first = {item.path: number[item] for item in reversed(items)}

    def place(item):
        if item.path.name in LONG:
            return LONG.index(item.path.name) - len(LONG)
        if isinstance(item, IPyNbCell):
            return number[item]
        return first[item.path] if item.path.parent.name == "browser" else last

    yield
    items.sort(key=place)  # stable: what has the same place stays shuffled


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if isinstance(item, IPyNbCell) and report.failed:
        item.parent.broken_by = item.name
    return report


def pytest_runtest_setup(item):
    torch.manual_seed(0)  # whatever ran before
    if isinstance(item, IPyNbCell) and getattr(item.parent, "broken_by", None):
        pytest.skip(f"an earlier cell failed: {item.parent.broken_by}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """After a notebook's last cell: its kernel has left the server its share of Binder's memory."""
    last = isinstance(item, IPyNbCell) and getattr(nextitem, "parent", None) is not item.parent
    peak = peak_megabytes(item.parent.kernel.km.provisioner.pid) if last else 0  # while the kernel still runs
    yield
    assert peak <= KERNEL, f"{item.parent.name} took {peak:.0f} MB; a lesson may take {KERNEL}"


def pytest_terminal_summary(terminalreporter):
    """What was not tested, and why."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", [])
    )
    if reasons:
        terminalreporter.section("not tested")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count:4d}  {reason}")
