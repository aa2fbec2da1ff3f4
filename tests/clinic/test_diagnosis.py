from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.clinic.rules.records import falling, flat, layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.diagnosis import diagnose
from netwright.clinic.record import (
    Breakdown,
    Epoch,
    Facts,
    LayerFacts,
    LayerReading,
    Observation,
    OptimizerFacts,
    Probe,
    Record,
    UnitReading,
    Wiring,
)
from netwright.clinic.row_facts import CheapScore, DataFacts
from netwright.clinic.rules import RULES


def test_a_healthy_training_is_called_healthy_at_every_step() -> None:
    whole = falling(400)
    for steps in (0, 1, 2, 3, 5, 10, 20, 40, 80, 200, 400):
        diagnosis = diagnose(training(whole[:steps], finished=steps == 400))
        assert diagnosis.healthy, diagnosis.verdict
        assert diagnosis.verdict.startswith("Healthy")
        assert not diagnosis.withheld


def test_what_could_not_be_checked_is_said_with_its_reason() -> None:
    diagnosis = diagnose(training(falling(100)))
    assert {name for name, _ in diagnosis.unchecked} >= {"below-baseline", "too-short"}
    assert all(reason for _, reason in diagnosis.unchecked)
    assert "could not be checked: below-baseline, because no cheap model was tried" in str(diagnosis)
    asked = {rule.name for rule in RULES if rule.applies(training(falling(100)))}
    assert asked == set(diagnosis.checked) | {name for name, _ in diagnosis.unchecked}


def test_nothing_seen_is_not_healthy() -> None:
    assert diagnose(Record(), rules=()).healthy is False


def test_a_later_alarm_is_withheld_while_an_earlier_one_is_open() -> None:
    record = training([2.3, *flat(60, 40.0)], update=3.0, data={"nonfinite_inputs": (1, 4)})
    diagnosis = diagnose(record)
    assert [finding.cause for finding in diagnosis.alarms] == [Cause.NONFINITE_DATA]
    assert Cause.RATE_TOO_HIGH in {finding.cause for finding in diagnosis.withheld}
    assert Cause.RATE_TOO_HIGH in diagnosis.alarms[0].causes
    assert "later alarm" in diagnosis.verdict


def test_symptoms_of_one_cause_become_one_finding() -> None:
    record = training([2.3, 4e3, *flat(80, 40.0)], update=4.0, dead=lambda step: 0.1 if step == 0 else 0.98)
    diagnosis = diagnose(record)
    assert len(diagnosis.alarms) == 1
    alarm = diagnosis.alarms[0]
    assert alarm.cause == Cause.RATE_TOO_HIGH
    assert "dead-units" in alarm.evidence["also"]
    assert alarm.change == "- learning_rate: 0.001\n+ learning_rate: 1e-05"
    assert alarm.confidence is not None
    assert 0.5 < alarm.confidence < 1


def test_every_finding_can_be_acted_upon() -> None:
    for record in (
        training(flat(100)),
        training(flat(100), update=1e-7),
        training(falling(200), dead=0.7),
        training([], wiring={"broadcast": ((4, 1), (4,))}),
    ):
        diagnosis = diagnose(record)
        assert diagnosis.findings
        for finding in diagnosis.findings:
            assert finding.remedy
            assert finding.source
            assert finding.message.endswith(".")
            assert Cause(finding.cause)


