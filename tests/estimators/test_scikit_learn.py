"""scikit-learn's own checks of what an estimator has to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import netwright as nw

SMALL = nw.nets.MLP(hidden=(32, 32), number_embedding="piecewise_linear", bins=8, members=2)


def expected_failures(estimator: Any) -> dict[str, str]:
    return {
        "check_sample_weight_equivalence_on_dense_data": "rows are drawn in random batches: a row of weight "
        "two and the same row twice are equal in expectation, not in every weight of the network",
        "check_methods_subset_invariance": "asks for equality to 1e-7 whatever the batch; networks answer in "
        "32-bit numbers, whose last digit depends on how many rows are multiplied at once",
    }


@parametrize_with_checks(
    [nw.Classifier(epochs=20, network=SMALL), nw.Regressor(epochs=40, network=SMALL)],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_a_pipeline() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(SimpleImputer(), StandardScaler(), nw.Classifier(epochs=5))
    assert model.fit(X, y).score(X, y) > 0.9


def test_a_grid_search_over_settings_of_the_recipe() -> None:
    X, y = load_diabetes(return_X_y=True)
    rates = [1e-6, 1e-2]
    grid = {"optimizer": [nw.optimizers.AdamW(learning_rate=rate) for rate in rates]}
    search = GridSearchCV(nw.Regressor(epochs=5), grid, cv=2).fit(X[:200], y[:200])
    assert search.best_params_["optimizer"].learning_rate == 1e-2


def test_sample_weight_passes_through_cross_validation(two_processes: int) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    scores = cross_val_score(
        nw.Classifier(epochs=2), X, y, cv=2, n_jobs=two_processes, params={"sample_weight": np.ones(len(y))}
    )
    assert scores.min() > 0.8


@pytest.mark.parametrize("labels", [2, 3])
def test_several_labels_at_once(labels: int) -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 4))
    y = (X[:, :labels] > 0).astype(int)
    model = nw.Classifier(epochs=20).fit(X, y)
    assert model.predict(X).shape == y.shape
    assert (model.predict(X) == y).mean() > 0.95
    assert model.predict_proba(X).shape == y.shape


def test_several_numbers_at_once() -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 4))
    y = np.column_stack([X[:, 0] * 100, X[:, 1] - 5])
    assert nw.Regressor(epochs=30).fit(X, y).score(X, y) > 0.9
