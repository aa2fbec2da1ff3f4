from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.clinic.rules.records import CLASSES, START, cheap, falling, flat, layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import OptimizerFacts, Record
from netwright.clinic.rules.learning import not_learning, slow, swinging


def test_nothing_learnt() -> None:
    finding = not_learning(training(flat(100)))
    assert finding is not None
    assert finding.severity == "alarm"
    ignored = not_learning(training(flat(100), probe={"shuffled_loss": 2.3}))
    assert ignored is not None
    assert "ignores its inputs" in ignored.message
    assert not_learning(training(flat(10))) is None  # too early to say
    assert not_learning(training(falling(100))) is None


def test_a_floor_is_not_a_failure() -> None:
    smoothed = training(falling(300, floor=0.8), accuracy=0.96)  # label smoothing keeps the loss up
    assert not_learning(smoothed) is None
    assert slow(smoothed) is None
    tuned = training(flat(300, 0.1), wiring={"initial_loss": 0.1}, accuracy=0.97)
    assert not_learning(tuned) is None


def test_a_loss_that_may_rise_is_not_judged() -> None:
    assert not_learning(training(flat(200), facts={"loss_may_rise": True})) is None


def test_little_learnt_and_no_hope() -> None:
    finding = slow(training(flat(200, 1.9), accuracy=0.25))
    assert finding is not None
    assert finding.severity == "alarm"
    assert slow(training(falling(200))) is None


def test_numbers_that_are_learnt_too_slowly() -> None:
    scores = {
        "validation_score": 0.05,
        "train_score": 0.05,
        "validation_trivial": 0.0,
        "validation_recall": (),
    }
    record = training(
        flat(200, 0.93 * START), data=cheap(0.7), facts={"answer": "numbers"}, epoch=lambda n: scores,
        probe={"accuracy": 0.05, "trivial_accuracy": 0.0, "class_recall": ()},
    )  # fmt: skip
    finding = slow(record)
    assert finding is not None
    assert finding.severity == "alarm"


def test_two_classes_that_are_hard_to_tell_apart_are_no_fault() -> None:
    hard = {"classes": 2, "class_counts": (900, 380)}
    for known in (cheap(0.76), {}):
        record = training(
            flat(200, 1.8), accuracy=0.75, data={**hard, **known},
            facts={"answer": "two classes"}, probe={"accuracy": 0.75, "trivial_accuracy": 0.7},
            epoch=lambda n: {"validation_trivial": 0.7},
        )  # fmt: skip
        finding = slow(record)
        assert finding is None or finding.severity == "note"


def test_a_score_that_still_rises_is_waited_for() -> None:
    def rising(number: int) -> dict[str, float]:
        return {"train_score": 0.1 + 0.03 * number, "validation_score": 0.1 + 0.03 * number}

    waited = slow(training(flat(160, 2.05), accuracy=0.2, epoch=rising))
    assert waited is not None
    assert waited.severity == "note"
    stands = slow(training(flat(160, 2.05), accuracy=0.2))
    assert stands is not None
    assert stands.severity == "alarm"


def _swings(size: float, score: float) -> Record:
    def seen(number: int) -> dict[str, Any]:
        high, low = score + size / 2, score - size / 2
        shares = (high, low) if number % 2 else (low, high)
        return {"validation_recall": shares * (CLASSES // 2), "validation_score": score}

    return training(falling(400), epoch=seen, data=cheap(0.8))


def test_classes_that_are_found_in_turn_tell_of_steps_too_large() -> None:
    finding = swinging(_swings(0.3, 0.6))
    assert finding is not None
    assert (finding.severity, finding.cause) == ("alarm", Cause.RATE_TOO_HIGH)
    assert swinging(_swings(0.1, 0.6)) is None
    assert swinging(_swings(0.3, 0.82)) is None, "no cheap model does better"
    assert swinging(replace(_swings(0.3, 0.6), losses=falling(300))) is None, "it is not over"


def test_sequences_may_stand_on_a_plateau_under_large_steps() -> None:
    dense, recurrent = (
        not_learning(training(flat(40, 2.5), update=0.5, facts={"layers": layers(kind=kind)}))
        for kind in ("dense", "recurrent")
    )
    assert dense is not None
    assert recurrent is None


def test_an_optimizer_that_warms_up_by_itself_is_waited_for() -> None:
    own = (OptimizerFacts("RAdam", 1e-3, momentum=0.9, epsilon=1e-8),)
    growing = training(flat(100), update=lambda step: 1e-3 * 1.02**step, facts={"optimizers": own})
    assert not_learning(growing) is None
    assert not_learning(training(flat(100), facts={"optimizers": own})) is not None


def test_of_few_rows_some_are_right_by_luck() -> None:
    few, many = (not_learning(training(flat(100), data={"rows": rows}, accuracy=0.15)) for rows in (48, 1280))
    assert few is not None
    assert many is None
