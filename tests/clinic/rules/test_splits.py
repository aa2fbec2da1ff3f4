from __future__ import annotations

from tests.clinic.rules.records import training

from netwright.clinic.causes import Cause
from netwright.clinic.rules.splits import different_validation, leak, shared_rows


def test_one_feature_that_tells_all_is_a_leak() -> None:
    finding = leak(training([], data={"leak": ("refund date", 1.0)}))
    assert finding is not None
    assert finding.cause == Cause.LEAK
    assert finding.columns == ("refund date",)
    assert leak(training([], data={"leak": ("petal length", 0.96)})) is None


def test_rows_on_both_sides_are_seen() -> None:
    for data in ({"duplicate_rows": (0.54, 0.0)}, {"near_duplicates": 0.8}):
        finding = shared_rows(training([], data=data))
        assert finding is not None
        assert finding.cause == Cause.SHARED_ROWS
    # a table of few whole numbers repeats itself everywhere
    assert shared_rows(training([], data={"near_duplicates": 0.22})) is None
    assert shared_rows(training([], data={"duplicate_rows": (0.31, 0.31)})) is None


def test_copies_that_an_honest_split_parts_by_chance_are_no_fault_of_the_split() -> None:
    sizes = {"rows": 240, "validation_rows": 60}
    # eight pairs of equal rows in the table; six of them were parted, where 2.6 were to be expected
    assert shared_rows(training([], data={**sizes, "duplicate_rows": (6 / 60, 2 / 240)})) is None
    # all eight of eight cannot be luck
    assert shared_rows(training([], data={**sizes, "duplicate_rows": (8 / 60, 0.0)})) is not None


def test_held_out_rows_prepared_differently_are_seen() -> None:
    finding = different_validation(training([], data={"deviation_shift": 20.0}))
    assert finding is not None
    assert finding.severity == "alarm"
    shifted = {"validation_shift": 0.99}
    bad = different_validation(training(data=shifted, epoch=lambda n: {"validation_loss": 3.0}))
    assert bad is not None
    assert bad.severity == "alarm"
    fine = different_validation(training(data=shifted))
    assert fine is not None
    assert fine.severity == "note"
    assert different_validation(training()) is None
