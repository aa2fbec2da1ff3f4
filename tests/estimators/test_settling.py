"""After early stopping the best weights come to rest, on the held-out rows as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import netwright as nw
from netwright.estimators import settling


def numbers(rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(rows, 3))
    return X, X[:, 0] + np.sin(2 * X[:, 1])


def fitted(settling_share: float, **settings: Any) -> nw.Regressor:
    stopping = nw.EarlyStopping(patience=4, settling=settling_share)
    validation = settings.pop("validation", None)
    model = nw.Regressor(
        network={"kind": "mlp", "hidden": [16]},
        early_stopping=stopping,
        epochs=12,
        progress=False,
        device="cpu",
        **settings,
    )
    return model.fit(*numbers(), validation=validation)


def weights_of(model: nw.Regressor) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.network_.parameters()])


def test_it_goes_on_from_the_best_weights_for_the_share_of_epochs_that_was_asked_for() -> None:
    plain, settled = fitted(0.0), fitted(0.5)
    assert [one.validation for one in plain.history_] == [one.validation for one in settled.history_]
    assert not torch.equal(weights_of(plain), weights_of(settled))
    epochs = max(1, round(0.5 * settled.history_[settled.outcome_.best_round - 1].epoch))
    (told,) = settled.outcome_.afterwards
    assert settled.outcome_.ending.endswith(f"; {told}.")
    assert settled.outcome_.events == ()
    assert epochs > 1
    assert told == f"after that, {epochs} more epochs at a falling rate on the held-out rows as well"
    assert plain.outcome_.afterwards == ()


def test_twice_the_same_weights_and_none_that_cannot_be_saved(tmp_path: Any) -> None:
    first, second = fitted(0.5), fitted(0.5, watch=False)
    assert torch.equal(weights_of(first), weights_of(second))
    first.save(tmp_path / "model.nw")
    X, _ = numbers(10)
    assert np.array_equal(nw.load(tmp_path / "model.nw").predict(X), first.predict(X))


def test_rows_that_were_given_to_stop_by_are_not_learnt_from() -> None:
    X, y = numbers(60)
    one = fitted(1.0, validation=(X, y))
    assert "on the same rows" in one.outcome_.afterwards[0]


def test_intervals_come_from_the_network_before_it_saw_the_held_out_rows() -> None:
    plain, settled = fitted(0.0), fitted(1.0)
    assert plain.assurance_.intervals == settled.assurance_.intervals


def test_numbers_that_do_not_stay_finite_leave_the_best_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def poisoned(engine: Any, *anything: Any) -> list[Any]:
        for parameter in engine.network.parameters():
            parameter.data.fill_(float("nan"))
        return []

    monkeypatch.setattr(settling, "training_steps", poisoned)
    broken = fitted(0.5)
    assert torch.equal(weights_of(broken), weights_of(fitted(0.0)))
    assert "did not stay finite" in broken.outcome_.events[0]


def test_an_interruption_leaves_the_best_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = fitted(0.0)

    def interrupted(*anything: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(settling, "training_steps", interrupted)
    model = nw.Regressor(
        network={"kind": "mlp", "hidden": [16]},
        early_stopping=nw.EarlyStopping(patience=4, settling=0.5),
        epochs=12,
        progress=False,
        device="cpu",
    )
    with pytest.raises(KeyboardInterrupt):
        model.fit(*numbers())
    assert torch.equal(weights_of(model), weights_of(plain))


def test_a_training_without_early_stopping_ends_as_it_did() -> None:
    model = nw.Regressor(early_stopping=None, epochs=2, progress=False, device="cpu").fit(*numbers(50))
    assert model.outcome_.events == model.outcome_.afterwards == ()


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_weights_are_plain_afterwards(precision: str) -> None:
    model, plain = fitted(0.5, precision=precision), fitted(0.0, precision=precision)
    assert all(p.dtype is torch.float32 and p.grad is None for p in model.network_.parameters())
    assert model.network_.training == plain.network_.training


def test_balanced_classes_stay_balanced() -> None:
    X, y = numbers()
    classes = (y > 0.8).astype(int)
    model = nw.Classifier(
        network={"kind": "mlp", "hidden": [8]},
        balanced_sampling=True,
        early_stopping=nw.EarlyStopping(patience=2, settling=0.5),
        epochs=4,
        progress=False,
        device="cpu",
    ).fit(X, classes)
    assert "at a falling rate" in model.outcome_.afterwards[0]
    # rows of both classes are drawn equally often, so the rare one is thought far commoner than it is
    assert model.predict_proba(X)[:, 1].mean() > 1.3 * classes.mean()


def test_classes_come_to_rest_with_their_temperature() -> None:
    X, y = numbers()
    kinds = np.digitize(y, [-0.5, 0.5])
    model = nw.Classifier(epochs=8, progress=False, device="cpu").fit(X, kinds)
    assert model.recipe_.early_stopping.settling > 0
    assert model.score(X, kinds) > 0.8
    assert np.allclose(model.predict_proba(X).sum(axis=1), 1)
