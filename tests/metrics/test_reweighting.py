"""A metric under counts of rows is the metric of the rows repeated so often."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.metrics import Answers, Metric, Rows, UndefinedMetricError, answers_from, metrics_of, typed
from netwright.task import Task

ALL = [(task, metric) for task in Task for metric in metrics_of(task)]


def example(task: Task, rows: int, seed: int) -> tuple[np.ndarray, Answers]:
    """Random truth and answers in which scores and errors are often tied."""
    generator = np.random.default_rng(seed)
    if task is Task.REGRESSION:
        truth = generator.integers(1, 6, rows).astype(float)
        return truth, Answers(truth + generator.integers(-2, 3, rows))
    if task is Task.MULTILABEL:
        chance = generator.integers(0, 5, (rows, 3)) / 4
        return generator.integers(0, 2, (rows, 3)), answers_from(task, chance)
    classes = 2 if task is Task.BINARY else 4
    raw = generator.integers(1, 4, (rows, classes)).astype(float)
    return generator.integers(0, classes, rows), answers_from(task, raw / raw.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(("task", "metric"), ALL, ids=[f"{task}-{metric.name}" for task, metric in ALL])
@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 12))
def test_counts_are_repetitions(task: Task, metric: Metric, seed: int, rows: int) -> None:
    truth, answers = example(task, rows, seed)
    counts = np.random.default_rng(seed + 1).integers(0, 4, (5, rows)).astype(float)
    with np.errstate(all="ignore"):
        values = metric.reweighted(Rows(truth, answers))(counts)
    for row, value in zip(counts.astype(int), values, strict=True):
        chance = answers.probabilities
        repeated = Answers(
            np.repeat(answers.predictions, row, axis=0),
            None if chance is None else np.repeat(chance, row, axis=0),
        )
        expected = metric.score(np.repeat(truth, row, axis=0), repeated).value
        if expected is None:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("task", "metric"), ALL, ids=[f"{task}-{metric.name}" for task, metric in ALL])
def test_weights_are_scikit_learns_sample_weights(task: Task, metric: Metric) -> None:
    truth, answers = example(task, 60, seed=3)
    weights = np.random.default_rng(4).random(60)
    value = metric.reweighted(Rows(truth, answers))(weights[None])[0]
    assert value == pytest.approx(metric.score(truth, answers, weights).value, rel=1e-9)


def test_several_outputs_are_averaged() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random((50, 3)) + 1
    answers = Answers(truth + generator.normal(size=(50, 3)))
    for metric in metrics_of(Task.REGRESSION):
        value = metric.reweighted(Rows(truth, answers))(np.ones((1, 50)))[0]
        assert value == pytest.approx(metric.score(truth, answers).value, rel=1e-9)


def test_many_classes_are_counted_in_a_sparse_table_and_agree() -> None:
    generator = np.random.default_rng(0)
    truth, said = generator.integers(0, 40, (2, 300))
    for metric in metrics_of(Task.MULTICLASS)[:3]:
        value = metric.reweighted(Rows(truth, Answers(said)))(np.ones((2, 300)))
        assert value == pytest.approx([metric.score(truth, Answers(said)).value] * 2)


def test_resampling_a_huge_ranking_is_refused() -> None:
    rows, classes = 1_100, 1_000
    truth = typed(Task.MULTICLASS, np.arange(rows) % classes)
    answers = Answers(truth, np.broadcast_to(np.float64(0.001), (rows, classes)))
    metric = metrics_of(Task.MULTICLASS)[-1]
    with pytest.raises(UndefinedMetricError, match="1,100 rows ranked for each of 1,000 classes"):
        metric.reweighted(Rows(truth, answers))
