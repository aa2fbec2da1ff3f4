"""Transfer to few labels: the discriminant that answers beside the fine-tuned network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.covariance import ShrunkCovariance, ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from tests.estimators.small_bodies import FIRST, OTHERS, X, Y, small_body

import netwright as nw
from netwright.estimators import map_reading
from netwright.training.losses import CrossEntropy

SETTINGS = {"epochs": 4, "precision": "float32", "early_stopping": None}


@pytest.fixture(scope="module")
def body() -> nw.Classifier:
    return small_body(4)


def test_the_discriminant_is_the_one_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [30, 40, 50])
    values = random.normal(size=(120, 6)) @ random.normal(size=(6, 6)) + truth[:, None]
    means = np.stack([values[truth == one].mean(axis=0) for one in range(3)])
    _, shrinkage = ledoit_wolf(values - means[truth], assume_centered=True)
    oracle = LinearDiscriminantAnalysis(
        solver="lsqr", covariance_estimator=ShrunkCovariance(shrinkage=shrinkage, assume_centered=False)
    ).fit(values, truth)
    weight, bias = map_reading.discriminant(values, truth)
    answers = values @ weight.T + bias
    assert (answers.argmax(axis=1) == oracle.predict(values)).mean() > 0.97
    found = np.corrcoef((answers - answers.mean(1, keepdims=True)).ravel(), _centred(oracle, values))[0, 1]
    assert found > 0.99


def _centred(oracle: LinearDiscriminantAnalysis, values: np.ndarray) -> np.ndarray:
    answers = oracle.decision_function(values)
    return (answers - answers.mean(axis=1, keepdims=True)).ravel()


@pytest.mark.parametrize("rows", [OTHERS, np.ones(len(Y), bool)], ids=["two", "four"])
def test_it_answers_as_loudly_as_the_network(body: nw.Classifier, rows: np.ndarray) -> None:
    model = nw.Classifier(body=body, calibrate=False, **SETTINGS).fit(X[rows], Y[rows])
    network = model.network_.eval()
    with torch.no_grad():
        pixels = torch.from_numpy(X[rows])[:, None]
        own = network.output(network.features(pixels))
        second = network(pixels) - own
    apart = [one if one.shape[1] == 1 else one - one.mean(1, keepdim=True) for one in (own, second)]
    assert float(apart[1].square().mean()) == pytest.approx(float(apart[0].square().mean()), rel=1e-3)
    assert any("discriminant" in told for told in model.outcome_.afterwards)


def test_it_is_saved_and_starts_anew_in_the_next_transfer(body: nw.Classifier, tmp_path: Path) -> None:
    model = nw.Classifier(body=body, **SETTINGS).fit(X[OTHERS], Y[OTHERS])
    model.save(tmp_path / "model.nw")
    again = nw.load(tmp_path / "model.nw")
    np.testing.assert_array_equal(again.predict_proba(X[OTHERS]), model.predict_proba(X[OTHERS]))
    third = nw.Classifier(body=again, **SETTINGS).fit(X[FIRST], Y[FIRST])
    assert "beside.weight" in third.transferred_.fresh
    assert third.score(X[FIRST], Y[FIRST]) > 0.8


def test_who_goes_without(body: nw.Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = nw.Classifier(network=nw.nets.CNN(widths=(8, 16), layers=1), **SETTINGS).fit(X, Y)
    assert plain.network_.beside is None
    weighted = nw.Classifier(body=body, loss=CrossEntropy(class_weights="balanced"), **SETTINGS).fit(X, Y)
    assert not weighted.network_.beside.weight.any()
    numbers = nw.Regressor(body=body, **SETTINGS).fit(X[OTHERS], np.arange(OTHERS.sum()) / 10.0)
    assert numbers.network_.beside is None
    monkeypatch.setattr(map_reading, "FEW_LABELS", 20)
    many = nw.Classifier(body=body, **SETTINGS).fit(X, Y)
    assert many.network_.beside is None


def test_too_few_of_a_class(body: nw.Classifier) -> None:
    few = np.concatenate([np.flatnonzero(Y == "full")[:30], np.flatnonzero(Y == "hollow")[:9]])
    model = nw.Classifier(body=body, **SETTINGS).fit(X[few], Y[few])
    assert not model.network_.beside.weight.any()
