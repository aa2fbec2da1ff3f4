"""Effects, interactions and importance against closed forms, brute force and scikit-learn."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.metrics import root_mean_squared_error

import netwright as nw
from netwright.explain import effects, importance, interactions, shap

ROWS = 90


class Known(torch.nn.Module):
    """f(x) = 2 x0 + x0 x1 - x2."""

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return (2 * rows[:, 0] + rows[:, 0] * rows[:, 1] - rows[:, 2])[:, None]


class Outside(RegressorMixin, BaseEstimator):
    """A model as scikit-learn's inspection calls it."""

    def __init__(self, model: Any = None) -> None:
        self.model = model

    def fit(self, X: np.ndarray, y: np.ndarray) -> Outside:
        self.fitted_ = True
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict(X), dtype=np.float64)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    generator = np.random.default_rng(3)
    rows = generator.normal(size=(ROWS, 3))
    rows[:, 1] += 0.8 * rows[:, 0]
    return rows


@pytest.fixture(scope="module")
def regressor(rows: np.ndarray) -> nw.Regressor:
    truth = 2 * rows[:, 0] + rows[:, 0] * rows[:, 1] - rows[:, 2]
    return nw.Regressor(network=nw.nets.MLP(hidden=(16,)), epochs=30, progress=False).fit(rows, truth)


@pytest.fixture(scope="module")
def straight() -> tuple[nw.Regressor, np.ndarray]:
    """A linear network, whose effects are lines."""
    rows = np.random.default_rng(0).normal(size=(ROWS, 2))
    network = nw.nets.MLP(hidden=(), number_embedding="none")
    preparation = {"scaling": "standard"}
    truth = 3 * rows[:, 0] - rows[:, 1]
    model = nw.Regressor(network=network, preparation=preparation, epochs=20, progress=False)
    return model.fit(rows, truth), rows


def test_partial_dependence_is_scikit_learns(regressor: nw.Regressor, rows: np.ndarray) -> None:
    found = effects(regressor, rows, "x0", points=7)
    grid = [np.array(found.values, dtype=float)]
    outside = Outside(regressor).fit(rows, rows[:, 0])
    theirs = partial_dependence(outside, rows, [0], custom_values={0: grid[0]}, kind="both", method="brute")
    np.testing.assert_allclose(found.partial, theirs["average"][0], atol=1e-4)
    np.testing.assert_allclose(found.single, theirs["individual"][0], atol=1e-4)


def test_local_effects_are_the_sum_of_differences(regressor: nw.Regressor, rows: np.ndarray) -> None:
    """Apley and Zhu's estimator, written out row by row."""
    found = effects(regressor, rows, "x1", points=6)
    grid = np.array(found.values, dtype=float)
    curve, counts = [0.0], []
    for low, high in pairwise(grid):
        inside = (rows[:, 1] > low) & (rows[:, 1] <= high)
        inside |= (low == grid[0]) & (rows[:, 1] == low)
        changed = []
        for row in rows[inside]:
            ends = np.stack([row, row])
            ends[:, 1] = low, high
            before, after = regressor.predict(ends)
            changed.append(after - before)
        curve.append(curve[-1] + float(np.mean(changed)))
        counts.append(int(inside.sum()))
    middle = (np.array(curve[1:]) + np.array(curve[:-1])) / 2
    expected = np.array(curve) - (middle * counts).sum() / sum(counts)
    assert found.local is not None
    np.testing.assert_allclose(found.local, expected, atol=1e-4)
    assert found.counts[1:].tolist() == counts


def test_effects_of_a_linear_model_are_lines(straight: tuple[nw.Regressor, np.ndarray]) -> None:
    model, rows = straight
    zero, one = model.predict(np.array([[0.0, 0.0], [1.0, 0.0]]))
    found = effects(model, rows, "x0", points=5)
    grid = np.array(found.values, dtype=float)
    assert found.local is not None
    np.testing.assert_allclose(np.diff(found.local), (one - zero) * np.diff(grid), atol=1e-4)
    np.testing.assert_allclose(np.diff(found.partial), np.diff(found.local), atol=1e-4)


def test_interactions_are_friedmans_by_brute_force(rows: np.ndarray) -> None:
    def answer(made: np.ndarray) -> np.ndarray:
        return 2 * made[:, 0] + made[:, 0] * made[:, 1] - made[:, 2]

    def dependence(columns: list[int]) -> np.ndarray:
        means = []
        for row in rows[:40]:
            made = rows[:40].copy()
            made[:, columns] = row[columns]
            means.append(answer(made).mean())
        return np.array(means) - np.mean(means)

    found = interactions(Known(), torch.from_numpy(rows[:40]).float())
    assert len(found) == 3
    for pair in found:
        first, second = int(pair.first[1]), int(pair.second[1])
        joint = dependence([first, second])
        beyond = joint - dependence([first]) - dependence([second])
        assert pair.share == pytest.approx((beyond**2).sum() / (joint**2).sum(), abs=1e-5)
        assert pair.strength == pytest.approx(beyond.std(), abs=1e-5)


def test_grouped_columns_are_one_player_by_definition(rows: np.ndarray) -> None:
    """Two players: each has the mean of what it adds alone and what it adds last."""
    model = nw.Regressor(network=nw.nets.MLP(hidden=(8,)), epochs=5, progress=False).fit(
        rows, rows.sum(axis=1)
    )
    row, others = rows[0], rows[1:21]
    found = shap(model, rows[:1], others, groups=[["x0", "x2"]])

    def value(columns: list[int]) -> float:
        made = others.copy()
        made[:, columns] = row[columns]
        return float(model.predict(made).mean())

    none, group, single, both = value([]), value([0, 2]), value([1]), value([0, 1, 2])
    expected = [(group - none + both - single) / 2, (single - none + both - group) / 2]
    assert found.names == ("x0 + x2", "x1")
    np.testing.assert_allclose(found.values[0], expected, atol=1e-4)


def test_dropped_columns_are_trainings_by_hand(regressor: nw.Regressor, rows: np.ndarray) -> None:
    frame = pl.DataFrame(rows, schema=["a", "b", "c"], orient="row")
    truth = rows[:, 0] + 0.2 * rows[:, 1]
    settings = {"network": nw.nets.MLP(hidden=(8,)), "epochs": 4, "progress": False}
    model = nw.Regressor(**settings).fit(frame, truth)
    found = importance(model, frame, truth, metric="rmse", method="drop", train=(frame, truth))
    whole = root_mean_squared_error(truth, model.predict(frame))
    for one in found.columns:
        rest = frame.drop(one.column)
        less = nw.Regressor(**settings).fit(rest, truth)
        assert one.mean == pytest.approx(root_mean_squared_error(truth, less.predict(rest)) - whole, abs=1e-6)


def test_shuffled_columns_agree_with_scikit_learn(regressor: nw.Regressor, rows: np.ndarray) -> None:
    truth = 2 * rows[:, 0] + rows[:, 0] * rows[:, 1] - rows[:, 2]
    found = {one.column: one for one in importance(regressor, rows, truth, metric="rmse", repeats=20).columns}
    outside = Outside(regressor).fit(rows, truth)
    theirs = permutation_importance(
        outside, rows, truth, scoring="neg_root_mean_squared_error", n_repeats=20, random_state=0
    )
    for place, mean in enumerate(theirs["importances_mean"]):
        assert found[f"x{place}"].low <= mean <= found[f"x{place}"].high
