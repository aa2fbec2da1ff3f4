from __future__ import annotations

from dataclasses import replace

import pytest
from tests.clinic.rules.records import falling, flat, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import Breakdown, Record
from netwright.clinic.row_facts import CheapScore
from netwright.clinic.rules.data import input_scale, nonfinite_data, ordered_data, target_scale


@pytest.mark.parametrize("where", ["inputs", "targets"])
def test_rows_with_nan_are_named(where: str) -> None:
    finding = nonfinite_data(training([], data={f"nonfinite_{where}": (3, 16)}))
    assert finding is not None
    assert finding.cause == Cause.NONFINITE_DATA
    assert finding.severity == "alarm"
    assert "row 17" in finding.message
    assert finding.rows == (16,)
    assert nonfinite_data(training([])) is None


def test_a_batch_that_breaks_the_training_is_data() -> None:
    finding = nonfinite_data(training(flat(3), breakdown=Breakdown(3, "", "input")))
    assert finding is not None
    assert finding.step == 3
    assert nonfinite_data(training(flat(3), breakdown=Breakdown(3, "layers.0", "output"))) is None


@pytest.mark.parametrize("data", [{"deviation_ratio": 8e3}, {"largest_input": 4000.0}])
def test_unscaled_inputs_are_an_alarm_only_once_they_hurt(data: dict[str, float]) -> None:
    hurt = input_scale(training(flat(60), data=data))
    fine = input_scale(training(falling(200), data=data))
    assert hurt is not None
    assert fine is not None
    assert (hurt.severity, fine.severity) == ("alarm", "note")
    assert hurt.cause == Cause.UNSCALED_INPUTS


def test_unscaled_inputs_hurt_where_a_cheap_model_does_better_in_the_end() -> None:
    for score, severity in ((0.985, "alarm"), (0.9, "note")):
        cheap = CheapScore("the nearest rows", score, score, 0.9, 1280)
        data = {"largest_input": 4000.0, "cheap": cheap, "validation_rows": 700}
        finding = input_scale(training(falling(390), data=data, accuracy=0.95))
        assert finding is not None
        assert finding.severity == severity


def test_token_numbers_have_no_scale() -> None:
    data = {"largest_input": 30_000.0, "input_kind": "tokens"}
    assert input_scale(training(flat(60), data=data)) is None


def regression(losses: list[float], **data: float) -> Record:
    return training(
        losses,
        facts={"answer": "numbers", "loss": "mseloss"},
        data={"classes": 0, "class_counts": (), **data},
        accuracy=0.0,
    )


def test_targets_in_thousands_are_seen() -> None:
    record = regression(flat(60, 4e6), target_mean=2e3, target_deviation=1500.0)
    record.wiring = replace(record.wiring, initial_loss=4e6, expected_loss=2.2e6)
    finding = target_scale(record)
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.UNSCALED_TARGETS
    assert target_scale(regression(flat(60), target_mean=0.1, target_deviation=1.2)) is None


def test_targets_in_thousands_are_an_alarm_where_many_steps_went_into_finding_their_mean() -> None:
    def course(steps: int) -> Record:
        losses = [4e6] * steps + [5e5 / (1 + step) for step in range(200 - steps)]
        record = regression(losses, target_mean=2e3, target_deviation=1000.0)
        record.wiring = replace(record.wiring, initial_loss=4e6, expected_loss=1e6)
        return record

    long, short = target_scale(course(40)), target_scale(course(5))
    assert long is not None
    assert short is not None
    assert (long.severity, short.severity) == ("alarm", "note")
    assert "38 steps" in long.message


def test_sorted_rows_are_seen_and_small_batches_are_not_taken_for_them() -> None:
    finding = ordered_data(training(flat(10), observation={"batch_entropy": 0.1}))
    assert finding is not None
    assert finding.cause == Cause.ORDERED_DATA
    # four rows of ten classes hold at most ln 4 / ln 10 = .6 of the entropy
    small = training(falling(100), observation={"batch_entropy": 0.5, "batch_rows": 4})
    assert ordered_data(small) is None
    assert ordered_data(training(falling(100))) is None


def test_far_too_many_batches_of_one_class_are_sorted_rows() -> None:
    # the first mixed batch looks richer than any, beside the single class that was seen before it
    record = training(flat(100), observation={"batch_entropy": 0.0})
    first = [replace(one, batch_entropy=6.8 if one.step == 13 else 0.0) for one in record.observations]
    finding = ordered_data(replace(record, observations=first))
    assert finding is not None
    assert "single class" in finding.message
    two = [replace(one, batch_entropy=0.0 if one.step % 7 else 6.0, batch_rows=2) for one in first]
    pairs = replace(record.facts, data=replace(record.facts.data, class_counts=(900, 100), classes=2))
    assert ordered_data(replace(record, observations=two, facts=pairs)) is None, "pairs are often alike"


def test_batches_without_a_rare_class_are_chance() -> None:
    record = training(flat(40))
    drawn = [
        replace(one, batch_entropy=0.0 if one.step % 2 else 1.0, batch_rows=32) for one in record.observations
    ]
    rare = replace(record.facts, data=replace(record.facts.data, class_counts=(1000, 25), classes=2))
    assert ordered_data(replace(record, observations=drawn, facts=rare)) is None
    none = [replace(one, batch_entropy=0.0) for one in drawn]
    assert ordered_data(replace(record, observations=none, facts=rare)) is not None
