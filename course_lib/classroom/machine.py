"""Where PyTorch has no build. Asked before anything is installed, so nothing but Python itself is needed here."""

import platform
import re
import sys
import sysconfig

from course_lib.classroom.language import Text, text

BUILDS = re.compile(r"linux-(x86_64|aarch64)|macosx-.*-arm64|win-amd64")


def torch_nowhere() -> Text | None:
    """What to tell a student whose machine, or whose Python, PyTorch has no build for; None where it has one."""
    machine = sysconfig.get_platform().replace("universal2", platform.machine())
    bits = 64 if sys.maxsize > 2**32 else 32  # a 32-bit Python may run on a 64-bit system
    if bits == 64 and BUILDS.fullmatch(machine):
        return None
    return text("torch_nowhere", machine=f"{machine}, {bits} bit")
