"""Tables of figures, each with the bound that is set for it."""
import statistics
from dataclasses import dataclass
from typing import Callable

from . import report


@dataclass(frozen=True)
class Figure:
    """One row. measure(bench, *arguments, say) gives the samples; bound: of their median, and of which side."""
    what: str
    unit: str
    measure: Callable
    arguments: tuple
    bound: str


def holds(value, bound):
    if not bound:
        return ""
    sign, number = bound.split()
    return "yes" if (value >= float(number) if sign == ">=" else value <= float(number)) else "NO"


def measure_all(figures, bench, say):
    """[(figure, samples)]"""
    found = []
    for figure in figures:
        samples = figure.measure(bench, *figure.arguments, say)
        say(f"{figure.what}: {report.spread(samples, 3)} {figure.unit}")
        found.append((figure, samples))
    return found


def markdown(found):
    rows = [(figure.what, report.spread(samples, 3), figure.unit, figure.bound, holds(statistics.median(samples), figure.bound))
            for figure, samples in found]
    return report.table(("what", "median (least-most)", "unit", "bound", "holds"), rows) + "\n"
