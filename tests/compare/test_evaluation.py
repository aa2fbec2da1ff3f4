"""An evaluation holds what its task asks for and survives JSON."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from netwright.compare.evaluation import Evaluation, evaluate
from netwright.data.target import Target
from netwright.task import Task

GENERATOR = np.random.default_rng(0)


def restored(evaluation: Evaluation) -> Evaluation:
    return Evaluation.from_json(json.loads(json.dumps(evaluation.to_json(), allow_nan=False)))


def two_classes(rows: int = 300) -> tuple[Target, np.ndarray, np.ndarray]:
    truth = np.arange(rows) % 2
    chance = 1 / (1 + np.exp(-GENERATOR.normal(truth * 2 - 1, 1)))
    target = Target.infer(pl.Series("ill", np.where(truth == 1, "yes", "no")))
    return target, truth, np.column_stack([1 - chance, chance])


def test_two_classes() -> None:
    target, truth, chance = two_classes()
    found = evaluate(target, truth, chance.argmax(axis=1), chance, seed=0)
    assert found.primary.name == "roc_auc"
    assert found.primary.low < found.primary.value < found.primary.high
    shown = [f"{number:.3f}" for number in (found.primary.value, found.primary.low, found.primary.high)]
    assert found.primary.text == f"{shown[0]} ({shown[1]} to {shown[2]})"
    assert found.confusion is not None
    assert found.confusion.labels == ("no", "yes")
    assert np.sum(found.confusion.counts) == found.rows == 300
    assert [curve.name for curve in found.roc + found.precision_recall] == ["yes", "yes"]
    assert found.calibration is not None
    assert found.calibration.about == "yes"
    assert found.residuals == ()
    assert restored(found) == found


def test_many_classes_of_real_flowers() -> None:
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500).fit(X[::2], y[::2])
    target = Target.infer(pl.Series("species", np.array(["setosa", "versicolor", "virginica"])[y]))
    chance = model.predict_proba(X[1::2])
    found = evaluate(target, y[1::2], chance.argmax(axis=1), chance, seed=0)
    assert found.metric("accuracy").value == accuracy_score(y[1::2], chance.argmax(axis=1))
    assert [one.label for one in found.classes] == ["setosa", "versicolor", "virginica"]
    assert len(found.roc) == 3
    assert restored(found) == found


def test_several_labels() -> None:
    truth = GENERATOR.integers(0, 2, (80, 2))
    target = Target.infer_matrix(truth, ["sun", "wind"])
    chance = np.clip(truth * 0.5 + GENERATOR.random((80, 2)) * 0.5, 0, 1)
    found = evaluate(target, truth.astype(np.float32), (chance > 0.5).astype(int), chance, seed=0)
    assert found.task is Task.MULTILABEL
    assert found.confusion is None
    assert [one.label for one in found.classes] == ["sun", "wind"]
    assert [curve.name for curve in found.roc] == ["sun", "wind"]
    assert restored(found) == found


def test_numbers() -> None:
    truth = GENERATOR.normal(size=100) * 1000
    target = Target.infer(pl.Series("price", truth))
    found = evaluate(target, truth, truth + 10, seed=0)
    assert found.metric("mae").value == pytest.approx(10)
    assert found.metric("mape").value is None
    assert "above zero" in found.metric("mape").reason
    assert [one.output for one in found.residuals] == ["price"]
    assert found.residuals[0].mean == pytest.approx(10)
    assert found.confusion is None
    assert restored(found) == found


def test_several_numbers() -> None:
    truth = GENERATOR.normal(size=(100, 2))
    target = Target.infer_matrix(truth, ["heat", "cold"])
    found = evaluate(target, truth, truth + np.array([1.0, 2.0]), seed=0)
    assert [(one.output, round(one.mean, 6)) for one in found.residuals] == [("heat", 1.0), ("cold", 2.0)]
    assert found.metric("rmse").value == pytest.approx(1.5)


def test_weights_change_the_numbers_and_are_noted() -> None:
    target, truth, chance = two_classes()
    weights = np.where(truth == 1, 3.0, 1.0)
    plain = evaluate(target, truth, chance.argmax(axis=1), chance, seed=0)
    weighted = evaluate(target, truth, chance.argmax(axis=1), chance, weights, seed=0)
    assert weighted.weighted
    assert not plain.weighted
    assert weighted.metric("log_loss").value != plain.metric("log_loss").value


def test_one_class_in_the_part_is_evaluated_as_far_as_it_goes() -> None:
    target, _, chance = two_classes()
    truth = np.zeros(300, dtype=np.int64)
    found = evaluate(target, truth, chance.argmax(axis=1), chance, seed=0)
    assert found.primary.value is None
    assert found.primary.text == "undefined"
    assert found.metric("accuracy").value is not None
    assert found.roc == ()
    assert restored(found) == found


def test_a_network_that_diverged_is_reported_not_raised() -> None:
    target = Target.infer(pl.Series("price", np.arange(10.0)))
    found = evaluate(target, np.arange(10.0), np.full(10, np.nan), seed=0)
    assert all(measured.value is None for measured in found.metrics)
    assert "10 of the predictions are not finite" in found.primary.reason
    assert restored(found) == found


def test_no_rows_at_all() -> None:
    target, truth, chance = two_classes()
    found = evaluate(target, truth[:0], truth[:0], chance[:0], seed=0)
    assert (found.rows, found.confusion) == (0, None)
    assert found.primary.reason == "there are no rows"


def test_one_row_has_values_without_intervals() -> None:
    target, truth, chance = two_classes()
    found = evaluate(target, truth[:1], chance[:1].argmax(axis=1), chance[:1], seed=0)
    loss = found.metric("log_loss")
    assert loss.value is not None
    assert loss.low is None


def test_seconds_bound_the_intervals() -> None:
    target, truth, chance = two_classes()
    found = evaluate(target, truth, chance.argmax(axis=1), chance, seed=0, seconds=0)
    assert found.primary.value is not None
    assert found.primary.low is None
    assert found.note == "0 bootstrap resamples, as many as the time allowed."
