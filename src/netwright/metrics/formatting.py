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


def decimals_of_difference(metric: Metric, difference: float, *ends: float) -> int:
    """Return how many decimals show a difference of two values and the ends of its interval.

    Args:
        metric: whose values they are.
        difference: of the two values.
        ends: of its interval.

    >>> from netwright.metrics import find_metric
    >>> from netwright.task import Task
    >>> decimals_of_difference(find_metric(Task.BINARY, "roc_auc"), 0.0007)
    5
    """
    if metric.style == "percent":
        return 1
    if metric.style == "units":
        return _decimals_of_units(max(abs(number) for number in (difference, *ends)))
    # Two digits of a difference; one that noise hides does not deserve them.
    hidden = len(ends) > 0 and min(ends) <= 0 <= max(ends)
    digits = 3 if hidden or not difference else 1 - math.floor(math.log10(abs(difference)))
    return min(6, max(3, digits))


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
