"""How good answers are: metrics, their names, their digits, and their values under other row weights."""

from netwright.metrics.formatting import decimals_of_difference, format_score
from netwright.metrics.resampling import draw_counts, strata_of
from netwright.metrics.rows import Answers, Rows, UndefinedMetricError
from netwright.metrics.table import (
    Metric,
    Score,
    answers_from,
    find_metric,
    measure,
    metrics_of,
    primary_metric,
    typed,
)

__all__ = [
    "Answers",
    "Metric",
    "Rows",
    "Score",
    "UndefinedMetricError",
    "answers_from",
    "decimals_of_difference",
    "draw_counts",
    "find_metric",
    "format_score",
    "measure",
    "metrics_of",
    "primary_metric",
    "strata_of",
    "typed",
]
