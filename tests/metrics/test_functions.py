"""The metrics agree with scikit-learn and say why they have no value."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as sk

from netwright.metrics import Answers, answers_from, find_metric, measure, metrics_of
from netwright.task import Task

GENERATOR = np.random.default_rng(0)
N = 200


def probabilities(classes: int, rows: int = N) -> np.ndarray:
    raw = GENERATOR.random((rows, classes)).round(2) + 0.01
    return raw / raw.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weighted", [False, True])
def test_binary_metrics_are_scikit_learns(weighted: bool) -> None:
    truth, weights = GENERATOR.integers(0, 2, N), GENERATOR.random(N) if weighted else None
    answers = answers_from(Task.BINARY, probabilities(2))
    score, said = answers.probabilities[:, 1], answers.predictions
    expected = {
        "roc_auc": sk.roc_auc_score(truth, score, sample_weight=weights),
        "average_precision": sk.average_precision_score(truth, score, sample_weight=weights),
        "accuracy": sk.accuracy_score(truth, said, sample_weight=weights),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, said, sample_weight=weights),
        "f1": sk.f1_score(truth, said, sample_weight=weights),
        "log_loss": sk.log_loss(truth, answers.probabilities, sample_weight=weights),
        "brier": sk.brier_score_loss(truth, score, sample_weight=weights),
    }
    measured = {name: found.value for name, found in measure(Task.BINARY, truth, answers, weights).items()}
    assert measured == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_multiclass_metrics_are_scikit_learns(weighted: bool) -> None:
    truth, weights = GENERATOR.integers(0, 4, N), GENERATOR.random(N) if weighted else None
    answers = answers_from(Task.MULTICLASS, probabilities(4))
    said = answers.predictions
    ovr = [
        sk.roc_auc_score(truth == index, answers.probabilities[:, index], sample_weight=weights)
        for index in range(4)
    ]
    expected = {
        "accuracy": sk.accuracy_score(truth, said, sample_weight=weights),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, said, sample_weight=weights),
        "macro_f1": sk.f1_score(truth, said, average="macro", sample_weight=weights),
        "log_loss": sk.log_loss(truth, answers.probabilities, sample_weight=weights),
        "roc_auc_ovr": np.mean(ovr),
    }
    measured = {
        name: found.value for name, found in measure(Task.MULTICLASS, truth, answers, weights).items()
    }
    assert measured == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("outputs", [1, 3])
def test_regression_metrics_are_scikit_learns(outputs: int) -> None:
    truth = np.squeeze(GENERATOR.random((N, outputs)) + 0.5)
    said, weights = truth + GENERATOR.normal(size=truth.shape), GENERATOR.random(N)
    expected = {
        "rmse": sk.root_mean_squared_error(truth, said, sample_weight=weights),
        "mae": sk.mean_absolute_error(truth, said, sample_weight=weights),
        "r2": sk.r2_score(truth, said, sample_weight=weights),
        "median_absolute_error": sk.median_absolute_error(truth, said, sample_weight=weights),
        "mape": sk.mean_absolute_percentage_error(truth, said, sample_weight=weights),
    }
    scores = measure(Task.REGRESSION, truth, Answers(said), weights)
    assert {name: found.value for name, found in scores.items()} == pytest.approx(expected, rel=1e-12)


def test_multilabel_metrics_are_scikit_learns() -> None:
    truth = GENERATOR.integers(0, 2, (N, 3))
    answers = answers_from(Task.MULTILABEL, GENERATOR.random((N, 3)))
    scores = measure(Task.MULTILABEL, truth, answers)
    assert scores["subset_accuracy"].value == sk.accuracy_score(truth, answers.predictions)
    assert scores["macro_f1"].value == sk.f1_score(truth, answers.predictions, average="macro")
    assert scores["macro_average_precision"].value == pytest.approx(
        sk.average_precision_score(truth, answers.probabilities), rel=1e-12
    )


def test_one_class_leaves_ranking_without_a_value_and_the_rest_with_one() -> None:
    truth = np.zeros(6, dtype=np.int64)
    scores = measure(Task.BINARY, truth, answers_from(Task.BINARY, probabilities(2, 6)))
    for name in ("roc_auc", "average_precision"):
        assert scores[name].value is None
        assert "no class is present in some" in scores[name].reason
    for name in ("accuracy", "balanced_accuracy", "log_loss", "brier"):
        assert scores[name].value is not None


def test_f1_without_any_positive_says_so() -> None:
    found = find_metric(Task.BINARY, "f1").score(np.zeros(3, np.int64), Answers(np.zeros(3, np.int64)))
    assert found.value is None
    assert "second class occurs neither" in found.reason


def test_classes_that_do_not_occur_in_a_part_are_left_out_of_averages() -> None:
    truth = np.array([0, 0, 1, 1, 0, 1])
    chance = probabilities(5, 6)
    scores = measure(Task.MULTICLASS, truth, Answers(np.array([0, 1, 1, 1, 0, 4]), chance))
    assert scores["balanced_accuracy"].value == pytest.approx((2 / 3 + 2 / 3) / 2)
    both = [sk.roc_auc_score(truth == index, chance[:, index]) for index in (0, 1)]
    assert scores["roc_auc_ovr"].value == pytest.approx(np.mean(both))


@pytest.mark.parametrize(
    ("truth", "said", "name", "reason"),
    [
        ([2.0, 2.0], [1.0, 2.0], "r2", "all true values in these rows are equal"),
        ([0.0, 2.0], [1.0, 2.0], "mape", "above zero"),
        ([1.0, 2.0], [np.nan, 2.0], "rmse", "1 of the predictions are not finite"),
        ([1e200, 2.0], [-1e200, 2.0], "rmse", "too large"),
        ([], [], "mae", "there are no rows"),
    ],
)
def test_a_number_without_a_value_has_a_reason(
    truth: list[float], said: list[float], name: str, reason: str
) -> None:
    found = find_metric(Task.REGRESSION, name).score(np.array(truth), Answers(np.array(said)))
    assert found.value is None
    assert reason in found.reason


def test_without_probabilities_what_needs_them_says_so() -> None:
    scores = measure(Task.BINARY, np.array([0, 1]), Answers(np.array([0, 1])))
    assert scores["accuracy"].value == 1.0
    assert scores["roc_auc"].reason == scores["log_loss"].reason == "the model gives no probabilities"


def test_weights_that_sum_to_nothing_have_no_metric() -> None:
    for metric in metrics_of(Task.REGRESSION):
        found = metric.score(np.ones(2), Answers(np.ones(2)), np.zeros(2))
        assert found.value is None
        assert "weights" in found.reason


def test_a_row_of_weight_zero_does_not_count() -> None:
    truth, chance = np.array([0, 1, 1, 0]), probabilities(2, 4)
    answers = answers_from(Task.BINARY, chance)
    weighted = measure(Task.BINARY, truth, answers, np.array([1.0, 1.0, 1.0, 0.0]))
    without = measure(Task.BINARY, truth[:3], Answers(answers.predictions[:3], chance[:3]))
    assert {name: found.value for name, found in weighted.items()} == pytest.approx(
        {name: found.value for name, found in without.items()}
    )


def test_certain_and_wrong_is_bad_but_finite() -> None:
    answers = answers_from(Task.BINARY, np.array([[1.0, 0.0]]))
    value = find_metric(Task.BINARY, "log_loss").score(np.array([1]), answers).value
    assert value == pytest.approx(36.04, abs=0.01)


def test_ranking_too_many_classes_is_refused_with_its_size() -> None:
    rows, classes = 20_001, 1_000
    truth = np.zeros(rows, dtype=np.int64)
    answers = Answers(truth, np.broadcast_to(np.float64(0.001), (rows, classes)))
    found = find_metric(Task.MULTICLASS, "roc_auc_ovr").score(truth, answers)
    assert found.value is None
    assert "20,001 rows for each of 1,000 classes" in found.reason
