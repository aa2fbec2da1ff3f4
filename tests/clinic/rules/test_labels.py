from __future__ import annotations

from dataclasses import replace

from tests.clinic.rules.records import CLASSES, falling, flat, training

from netwright.clinic.causes import Cause
from netwright.clinic.row_facts import CheapScore
from netwright.clinic.rules.labels import imbalance, labels


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


def test_a_single_rare_class_among_many_is_no_alarm() -> None:
    counts = (*(300,) * (CLASSES - 1), 20)
    fine = imbalance(training(
        data={"class_counts": counts}, epoch=lambda n: {"validation_recall": (*(0.9,) * (CLASSES - 1), 0.1)}
    ))  # fmt: skip
    assert fine is not None
    assert fine.severity == "note"


def test_rare_classes_that_nobody_finds_are_no_alarm() -> None:
    data = {"class_counts": (*(300,) * 6, *(10,) * 4)}
    recall = {"validation_recall": (*(0.9,) * 6, *(0.1,) * 4)}
    for alike, severity in ((0.62, "note"), (0.8, "alarm")):
        cheap = CheapScore("a linear model", 0.6, 0.5, 0.3, 1280, alike)
        finding = imbalance(training(data=data | {"cheap": cheap}, epoch=lambda n: recall))
        assert finding is not None
        assert finding.severity == severity
    most = {"class_counts": (500, *(10,) * 9), "cheap": CheapScore("a linear model", 0.6, 0.2, 0.3, 590, 0.2)}
    missing = imbalance(training(data=most, epoch=lambda n: {"validation_recall": _rare(0.2)}))
    assert missing is not None
    assert missing.severity == "alarm", "most classes are rare: rows are missing at any rate"


def test_a_few_rare_rows_are_chance_and_rare_rows_found_more_and_more_are_waited_for() -> None:
    data = {"class_counts": (500, *(10,) * (CLASSES - 1)), "validation_rows": 60}
    few = imbalance(training(data=data, epoch=lambda n: {"validation_recall": _rare(0.3)}))
    rising = imbalance(
        training(
            data=data | {"validation_rows": 6000},
            epoch=lambda n: {"validation_recall": _rare(0.1 * n)},
            losses=falling(160),
        )
    )
    assert few is not None
    assert rising is not None
    assert (few.severity, rising.severity) == ("note", "note")


def test_rare_classes_are_waited_for_up_to_half_of_the_steps_while_the_loss_falls() -> None:
    data = {"class_counts": (500, *(10,) * (CLASSES - 1)), "validation_rows": 6000}
    recall = {"validation_recall": _rare(0.1)}
    slow = [3.0 - 0.005 * step for step in range(390)]
    early, later = (
        imbalance(training(slow[:steps], data=data, epoch=lambda n: recall)) for steps in (160, 240)
    )
    assert early is not None
    assert later is not None
    assert (early.severity, later.severity) == ("note", "alarm")


def test_what_is_not_found_in_the_end_is_given_up() -> None:
    data = {"class_counts": (500, *(10,) * (CLASSES - 1)), "validation_rows": 6000}
    record = training(falling(390), data=data, epoch=lambda n: {"validation_recall": _rare(0.05 * n)})
    before, after = imbalance(replace(record, finished=False)), imbalance(replace(record, finished=True))
    assert before is not None
    assert after is not None
    assert (before.severity, after.severity) == ("note", "alarm")


def test_wrong_labels_are_found_by_their_share_where_the_rows_are_not_told() -> None:
    data = {"neighbour_disagreement": 0.4, "suspect_share": 0.2}
    finding = labels(training(falling(200), data=data, epoch=lambda n: {"validation_score": 0.6}))
    assert finding is not None
    assert (finding.severity, finding.rows) == ("alarm", ())


def test_rows_slipped_against_labels_of_uneven_classes_are_unrelated() -> None:
    blind = CheapScore("a linear model", 0.9, 0.5, 0.0, 1000, balanced=0.53)
    data = {"classes": 2, "neighbour_disagreement": 0.095, "shuffled_disagreement": 0.1, "cheap": blind}

    def majority(number: int) -> dict[str, float]:
        return {"validation_score": 0.9, "validation_trivial": 0.9}

    finding = labels(training(flat(60), data=data, epoch=majority))
    assert finding is not None
    assert (finding.severity, finding.cause) == ("alarm", Cause.UNRELATED_LABELS)
    telling = data | {"cheap": replace(blind, balanced=0.8)}
    assert labels(training(flat(60), data=telling, epoch=majority)) is None


def test_a_network_that_has_learnt_nothing_misses_rare_classes_for_another_reason() -> None:
    data = {"class_counts": (500, *(10,) * (CLASSES - 1)), "validation_rows": 6000}
    recall = {"validation_recall": _rare(0.05)}
    learnt, nothing = (
        imbalance(training(losses, data=data, accuracy=right, epoch=lambda n: recall))
        for losses, right in ((falling(390), 0.8), (flat(390), 0.1))
    )
    assert learnt is not None
    assert nothing is not None
    assert (learnt.severity, learnt.confidence) == ("alarm", 0.9)
    assert (nothing.severity, nothing.confidence) == ("alarm", 0.6)


def test_labels_are_right_where_the_surest_answers_are() -> None:
    data = {"neighbour_disagreement": 0.4, "suspect_share": 0.05}

    def judged(sure: float) -> str:
        seen = {"validation_score": 0.6, "validation_sure": sure}
        finding = labels(training(falling(200), data=data, epoch=lambda number: seen))
        return "" if finding is None else finding.severity

    assert (judged(0.85), judged(1.0)) == ("alarm", "note")
