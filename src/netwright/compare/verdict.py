"""The verdict: which model to use, and whether the difference is more than noise."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.compare.baselines import Baseline
from netwright.compare.bootstrap import Bootstrap, bootstrap
from netwright.compare.intervals import Interval
from netwright.compare.measurements import Measurement, measurements
from netwright.compare.plain import from_plain
from netwright.compare.sentences import CONSTANT, NETWORK, Contest, Rival, sentence_of
from netwright.metrics import Answers, Metric, metrics_of, typed
from netwright.task import Task


@dataclass(frozen=True)
class ModelMeasurements:
    """All metrics of one model; the deciding one has an interval.

    Attributes:
        name: "network", "constant", "linear" or "boosting".
        label: as shown to people.
        metrics: in the order of the task.
    """

    name: str
    label: str
    metrics: tuple[Measurement, ...]


@dataclass(frozen=True)
class Difference:
    """By how much the network is better than a baseline on the same resamples.

    Attributes:
        name: of the baseline.
        label: as shown to people.
        gain: above zero when the network is better, whatever the direction of the metric.
        low: lower end of the 95 % interval; None when there is none.
        high: upper end.
    """

    name: str
    label: str
    gain: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Verdict:
    """Which model to use.

    Attributes:
        sentence: the first line of the result.
        use: the model that is recommended: "network", "constant", "linear" or "boosting".
        clear: whether its lead is beyond noise: no interval of a deciding difference contains zero.
        metric: name of the deciding metric; empty when none has a value.
        differences: between the network and every baseline, by that metric.
        models: the metrics of the network and of the baselines.
        note: how the intervals were made.
    """

    sentence: str
    use: str
    clear: bool
    metric: str
    differences: tuple[Difference, ...]
    models: tuple[ModelMeasurements, ...]
    note: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """Return the verdict that `to_json` described."""
        return from_plain(cls, data)


def verdict(
    task: Task,
    truth: np.ndarray,
    network: Answers,
    baselines: Sequence[Baseline],
    sample_weight: np.ndarray | None = None,
    *,
    seed: int,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Compare a network with the baselines on the same rows and say which one to use.

    Args:
        task: what was asked.
        truth: class indices (n,), 0/1 (n, labels), or numbers (n,) or (n, outputs).
        network: what the network answers.
        baselines: what the classical models answer for the same rows.
        sample_weight: of the rows (n,), or None.
        seed: of the resamples.
        seconds: the time that the intervals may take, or None for as long as it takes.
        clock: returns seconds.
    """
    truth = typed(task, truth)
    answers = {NETWORK: Answers(typed(task, network.predictions), network.probabilities)}
    answers |= {baseline.name: baseline.answers for baseline in baselines}
    labels = {NETWORK: "network"} | {baseline.name: baseline.label for baseline in baselines}
    metrics = metrics_of(task)
    points = bootstrap(truth, answers, metrics, sample_weight, seed=seed, resamples=0)
    metric = _deciding(points, answers, metrics)
    if metric is None:
        reason = points.scores[NETWORK, metrics[0].name].reason
        table = _table(points, points, labels, metrics, None)
        return Verdict(f"No verdict: {reason}.", NETWORK, False, "", (), table, points.note)
    resampled = bootstrap(truth, answers, [metric], sample_weight, seed=seed, seconds=seconds, clock=clock)
    contest = _contest(task, metric, resampled, baselines)
    sentence, use, clear = sentence_of(contest)
    return Verdict(
        sentence=sentence,
        use=use,
        clear=clear,
        metric=metric.name,
        differences=tuple(_difference(rival) for rival in contest.rivals),
        models=_table(points, resampled, labels, metrics, metric),
        note=resampled.note,
    )


def _deciding(points: Bootstrap, answers: Mapping[str, Answers], metrics: Sequence[Metric]) -> Metric | None:
    """Return the first metric that has a value for every model."""
    for metric in metrics:
        if all(points.scores[name, metric.name].value is not None for name in answers):
            return metric
    return None


def _contest(task: Task, metric: Metric, resampled: Bootstrap, baselines: Sequence[Baseline]) -> Contest:
    rivals = []
    for baseline in baselines:
        value, own = _value(resampled, baseline.name, metric), _value(resampled, NETWORK, metric)
        rivals.append(
            Rival(
                name=baseline.name,
                label=baseline.label,
                value=value,
                gain=metric.gain(own, value),
                interval=_gain_interval(resampled, NETWORK, baseline.name, metric),
                over_constant=_gain_interval(resampled, baseline.name, CONSTANT, metric),
                shortened=baseline.shortened,
            )
        )
    lead = _gain_interval(resampled, "boosting", "linear", metric)
    return Contest(task, metric, _value(resampled, NETWORK, metric), tuple(rivals), lead)


def _value(resampled: Bootstrap, model: str, metric: Metric) -> float:
    value = resampled.scores[model, metric.name].value
    assert value is not None
    return value


def _gain_interval(resampled: Bootstrap, model: str, other: str, metric: Metric) -> Interval | None:
    interval = resampled.difference(model, other, metric.name)
    return interval if interval is None or metric.higher_is_better else -interval


def _difference(rival: Rival) -> Difference:
    low, high = (rival.interval.low, rival.interval.high) if rival.interval else (None, None)
    return Difference(rival.name, rival.label, rival.gain, low, high)


def _table(
    points: Bootstrap,
    resampled: Bootstrap,
    labels: Mapping[str, str],
    metrics: Sequence[Metric],
    deciding: Metric | None,
) -> tuple[ModelMeasurements, ...]:
    rows = []
    for name, label in labels.items():
        measured = [
            measurements(resampled if metric is deciding else points, name, [metric])[0] for metric in metrics
        ]
        rows.append(ModelMeasurements(name, label, tuple(measured)))
    return tuple(rows)
