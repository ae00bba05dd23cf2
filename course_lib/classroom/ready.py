"""Is this machine ready for the course? One row a question, ✅ or ❌, and what to do about it.

Where all is well the table names no versions and no numbers of this machine: it stands in the committed notebook too.
Nothing heavy is imported before the question whether it is there.
"""

import os
import platform
import warnings
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

import packaging.requirements as pip_requirements
from packaging.specifiers import SpecifierSet

from course_lib.classroom.language import Text, message, text
from course_lib.classroom.machine import torch_nowhere

if TYPE_CHECKING:
    from course_lib.classroom.show import Block

DISTRIBUTION = "course-lib"


def ready() -> "Block":
    """A table: Python, packages, Hindi in figures, device, threads, data; each with ✅, or with ❌ and the remedy.

    raises: ImportError without PyTorch, which the whole course needs
    Taught in: 00_start_here
    """
    if not find_spec("torch"):
        raise ImportError(message(torch_nowhere() or "error_torch"))
    from course_lib.classroom import show

    rows = [_python(), _packages(), _fonts(), _device(), _threads(), _data()]
    marked = [("❌" if remedy else "✅", question, found, remedy or "") for question, found, remedy in rows]
    return show.table(["", "ready_question", "ready_found", "ready_remedy"], marked)


# Each returns the question, what was found here, and the remedy, or None where all is well.


def _python() -> tuple[str, str | Text, Text | None]:
    wanted, found = metadata.metadata(DISTRIBUTION)["Requires-Python"], platform.python_version()
    if found in SpecifierSet(wanted):
        bounds = ", ".join(sorted(map(str, SpecifierSet(wanted)), reverse=True))
        return "ready_python", text("ready_python_found", wanted=bounds), None
    return "ready_python", found, text("ready_python_remedy", wanted=wanted)


def _packages() -> tuple[str, Text, Text | None]:
    """What the library itself imports; JupyterLab and the like are a matter of taste."""
    listed = map(pip_requirements.Requirement, metadata.requires(DISTRIBUTION))
    needed = [r for r in listed if r.marker is None or r.name == "torch"]
    bad = [f'"{r.name}{r.specifier}"' for r in needed if not _met(r)]
    found = text("ready_packages_found", good=len(needed) - len(bad), total=len(needed))
    return "ready_packages", found, text("ready_install", what=" ".join(bad)) if bad else None


def _met(requirement: pip_requirements.Requirement) -> bool:
    try:
        # A development version of a library is good enough.
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def _fonts() -> tuple[str, str, Text | None]:
    from course_lib.data.documents import can_draw_hindi

    if can_draw_hindi():
        return "ready_fonts", "क्षितिज, ट्रेन, पढ़ाई", None
    return (
        "ready_fonts",
        f"matplotlib {metadata.version('matplotlib')}",
        text("ready_install", what='"matplotlib>=3.11"'),
    )


def _device() -> tuple[str, str, Text | None]:
    from course_lib.classroom.explain import explanation
    from course_lib.data import best_device

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            device = best_device()
    except Exception as error:  # there is no such device, or none here
        reason = f"{type(error).__name__}: {error}"
        remedy = explanation(error) or text("ready_device_remedy", reason=reason)
        return "ready_device", os.environ.get("COURSE_DEVICE", ""), remedy
    # torch has its own words first, which may be none of those we explain.
    return "ready_device", str(device), next(filter(None, (explanation(one.message) for one in told)), None)


def _threads() -> tuple[str, Text, Text | None]:
    import joblib
    import torch

    # joblib counts what this process may use: inside a container that can be far fewer than the machine has.
    threads, cores = torch.get_num_threads(), joblib.cpu_count()
    if threads <= cores:
        return "ready_threads", text("ready_threads_fit"), None
    return "ready_threads", text("ready_threads_found", threads=threads, cores=cores), text("ready_threads_remedy")


def _data() -> tuple[str, str, Text | None]:
    from course_lib import data

    try:
        return "ready_data", data.mnist().name, None
    except Exception as error:  # whatever it is, the student should read what to do
        return "ready_data", "", text("ready_data_remedy", reason=f"{type(error).__name__}: {error}")
