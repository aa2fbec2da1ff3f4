"""SHAP values of models: in the user's columns, adding up, of every form of rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

import netwright as nw
from netwright.errors import UserError
from netwright.explain import check, shap


def test_columns_are_the_users_and_scores_add_up(model: nw.Classifier, frame: pl.DataFrame) -> None:
    found = shap(model, frame[:4], frame)
    assert found.names == ("size", "twin", "gap", "colour", "idle")
    assert found.method == "exact SHAP"
    answers = model.predict_proba(frame[:4])[:, 1]
    base = model.predict_proba(frame[:100])[:, 1]
    assert found.values.sum(axis=1) + [row.base for row in found.rows] == pytest.approx(answers, abs=1e-5)
    assert 0 <= base.mean() <= 1
    assert found.ranking()[-1][0] in ("idle", "gap")
    assert found[0].values[3] == frame["colour"][0]


def test_the_methods_agree(model: nw.Classifier, frame: pl.DataFrame) -> None:
    exact = shap(model, frame[:3], frame[:30], method="exact").values
    walked = shap(model, frame[:3], frame[:30], method="permutation", tolerance=0.002).values
    np.testing.assert_allclose(walked, exact, atol=0.01)


def test_groups_are_given_or_found(model: nw.Classifier, frame: pl.DataFrame) -> None:
    found = shap(model, frame[:2], frame, groups="correlated")
    assert "size + twin" in found.names
    assert shap(model, frame[:2], frame, groups=[["gap", "idle"]]).names[2] == "gap + idle"
    with pytest.raises(UserError, match="Did you mean"):
        shap(model, frame[:2], frame, groups=[["sizes", "gap"]])


def test_one_row_is_explained_without_a_background(model: nw.Classifier, frame: pl.DataFrame) -> None:
    assert "nothing is known" in shap(model, frame[:1]).reference


def test_log_odds_and_unknown_answers(model: nw.Classifier, frame: pl.DataFrame) -> None:
    found = shap(model, frame[:1], frame, scale="log-odds", answer="no")
    chance = model.predict_proba(frame[:1])[0, 0]
    assert found[0].answer == pytest.approx(np.log(chance / (1 - chance)), abs=1e-3)
    with pytest.raises(UserError, match="no answer 'maybe'"):
        shap(model, frame[:1], answer="maybe")


def test_categories_have_no_gradient_and_it_says_so(model: nw.Classifier, frame: pl.DataFrame) -> None:
    found = shap(model, frame[:1], frame, method="gradients")
    assert any("categories have no gradient" in note for note in found.notes)


def test_a_loaded_model_has_the_same_explanation(
    model: nw.Classifier, frame: pl.DataFrame, tmp_path: Path
) -> None:
    model.save(tmp_path / "m.nw")
    again = shap(nw.load(tmp_path / "m.nw"), frame[:2], frame)
    np.testing.assert_array_equal(again.values, shap(model, frame[:2], frame).values)


def test_a_module_of_ones_own() -> None:
    network = torch.nn.Linear(3, 1, bias=False)
    rows = torch.eye(3)
    found = shap(network, rows, torch.zeros(1, 3))
    weights = network.weight.detach().numpy()[0]
    np.testing.assert_allclose(found.values, np.diag(weights), atol=1e-7)
    gradients = shap(network, rows, torch.zeros(1, 3), method="gradients")
    np.testing.assert_allclose(gradients.values, np.diag(weights), atol=1e-6)


def test_texts_by_word() -> None:
    texts = ["good fine day", "bad poor day", "good luck", "bad luck"] * 10
    model = nw.Classifier(epochs=20, progress=False).fit(texts, ["up", "down"] * 20)
    found = shap(model, ["good old day"])
    assert found.names == ("good", "old", "day")
    assert found.largest_gap < 1e-6
    assert found[0].names[int(found[0].order[0])] == "good"


def test_pictures_by_region_and_series_by_stretch() -> None:
    generator = np.random.default_rng(0)
    convolution = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(200, 2))
    pictures = torch.from_numpy(generator.random((1, 1, 12, 12)).astype(np.float32))
    found = shap(convolution, pictures, parts=9)
    assert len(found.names) == 9
    assert found.largest_gap < 1e-6
    series = torch.from_numpy(generator.random((1, 20, 1)).astype(np.float32))
    flat = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(20, 1))
    assert shap(flat, series, parts=4).names[0] == "channel 1, steps 1–5".removeprefix("channel 1, ")


def test_the_check_likes_good_explanations_and_not_bad_ones(
    model: nw.Classifier, frame: pl.DataFrame
) -> None:
    found = shap(model, frame[:12], frame)
    good = check(found)
    assert good.good, good
    assert good.deletion_gain > 0
    for row in found.rows:
        row.scores[:] = -row.scores
    assert check(found).deletion_gain < 0


def test_the_page_and_the_frame(model: nw.Classifier, frame: pl.DataFrame, tmp_path: Path) -> None:
    found = shap(model, frame[:3], frame)
    found.page(tmp_path / "why.html")
    assert "colour" in (tmp_path / "why.html").read_text()
    assert found.to_frame().height == 15
    assert "Local accuracy" in str(found)
