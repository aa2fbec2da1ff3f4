"""Advice fits what is set already."""

from __future__ import annotations

import pytest

from netwright.clinic.advice import advise
from netwright.clinic.causes import Cause
from netwright.clinic.record import Facts, OptimizerFacts, Record


def test_early_stopping_is_not_advised_where_it_is_on() -> None:
    plain = advise(Cause.OVERFITTING, Record(facts=Facts()))
    assert "early_stopping: null" in plain[1]
    remedy, change = advise(Cause.OVERFITTING, Record(facts=Facts(stops_early=True)))
    assert "kept already" in remedy
    assert change == "- dropout: 0\n+ dropout: 0.2"


@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_where_units_are_dropped_already_decay_is_advised(decay: float) -> None:
    facts = Facts(optimizers=(OptimizerFacts("AdamW", 1e-3, 0.9, decay),), dropout=0.3, stops_early=True)
    _, change = advise(Cause.OVERFITTING, Record(facts=facts))
    assert change.splitlines()[1] == "+ weight_decay: 0.1"


@pytest.mark.parametrize(("steps", "change"), [(30, "+ time: 40"), (99, "+ epochs: 4")])
def test_where_time_ended_a_training_more_time_is_advised(steps: int, change: str) -> None:
    record = Record(facts=Facts(steps_planned=100, seconds_planned=9.2), losses=[1.0] * steps, finished=True)
    remedy, lines = advise(Cause.TOO_SHORT, record)
    assert lines.splitlines()[1] == change
    assert ("after 30% of its epochs" in remedy) == (steps == 30)


@pytest.mark.parametrize("decay", [1e-4, 0.01, 0.1, 3.0])
@pytest.mark.parametrize("dropout", [0.05, 0.2, 0.9])
@pytest.mark.parametrize("cause", [Cause.STRONG_DECAY, Cause.STRONG_DROPOUT, Cause.OVERFITTING])
def test_a_change_goes_the_way_it_is_said_to(cause: Cause, dropout: float, decay: float) -> None:
    facts = Facts(
        optimizers=(OptimizerFacts("AdamW", 3.0, 0.9, decay),), dropout=dropout, stops_early=dropout >= 0.1
    )
    _, change = advise(cause, Record(facts=facts))
    if "null" in change:
        return
    before, after = (float(line.split(": ")[1]) for line in change.splitlines())
    assert after > before if cause is Cause.OVERFITTING else after < before
