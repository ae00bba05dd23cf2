"""One measured figure and whether it meets its target; without torch, for the site reads it too."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """One line of the table.

    name: a key of docs/ext/figures.toml, which says in both languages what it is
    values: one for each repeat
    target: what the course has set itself, such as "≥ 30"; empty where the figure is only reported
    """

    name: str
    values: Sequence[float]
    target: str = ""

    @property
    def mean(self) -> float:
        return statistics.mean(self.values)

    @property
    def spread(self) -> float:
        return statistics.stdev(self.values) if len(self.values) > 1 else 0.0

    @property
    def met(self) -> bool:
        sign, bar = self.target.split()
        return self.mean >= float(bar) if sign == "≥" else self.mean <= float(bar)


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
