"""The threshold that is kept with a model, and what a model promises beside what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_friedman1
from sklearn.metrics import f1_score, log_loss
from tests.cli.command import netwright

import netwright as nw
from netwright.errors import RecipeError
from netwright.metrics.threshold import choose_threshold
from netwright.verbs.evidence import answers_of
from netwright.verbs.promises import measure_promises, threshold_effect

X, Y = make_classification(600, 6, n_informative=4, weights=[0.85], flip_y=0.1, random_state=0)
HELD = slice(300, 450)
SETTINGS: dict[str, Any] = {
    "network": nw.nets.MLP(hidden=(16,)),
    "epochs": 5,
    "progress": False,
    "watch": False,
}
COSTS = {"false_positive": 1.0, "false_negative": 10.0}


def trained(**more: Any) -> nw.Classifier:
    return nw.Classifier(**SETTINGS, **more).fit(X[:300], Y[:300], validation=(X[HELD], Y[HELD]))


def test_the_threshold_is_the_best_on_the_held_out_rows_and_predict_uses_it() -> None:
    model = trained(threshold="f1")
    chances = model.predict_proba(X)[:, 1]
    expected = choose_threshold(Y[HELD], chances[HELD], metric="f1").value
    assert model.target_.threshold == pytest.approx(expected, abs=1e-5)
    assert (model.predict(X) == (chances >= model.target_.threshold)).all()
    plain = trained()
    assert f1_score(Y[HELD], model.predict(X[HELD])) >= f1_score(Y[HELD], plain.predict(X[HELD]))
    np.testing.assert_array_equal(plain.predict_proba(X), model.predict_proba(X))


def test_dear_misses_lower_the_threshold_and_it_is_saved(tmp_path: Path) -> None:
    model = trained(threshold=COSTS)
    assert model.target_.threshold < 0.4
    assert model.predict(X).sum() > trained().predict(X).sum()
    model.save(tmp_path / "model.nw")
    again = nw.load(tmp_path / "model.nw")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.assurance_.threshold == model.assurance_.threshold


def test_the_effect_is_measured_on_other_rows() -> None:
    model = trained(threshold=COSTS)
    rows, truth = X[450:], Y[450:]
    effect = threshold_effect(model, truth, answers_of(model, rows))
    assert effect is not None
    wrong = model.predict(rows) != truth
    expected = (1.0 * (wrong & (truth == 0)) + 10.0 * (wrong & (truth == 1))).mean()
    assert effect.cost_after == pytest.approx(expected)
    assert effect.after["accuracy"] == pytest.approx((~wrong).mean())
    assert effect.before["roc_auc"] == effect.after["roc_auc"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"threshold": "auc"}, "threshold"),
        ({"threshold": {"false_positive": 1.0}}, "false_negative"),
        ({"threshold": "f1", "loss": "hinge"}, "needs probabilities"),
        ({"threshold": "f1", "early_stopping": None}, "held-out rows"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        nw.Classifier(**SETTINGS, **more).fit(X[:100], Y[:100])


def test_many_classes_have_no_threshold() -> None:
    with pytest.raises(RecipeError, match="between two classes"):
        nw.Classifier(**SETTINGS, threshold="f1").fit(X, np.arange(len(X)) % 3)
    with pytest.raises(RecipeError, match="averaged before"):
        nw.Ensemble(2, settings={**SETTINGS, "threshold": "f1"}).fit(X, Y)


def test_promises_of_classes_are_counted() -> None:
    model = trained()
    rows, truth = X[450:], Y[450:]
    found = measure_promises(model, rows, truth, answers_of(model, rows))
    assert found is not None
    asked = next(one for one in found.coverages if one.asked == 0.9)
    sets = model.predict_set(rows, 0.9)
    assert asked.held == pytest.approx(sets[np.arange(150), truth].mean())
    assert asked.size == pytest.approx(sets.sum(axis=1).mean())
    loose = next(one for one in found.answered if one.error_rate == 0.1)
    said, sure = model.predict_if_sure(rows, 0.1)
    assert loose.share == pytest.approx(sure.mean())
    assert loose.wrong == (pytest.approx((said != truth)[sure].mean()) if sure.any() else None)
    assert found.temperature is not None
    if not found.temperature.kept:
        assert found.temperature.before == pytest.approx(
            log_loss(Y[HELD], model.predict_proba(X[HELD])), 1e-4
        )


def test_promises_of_numbers_are_counted() -> None:
    rows, truth = make_friedman1(500, random_state=0)
    model = nw.Regressor(**SETTINGS).fit(rows[:300], truth[:300], validation=(rows[300:400], truth[300:400]))
    found = measure_promises(model, rows[400:], truth[400:], answers_of(model, rows[400:]))
    assert found is not None
    low, high = model.predict_interval(rows[400:], 0.9).T
    assert found.coverages[1].held == pytest.approx(((low <= truth[400:]) & (truth[400:] <= high)).mean())
    assert found.coverages[1].size == pytest.approx((high - low).mean())
    assert found.answered == ()


def test_the_report_and_evaluate_say_what_the_threshold_costs(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    lines = [",".join("abcdef") + ",y"]
    lines += [
        ",".join(f"{v:.4f}" for v in row) + f",{'yes' if y else 'no'}" for row, y in zip(X, Y, strict=True)
    ]
    file.write_text("\n".join(lines) + "\n")
    told = [f"--set=threshold.{name}={cost}" for name, cost in COSTS.items()]
    assert (
        netwright(
            "train",
            file,
            "--target",
            "y",
            "--set",
            "epochs=2",
            "--set",
            "effort=quick",
            "--out",
            tmp_path / "run",
            *told,
        ).status
        == 0
    )
    page = (tmp_path / "run" / "report.html").read_text()
    assert "What the threshold gains and costs" in page
    assert "How often sets of classes held the truth" in page
    kept = json.loads((tmp_path / "run" / "metrics.json").read_text())["promises"]
    assert kept["threshold"]["cost_after"] is not None
    answer = netwright("evaluate", tmp_path / "run", file)
    assert "mean cost of a row" in answer.out
