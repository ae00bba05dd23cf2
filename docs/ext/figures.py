"""Tables of what was measured, in both languages, from benchmarks/results/*.json: directive `{figures} NAME`."""

import json
import statistics
import sys
import tomllib
from pathlib import Path

from sphinx.util.docutils import SphinxDirective
from twins import twin

HERE, BENCHMARKS = Path(__file__).parent, Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))
from figure import Figure, number  # noqa: E402

RESULTS = BENCHMARKS / "results"
WORDS = tomllib.loads((HERE / "figures.toml").read_text(encoding="utf-8"))


def spread(values: list[float]) -> str:
    """Mean ± standard deviation; the number of runs is said where there are fewer than three."""
    mean = number(statistics.mean(values))
    return f"{mean} ± {statistics.stdev(values):.2g}" if len(values) > 1 else mean


def word(language: str, name: str, **values: object) -> str:
    return WORDS["headings"][name][language].format(**values)


def few(language: str, values: list) -> str:
    return f" ({word(language, 'runs', n=len(values))})" if len(values) < 3 else ""


def table(rows: list[list[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def ratios(language: str, found: dict) -> list[list[str]]:
    """One line for a figure, with its target."""
    rows = [[word(language, name) for name in ("what", "mean", "target")]]
    for one in found["figures"]:
        if one["name"] in WORDS["names"]:
            figure = Figure(**one)
            missed = figure.target and not figure.met
            verdict = f"{figure.target}: **{word(language, 'missed')}**" if missed else figure.target
            said = spread(figure.values) + few(language, figure.values)
            rows.append([WORDS["names"][figure.name][language], said, verdict])
    return rows


def budgets(language: str, found: dict) -> list[list[str]]:
    """Figures of names such as psnr_60: a line for each score, a column for each budget."""
    scores: dict[str, dict[int, list[float]]] = {}
    for one in found["figures"]:
        name, _, budget = one["name"].rpartition("_")
        if budget.isdecimal():
            scores.setdefault(name, {})[int(budget)] = one["values"]
    columns = sorted({budget for by_budget in scores.values() for budget in by_budget})
    rows = [[word(language, "what"), *(word(language, "budget", n=budget) for budget in columns)]]
    for name, line in WORDS["names"].items():
        if name in scores:
            cells = [spread(v) + few(language, v) if (v := scores[name].get(budget)) else "–" for budget in columns]
            rows.append([line[language], *cells])
    return rows


def lessons(language: str, found: dict) -> list[list[str]]:
    rows = [[word(language, name) for name in ("lesson", "seconds", "megabytes")]]
    for name, runs in sorted(found["lessons"].items()):
        seconds, megabytes = ([run[key] for run in runs] for key in ("seconds", "megabytes"))
        rows.append([f"`{name}`", spread(seconds) + few(language, runs), number(max(megabytes))])
    return rows


TABLES = {"bench": ("bench", ratios), "races": ("long", ratios), "quality": ("long", budgets)}
TABLES["lessons"] = ("lessons", lessons)


class Figures(SphinxDirective):
    """`{figures} bench`: the table of that name, once in Hindi and once in English, and where it was measured."""

    required_arguments = 1

    def run(self):
        file, make = TABLES[self.arguments[0]]
        path = RESULTS / f"{file}.json"
        self.env.note_dependency(str(path))
        found = json.loads(path.read_text(encoding="utf-8"))
        lines = []
        for language in ("hi", "en"):
            rows = make(language, found)
            where = word(language, "machine", **found["machine"])
            text = f"{table(rows)}\n\n{where}" if rows[1:] else word(language, "none")
            lines += [*twin(language, text).splitlines(), ""]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app):
    app.add_directive("figures", Figures)
