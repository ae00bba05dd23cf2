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
WORDS = tomllib.loads((HERE / "figures.toml").read_text(encoding="utf-8-sig"))


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


SCORES = {"precision": ".2f", "recall": ".2f", "confident": ".0%", "grey": ".0%"}
COSTS = {"seconds": ".0f", "sampling": ".2g", "nearest": ".2f", "nats": ".0f"}


def one_budget(language: str, found: dict) -> list[list[str]]:
    """A line for each model: the distance, mean and range, on one budget and on ten; the other scores on ten."""
    distances = [word(language, "distance", n=times) for times in (1, 10)]
    rows = [[word(language, "model"), *distances, *(word(language, f"budget_{score}") for score in SCORES)]]
    for line, runs in _models(language, found):
        ends = [
            f"{_mean(runs[n], 'frechet', '.0f')} ({_range(runs[n], 'frechet')})" if n in runs else "–" for n in (1, 10)
        ]
        rows.append([line, *ends, *(_mean(runs[max(runs)], score, form) for score, form in SCORES.items())])
    return rows


def one_budget_costs(language: str, found: dict) -> list[list[str]]:
    """A line for each model: what it costs and what else it says, on one budget and on ten."""
    rows = [[word(language, "model"), *(word(language, f"budget_{score}") for score in COSTS)]]
    for line, runs in _models(language, found):
        several = [runs[n] for n in sorted(runs)]
        rows.append([line, *(" / ".join(_mean(one, score, form) for one in several) for score, form in COSTS.items())])
    return [[cell.replace("– / –", "–") for cell in row] for row in rows]


def _models(language: str, found: dict) -> list[tuple[str, dict[int, list[dict[str, float]]]]]:
    """What a model is called, and its runs by budget."""
    runs: dict[str, dict[int, list[dict[str, float]]]] = {}
    for key, scores in found["runs"].items():
        name, times, _ = json.loads(key)
        runs.setdefault(name, {}).setdefault(times, []).append(scores)
    return [(line[language], runs[name]) for name, line in WORDS["models"].items()]


def _mean(runs: list[dict[str, float]], score: str, form: str) -> str:
    values = [scores[score] for scores in runs if score in scores]
    return f"{statistics.mean(values):{form}}".replace("-", "−") if values else "–"


def _range(runs: list[dict[str, float]], score: str) -> str:
    values = [scores[score] for scores in runs]
    return f"{min(values):.0f}–{max(values):.0f}"


TABLES = {
    "bench": ("bench", ratios),
    "in_page": ("in_page", ratios),
    "races": ("long", ratios),
    "quality": ("long", budgets),
}
TABLES |= {"one_budget": ("one_budget", one_budget), "one_budget_costs": ("one_budget", one_budget_costs)}
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
