from __future__ import annotations

from dataclasses import replace

from tests.clinic.rules.records import PLAN, falling, flat, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import OptimizerFacts, Record
from netwright.clinic.rules.restraints import clip, decay, epsilon, schedule


def test_a_clip_that_leaves_nothing() -> None:
    tight = {"gradient_norm": 2.0, "clipped_to": 1e-4}
    bad, fine = clip(training(flat(60), observation=tight)), clip(training(falling(200), observation=tight))
    assert bad is not None
    assert fine is not None
    assert (bad.severity, fine.severity) == ("alarm", "note")
    assert bad.cause == Cause.CLIP_TOO_TIGHT
    assert clip(training(flat(60), observation={"gradient_norm": 2.0, "clipped_to": 1.0})) is None


def test_an_epsilon_that_swallows_the_gradient() -> None:
    facts = {"optimizers": (OptimizerFacts("Adam", 1e-3, epsilon=10.0),)}
    bad, fine = epsilon(training(flat(60), facts=facts)), epsilon(training(falling(200), facts=facts))
    assert bad is not None
    assert fine is not None
    assert (bad.severity, fine.severity) == ("alarm", "note")
    assert bad.cause == Cause.EPSILON_TOO_LARGE
    assert epsilon(training(flat(60))) is None


def scheduled(record: Record, rate: float = 1.0, every: int = 20, restart: bool = False) -> Record:
    record.observations = [
        replace(o, learning_rate=rate * 10.0 ** -((o.step % 100 if restart else o.step) // every))
        for o in record.observations
    ]
    return record


def test_a_rate_that_is_gone_too_early() -> None:
    bad = schedule(scheduled(training(flat(100))))
    assert bad is not None
    assert bad.severity == "alarm"
    assert bad.cause == Cause.EARLY_DECAY
    fine = schedule(scheduled(training(falling(200, floor=0.02), accuracy=0.99)))
    assert fine is not None
    assert fine.severity == "note"


def test_two_thirds_of_the_steps_without_a_rate_are_an_alarm_where_much_is_left() -> None:
    learnt = scheduled(training(falling(300, floor=0.3), accuracy=0.99))
    found = {
        score: schedule(replace(learnt, epochs=[replace(e, validation_score=score) for e in learnt.epochs]))
        for score in (0.7, 0.97)
    }
    assert all(one is not None for one in found.values())
    assert [one.severity for one in found.values() if one] == ["alarm", "note"]


def test_restarts_and_late_decay_are_fine() -> None:
    assert schedule(scheduled(training(falling(109)), restart=True)) is None
    assert schedule(scheduled(training(falling(PLAN)), every=150)) is None
    assert schedule(training()) is None


def test_a_decay_stronger_than_learning() -> None:
    facts = {"optimizers": (OptimizerFacts("AdamW", 1e-2, weight_decay=5.0),)}
    bad, fine = decay(training(flat(60), facts=facts)), decay(training(falling(200), facts=facts))
    assert bad is not None
    assert fine is not None
    assert (bad.severity, fine.severity) == ("alarm", "note")
    assert bad.cause == Cause.STRONG_DECAY
    usual = {"optimizers": (OptimizerFacts("AdamW", 1e-3, weight_decay=0.05),)}
    assert decay(training(flat(60), facts=usual)) is None
