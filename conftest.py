"""For the whole suite: notebooks run as a student's would, without a network, and a broken one is reported once."""

import os
from pathlib import Path

import pytest
from memory import KERNEL, peak_megabytes
from nbval.plugin import IPyNbCell

OFFLINE = str(Path(__file__).parent / "tests" / "offline")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [OFFLINE, os.environ.get("PYTHONPATH")]))
# Two test processes share two cores: with more threads than cores OpenMP's spinning cost a factor of ten and more.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if isinstance(item, IPyNbCell) and report.failed:
        item.parent.broken_by = item.name
    return report


def pytest_runtest_setup(item):
    if isinstance(item, IPyNbCell) and getattr(item.parent, "broken_by", None):
        pytest.skip(f"an earlier cell failed: {item.parent.broken_by}")


def pytest_runtest_teardown(item, nextitem):
    """After a notebook's last cell: its kernel has left the server its share of Binder's memory."""
    if isinstance(item, IPyNbCell) and getattr(nextitem, "parent", None) is not item.parent:
        peak = peak_megabytes(item.parent.kernel.km.provisioner.pid)
        assert peak <= KERNEL, f"{item.parent.name} took {peak:.0f} MB; a lesson may take {KERNEL}"
