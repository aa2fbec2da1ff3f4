"""The baselines learn what can be learnt, on any table, within their time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from netwright.compare.baselines import Baseline, fit_baselines
from netwright.metrics import primary_metric
from netwright.task import Task

Table = Callable[[int], pl.DataFrame]


def frame(matrix: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(matrix, schema=[f"c{index}" for index in range(matrix.shape[1])])


def score(task: Task, truth: np.ndarray, baseline: Baseline) -> float:
    value = primary_metric(task).score(truth, baseline.answers).value
    assert value is not None
    return value


def test_two_classes_as_scikit_learn_alone_would() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    fitted = fit_baselines(Task.BINARY, frame(X[:400]), y[:400], frame(X[400:]), 2, seed=0)
    majority, linear, boosting = fitted
    assert [baseline.name for baseline in fitted] == ["constant", "linear", "boosting"]
    assert [baseline.note for baseline in fitted] == ["", "", ""]
    assert majority.label == "most frequent class"
    assert set(majority.predictions) == {1}
    assert score(Task.BINARY, y[400:], majority) == 0.5
    alone = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X[:400], y[:400])
    assert np.allclose(linear.probabilities, alone.predict_proba(X[400:]), atol=1e-3)
    trees = HistGradientBoostingClassifier(early_stopping=False, random_state=0).fit(X[:400], y[:400])
    assert np.allclose(boosting.probabilities, trees.predict_proba(X[400:]), atol=0.05)
    assert score(Task.BINARY, y[400:], boosting) > 0.98


def test_numbers_as_scikit_learn_alone_would() -> None:
    X, y = load_diabetes(return_X_y=True)
    mean, linear, boosting = fit_baselines(
        Task.REGRESSION, frame(X[:300]), y[:300], frame(X[300:]), 0, seed=0
    )
    assert mean.predictions == pytest.approx(np.full(142, y[:300].mean()))
    alone = make_pipeline(StandardScaler(), Ridge()).fit(X[:300], y[:300])
    assert linear.predictions == pytest.approx(alone.predict(X[300:]), rel=0.02)
    assert score(Task.REGRESSION, y[300:], boosting) < score(Task.REGRESSION, y[300:], mean)
    assert [one.probabilities for one in (mean, linear, boosting)] == [None] * 3


def test_many_classes_with_one_that_is_missing_in_training() -> None:
    X, y = load_wine(return_X_y=True)
    train = y != 1
    for baseline in fit_baselines(Task.MULTICLASS, frame(X[train]), y[train], frame(X), 3, seed=0):
        assert baseline.probabilities is not None
        assert baseline.probabilities.shape == (178, 3)
        assert baseline.probabilities.sum(axis=1) == pytest.approx(np.ones(178))
        assert not baseline.probabilities[:, 1].any()


def test_categories_dates_and_gaps_are_used(table: Table) -> None:
    train, test = table(400), table(300)
    truth = (train["kind"].fill_null("0") == "1").to_numpy().astype(int)
    expected = (test["kind"].fill_null("0") == "1").to_numpy().astype(int)
    _, linear, boosting = fit_baselines(Task.BINARY, train, truth, test, 2, seed=0)
    assert score(Task.BINARY, expected, linear) > 0.99
    assert score(Task.BINARY, expected, boosting) > 0.99


def test_several_labels_and_several_numbers(table: Table) -> None:
    train = table(200)
    size = train["size"].to_numpy()
    labels = np.column_stack([size > 0, size > 0.5, np.zeros(200)]).astype(np.float32)
    fitted = fit_baselines(Task.MULTILABEL, train, labels, train, 0, seed=0)
    assert all(one.predictions.shape == one.probabilities.shape == (200, 3) for one in fitted)
    assert score(Task.MULTILABEL, labels.astype(int), fitted[2]) > 0.95
    assert "All training rows have the same answer." in fitted[2].note
    assert not fitted[2].shortened
    numbers = np.column_stack([size, 1e9 * size + 5e9])
    _, linear, _ = fit_baselines(Task.REGRESSION, train, numbers, train, 0, seed=0)
    assert linear.predictions == pytest.approx(numbers, rel=0.1, abs=1e8)


def test_weights_are_used(table: Table) -> None:
    train = table(200)
    generator = np.random.default_rng(0)
    truth, weights = generator.integers(0, 2, 200), np.ones(200)
    weights[truth == 1] = 50.0
    for baseline in fit_baselines(Task.BINARY, train, truth, train, 2, weights, seed=0):
        assert baseline.predictions.mean() > 0.9


def test_the_same_seed_gives_the_same_answers(table: Table) -> None:
    train, truth = table(300), np.arange(300) % 3
    first, second = (fit_baselines(Task.MULTICLASS, train, truth, train, 3, seed=4) for _ in range(2))
    for one, two in zip(first, second, strict=True):
        assert np.array_equal(one.probabilities, two.probabilities)


@pytest.mark.parametrize("rows", [1, 5, 20])
@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS, Task.REGRESSION])
def test_tiny_tables_work(table: Table, task: Task, rows: int) -> None:
    classes = {Task.BINARY: 2, Task.MULTICLASS: 3, Task.REGRESSION: 0}[task]
    truth = np.arange(rows) % classes if classes else np.arange(rows) * 1.5
    for baseline in fit_baselines(task, table(rows), truth, table(3), classes, seed=0):
        assert np.isfinite(baseline.predictions).all()


def test_hopeless_tables_work() -> None:
    generator = np.random.default_rng(0)
    train = pl.DataFrame(
        {
            "huge": generator.choice([-1e308, 1e308], 60),
            "gone": pl.Series([None] * 60, dtype=pl.Float64),
            "nameless": pl.Series([None] * 60, dtype=pl.String),
            "name": [f"person {index}" for index in range(60)],
            "fixed": np.ones(60),
        }
    )
    for baseline in fit_baselines(
        Task.REGRESSION, train, generator.normal(size=60) * 1e300, train, 0, seed=0
    ):
        assert np.isfinite(baseline.predictions).all()
    without = train.select("fixed")
    for baseline in fit_baselines(Task.BINARY, without, np.arange(60) % 2, without, 2, seed=0):
        assert np.isfinite(baseline.probabilities).all()


def test_wide_tables_stay_within_their_time_and_say_what_was_cut(
    clock: Callable[[float], Callable[[], float]],
) -> None:
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(120, 5000)), np.arange(120) % 2
    _, linear, boosting = fit_baselines(
        Task.BINARY, frame(X), y, frame(X[:10]), 2, seed=0, seconds=2.0, clock=clock(0.02)
    )
    assert linear.predictions.tolist() == y[:10].tolist()
    assert "Numbers are told apart in 31 steps" in boosting.note


def test_many_classes_are_cut_to_the_time_there_is() -> None:
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(3000, 8)), np.arange(3000) % 300
    fitted = fit_baselines(Task.MULTICLASS, frame(X), y, frame(X[:50]), 300, seed=0, seconds=1.0)
    # Thirty thousand trees take longer on any machine; a busy one may not come to train any.
    assert fitted[2].shortened
    assert "time" in fitted[2].note


def test_no_time_at_all_is_a_constant_answer_and_says_so(table: Table) -> None:
    truth = np.arange(50) % 2
    constant, linear, boosting = fit_baselines(Task.BINARY, table(50), truth, table(5), 2, seed=0, seconds=0)
    assert (constant.note, constant.shortened) == ("", False)
    for baseline in (linear, boosting):
        assert baseline.note == "Not trained, because the time was over: a constant answer."
        assert baseline.shortened
        assert np.array_equal(baseline.probabilities, constant.probabilities)


def test_a_clock_that_runs_fast_cuts_both_and_the_notes_say_so(
    table: Table, clock: Callable[[float], Callable[[], float]]
) -> None:
    generator = np.random.default_rng(0)
    train = table(5000)
    truth = (train["size"].to_numpy() + generator.normal(size=5000) > 0).astype(int)
    _, linear, boosting = fit_baselines(
        Task.BINARY, train, truth, table(5), 2, seed=0, seconds=60, clock=clock(2.0)
    )
    assert linear.shortened
    assert boosting.shortened
    assert "rounds to keep within the time" in boosting.note
    assert boosting.fit_seconds > 2


def test_steps_of_rounds_are_the_same_as_all_at_once(table: Table) -> None:
    train, truth = table(300), np.arange(300) % 2
    free = fit_baselines(Task.BINARY, train, truth, train, 2, seed=0)
    limited = fit_baselines(Task.BINARY, train, truth, train, 2, seed=0, seconds=1000)
    assert np.allclose(free[2].probabilities, limited[2].probabilities)
    assert np.allclose(free[1].probabilities, limited[1].probabilities, atol=0.01)
    assert [one.note for one in limited] == ["", "", ""]
