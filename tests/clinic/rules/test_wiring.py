from __future__ import annotations

from dataclasses import replace

import pytest
from tests.clinic.rules.records import falling, flat, layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.rules.wiring import (
    broadcast,
    constant_output,
    initial_loss,
    mixed_rows,
    one_batch,
    pairing,
    reduction,
)

PROBABILITIES = {"outputs_are_probabilities": True, "outputs_nonnegative": True}


@pytest.mark.parametrize("losses", [[], falling(200, floor=1.47), flat(200)])
def test_softmax_before_cross_entropy_is_an_alarm_though_it_may_cost_little(losses: list[float]) -> None:
    finding = pairing(training(losses, wiring=PROBABILITIES, accuracy=0.97))
    assert finding is not None
    assert (finding.severity, finding.cause, finding.step) == ("alarm", Cause.PAIRING, 0)
    assert "probabilities mean nothing" in finding.message


def test_rectified_logits_are_an_alarm_before_the_first_step() -> None:
    finding = pairing(training([], wiring={"outputs_nonnegative": True}))
    assert finding is not None
    assert finding.severity == "alarm"
    assert pairing(training([])) is None


def test_what_the_experiment_says_of_the_pair_is_passed_on() -> None:
    finding = pairing(training([], wiring={"pairing": "the model ends with a sigmoid"}))
    assert finding is not None
    assert finding.message.startswith("The model ends with a sigmoid.")


def test_bounded_answers_for_unbounded_targets() -> None:
    bounded = (*layers()[:2], replace(layers()[2], activation="sigmoid"))
    facts = {"layers": bounded, "answer": "numbers", "loss": "mseloss"}
    ranges = {"output_range": (0.2, 0.7), "target_range": (-2.0, 2.5)}
    finding = pairing(training(flat(100), facts=facts, wiring=ranges, accuracy=0.0))
    assert finding is not None
    assert finding.cause == Cause.PAIRING
    within = {"output_range": (0.2, 0.7), "target_range": (0.0, 1.0)}
    assert pairing(training(flat(100), facts=facts, wiring=within, accuracy=0.0)) is None


def test_broadcast_names_the_shapes() -> None:
    finding = broadcast(training([], wiring={"broadcast": ((32, 1), (32,))}))
    assert finding is not None
    assert finding.cause == Cause.BROADCAST
    assert "(32, 1)" in finding.message
    assert broadcast(training([])) is None


def test_a_summed_loss_is_harmless_with_a_small_rate() -> None:
    fine = reduction(training(falling(200), wiring={"doubled_batch_ratio": 2.0}))
    bad = reduction(training(flat(60, 300.0), wiring={"doubled_batch_ratio": 2.0}))
    assert fine is not None
    assert bad is not None
    assert (fine.severity, bad.severity) == ("note", "alarm")
    assert bad.cause == Cause.REDUCTION
    assert reduction(training(flat(60))) is None


def test_a_bad_start_is_no_alarm_once_the_loss_falls() -> None:
    start = {"initial_loss": 80.0}
    fine = initial_loss(training(falling(200, start=80.0), wiring=start))
    bad = initial_loss(training(flat(60, 80.0), wiring=start))
    assert fine is not None
    assert bad is not None
    assert (fine.severity, bad.severity) == ("note", "alarm")
    assert initial_loss(training(flat(60))) is None


def test_mixed_rows() -> None:
    finding = mixed_rows(training([], wiring={"mixes_rows": 3}))
    assert finding is not None
    assert finding.cause == Cause.MIXED_ROWS
    assert "row 4" in finding.message
    assert mixed_rows(training([])) is None


def test_a_constant_answer_is_traced_to_weights_units_or_the_last_activation() -> None:
    constant = {"output_is_constant": True}
    alike = constant_output(training([], wiring=constant, facts={"layers": layers(weight_deviation=0.0)}))
    dead = constant_output(training([], wiring=constant, dead=1.0))
    neither = constant_output(training([], wiring={**constant, "pairing": "a soft-max over one unit"}))
    assert alike is not None
    assert dead is not None
    assert neither is not None
    assert (alike.cause, dead.cause, neither.cause) == (
        Cause.CONSTANT_WEIGHTS,
        Cause.DEAD_UNITS,
        Cause.PAIRING,
    )
    zero_head = (*layers()[:2], replace(layers()[2], weight_deviation=0.0))
    assert constant_output(training([], wiring=constant, facts={"layers": zero_head})) is None


def test_a_batch_that_cannot_be_learnt_is_evidence_and_no_alarm() -> None:
    finding = one_batch(training(flat(60), wiring={"overfits_one_batch": 0.97}))
    assert finding is not None
    assert finding.severity == "note"
    assert one_batch(training(wiring={"overfits_one_batch": 0.01})) is None