CASES: list[tuple[Cause, dict[str, Any]]] = [
    (Cause.RATE_TOO_HIGH, {"losses": [2.3, 900.0, *flat(40, 60.0)], "update": 6.0}),
    (Cause.RATE_TOO_LOW, {"losses": flat(60), "update": 1e-6}),
    (
        Cause.CLIP_TOO_TIGHT,
        {"losses": flat(60), "update": 1e-6, "observation": {"gradient_norm": 2.0, "clipped_to": 1e-4}},
    ),
    (
        Cause.EPSILON_TOO_LARGE,
        {
            "losses": flat(60),
            "update": 1e-5,
            "facts": {"optimizers": (OptimizerFacts("Adam", 1e-3, epsilon=10.0),)},
        },
    ),
    (Cause.VANISHING, {"losses": flat(60), "gradients": [1e-9, 1e-5, 1e-2]}),
    (Cause.DEAD_UNITS, {"losses": flat(60), "dead": 1.0, "facts": {"layers": layers(bias_mean=-8.0)}}),
    (Cause.UNSCALED_INPUTS, {"losses": flat(60), "data": {"deviation_ratio": 8e3}}),
    (Cause.REDUCTION, {"losses": flat(60, 200.0), "wiring": {"doubled_batch_ratio": 2.0}, "update": 2.0}),
    (Cause.CONSTANT_WEIGHTS, {"losses": flat(60), "facts": {"layers": layers(twin_units=1.0)}}),
    (Cause.WEIGHTS_TOO_LARGE, {"losses": flat(60, 40.0), "facts": {"layers": layers(weight_deviation=3.0)}}),
    (
        Cause.STRONG_DECAY,
        {"losses": flat(60), "facts": {"optimizers": (OptimizerFacts("AdamW", 1e-2, weight_decay=5.0),)}},
    ),
    (Cause.STRONG_DROPOUT, {"losses": flat(60), "facts": {"dropout": 0.95}}),
]


@pytest.mark.parametrize(("cause", "changes"), CASES, ids=[cause.value for cause, _ in CASES])
def test_the_cause_is_named_first(cause: Cause, changes: dict[str, Any]) -> None:
    diagnosis = diagnose(training(**changes))
    assert diagnosis.alarms
    assert diagnosis.alarms[0].cause == cause


def test_the_record_is_not_changed_and_the_diagnosis_is_repeatable() -> None:
    record = training(flat(100), update=1e-6)
    before = copy.deepcopy(record)
    assert diagnose(record) == diagnose(record)
    assert record == before


@given(steps=st.integers(1, 200), more=st.integers(1, 200), update=st.floats(1e-3, 2e-1))
@settings(max_examples=20, deadline=None)
def test_more_healthy_steps_never_make_an_alarm(steps: int, more: int, update: float) -> None:
    losses = falling(steps + more)
    assert diagnose(training(losses[:steps], update=update)).healthy
    assert diagnose(training(losses, update=update)).healthy


# -- any record at all ---------------------------------------------------------------------------------

