from __future__ import annotations

from typing import Any

from tests.clinic.rules.records import START, falling, flat, layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.row_facts import CheapScore
from netwright.clinic.rules.outcome import (
    below_baseline,
    bottleneck,
    not_learning,
    overfitting,
    slow,
    too_short,
    too_small,
)


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


def cheap(score: float) -> dict[str, Any]:
    return {"cheap": CheapScore("a linear model", score, score, score, 1280), "validation_rows": 400}


def test_beaten_by_a_cheap_model() -> None:
    finding = below_baseline(training(falling(390), accuracy=0.7, data=cheap(0.94)))
    assert finding is not None
    assert finding.severity == "alarm"
    assert "a linear model" in finding.message
    assert below_baseline(training(falling(390), accuracy=0.92, data=cheap(0.94))) is None
    assert below_baseline(training(falling(40), accuracy=0.3, data=cheap(0.94))) is None


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


def test_stopped_while_it_still_learns() -> None:
    finding = too_short(training(falling(80), accuracy=0.6, finished=True))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.TOO_SHORT
    assert too_short(training(falling(80))) is None
    done = too_short(training(falling(400), accuracy=0.97, finished=True))
    assert done is None or done.severity == "note"


def test_a_network_that_cannot_hold_its_own_rows() -> None:
    finding = too_small(training(flat(390, 1.4), accuracy=0.45, data=cheap(0.9)))
    assert finding is not None
    assert finding.severity == "alarm"  # a linear model tells more
    assert finding.cause == Cause.TOO_SMALL
    assert too_small(training(falling(390), accuracy=0.95)) is None
    noisy = training(flat(390, 1.4), accuracy=0.6, data=cheap(0.58))  # nobody does better here
    assert too_small(noisy) is None
    unknown = too_small(training(flat(390, 1.4), accuracy=0.6))
    assert unknown is not None
    assert unknown.severity == "note"


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


def memorizing(score: float) -> Any:
    def epoch(number: int) -> dict[str, float]:
        late = number > 2
        return {
            "validation_loss": 1.0 + 0.3 * (number - 2) if late else 1.5 - 0.2 * number,
            "train_score": min(1.0, 0.5 + 0.2 * number),
            "validation_score": score if late else 0.8,
        }

    return epoch


def test_rows_learnt_by_heart() -> None:
    finding = overfitting(training(falling(400), epoch=memorizing(0.7)))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.OVERFITTING


def test_overconfidence_without_loss_of_score_is_a_note() -> None:
    finding = overfitting(training(falling(400), epoch=memorizing(0.96)))
    assert finding is not None
    assert finding.severity == "note"
    assert overfitting(training(falling(400))) is None


def test_a_single_epoch_that_is_worse_is_not_for_good() -> None:
    dip = training(falling(400), epoch=lambda n: memorizing(0.7 if n == 9 else 0.96)(n))
    finding = overfitting(dip)
    assert finding is not None
    assert finding.severity == "note"


def test_dropout_that_makes_the_training_loss_the_larger_one() -> None:
    record = training(falling(400), epoch=lambda n: {"validation_loss": 0.5 / n, "train_loss": 1.0 / n})
    assert overfitting(record) is None


def test_dense_layers_without_activation_are_one_linear_layer() -> None:
    facts = {"layers": layers(activation=""), "linear": True}
    finding = bottleneck(training(flat(200), facts=facts))
    assert finding is not None
    assert (finding.severity, finding.cause) == ("alarm", Cause.TOO_SMALL)
    assert "Nothing bends" in finding.message
    copes = bottleneck(training(falling(200), facts=facts))
    assert copes is not None
    assert copes.severity == "note"


def test_a_score_that_still_rises_is_waited_for() -> None:
    def rising(number: int) -> dict[str, float]:
        return {"train_score": 0.1 + 0.03 * number, "validation_score": 0.1 + 0.03 * number}

    waited = slow(training(flat(160, 2.05), accuracy=0.2, epoch=rising))
    assert waited is not None
    assert waited.severity == "note"
    stands = slow(training(flat(160, 2.05), accuracy=0.2))
    assert stands is not None
    assert stands.severity == "alarm"
