from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, mean_squared_error, roc_auc_score
from tests.verbs.small import classifier, people, regressor

import netwright as nw
from netwright.errors import DataError
from netwright.verbs.evaluate import evaluate


def write(frame: pl.DataFrame, path: Path) -> Path:
    frame.write_csv(path)
    return path


def test_classes_are_measured_as_scikit_learn_measures_them(tmp_path: Path) -> None:
    frame = people(90, seed=1)
    evaluation = evaluate(classifier(), write(frame, tmp_path / "rows.csv")).evaluation
    certain, said = classifier().predict_proba(frame)[:, 1], classifier().predict(frame)
    assert evaluation.rows == 90
    assert evaluation.metric("roc_auc").value == pytest.approx(roc_auc_score(frame["label"], certain))
    assert evaluation.metric("accuracy").value == pytest.approx(accuracy_score(frame["label"], said))
    assert evaluation.confusion is not None
    assert evaluation.confusion.counts == tuple(map(tuple, confusion_matrix(frame["label"], said).tolist()))
    low, high = evaluation.primary.low, evaluation.primary.high
    assert low is not None
    assert high is not None
    assert low < evaluation.primary.value < high


def test_numbers_are_measured_in_their_own_unit(tmp_path: Path) -> None:
    frame = people(90, seed=2)
    evaluation = evaluate(regressor(), write(frame, tmp_path / "rows.csv")).evaluation
    expected = mean_squared_error(frame["amount"], regressor().predict(frame)) ** 0.5
    assert evaluation.metric("rmse").value == pytest.approx(expected, rel=1e-6)
    assert evaluation.confusion is None


def test_the_same_seed_gives_the_same_intervals(tmp_path: Path) -> None:
    file = write(people(60, seed=3), tmp_path / "rows.csv")
    first, again = evaluate(classifier(), file), evaluate(classifier(), file)
    assert first.evaluation.to_json() == again.evaluation.to_json()
    assert evaluate(classifier(), file, seed=1).evaluation.primary.low != first.evaluation.primary.low


def test_margins_are_measured_by_what_they_say(tmp_path: Path) -> None:
    frame = people().drop("amount")
    model = nw.Classifier(epochs=2, loss="hinge", progress=False).fit(frame, "label")
    evaluation = evaluate(model, write(frame, tmp_path / "rows.csv")).evaluation
    said = model.predict(frame)
    assert evaluation.metric("accuracy").value == pytest.approx(np.mean(said == frame["label"].to_numpy()))
    assert evaluation.metric("roc_auc").value is None


def test_several_labels_and_several_numbers(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(80, 3))
    labels = np.stack([X[:, 0] > 0, X[:, 1] > 0], 1).astype(int)
    for estimator, Y in ((nw.Classifier, labels), (nw.Regressor, X[:, :2] * 2)):
        model = estimator(epochs=2, progress=False).fit(X, Y)
        rows = pl.DataFrame(np.hstack([X, Y]), schema=["x0", "x1", "x2", "y0", "y1"])
        assert evaluate(model, write(rows, tmp_path / "rows.csv")).evaluation.primary.value is not None


def test_labels_written_as_numbers_find_their_classes(tmp_path: Path) -> None:
    frame = people().with_columns((pl.col("label") == "yes").cast(pl.Int64).alias("label")).drop("amount")
    model = nw.Classifier(epochs=2, progress=False).fit(frame, "label")
    rows = frame.with_columns(pl.col("label").cast(pl.Float64))
    said = model.predict(frame)
    measured = evaluate(model, write(rows, tmp_path / "rows.csv")).evaluation.metric("accuracy").value
    assert measured == pytest.approx(np.mean(said == frame["label"].to_numpy()))


def test_without_the_target_nothing_can_be_measured(tmp_path: Path) -> None:
    rows = people(9).rename({"label": "lable"})
    with pytest.raises(DataError, match=r"'label' with the true answers\. Did you mean 'lable'"):
        evaluate(classifier(), write(rows, tmp_path / "rows.csv"))


def test_missing_and_unknown_answers_are_named_by_row(tmp_path: Path) -> None:
    rows = people(9)
    gap = rows.with_columns(pl.when(pl.int_range(9) != 4).then(pl.col("label")))
    with pytest.raises(DataError, match=r"label.*missing.*row 5"):
        evaluate(classifier(), write(gap, tmp_path / "rows.csv"))
    odd = rows.with_columns(
        pl.when(pl.int_range(9) == 2).then(pl.lit("perhaps")).otherwise("label").alias("label")
    )
    with pytest.raises(DataError, match="row 3: 'perhaps' is not a class"):
        evaluate(classifier(), write(odd, tmp_path / "rows.csv"))