numbers = st.floats(allow_nan=True, allow_infinity=True)
maybe = st.none() | numbers
names = st.sampled_from(["a", "b", "c"])
facts = st.builds(
    Facts,
    layers=st.lists(
        st.builds(
            LayerFacts,
            name=names,
            kind=st.sampled_from(
                ["dense", "attention", "normalization", "embedding", "activation", "recurrent"]
            ),
            activation=st.sampled_from(["", "relu", "sigmoid", "tanh"]),
            parameters=st.integers(0, 100),
            trainable=st.booleans(),
            optimized=st.booleans(),
            weight_deviation=st.none() | st.floats(0, 10),
            twin_units=st.floats(0, 1),
            bias_mean=maybe,
            inputs=st.integers(0, 100),
        ),
        max_size=3,
    ).map(tuple),
    optimizers=st.lists(
        st.builds(
            OptimizerFacts,
            name=st.sampled_from(["SGD", "AdamW"]),
            learning_rate=st.floats(0, 100),
            weight_decay=st.floats(0, 10),
            epsilon=st.none() | st.floats(0, 10),
        ),
        max_size=2,
    ).map(tuple),
    loss=st.sampled_from(["", "crossentropyloss", "mseloss"]),
    answer=st.sampled_from(["classes", "numbers", "unknown"]),
    steps_planned=st.none() | st.integers(0, 1000),
    loss_may_rise=st.booleans(),
    precision=st.sampled_from(["", "float16"]),
    dropout=st.floats(0, 1),
    data=st.builds(
        DataFacts,
        rows=st.none() | st.integers(0, 1000),
        largest_input=maybe,
        deviation_ratio=maybe,
        target_deviation=maybe,
        target_mean=maybe,
        class_counts=st.lists(st.integers(0, 100), max_size=4).map(tuple),
        neighbour_disagreement=st.none() | st.floats(0, 1),
        validation_shift=st.none() | st.floats(0, 1),
        deviation_shift=maybe,
        leak=st.none() | st.tuples(names, st.floats(0, 1)),
        validation_rows=st.none() | st.integers(0, 1000),
        cheap=st.none()
        | st.builds(
            CheapScore,
            name=names,
            score=st.floats(-1, 1),
            recall=st.none() | st.floats(0, 1),
            explained=st.floats(0, 1),
            rows=st.integers(1, 2000),
        ),
    ),
)
readings = st.builds(
    LayerReading, gradient=numbers, weight=numbers, update=numbers, missing_gradient=st.booleans()
)
observations = st.builds(
    Observation,
    step=st.integers(1, 500),
    epoch=st.floats(0, 10),
    loss=numbers,
    learning_rate=st.floats(0, 10),
    layers=st.dictionaries(names, readings, max_size=3),
    gradient_norm=maybe,
    clipped_to=maybe,
    batch_entropy=maybe,
    batch_rows=st.integers(0, 64),
    training_mode=st.booleans(),
    stale_gradients=st.booleans(),
    output_attached=st.booleans(),
    rows_per_normalization=st.none() | st.integers(1, 64),
)
probes = st.builds(
    Probe,
    step=st.integers(0, 500),
    units=st.dictionaries(names, st.builds(UnitReading, st.floats(0, 1), st.floats(0, 1)), max_size=2),
    loss=maybe,
    training_mode_loss=maybe,
    shuffled_loss=maybe,
    accuracy=maybe,
    trivial_accuracy=maybe,
    class_recall=st.lists(st.floats(0, 1), max_size=4).map(tuple),
)
epochs = st.builds(
    Epoch,
    step=st.integers(0, 500),
    epoch=st.floats(0, 20),
    train_loss=numbers,
    validation_loss=maybe,
    train_score=maybe,
    validation_score=maybe,
    validation_trivial=maybe,
    validation_recall=st.lists(st.floats(0, 1), max_size=4).map(tuple),
    training_mode=st.none() | st.booleans(),
)
records = st.builds(
    Record,
    facts=facts,
    wiring=st.builds(
        Wiring,
        initial_loss=maybe,
        expected_loss=maybe,
        doubled_batch_ratio=maybe,
        output_is_constant=st.none() | st.booleans(),
        outputs_nonnegative=st.none() | st.booleans(),
        overfits_one_batch=maybe,
        pairing=st.sampled_from(["", "they do not fit"]),
        output_range=st.none() | st.tuples(numbers, numbers),
        target_range=st.none() | st.tuples(numbers, numbers),
        untouched=st.lists(names, max_size=2).map(tuple),
    ),
    losses=st.lists(numbers, max_size=60),
    observations=st.lists(observations, max_size=8),
    probes=st.lists(probes, max_size=4),
    epochs=st.lists(epochs, max_size=6),
    breakdown=st.none()
    | st.builds(
        Breakdown,
        step=st.integers(1, 100),
        layer=st.sampled_from(["", "a"]),
        what=st.sampled_from(["loss", "input", "weight"]),
    ),
    finished=st.booleans(),
)


@given(record=records)
@settings(max_examples=100, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_no_record_makes_it_raise(record: Record) -> None:
    diagnosis = diagnose(record)
    for finding in (*diagnosis.findings, *diagnosis.withheld):
        assert finding.message
        assert finding.confidence is not None
        assert math.isfinite(finding.confidence)
    for finding in diagnosis.alarms:
        assert finding.cause not in finding.causes


def test_an_exact_loss_of_zero_is_not_a_fault() -> None:
    record = training([0.0] * 100, wiring={"initial_loss": 0.0, "expected_loss": 0.0}, accuracy=1.0)
    assert diagnose(replace(record)).healthy
