"""Thresholds against a search through all of them, and against the theory."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from netwright.errors import UserError
from netwright.metrics.threshold import choose_threshold


def rows(count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    probability = generator.beta(1, 4, size=count)
    return (generator.random(count) < probability).astype(int), probability


@pytest.mark.parametrize("metric", ["f1", "balanced_accuracy"])
def test_no_threshold_is_better(metric: str) -> None:
    truth, probability = rows(300)
    chosen = choose_threshold(truth, probability, metric=metric)
    score = {"f1": f1_score, "balanced_accuracy": balanced_accuracy_score}[metric]
    best = max(
        score(truth, probability >= at, **({"zero_division": 0} if metric == "f1" else {}))
        for at in probability
    )
    assert chosen.after[metric] == pytest.approx(best)
    assert chosen.after[metric] > chosen.before[metric]  # type: ignore[operator]
    assert chosen.after["roc_auc"] == chosen.before["roc_auc"]
    assert chosen.after["accuracy"] != chosen.before["accuracy"]


def test_costs_lead_to_their_ratio() -> None:
    truth, probability = rows()
    chosen = choose_threshold(truth, probability, costs={"false_positive": 1, "false_negative": 4})
    assert chosen.value == pytest.approx(1 / 5, abs=0.05)
    assert chosen.cost_after < chosen.cost_before  # type: ignore[operator]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"metric": "f1", "costs": {}}, {"metric": "roc_auc"}, {"costs": {"false_positive": 1}}],
    ids=["neither", "both", "metric", "costs"],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UserError):
        choose_threshold([0, 1], [0.2, 0.7], **wrong)  # type: ignore[arg-type]
