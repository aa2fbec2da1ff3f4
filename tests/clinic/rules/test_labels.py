from __future__ import annotations

from tests.clinic.rules.records import CLASSES, falling, flat, training

from netwright.clinic.causes import Cause
from netwright.clinic.row_facts import CheapScore
from netwright.clinic.rules.labels import different_validation, imbalance, labels, leak, shared_rows


def test_wrong_labels_list_rows_and_hurt_held_out_rows() -> None:
    data = {"neighbour_disagreement": 0.4, "suspect_labels": tuple(range(5, 105))}
    finding = labels(training(falling(200), data=data, epoch=lambda n: {"validation_score": 0.6}))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.WRONG_LABELS
    assert finding.rows[:2] == (5, 6)


def test_hard_neighbours_that_a_network_copes_with_are_no_alarm() -> None:
    # raw distances mislead: a third disagrees, and the network is right in 97 of 100
    finding = labels(training(data={"neighbour_disagreement": 0.33}, accuracy=0.97))
    assert finding is not None
    assert finding.severity == "note"
    overlapping = {"neighbour_disagreement": 0.3, "suspect_labels": (7,)}  # noise that lies in the matter
    finding = labels(training(data=overlapping, epoch=lambda n: {"validation_score": 0.6}))
    assert finding is not None
    assert finding.severity == "note"
    assert labels(training(data={"neighbour_disagreement": 0.1})) is None
    assert labels(training(data={"neighbour_disagreement": 0.51, "rows": 40})) is None


def test_shuffled_labels_are_unrelated() -> None:
    record = training(flat(200), data={"neighbour_disagreement": 0.88})
    finding = labels(record)
    assert finding is not None
    assert finding.cause == Cause.UNRELATED_LABELS
    assert finding.severity == "alarm"


def test_labels_that_a_linear_model_tells_are_related() -> None:
    cheap = CheapScore("a linear model", 0.3, 0.3, 0.12, 1280)  # as of photographs, whose neighbours mislead
    finding = labels(training(flat(200), data={"neighbour_disagreement": 0.88, "cheap": cheap}))
    assert finding is None or finding.severity == "note"


def _rare(recall: float) -> tuple[float, ...]:
    return (0.99, *(recall,) * (CLASSES - 1))


def test_rare_classes_given_up_are_seen() -> None:
    counts = (500, *(10,) * (CLASSES - 1))
    bad = imbalance(
        training(data={"class_counts": counts}, epoch=lambda n: {"validation_recall": _rare(0.2)})
    )
    assert bad is not None
    assert bad.severity == "alarm"
    assert bad.cause == Cause.IMBALANCE


def test_rare_classes_that_are_found_are_no_alarm() -> None:
    counts = (200, *(10,) * (CLASSES - 1))
    fine = imbalance(
        training(data={"class_counts": counts}, epoch=lambda n: {"validation_recall": _rare(0.93)})
    )
    assert fine is not None
    assert fine.severity == "note"
    assert imbalance(training()) is None


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
