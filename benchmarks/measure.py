"""What all benchmarks share: figures with their spread, the machine they were taken on, one table, one JSON file.

Times are CPU seconds of a process with one thread, as `make lab` gives a notebook: other programs hardly disturb them.
"""

import json
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import torch
from figure import Figure, number

from course_lib import data

RESULTS = Path(__file__).with_name("results")
BUILT = Path(__file__).parents[1] / "_build"
REPEATS = 3
sys.path.append(str(Path(__file__).parents[1] / "tools"))  # notebooks.py, which executes lessons, and memory.py


def side_by_side(repeats: int, *runs: Callable[[], object]) -> list[list[float]]:
    """CPU seconds of each run, in turns, so that a slow minute of the machine falls on all; once before, unmeasured."""
    for run in runs:
        run()
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(repeats):
        for run, column in zip(runs, seconds, strict=True):
            start = time.process_time()
            run()
            column.append(time.process_time() - start)
    return seconds


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(over, under, strict=True)]


def machine(source: str) -> dict[str, object]:
    """Where and on what the figures were taken."""
    cpus = Path("/proc/cpuinfo")
    names = cpus.read_text(encoding="utf-8").splitlines() if cpus.exists() else []
    model = next((line.split(":")[1].strip() for line in names if line.startswith("model name")), platform.processor())
    capability = torch.backends.cpu.get_cpu_capability()
    return {
        "cpu": f"{model or platform.machine()}, {capability}",
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "data": data.mnist(source).name,
        "date": date.today().isoformat(),
    }


def best_source() -> str:
    """Full MNIST where COURSE_DATA holds it, else the packaged digits."""
    return "full" if (data.folder() / "MNIST" / "raw").exists() else "packaged"


def finished(path: Path) -> dict[str, dict[str, float]]:
    """What `keep` has kept of earlier runs. A line cut short by a kill does not count."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(json.loads(line) for line in lines if line.endswith("]"))


def keep(path: Path, key: str, scores: dict[str, float]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps([key, scores]) + "\n")


def table(figures: Sequence[Figure]) -> str:
    rows = [("figure", "mean", "± spread", "repeats", "target", "")]
    for one in figures:
        verdict = ("met" if one.met else "missed") if one.target else ""
        row = one.name, number(one.mean), f"± {number(one.spread)}", str(len(one.values)), one.target, verdict
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def save(path: Path, source: str, figures: Sequence[Figure], **more: object) -> None:
    """The same as the table, for docs/ext/figures.py, with the machine."""
    listed = [{**one._asdict(), "values": [float(f"{value:.4g}") for value in one.values]} for one in figures]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine(source), "figures": listed, **more}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{path.name} written")
