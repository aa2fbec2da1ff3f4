"""Metrics are found by name, in the right direction, the deciding one first."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import RecipeError
from netwright.metrics import answers_from, find_metric, metrics_of, primary_metric, typed
from netwright.task import Task


def test_the_deciding_metric_of_each_task() -> None:
    names = {task: primary_metric(task).name for task in Task}
    assert names == {
        Task.BINARY: "roc_auc",
        Task.MULTICLASS: "accuracy",
        Task.MULTILABEL: "subset_accuracy",
        Task.REGRESSION: "rmse",
    }


def test_a_misspelt_name_leads_to_the_right_one() -> None:
    with pytest.raises(
        RecipeError, match=r"Unknown metric 'roc_auk' for a binary target\. Did you mean 'roc_auc'"
    ):
        find_metric(Task.BINARY, "roc_auk")


def test_names_are_unique_within_a_task() -> None:
    for task in Task:
        names = [metric.name for metric in metrics_of(task)]
        assert len(set(names)) == len(names)
        assert all(find_metric(task, name).name == name for name in names)


@pytest.mark.parametrize("task", list(Task))
def test_the_direction_is_that_of_perfect_answers(task: Task) -> None:
    generator = np.random.default_rng(0)
    if task is Task.REGRESSION:
        truth = generator.random(40) + 1
        perfect, poor = answers_from(task, truth), answers_from(task, generator.random(40) + 1)
    elif task is Task.MULTILABEL:
        truth = generator.integers(0, 2, (40, 3))
        perfect, poor = answers_from(task, truth * 1.0), answers_from(task, generator.random((40, 3)))
    else:
        truth = generator.integers(0, 2, 40)
        perfect = answers_from(task, np.eye(2)[truth])
        share = generator.random(40)
        poor = answers_from(task, np.column_stack([share, 1 - share]))
    for metric in metrics_of(task):
        best, worse = metric.score(truth, perfect).value, metric.score(truth, poor).value
        assert best is not None
        assert worse is not None
        assert metric.gain(best, worse) > 0 > metric.gain(worse, best)


def test_outputs_become_answers() -> None:
    chance = np.array([[0.2, 0.5, 0.3]])
    assert answers_from(Task.MULTICLASS, chance).predictions.tolist() == [1]
    assert answers_from(Task.MULTILABEL, chance).predictions.tolist() == [[0, 0, 0]]
    assert answers_from(Task.REGRESSION, np.array([1.5])).probabilities is None


def test_truth_is_typed_by_its_task() -> None:
    assert typed(Task.BINARY, np.array([0.0, 1.0], dtype=np.float32)).dtype == np.int64
    assert typed(Task.REGRESSION, np.array([1, 2])).dtype == np.float64
