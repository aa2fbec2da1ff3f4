"""Ensembles: several networks are explained as what they are, one answer."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.errors import UserError
from netwright.explain import check, counterfactuals, effects, importance, lime, saliency, shap

SETTINGS = {"network": nw.nets.MLP(hidden=(8,)), "epochs": 8}


@pytest.fixture(scope="module")
def ensemble(frame: pl.DataFrame, truth: np.ndarray) -> nw.Ensemble:
    return nw.Ensemble(2, settings=SETTINGS, progress=False).fit(frame, truth)


def test_scores_are_the_weighted_mean_of_the_members(ensemble: nw.Ensemble, frame: pl.DataFrame) -> None:
    found = shap(ensemble, frame[:3], frame[:30])
    alone = [shap(one, frame[:3], frame[:30]).values for one in ensemble.models_]
    np.testing.assert_allclose(found.values, np.average(alone, axis=0, weights=ensemble.weights_), atol=1e-6)
    assert [row.answer for row in found.rows] == pytest.approx(ensemble.predict_proba(frame[:3])[:, 1])
    assert check(found).rows == 3


def test_every_way_of_tables(ensemble: nw.Ensemble, frame: pl.DataFrame, truth: np.ndarray) -> None:
    assert lime(ensemble, frame[:1], frame[:30], least_fit=0).names == shap(ensemble, frame[:1]).names
    assert effects(ensemble, frame, "size", points=4).partial[-1] > 0
    assert importance(ensemble, frame, truth).columns[0].column in ("size", "colour", "twin")
    row = int(np.flatnonzero(ensemble.predict(frame) == "no")[0])
    assert all(one.after == "yes" for one in counterfactuals(ensemble, frame[row : row + 1], frame))
    with pytest.raises(UserError, match="models_"):
        saliency(ensemble, frame[:2])


def test_members_with_other_classes_and_numbers() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(80, 2))
    numbers = nw.Ensemble(2, settings=SETTINGS, progress=False).fit(rows, 5 + 3 * rows[:, 0])
    found = shap(numbers, rows[:2], rows[:20])
    np.testing.assert_allclose([row.answer for row in found.rows], numbers.predict(rows[:2]), atol=1e-5)
