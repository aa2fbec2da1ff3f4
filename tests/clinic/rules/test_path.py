from __future__ import annotations

from dataclasses import replace

import pytest
from tests.clinic.rules.records import cheap, falling, flat, layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import LayerFacts, OptimizerFacts, Record
from netwright.clinic.rules.path import ascent, cut_gradient, frozen, kept_gradients, not_optimized, unmoved


def test_parameters_without_optimizer() -> None:
    facts = {"layers": layers(optimized=False)}
    finding = not_optimized(training([], facts=facts))
    assert finding is not None
    assert finding.cause == Cause.NOT_OPTIMIZED
    assert finding.layer == "layers.0"
    assert not_optimized(training([], facts={**facts, "frozen_on_purpose": True})) is None
    assert not_optimized(training([])) is None


def test_a_frozen_backbone_is_an_alarm_only_if_little_is_learnt() -> None:
    facts = {"layers": layers(trainable=False, weight_deviation=0.1)}
    fine, bad = frozen(training(falling(200), facts=facts)), frozen(training(flat(200), facts=facts))
    assert fine is not None
    assert bad is not None
    assert (fine.severity, bad.severity) == ("note", "alarm")
    assert frozen(training(flat(200), facts={**facts, "frozen_on_purpose": True})) is None


def without_gradient(record: Record, *names: str) -> Record:
    record.observations = [
        replace(
            o,
            layers={k: replace(r, missing_gradient=k in names, gradient=0.0) for k, r in o.layers.items()},
        )
        for o in record.observations
    ]
    return record


def test_a_detached_trunk_is_seen() -> None:
    finding = cut_gradient(without_gradient(training(flat(5)), "layers.0", "layers.1"))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.CUT_GRADIENT
    assert cut_gradient(training(flat(5))) is None


def test_a_small_unused_head_is_a_note() -> None:
    unused = LayerFacts("spare", "dense", "", 9, parameters=10)
    record = without_gradient(training(flat(5), facts={"layers": (*layers(), unused)}), "spare")
    finding = cut_gradient(record)
    assert finding is not None
    assert finding.severity == "note"


def test_a_loss_without_history_is_seen() -> None:
    finding = cut_gradient(training(flat(3), observation={"output_attached": False}))
    assert finding is not None
    assert "not connected" in finding.message


def test_gradients_that_were_never_set_to_zero() -> None:
    stale = {"stale_gradients": True}
    finding = kept_gradients(training(flat(5), observation=stale))
    assert finding is not None
    assert finding.cause == Cause.KEPT_GRADIENTS
    assert kept_gradients(training(flat(5), observation=stale, facts={"accumulation": 4})) is None
    assert kept_gradients(training(flat(5))) is None


def rising(steps: int) -> list[float]:
    return [2.3 * 1.02**step for step in range(steps)]


def test_steps_that_go_uphill() -> None:
    finding = ascent(training(rising(60)))
    assert finding is not None
    assert finding.cause == Cause.ASCENT
    assert ascent(training(rising(60), update=2.0)) is None  # large steps are another fault
    assert ascent(training(rising(60), facts={"loss_may_rise": True})) is None
    assert ascent(training(falling(60))) is None


@pytest.mark.parametrize("declared", [True, False])
def test_a_negative_loss_is_a_fault_unless_declared(declared: bool) -> None:
    finding = ascent(training([-2.0, -5.0, -9.0, -20.0], facts={"loss_may_rise": declared}))
    assert (finding is None) == declared


def test_an_optimizer_that_climbs() -> None:
    facts = {"optimizers": (OptimizerFacts("SGD", 0.1, maximize=True),)}
    assert ascent(training([], facts=facts)) is not None


def test_weights_that_never_move() -> None:
    finding = unmoved(training(flat(5), update=0.0))
    assert finding is not None
    assert finding.cause == Cause.NOT_OPTIMIZED
    assert unmoved(training(flat(5), update=1e-8)) is None  # warm-up
    assert unmoved(training(flat(5), update=0.0, facts={"frozen_on_purpose": True})) is None


def test_frozen_layers_that_leave_a_cheap_model_ahead_are_an_alarm_in_the_end() -> None:
    frozen_first = tuple(
        replace(layer, trainable=layer.depth > 0, weight_deviation=0.1) for layer in layers()
    )
    severities = [
        found.severity
        for score in (0.75, 0.9)
        if (found := frozen(training(
            falling(380), facts={"layers": frozen_first}, accuracy=score, data=cheap(0.85)
        )))
    ]  # fmt: skip
    assert severities == ["alarm", "note"]


def test_frozen_layers_that_were_never_trained_are_an_alarm() -> None:
    def judged(deviation: float, **facts: object) -> str:
        """Judge a frozen first layer of 64 inputs; fresh weights have the deviation 1 / √192."""
        first = tuple(
            replace(layer, trainable=layer.depth > 0, weight_deviation=deviation) for layer in layers()
        )
        finding = frozen(training(falling(80), facts={"layers": first, **facts}))
        return "" if finding is None else finding.severity

    assert judged(192**-0.5) == "alarm"
    assert judged(1.1 * 192**-0.5) == "note", "it was trained before"
    assert judged(192**-0.5, frozen_on_purpose=True) == ""
