"""`make bench`: how fast the course is, as ratios measured side by side; one table, and the same as JSON."""

import argparse
from pathlib import Path

import growth
import measure
import speed
import torch
import two_processes

from course_lib.classroom.language import say


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("full", "packaged"), default=measure.best_source())
    parser.add_argument("--out", type=Path, default=measure.RESULTS / "bench.json")
    parser.add_argument("--picture", type=Path, default=growth.PICTURE)
    options = parser.parse_args()
    torch.set_num_threads(1)
    figures = speed.measure(options.data)
    turns = two_processes.side_by_side(measure.REPEATS, [])
    figures.append(measure.Figure("two_processes", measure.ratios(turns["one"], turns["two"])))
    found = growth.measure(options.data)
    figures += [measure.Figure(name, growth.growth(points)) for name, points in found.items()]
    options.picture.write_bytes(growth.picture(found).png())
    points = {name: [[*size, cost.megabytes] for size, cost in pairs] for name, pairs in found.items()}
    measure.save(options.out, options.data, figures, growth=points)
    say(measure.table(figures))


if __name__ == "__main__":
    main()
