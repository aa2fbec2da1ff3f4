"""Scores as people read them: as many digits as tell something."""

from __future__ import annotations

import math

from netwright.metrics.table import Metric


def format_score(metric: Metric, value: float | None, decimals: int | None = None) -> str:
    """Return a value with the digits that people need.

    >>> from netwright.metrics import find_metric
    >>> from netwright.task import Task
    >>> format_score(find_metric(Task.REGRESSION, "rmse"), 47176.3)
    '47,176'
    >>> format_score(find_metric(Task.BINARY, "roc_auc"), 0.92713)
    '0.927'
    """
    if value is None:
        return "undefined"
    if metric.style == "percent":
        return f"{100 * value:,.{1 if decimals is None else decimals}f} %"
    if decimals is None:
        decimals = _decimals_of_units(value) if metric.style == "units" else _decimals_of_share(value)
    if abs(value) >= 1e12 or (metric.style == "units" and 0 < abs(value) < 1e-4):
        return f"{value:.3g}"
    # Adding zero turns a rounded "-0.000" into "0.000".
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"


def decimals_for_difference(metric: Metric, difference: float) -> int | None:
    """Return how many decimals show a difference with two digits, or None for the usual ones."""
    if metric.style != "fixed" or difference == 0:
        return None
    return min(6, max(3, 1 - math.floor(math.log10(abs(difference)))))


def _decimals_of_units(value: float) -> int:
    if value == 0 or abs(value) >= 100:
        return 0
    return min(6, 2 - math.floor(math.log10(abs(value))))


def _decimals_of_share(value: float) -> int:
    # 0.99996 is not 1.000: the last errors are what people look for.
    decimals = 3
    while decimals < 6 and value < 1 and round(value, decimals) >= 1:
        decimals += 1
    return decimals
