from __future__ import annotations

from tests.clinic.rules.records import falling, flat, layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import LayerFacts
from netwright.clinic.rules.units import dead_units, dropout, saturated_units, small_normalization


def test_units_dead_from_the_start() -> None:
    finding = dead_units(training([], dead=1.0))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.DEAD_UNITS
    assert finding.step == 0


def test_units_that_die_in_flight() -> None:
    finding = dead_units(training(flat(130), dead=lambda step: 0.2 if step < 60 else 0.97))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.step == 60


def test_units_that_may_still_come_alive_are_looked_at_again() -> None:
    early = dead_units(training(flat(19), dead=0.95))  # the second look comes after step 20
    assert early is not None
    assert early.severity == "note"
    again = dead_units(training(flat(60), dead=0.95))
    assert again is not None
    assert again.severity == "alarm"


def test_natural_sparsity_is_no_alarm() -> None:
    finding = dead_units(training(falling(200), dead=0.79))
    assert finding is not None
    assert finding.severity == "note"
    assert dead_units(training(falling(200), dead=0.3)) is None


def test_saturation_is_an_alarm_only_where_it_hurts() -> None:
    facts = {"layers": layers("tanh")}
    bad = saturated_units(training(flat(60), facts=facts, saturated=0.95))
    assert bad is not None
    assert bad.severity == "alarm"
    assert bad.cause == Cause.SATURATION
    late = saturated_units(
        training(falling(400), facts=facts, saturated=lambda step: 0.94 if step > 100 else 0.2)
    )
    assert late is not None
    assert late.severity == "note"
    assert saturated_units(training(flat(60), facts=facts, saturated=0.59)) is None


def test_dropout_that_leaves_nothing() -> None:
    noisy = {"training_mode_loss": 3.5}
    bad = dropout(training(flat(60), facts={"dropout": 0.95}, probe=noisy))
    assert bad is not None
    assert bad.severity == "alarm"
    assert bad.cause == Cause.STRONG_DROPOUT
    usual = dropout(training(falling(200), facts={"dropout": 0.5}, probe={"training_mode_loss": 0.9}))
    assert usual is None or usual.severity == "note"
    assert dropout(training()) is None


NORMALIZED = (LayerFacts("norm", "normalization", depth=9, parameters=128), *layers())


def test_normalisation_over_two_rows() -> None:
    facts = {"layers": NORMALIZED}
    bad = small_normalization(training(flat(60), facts=facts, observation={"rows_per_normalization": 2}))
    assert bad is not None
    assert bad.severity == "alarm"
    assert bad.cause == Cause.SMALL_NORMALIZATION_BATCH
    fine = training(falling(200), facts=facts, observation={"rows_per_normalization": 4})
    finding = small_normalization(fine)
    assert finding is not None
    assert finding.severity == "note"
    assert small_normalization(training(flat(60), observation={"rows_per_normalization": 32})) is None
