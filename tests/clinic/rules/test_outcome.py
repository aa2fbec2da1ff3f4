from __future__ import annotations

from typing import Any

from tests.clinic.rules.records import cheap, falling, flat, layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import Record
from netwright.clinic.rules.outcome import below_baseline, bottleneck, overfitting, too_short, too_small
from netwright.findings import Finding


def test_beaten_by_a_cheap_model() -> None:
    finding = below_baseline(training(falling(390), accuracy=0.7, data=cheap(0.94)))
    assert finding is not None
    assert finding.severity == "alarm"
    assert "a linear model" in finding.message
    assert below_baseline(training(falling(390), accuracy=0.92, data=cheap(0.94))) is None
    assert below_baseline(training(falling(40), accuracy=0.3, data=cheap(0.94))) is None


def test_stopped_while_it_still_learns() -> None:
    finding = too_short(training(falling(80), accuracy=0.6, finished=True))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.TOO_SHORT
    assert too_short(training(falling(80))) is None
    done = too_short(training(falling(400), accuracy=0.97, finished=True))
    assert done is None or done.severity == "note"


def test_two_epochs_that_leave_a_cheap_model_ahead_are_too_few() -> None:
    def seen(score: float) -> Record:
        losses = falling(80, start=2.3, floor=0.3)
        return training(
            losses,
            epoch=lambda n: {"validation_score": score},
            data=cheap(0.9),
            finished=True,
            accuracy=score,
        )

    behind, level = too_short(seen(0.83)), too_short(seen(0.88))
    assert behind is not None
    assert level is not None
    assert (behind.severity, level.severity) == ("alarm", "note")


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


def test_layers_without_activation_are_an_alarm_where_they_cannot_fit_their_own_rows() -> None:
    def linear(accuracy: float) -> Finding | None:
        facts = {"linear": True, "answer": "two classes"}
        return bottleneck(training(falling(380), facts=facts, accuracy=accuracy))

    unfitted, fitted = linear(0.7), linear(0.97)
    assert unfitted is not None
    assert fitted is not None
    assert (unfitted.severity, fitted.severity) == ("alarm", "note")


def test_a_loss_that_falls_steeply_on_rows_that_are_not_fitted_was_cut_short() -> None:
    losses = [2.3 * 0.997**step for step in range(400)]
    seen = {"train_score": 0.7, "validation_score": 0.7}
    record = training(losses, epoch=lambda n: seen, data=cheap(0.76), finished=True)
    finding = too_short(record)
    assert finding is not None
    assert finding.severity == "alarm"


def test_of_several_labels_the_loss_tells_how_much_is_learnt() -> None:
    losses = [1.0 * 0.9985**step for step in range(400)]
    seen = {"train_score": 0.93, "validation_score": 0.93, "validation_trivial": 0.8}
    start = {"initial_loss": 2.3, "expected_loss": 2.3}

    def judged(answer: str) -> str:
        facts = {"answer": answer}
        finding = too_short(training(losses, epoch=lambda n: seen, facts=facts, wiring=start, finished=True))
        return "" if finding is None else finding.severity

    assert (judged("several labels"), judged("classes")) == ("note", "alarm")
