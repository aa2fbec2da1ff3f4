"""The callback inside skorch."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import torch
from sklearn.base import clone
from tests.clinic.adapters.trainings import (
    BAD_RATE,
    BATCH,
    EPOCHS,
    GOOD_RATE,
    ROWS,
    check_healthy,
    check_rate,
    check_seen,
    library,
    network,
    rows,
)
from torch import nn

import netwright as nw

skorch = library("skorch")
pytestmark = pytest.mark.filterwarnings("ignore")


def estimator(rate: float, *after: nn.Module, **settings: Any) -> Any:
    return skorch.NeuralNetClassifier(
        network(*after),
        max_epochs=EPOCHS,
        lr=rate,
        optimizer__momentum=0.9,
        batch_size=BATCH,
        verbose=0,
        callbacks=[("clinic", nw.clinic.skorch_callback(announce=None, budget=None))],
        **settings,
    )


def fitted(net: Any) -> Any:
    x, y = rows()
    return net.fit(x.numpy(), y.numpy())


def clinic_of(net: Any) -> Any:
    return dict(net.callbacks_)["clinic"].clinic


def test_a_training_is_seen_and_its_soft_max_is_right() -> None:
    net = fitted(estimator(GOOD_RATE, nn.Softmax(1), train_split=None))
    check_seen(clinic_of(net), ["0", "2"])
    check_healthy(clinic_of(net))
    check = fitted(estimator(GOOD_RATE, nn.Softmax(1), train_split=None).set_params(callbacks__clinic=None))
    pairs = zip(net.module_.parameters(), check.module_.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


def test_scores_as_they_are() -> None:
    net = fitted(estimator(GOOD_RATE, criterion=nn.CrossEntropyLoss, train_split=None))
    check_seen(clinic_of(net), ["0", "2"])


def test_the_validation_loss_is_taken_over() -> None:
    net = fitted(estimator(GOOD_RATE, criterion=nn.CrossEntropyLoss))
    record = clinic_of(net).record
    assert record.step == EPOCHS * (ROWS * 4 // 5) // BATCH
    assert record.epochs[-1].validation_loss == pytest.approx(net.history[-1]["valid_loss"])


def test_a_rate_far_too_high() -> None:
    check_rate(clinic_of(fitted(estimator(BAD_RATE, criterion=nn.CrossEntropyLoss, train_split=None))))


def test_nets_with_it_are_cloned_and_saved() -> None:
    net = fitted(clone(estimator(GOOD_RATE, nn.Softmax(1))))
    x, _ = rows()
    loaded = pickle.loads(pickle.dumps(net))
    assert (loaded.predict(x.numpy()) == net.predict(x.numpy())).all()
