from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from netwright.errors import RecipeError
from netwright.estimators.perceptron import Perceptron


def expected_failures(estimator: Perceptron) -> dict[str, str]:
    """Rosenblatt's rule visits every row once a pass, so a weight is not the same as several copies."""
    if estimator.activation == "sigmoid":
        return {}
    return {"check_sample_weight_equivalence_on_dense_data": "Rosenblatt's rule depends on the order of rows"}


@parametrize_with_checks(
    [Perceptron("sigmoid", epochs=300), Perceptron("step", epochs=300)],
    expected_failed_checks=expected_failures,
)
def test_the_contract_of_scikit_learn(estimator, check) -> None:  # type: ignore[no-untyped-def]
    check(estimator)


@pytest.mark.parametrize("activation", ["sigmoid", "step"])
@given(seed=st.integers(0, 1000), inputs=st.integers(1, 6))
def test_separable_rows_are_separated(activation: str, seed: int, inputs: int) -> None:
    generator = np.random.default_rng(seed)
    direction = generator.normal(size=inputs)
    direction /= np.linalg.norm(direction)
    X = generator.normal(size=(60, inputs))
    distance = X @ direction
    X += np.outer(np.sign(distance) * 0.3, direction)  # a margin on both sides of the line
    X = 5 + X * generator.uniform(0.1, 100, inputs)
    y = np.where(distance > 0, "yes", "no")
    if len(set(y)) == 2:
        model = Perceptron(activation).fit(X, y)
        assert model.score(X, y) == 1
        np.testing.assert_array_equal(model.predict(X), model.classes_[(model.decision_function(X) >= 0) * 1])


@pytest.mark.parametrize("activation", ["sigmoid", "step"])
def test_no_line_solves_xor(activation: str) -> None:
    generator = np.random.default_rng(0)
    corners = generator.integers(0, 2, (400, 2))
    X, y = corners + generator.normal(0, 0.05, (400, 2)), corners[:, 0] ^ corners[:, 1]
    model = Perceptron(activation, epochs=100).fit(X, y)
    assert model.score(X, y) < 0.8
    if activation == "step":
        assert model.n_iter_ == 100
        assert min(model.history_[0][10:]) > 0.2
    else:
        assert abs(model.predict_proba(X)[:, 1] - 0.5).max() < 0.15


def test_and_or_are_learnt_by_rosenblatts_rule() -> None:
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    for y in ([0, 0, 0, 1], [0, 1, 1, 1]):
        model = Perceptron("step").fit(X, y)
        np.testing.assert_array_equal(model.predict(X), y)
        assert model.history_[0][-1] == 0
        assert model.n_iter_ < 50


def test_the_sigmoid_is_logistic_regression() -> None:
    generator = np.random.default_rng(1)
    X = generator.normal(3, 2, (300, 4))
    y = (X @ [1, -1, 0.5, 0] + generator.normal(0, 2, 300) > 1).astype(int)
    model = Perceptron(epochs=20_000).fit(X, y)
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(model.coef_, reference.coef_, rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(model.predict_proba(X), reference.predict_proba(X), atol=1e-3)
    assert model.history_[0][-1] < model.history_[0][0]


@pytest.mark.parametrize("activation", ["sigmoid", "step"])
def test_many_classes(activation: str) -> None:
    X, y = load_iris(return_X_y=True)
    model = Perceptron(activation, epochs=200).fit(X, y)
    assert model.coef_.shape == (3, 4)
    assert model.decision_function(X).shape == (150, 3)
    assert model.score(X, y) > 0.85
    assert cross_val_score(clone(model), X, y, cv=3).mean() > 0.8


def test_probabilities_only_of_a_sigmoid() -> None:
    X, y = load_iris(return_X_y=True)
    np.testing.assert_allclose(Perceptron().fit(X, y).predict_proba(X).sum(axis=1), 1)
    assert not hasattr(Perceptron("step"), "predict_proba")


def test_the_same_seed_gives_the_same_weights() -> None:
    X, y = load_iris(return_X_y=True)
    first, second, other = (Perceptron("step", epochs=5, seed=seed).fit(X, y).coef_ for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_mistakes_are_explained() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'sigmoid'"):
        Perceptron("sigmoyd").fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(RecipeError, match="epochs"):
        Perceptron(epochs=0).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="only one class"):
        Perceptron().fit([[0.0], [1.0]], [1, 1])


def test_a_logistic_unit_weighs_rows_as_if_they_stood_there_as_often() -> None:
    X, y = load_iris(return_X_y=True)
    times = np.random.default_rng(0).integers(0, 4, len(X))
    weighed = Perceptron(epochs=5000).fit(X, y == 1, sample_weight=times)
    repeated = Perceptron(epochs=5000).fit(np.repeat(X, times, axis=0), np.repeat(y == 1, times))
    np.testing.assert_allclose(weighed.coef_, repeated.coef_, rtol=1e-6)
    np.testing.assert_allclose(weighed.intercept_, repeated.intercept_, rtol=1e-6)


@pytest.mark.parametrize("activation", ["sigmoid", "step"])
def test_rows_without_weight_do_not_count(activation: str) -> None:
    X = np.array([[0.0], [1.0], [2.0], [3.0], [100.0]])
    y = np.array([0, 0, 1, 1, 0])
    model = Perceptron(activation).fit(X, y, sample_weight=[1, 1, 1, 1, 0])
    assert model.score(X[:4], y[:4]) == 1
    with pytest.raises(ValueError, match="row 2 has -1"):
        Perceptron(activation).fit(X, y, sample_weight=[1, -1, 1, 1, 0])
