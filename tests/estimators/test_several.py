"""Folds, search and classical members, as one model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_diabetes, load_iris

import netwright as nw
from netwright.errors import MissingExtraError, RecipeError
from netwright.estimators import several
from netwright.estimators.folds import spread
from netwright.estimators.session import Session
from netwright.nets.blend import Blend
from netwright.nets.committee import Committee

X, Y = load_iris(return_X_y=True)
FLOWERS, SIZES = load_diabetes(return_X_y=True)
NETWORK = nw.nets.MLP(hidden=(8,))
QUICK: dict[str, Any] = {"epochs": 3, "progress": False, "watch": False}
NARROW: dict[str, Any] = {**QUICK, "network": NETWORK, "optimizer": nw.optimizers.AdamW()}


@pytest.fixture(autouse=True)
def _few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.estimators.search.TRIALS", 3)


@pytest.fixture(scope="module")
def by_folds() -> nw.Classifier:
    return nw.Classifier(effort="thorough", **NARROW).fit(X, Y)


def test_every_network_leaves_out_another_fold_and_counts_alike(by_folds: nw.Classifier) -> None:
    assert [(one.kind, one.fold, round(one.weight, 3)) for one in by_folds.members_] == [
        ("network", fold, 0.2) for fold in range(5)
    ]
    assert isinstance(by_folds.network_, Committee)
    assert "5 networks" in by_folds.reasons_["effort"]
    assert by_folds.search_ == ()


def test_reliability_comes_from_rows_that_were_left_out(by_folds: nw.Classifier) -> None:
    assert by_folds.assurance_.sets is not None
    assert by_folds.assurance_.sets.rows == len(X)
    assert 0.85 < by_folds.predict_set(X, 0.9)[np.arange(len(Y)), Y].mean() <= 1


def test_one_file_holds_all_networks(by_folds: nw.Classifier, tmp_path: Path) -> None:
    by_folds.save(tmp_path / "model.nw")
    again = nw.load(tmp_path / "model.nw")
    np.testing.assert_allclose(again.predict_proba(X), by_folds.predict_proba(X), atol=1e-6)
    assert again.members_ == by_folds.members_


def test_the_same_seed_gives_the_same_answers(by_folds: nw.Classifier) -> None:
    again = nw.Classifier(effort="thorough", **NARROW).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X), by_folds.predict_proba(X))


def test_given_validation_rows_are_never_trained_on() -> None:
    rows = np.random.default_rng(0).permutation(len(X))
    train, held = rows[:100], rows[100:]
    model = nw.Classifier(effort="thorough", **NARROW)
    model.fit(X[train], Y[train], validation=(X[held], Y[held]))
    assert model.assurance_.sets is not None
    assert model.assurance_.sets.rows == 50
    assert "different starts" in model.reasons_["effort"]


def test_settings_are_searched_where_they_were_left_open() -> None:
    pytest.importorskip("optuna")
    model = nw.Regressor(effort="thorough", **QUICK).fit(FLOWERS[:150], SIZES[:150])
    assert len(model.search_) == 3
    assert sum(trial.kept for trial in model.search_) == 1
    assert all(trial.loss is not None and trial.loss > 0 for trial in model.search_)
    assert set(model.search_[0].params) == {"width", "layers", "dropout", "learning_rate", "weight_decay"}


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"netwright\[tune\]"):
        nw.Classifier(effort="thorough", **QUICK).fit(X, Y)


def test_few_rows_are_not_divided_into_folds() -> None:
    model = nw.Classifier(effort="thorough", **NARROW).fit(X[40:70], Y[40:70])
    assert not hasattr(model, "members_")


@pytest.mark.parametrize("numbers", [False, True])
def test_classical_models_answer_beside_the_network(numbers: bool, tmp_path: Path) -> None:
    make = nw.Regressor if numbers else nw.Classifier
    rows, truth = (FLOWERS, SIZES) if numbers else (X, Y)
    model = make(blend="boosting,linear", **NARROW).fit(rows, truth)
    assert isinstance(model.network_, Blend)
    assert sum(one.weight for one in model.members_) == pytest.approx(1)
    assert model.score(rows, truth) > 0.4
    model.save(tmp_path / "model.nw")
    again = nw.load(tmp_path / "model.nw")
    np.testing.assert_allclose(again._answers(rows), model._answers(rows), atol=1e-6)


def test_categories_and_gaps_are_read_by_all(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "x": np.where(generator.random(300) < 0.1, np.nan, generator.normal(size=300)),
            "word": generator.choice(["a", "b", "c"], size=300),
        }
    )
    truth = frame["word"].to_numpy() == "a"
    model = nw.Classifier(blend=["boosting", "linear"], **NARROW).fit(frame, truth.astype(int))
    assert model.score(frame, truth.astype(int)) > 0.95
    model.save(tmp_path / "model.nw")
    unseen = pl.DataFrame({"x": [None, 1.0], "word": ["never", None]})
    np.testing.assert_allclose(
        nw.load(tmp_path / "model.nw").predict_proba(unseen), model.predict_proba(unseen), atol=1e-6
    )


def test_a_class_that_a_fold_lacks_is_no_obstacle() -> None:
    truth = Y.copy()
    truth[0] = 3
    model = nw.Classifier(effort="thorough", blend=["boosting", "linear"], **NARROW).fit(X, truth)
    assert model.predict_proba(X).shape == (150, 4)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, atol=1e-5)


def test_what_classical_models_cannot_do_is_refused() -> None:
    with pytest.raises(RecipeError, match="blend: Hinge"):
        nw.Classifier(blend="linear", loss=nw.losses.Hinge(), **NARROW).fit(X, Y)
    with pytest.raises(RecipeError, match="held-out rows"):
        nw.Classifier(blend="linear", early_stopping=None, **NARROW).fit(X, Y)
    with pytest.raises(RecipeError, match="blend: boosting read tables"):
        nw.Classifier(blend="boosting", epochs=1, progress=False).fit(["good", "bad"] * 30, [0, 1] * 30)


class Interrupting:
    """A clock that interrupts at its n-th reading."""

    def __init__(self, readings: int) -> None:
        self.readings = readings

    def __call__(self) -> float:
        self.readings -= 1
        if self.readings == 0:
            raise KeyboardInterrupt
        return 0.0


def test_an_interruption_leaves_the_networks_that_are_finished(tmp_path: Path) -> None:
    model = nw.Classifier(effort="thorough", calibrate=False, **NARROW)
    session = Session(several=True, folder=tmp_path)
    seen = model._seen(X, Y, None, None, session)
    outcome, _ = several.fit_several(model, seen, session, 0.0, Interrupting(11))
    assert outcome.interrupted
    finished = len(model.members_)
    assert 1 < finished < 5
    again = nw.Classifier(effort="thorough", calibrate=False, **NARROW)
    seen = again._seen(X, Y, None, None, session)
    outcome, _ = several.fit_several(again, seen, session, 0.0, lambda: 0.0)
    assert not outcome.interrupted
    assert len(again.members_) == 5
    before, after = model.network_.state_dict(), again.network_.state_dict()
    assert all(bool((after[name] == weight).all()) for name, weight in before.items())


class Slow:
    """A clock on which every reading takes a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_little_time_gives_fewer_networks(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    model = nw.Classifier(effort="thorough", time=30, **QUICK)
    session = Session(several=True, folder=tmp_path)
    outcome, _ = several.fit_several(model, model._seen(X, Y, None, None, session), session, 0.0, Slow())
    assert 1 <= len(model.members_) < 5
    assert any("no time" in event for event in outcome.events)
    assert len(json.loads((tmp_path / "search.json").read_text())) == len(model.search_)


def test_groups_stay_together_and_classes_are_spread() -> None:
    groups = np.repeat(np.arange(20), 5)
    parts = spread(100, 5, 0, groups=groups)
    assert all(len(set(parts[groups == group])) == 1 for group in range(20))
    assert np.bincount(parts).tolist() == [20] * 5
    classes = np.array([0] * 90 + [1] * 10)
    assert np.bincount(spread(100, 5, 0, classes=classes)[classes == 1]).tolist() == [2] * 5


def test_a_blend_is_exported_as_one_file(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    model = nw.Classifier(blend="boosting,linear", **NARROW).fit(X, Y)
    made = nw.export(model, tmp_path / "made", to="onnx")  # refused unless it answers as the model does
    assert (tmp_path / "made" / "model.onnx").exists()
    assert made is not None
