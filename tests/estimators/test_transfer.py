"""Transfer: what is taken over, what rests, and that it helps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.estimators.small_bodies import OTHERS, X, Y, small_body
from torch import nn

import netwright as nw
from netwright.errors import RecipeError

SETTINGS = {"epochs": 8, "precision": "float32", "early_stopping": None}


@pytest.fixture(scope="module")
def body() -> nw.Classifier:
    return small_body(10)


@pytest.mark.parametrize("freeze", ["gradual", "body", "none"])
def test_a_body_under_a_new_head(body: nw.Classifier, freeze: str) -> None:
    fitted = nw.Classifier(body=body, freeze=freeze, **SETTINGS).fit(X[OTHERS], Y[OTHERS])
    assert sorted(fitted.classes_) == ["full", "hollow"]
    assert set(fitted.transferred_.fresh) == {"output.weight", "output.bias", "beside.weight", "beside.bias"}
    assert "taken over" in fitted.reasons_["body"]
    mine, theirs = fitted.network_.state_dict(), body.network_.state_dict()
    same = all(torch.equal(mine[name], theirs[name]) for name in fitted.transferred_.taken)
    assert same is (freeze == "body")
    assert all(parameter.requires_grad for parameter in fitted.network_.parameters())


def test_other_label_sets_and_numbers(body: nw.Classifier) -> None:
    four = nw.Classifier(body=body, **SETTINGS).fit(X, Y)
    assert four.network_.output.out_features == 4
    number = nw.Regressor(body=body, **SETTINGS).fit(X, X.mean(axis=(1, 2)))
    assert number.network_.output.out_features == 1


def test_from_a_file_and_back_into_one(body: nw.Classifier, tmp_path: Path) -> None:
    body.save(tmp_path / "body.nw")
    fitted = nw.Classifier(body=str(tmp_path / "body.nw"), **SETTINGS).fit(X[OTHERS], Y[OTHERS])
    fitted.save(tmp_path / "new.nw")
    (tmp_path / "body.nw").unlink()
    again = nw.load(tmp_path / "new.nw")
    assert np.array_equal(again.predict_proba(X[:9]), fitted.predict_proba(X[:9]))


def test_pictures_of_another_size_are_brought_to_the_body(body: nw.Classifier) -> None:
    colour = np.repeat(np.kron(X[OTHERS], np.ones((1, 2, 2), np.uint8))[..., None], 3, axis=-1)
    fitted = nw.Classifier(body=body, **SETTINGS).fit(colour, Y[OTHERS])
    assert fitted.preparation_ == body.preparation_


def test_a_module_as_body() -> None:
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 7),
    )
    fitted = nw.Classifier(body=module, **SETTINGS).fit(X, Y)
    assert fitted.network_[5].out_features == 4
    assert module[5].out_features == 7
    assert fitted.transferred_.fresh == ("5.weight", "5.bias")


def test_a_model_of_the_hub_as_body(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.ResNetConfig(
        num_channels=1, embedding_size=8, hidden_sizes=[8, 8], depths=[1, 1], layer_type="basic", num_labels=7
    )
    config.image_size = 16
    transformers.ResNetForImageClassification(config).save_pretrained(tmp_path / "tiny")
    fitted = nw.Classifier(body=f"hub:{tmp_path / 'tiny'}", **SETTINGS).fit(X, Y)
    assert fitted.predict_proba(X[:3]).shape == (3, 4)
    assert fitted.preparation_.shape.height == 16
    assert len(fitted.transferred_.fresh) == 2
    with pytest.raises(RecipeError, match="cannot be taken from the hub"):
        nw.Classifier(body=f"hub:{tmp_path / 'nothing'}").fit(X, Y)


def test_a_table_as_body() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(200, 3))
    first = nw.Classifier(epochs=3).fit(rows, rows[:, 0] > 0)
    second = nw.Classifier(body=first, epochs=3).fit(rows, np.digitize(rows[:, 1], [-0.5, 0.5]))
    assert second.schema_ == first.schema_
    assert second.predict_proba(rows).shape == (200, 3)


def test_what_cannot_be_a_body() -> None:
    with pytest.raises(RecipeError, match="no run folder or model file"):
        nw.Classifier(body="nowhere/at/all").fit(X, Y)
    with pytest.raises(RecipeError, match="not fitted"):
        nw.Classifier(body=nw.Classifier()).fit(X, Y)
    with pytest.raises(RecipeError, match="no dense layer"):
        nw.Classifier(body=nn.Sequential(nn.Conv2d(1, 1, 3))).fit(X, Y)


def test_another_network_beside_a_body_is_refused(body: nw.Classifier) -> None:
    with pytest.raises(RecipeError, match="brings its own network"):
        nw.Classifier(body=body, network=nw.nets.ResNet()).fit(X, Y)


def test_an_ensemble_does_not_start_from_one_network(body: nw.Classifier) -> None:
    with pytest.raises(RecipeError, match=r"one network starts from one network"):
        nw.Classifier(body=body, ensemble=2, **SETTINGS).fit(X[OTHERS], Y[OTHERS])
