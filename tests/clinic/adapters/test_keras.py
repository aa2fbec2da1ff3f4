"""The callback inside Keras on PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.clinic.adapters.trainings import (
    BAD_RATE,
    BATCH,
    CLASSES,
    EPOCHS,
    GOOD_RATE,
    ROWS,
    WIDTH,
    check_healthy,
    check_rate,
    check_seen,
    library,
    rows,
)

import netwright as nw
from netwright.errors import UserError

keras = library("keras")
pytestmark = pytest.mark.filterwarnings("ignore")


def compiled(rate: float, *, functional: bool = False) -> Any:
    keras.utils.set_random_seed(0)
    first = keras.layers.Dense(32, activation="relu", name="first")
    last = keras.layers.Dense(CLASSES, name="last")
    if functional:
        inputs = keras.Input((WIDTH,))
        model = keras.Model(inputs, last(keras.layers.Dropout(0.1)(first(inputs))))
    else:
        model = keras.Sequential([keras.Input((WIDTH,)), first, last])
    model.compile(
        optimizer=keras.optimizers.SGD(rate, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def train(model: Any, callbacks: list[Any], **settings: Any) -> Any:
    x, y = (part.numpy() for part in rows())
    model.fit(
        x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=callbacks, **settings
    )
    return model


def test_a_training_is_seen() -> None:
    callback = nw.clinic.keras_callback(validation=rows(), announce=None, budget=None)
    model = train(compiled(GOOD_RATE), [callback])
    check_seen(callback.clinic, ["first", "last"])
    check_healthy(callback.clinic)
    (optimizer,) = callback.clinic.record.facts.optimizers
    assert (optimizer.name, optimizer.momentum) == ("SGD", 0.9)
    assert optimizer.learning_rate == pytest.approx(GOOD_RATE)
    assert callback.clinic.record.facts.steps_planned == EPOCHS * ROWS // BATCH
    kinds = {layer.name: layer.kind for layer in callback.clinic.record.facts.layers}
    assert (kinds["first"], kinds["last"]) == ("dense", "dense")
    unwatched = train(compiled(GOOD_RATE), [])
    assert all(map(np.array_equal, model.get_weights(), unwatched.get_weights()))


def test_the_model_goes_its_own_way_again() -> None:
    callback = nw.clinic.keras_callback(announce=None)
    model = train(compiled(GOOD_RATE), [callback])
    assert not {"call", "compute_loss"} & set(vars(model))
    assert "apply" not in vars(model.optimizer)
    before = callback.clinic
    train(model, [callback])
    assert callback.clinic is not before
    assert before.record.step == callback.clinic.record.step == EPOCHS * ROWS // BATCH


def test_a_functional_model_with_dropout_and_validation() -> None:
    x, y = (part.numpy() for part in rows())
    callback = nw.clinic.keras_callback(announce=None, budget=None)
    train(compiled(GOOD_RATE, functional=True), [callback], validation_data=(x[:100], y[:100]))
    check_seen(callback.clinic, ["first", "last"])
    assert callback.clinic.record.epochs[-1].validation_loss is not None


def test_a_rate_far_too_high() -> None:
    callback = nw.clinic.keras_callback(announce=None, budget=None)
    train(compiled(BAD_RATE), [callback])
    check_rate(callback.clinic)


def test_another_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UserError, match="this Keras runs on jax"):
        nw.clinic.keras_callback()
