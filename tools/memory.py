"""How much memory a notebook may take, and how much a process took."""

import re
from pathlib import Path

BINDER = 2000  # MB that Binder promises to the server and one kernel together
KERNEL = 1500  # MB of these for the kernel, whichever lesson it runs; the rest is the server's


def peak_megabytes(process: int) -> float:
    """The most that a running process has held in memory, in MB; 0 where the system does not tell (no Linux)."""
    status = Path(f"/proc/{process}/status")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))[1]) / 1000 if status.exists() else 0
