"""Boosted trees as tensors answer as the package that grew them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from netwright.estimators.classical_members import _arrays
from netwright.nets.trees import Trees

GENERATOR = np.random.default_rng(0)
NUMBERS = GENERATOR.normal(size=(600, 3)).astype(np.float32)
CODES = GENERATOR.integers(0, 30, size=(600, 2))
MATRIX = np.hstack([NUMBERS, CODES]).astype(np.float64)
WISH = NUMBERS[:, 0] * NUMBERS[:, 1] + CODES[:, 0] % 3 + 0.1 * GENERATOR.normal(size=600)
CATEGORIES = np.array([False, False, False, True, True])

MODELS = {
    "two classes": (HistGradientBoostingClassifier, (WISH > 1).astype(int)),
    "four classes": (HistGradientBoostingClassifier, np.digitize(WISH, [0, 1, 2])),
    "numbers": (HistGradientBoostingRegressor, WISH),
}


def grown(name: str) -> tuple[Any, Trees]:
    kind, truth = MODELS[name]
    model = kind(max_iter=12, categorical_features=CATEGORIES).fit(MATRIX, truth)
    return model, Trees(_arrays(model, model._baseline_prediction.size))


@pytest.mark.parametrize("name", MODELS)
def test_sums_are_those_of_scikit_learn(name: str) -> None:
    model, trees = grown(name)
    found = trees(torch.from_numpy(NUMBERS), torch.from_numpy(CODES)).numpy()
    np.testing.assert_allclose(found, model._raw_predict(MATRIX), atol=1e-5)


def test_a_code_that_was_never_seen_goes_the_way_of_a_missing_value() -> None:
    model, trees = grown("numbers")
    rows = MATRIX[:50].copy()
    rows[:, 3] = 77.0
    found = trees(torch.from_numpy(NUMBERS[:50]), torch.from_numpy(rows[:, 3:]).long()).numpy()
    np.testing.assert_allclose(found, model._raw_predict(rows), atol=1e-5)


def test_numbers_at_a_threshold_fall_as_in_64_bits() -> None:
    model, trees = grown("numbers")
    at = np.array([node["num_threshold"] for node in model._predictors[0][0].nodes if not node["is_leaf"]])
    rows = np.zeros((len(at), 5), dtype=np.float32)
    rows[:, :3] = at.astype(np.float32)[:, None]
    found = trees(torch.from_numpy(rows[:, :3]), torch.zeros((len(at), 2), dtype=torch.int64)).numpy()
    np.testing.assert_allclose(found, model._raw_predict(rows.astype(np.float64)), atol=1e-5)


def test_saved_arrays_fit_into_trees_of_the_same_sizes() -> None:
    _, trees = grown("four classes")
    again = Trees.like(trees.state_dict())
    again.load_state_dict(trees.state_dict())
    rows, codes = torch.from_numpy(NUMBERS), torch.from_numpy(CODES)
    assert torch.equal(again(rows, codes), trees(rows, codes))


def test_trees_looked_up_in_pieces_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, trees = grown("four classes")
    rows, codes = torch.from_numpy(NUMBERS), torch.from_numpy(CODES)
    whole = trees(rows, codes)
    monkeypatch.setattr("netwright.nets.trees.TREES_AT_ONCE", 8)
    torch.testing.assert_close(trees(rows, codes), whole)
