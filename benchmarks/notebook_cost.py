"""What every notebook takes, alone, from a fresh kernel: wall seconds and peak memory. Part of `make bench`.

Another machine is faster or slower as a whole. So each run stands beside a yardstick taken just before it, a plain
training of fixed size, and a lesson is reported when it takes over 1.5 times as many yardsticks as were committed.
What is committed then stays, until the new figures are accepted with `--accept`.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import measure
import torch
from speed import bare_fit

import notebooks
from course_lib import data
from course_lib.models.autoencoders import Autoencoder, dense

COMMITTED = measure.RESULTS / "lessons.json"
REPORTED = 1.5


def yardstick() -> float:
    """Seconds, by the clock as the lesson's, of 1,000 steps of the reference autoencoder in a bare loop."""
    x = data.mnist("packaged").train.images
    bare_fit(Autoencoder(*dense()), x, 50)  # what only the first steps need
    start = time.perf_counter()
    bare_fit(Autoencoder(*dense()), x, 1000)
    return time.perf_counter() - start


def take(lesson: Path) -> dict[str, float]:
    yard = yardstick()
    seconds, megabytes = notebooks.execute(notebooks.generate(lesson))
    return {"seconds": seconds, "megabytes": megabytes, "yardstick": yard}


def slower(now: dict[str, list[dict]], before: dict[str, list[dict]]) -> dict[str, float]:
    """Lesson -> how many times its committed cost, in yardsticks and in memory, where that is over 1.5."""
    costs = {"seconds": lambda run: run["seconds"] / run["yardstick"], "megabytes": lambda run: run["megabytes"]}
    found = {}
    for lesson in now.keys() & before.keys():
        for name, cost in costs.items():
            times = statistics.median(map(cost, now[lesson])) / statistics.median(map(cost, before[lesson]))
            if times > REPORTED:
                found[f"{lesson}, {name}"] = times
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", default=[""], help="those whose names begin so")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=COMMITTED)
    parser.add_argument("--accept", action="store_true", help="write slower figures over the committed ones as well")
    options = parser.parse_args()
    torch.set_num_threads(1)
    chosen = [p for p in sorted(notebooks.LESSONS.glob("*.md")) if p.stem.startswith(tuple(options.lessons))]
    before = json.loads(COMMITTED.read_text(encoding="utf-8"))["lessons"] if COMMITTED.exists() else {}
    now: dict[str, list[dict]] = {path.stem: [] for path in chosen}
    for _ in range(options.repeats):
        for path in chosen:
            now[path.stem].append(take(path))
            print(path.stem, {name: round(value, 1) for name, value in now[path.stem][-1].items()}, flush=True)
    found = slower(now, before)
    for lesson, times in found.items():
        print(f"REGRESSION: {lesson}: {times:.2f} times what is committed")
    kept = bool(found) and not options.accept
    out = measure.BUILT / options.out.name if kept else options.out
    measure.save(out, "packaged", [], lessons={**before, **now})
    if kept:
        sys.exit(f"{out} has the new figures; --accept writes them to {options.out.name}")


if __name__ == "__main__":
    main()
