"""Estimators are watched: the weights stay the same, and what was found stays with the model."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone

import netwright as nw
from netwright.clinic.watching import Watching
from netwright.errors import TrainingError
from netwright.estimators.health import Health

SMALL: dict[str, Any] = {
    "network": {"kind": "mlp", "hidden": [16], "dropout": 0.2},
    "epochs": 8,
    "batch_size": 16,
    "progress": False,
    "seed": 3,
}


def rows(count: int = 240) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(count, 3))
    return x, (x[:, 0] + x[:, 1] > 0).astype(int)


def weights(model: Any) -> list[torch.Tensor]:
    return list(model.network_.state_dict().values())


@pytest.mark.parametrize(
    "settings",
    [{}, {"averaging": "ema"}, {"network": {"kind": "mlp", "hidden": [8, 8], "normalization": "batch"}}],
)
def test_the_weights_are_the_same_watched_or_not(settings: dict[str, Any]) -> None:
    watched, alone = (
        nw.Classifier(**{**SMALL, **settings}, watch=watch).fit(*rows()) for watch in (True, False)
    )
    assert all(map(torch.equal, weights(watched), weights(alone)))
    assert [one.train_loss for one in watched.history_] == [one.train_loss for one in alone.history_]


def test_a_training_that_is_not_watched_has_no_findings() -> None:
    model = nw.Classifier(**SMALL, watch=False).fit(*rows())
    assert model.health_ is None
    assert model.record_ is None
    assert model.findings_ == ()
    assert nw.Classifier(**SMALL).findings_ == ()


def test_what_was_found_stays_with_the_model() -> None:
    slow = nw.Classifier(**SMALL, optimizer={"kind": "sgd", "learning_rate": 1e-7}).fit(*rows())
    assert not slow.health_.healthy
    assert slow.health_.alarms[0].cause == "learning rate too low"
    assert slow.findings_ == slow.health_.findings
    assert slow.record_.step == slow.history_[-1].step
    again = pickle.loads(pickle.dumps(slow))
    assert again.health_ == slow.health_
    assert not hasattr(clone(slow), "health_")


def test_a_healthy_training_says_what_was_checked() -> None:
    health = nw.Classifier(**{**SMALL, "epochs": 40}).fit(*rows(600)).health_
    assert health.healthy
    assert health.verdict.startswith("Healthy")
    assert len(health.checked) > 20
    assert all(reason for _, reason in health.unchecked)
    assert 0 < health.overhead < 10
    assert Health.from_json(health.to_json()) == health


def test_a_training_that_breaks_down_keeps_its_record() -> None:
    model = nw.Classifier(
        **SMALL,
        optimizer={"kind": "sgd", "learning_rate": 100.0},
        gradient_clip=None,
        penalties=[{"kind": "l2", "strength": 100.0}],
    )
    with pytest.raises(TrainingError):
        model.fit(*rows())
    assert model.record_ is not None
    assert model.findings_
    assert model.findings_[0].severity == "alarm"


def test_a_fault_of_the_clinic_costs_no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(clinic: Watching) -> Any:
        raise NameError("a defect")

    monkeypatch.setattr(Watching, "diagnosis", property(broken))
    model = nw.Classifier(**SMALL).fit(*rows())
    assert model.predict(rows()[0]).shape == (240,)
    assert not model.health_.healthy
    assert "a defect" in " ".join(model.health_.gaps)
