from __future__ import annotations

import pytest
from tests.clinic.rules.records import layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import LayerFacts
from netwright.clinic.rules.modes import evaluation_mode, future, padding, positions, training_mode

STILL = {"training_mode": False}


def test_training_in_evaluation_mode() -> None:
    finding = evaluation_mode(training(observation=STILL, probe={"normalization_moved": False}))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.EVALUATION_MODE
    assert evaluation_mode(training()) is None


def test_evaluation_mode_is_harmless_where_no_layer_cares() -> None:
    finding = evaluation_mode(training(observation=STILL, probe={"training_mode_loss": None}))
    assert finding is not None
    assert finding.severity == "note"
    declared = training(observation=STILL, facts={"frozen_on_purpose": True})
    assert evaluation_mode(declared) is None


def test_validation_in_training_mode() -> None:
    finding = training_mode(training(epoch=lambda n: {"training_mode": True}))
    assert finding is not None
    assert finding.cause == Cause.TRAINING_MODE
    assert training_mode(training(epoch=lambda n: {"training_mode": False})) is None
    assert training_mode(training()) is None


@pytest.mark.parametrize(
    ("rule", "wiring", "cause"),
    [(future, "sees_the_future", Cause.MASK), (padding, "padding_counts", Cause.PADDING)],
)
def test_sequences_that_see_too_much(rule, wiring: str, cause: Cause) -> None:  # type: ignore[no-untyped-def]
    finding = rule(training([], wiring={wiring: True}))
    assert finding is not None
    assert finding.cause == cause
    assert rule(training([], wiring={wiring: False})) is None


def test_attention_that_sees_no_order() -> None:
    attention = (LayerFacts("attend", "attention", depth=0, parameters=100, inputs=32), *layers()[1:])
    unordered = {"order_matters": False}
    finding = positions(training(wiring=unordered, facts={"layers": attention}))
    assert finding is not None
    assert finding.severity == "alarm"
    bag = positions(training(wiring=unordered))
    assert bag is not None
    assert bag.severity == "note"
    assert positions(training(wiring={"order_matters": True}, facts={"layers": attention})) is None
