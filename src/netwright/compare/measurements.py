"""Metrics with their intervals, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netwright.compare.bootstrap import Bootstrap
from netwright.metrics import Metric, format_score


@dataclass(frozen=True)
class Measurement:
    """One metric of one model with its 95 % interval.

    Attributes:
        name: of the metric, as in recipes and files.
        label: as shown to people.
        higher_is_better: the direction.
        value: on the rows as they are; None when undefined.
        low: lower end of the interval; None when there is none.
        high: upper end.
        reason: why the value or the interval is missing.
        text: such as "0.927 (0.923 to 0.931)".
    """

    name: str
    label: str
    higher_is_better: bool
    value: float | None
    low: float | None
    high: float | None
    reason: str
    text: str


def measurements(bootstrap: Bootstrap, model: str, metrics: Sequence[Metric]) -> tuple[Measurement, ...]:
    """Return the metrics of one model.

    Args:
        bootstrap: the resampled metrics.
        model: its name there.
        metrics: which, in order.
    """
    return tuple(_measurement(bootstrap, model, metric) for metric in metrics)


def _measurement(bootstrap: Bootstrap, model: str, metric: Metric) -> Measurement:
    estimate = bootstrap.estimate(model, metric.name)
    text = format_score(metric, estimate.value)
    if estimate.low is not None:
        text += f" ({format_score(metric, estimate.low)} to {format_score(metric, estimate.high)})"
    return Measurement(
        name=metric.name,
        label=metric.label,
        higher_is_better=metric.higher_is_better,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        reason=estimate.reason,
        text=text,
    )
