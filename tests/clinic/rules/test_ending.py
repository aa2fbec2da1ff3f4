"""How a training ends: worse than an answer that looks at nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.clinic.rules.records import falling, flat, training

from netwright.clinic.causes import Cause
from netwright.clinic.diagnosis import diagnose
from netwright.clinic.record import Record
from netwright.clinic.row_facts import CheapScore
from netwright.clinic.rules.ending import worse_than_constant


def ended(losses: list[float], **changes: Any) -> Record:
    return replace(training(losses, **changes), finished=True)


def test_a_training_cut_off_after_a_few_wild_steps_is_not_healthy() -> None:
    wild = ended([2.3, *flat(16, 900.0)])
    finding = worse_than_constant(wild)
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.RATE_TOO_HIGH
    assert not diagnose(wild).healthy
    assert worse_than_constant(replace(wild, finished=False)) is None


def test_a_network_that_is_too_sure_of_itself_is_no_such_case() -> None:
    sure = ended(falling(390), epoch=lambda n: {"validation_loss": 30.0})
    assert worse_than_constant(sure) is None
    assert worse_than_constant(ended(falling(390))) is None
    assert worse_than_constant(ended([2.3, *flat(16, 900.0)], facts={"loss_may_rise": True})) is None


def held_out(score: float, cheap: float, recall: float) -> Record:
    model = CheapScore("a linear model", cheap, None, 0.5, 1280)
    scores = {"validation_score": score, "validation_trivial": 0.4, "validation_recall": (recall,) * 10}
    data = {"cheap": model, "validation_rows": 400}
    return ended(falling(80), data=data, epoch=lambda n: scores)


def test_held_out_answers_no_better_than_a_constant_one() -> None:
    finding = worse_than_constant(held_out(0.35, cheap=0.8, recall=0.1))
    assert finding is not None
    assert "35 %" in finding.message
    assert worse_than_constant(held_out(0.35, cheap=0.41, recall=0.1)) is None, "nobody finds anything there"
    assert worse_than_constant(held_out(0.35, cheap=0.8, recall=0.6)) is None, "rare classes were preferred"
    assert worse_than_constant(held_out(0.6, cheap=0.8, recall=0.1)) is None
