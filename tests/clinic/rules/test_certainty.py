from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from tests.clinic.rules.records import CLASSES, cheap, falling, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import Record
from netwright.clinic.rules.certainty import confused_classes, wrong_though_sure


def _sure(sure: float | None, score: float, *, steps: int = 390, **changes: Any) -> Record:
    seen = {"validation_sure": sure, "validation_score": score, "train_score": score}
    return training(falling(steps, floor=1.0), epoch=lambda number: seen, **changes)


def test_labels_that_the_surest_answers_miss_as_often_as_all_are_wrong() -> None:
    finding = wrong_though_sure(_sure(0.58, 0.54))
    assert finding is not None
    assert (finding.severity, finding.cause) == ("alarm", Cause.WRONG_LABELS)
    assert "42 %" in finding.message


@pytest.mark.parametrize(
    ("sure", "score", "why"),
    [
        (0.98, 0.6, "classes overlap: the surest answers are right"),
        (0.7, 0.4, "photographs: the surest are right far more often"),
        (0.14, 0.12, "nothing is learnt of which a network could be sure"),
        (None, 0.5, "there are too few held-out rows"),
    ],
)
def test_hard_rows_are_no_wrong_labels(sure: float | None, score: float, why: str) -> None:
    assert wrong_though_sure(_sure(sure, score)) is None, why


def test_a_network_that_a_cheap_model_beats_says_nothing_of_labels() -> None:
    assert wrong_though_sure(_sure(0.58, 0.54, data=cheap(0.8))) is None


def test_what_is_still_learnt_is_waited_for() -> None:
    early = _sure(0.58, 0.54, facts={"steps_planned": 1600})
    assert wrong_though_sure(early) is None, "a quarter of the steps"

    def rising(number: int) -> dict[str, Any]:
        return {"validation_sure": 0.58, "validation_score": 0.54, "train_score": 0.3 + 0.05 * number}

    record = training(falling(240, floor=1.0), epoch=rising)
    assert wrong_though_sure(record) is None
    assert wrong_though_sure(replace(record, finished=True)) is not None


def _answers(first: float, second: float, others: float) -> Record:
    shares = (first, second, *(others,) * (CLASSES - 2))
    seen = {"validation_sure_answers": shares, "validation_recall": tuple(0.7 * share for share in shares)}
    return training(falling(400), epoch=lambda number: seen)


def test_two_classes_whose_surest_answers_are_wrong_are_confused() -> None:
    finding = confused_classes(_answers(0.55, 0.6, 0.95))
    assert finding is not None
    assert (finding.severity, finding.cause) == ("alarm", Cause.WRONG_LABELS)
    assert "class number 1" in finding.message
    assert "class number 2" in finding.message


def test_classes_that_are_alike_by_nature_are_not_confused() -> None:
    assert confused_classes(_answers(0.55, 0.8, 0.95)) is None, "one alone is exchanged with none"
    assert confused_classes(_answers(0.55, 0.6, 0.8)) is None, "all are hard"
    assert confused_classes(_answers(math.nan, 0.6, 0.95)) is None, "too few answers to tell"


def test_a_class_that_is_missed_where_all_others_are_found_is_confused() -> None:
    seen = {"validation_recall": (0.4, *(0.97,) * (CLASSES - 1))}
    finding = confused_classes(training(falling(400), epoch=lambda number: seen))
    assert finding is not None
    assert "40 %" in finding.message


def test_few_rows_that_are_learnt_by_heart_say_nothing_of_labels() -> None:
    assert wrong_though_sure(_sure(0.58, 0.54, data={"rows": 200})) is None


def test_a_network_that_is_worse_than_a_constant_says_nothing_of_labels() -> None:
    lost = _sure(0.58, 0.54)
    lost.losses[1:] = [50.0] * (len(lost.losses) - 1)
    assert wrong_though_sure(lost) is None
