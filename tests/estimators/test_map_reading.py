"""Transfer to few labels: the discriminant that answers beside the fine-tuned network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from tests.estimators.shapes_drawn import drawn

import netwright as nw
from netwright.estimators import map_reading
from netwright.nets.map_reader import quartered
from netwright.training.losses import CrossEntropy

X, Y = drawn(240)
FIRST, OTHERS = np.isin(Y, ["lying", "standing"]), np.isin(Y, ["full", "hollow"])
SETTINGS = {"epochs": 4, "precision": "float32", "early_stopping": None}


@pytest.fixture(scope="module")
def body() -> nw.Classifier:
    network = nw.nets.CNN(widths=(8, 16), layers=1)
    return nw.Classifier(network=network, epochs=4, precision="float32").fit(X[FIRST], Y[FIRST])


@pytest.mark.parametrize("rows", [OTHERS, np.ones(len(Y), bool)], ids=["two", "four"])
def test_it_is_the_shrunk_discriminant_of_the_maps(body: nw.Classifier, rows: np.ndarray) -> None:
    model = nw.Classifier(body=body, **SETTINGS).fit(X[rows], Y[rows])
    network = model.network_.eval()
    with torch.no_grad():
        maps = quartered(network.lower_maps(torch.from_numpy(X[rows])[:, None])).numpy().astype(float)
    spread = maps.std(axis=0) + 1e-6
    oracle = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(maps / spread, Y[rows])
    logits = maps @ network.beside.weight.numpy().T + network.beside.bias.numpy()
    expected = map_reading.SHARE * oracle.decision_function(maps / spread).reshape(len(maps), -1)
    np.testing.assert_allclose(logits, expected, rtol=1e-3, atol=1e-3)
    assert any("discriminant" in told for told in model.outcome_.events)


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
