"""Several models that answer together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris

import netwright as nw
from netwright.errors import DataError, RecipeError

X, Y = load_iris(return_X_y=True)
SETTINGS: dict[str, Any] = {
    "epochs": 4,
    "progress": False,
    "watch": False,
    "network": nw.nets.MLP(hidden=(16,)),
}


def make(way: str, **more: Any) -> nw.Ensemble:
    return nw.Ensemble(3, way=way, settings=SETTINGS, progress=False, **more)


@pytest.fixture(scope="module", params=["folds", "seeds", "snapshots"])
def fitted(request: pytest.FixtureRequest) -> nw.Ensemble:
    return make(request.param).fit(X, Y)


def test_answers_are_the_weighted_mean_of_the_members(fitted: nw.Ensemble) -> None:
    expected = sum(
        weight * model.predict_proba(X) for weight, model in zip(fitted.weights_, fitted.models_, strict=True)
    )
    np.testing.assert_allclose(fitted.predict_proba(X), expected, atol=1e-6)
    assert fitted.weights_.sum() == pytest.approx(1)
    assert len(fitted.models_) == 3
    assert (fitted.predict(X) == fitted.classes_[fitted.predict_proba(X).argmax(axis=1)]).all()


def test_members_differ(fitted: nw.Ensemble) -> None:
    first, second = (model.predict_proba(X) for model in fitted.models_[:2])
    assert not np.allclose(first, second)


def test_one_file_holds_them_all(fitted: nw.Ensemble, tmp_path: Path) -> None:
    fitted.save(tmp_path / "ensemble.nw")
    again = nw.load(tmp_path / "ensemble.nw")
    np.testing.assert_allclose(again.predict_proba(X), fitted.predict_proba(X), atol=1e-6)
    assert (again.predict_set(X, 0.8) == fitted.predict_set(X, 0.8)).all()


def test_sets_hold_the_truth(fitted: nw.Ensemble) -> None:
    assert fitted.predict_set(X, 0.9)[np.arange(len(Y)), Y].mean() > 0.8


def test_the_same_seed_gives_the_same_answers() -> None:
    first, second, other = (make("folds", seed=seed).fit(X, Y).predict_proba(X) for seed in (1, 1, 2))
    assert (first == second).all()
    assert not (first == other).all()


def test_numbers_and_their_intervals() -> None:
    rows, amounts = load_diabetes(return_X_y=True)
    model = make("folds").fit(rows, amounts)
    low, high = model.predict_interval(rows).T
    assert (low < model.predict(rows)).all()
    assert 0.8 < ((low <= amounts) & (amounts <= high)).mean() < 1
    assert not hasattr(model, "predict_proba")


def test_it_clones() -> None:
    assert clone(make("seeds")).get_params()["way"] == "seeds"


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"way": "fold"}, "Did you mean"), ({"members": 1}, "2 or more"), ({"task": "x"}, "task")],
)
def test_what_cannot_be_is_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        nw.Ensemble(**settings).fit(X, Y)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="at least 40"):
        make("folds").fit(X[::8], Y[::8])


def test_as_many_snapshots_need_as_many_epochs() -> None:
    model = nw.Ensemble(5, way="snapshots", settings={**SETTINGS, "epochs": 3}, progress=False)
    with pytest.raises(RecipeError, match="5 snapshots"):
        model.fit(X, Y)


@pytest.mark.parametrize("way", ["folds", "seeds"])
def test_pictures(way: str, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 60, (48, 8, 8), dtype=np.uint8)
    truth = np.arange(48) % 2
    pixels[truth == 1, :, 4:] += 150
    settings = {"epochs": 6, "network": nw.nets.CNN(widths=(4,), layers=1), "augmentation": None}
    model = nw.Ensemble(2, way=way, settings=settings).fit(pixels, truth)
    assert (model.predict(pixels) == truth).mean() > 0.9
    model.save(tmp_path / "model.nw")
    np.testing.assert_array_equal(
        nw.load(tmp_path / "model.nw").predict_proba(pixels[:5]), model.predict_proba(pixels[:5])
    )
