"""What findings and branches together say of the causes, and how likely each is."""

from __future__ import annotations

import pytest
from tests.treatment.cases import case, recipe

from netwright.clinic.causes import Cause
from netwright.findings import Finding
from netwright.treatment.branches import Branch, Experiment
from netwright.treatment.proposal import causes_of, confirmed
from netwright.treatment.remedy import Remedy

HIGH, LOW, LEAK = Cause.RATE_TOO_HIGH.value, Cause.RATE_TOO_LOW.value, Cause.LEAK.value
SICK = recipe(optimizer={"kind": "adamw", "learning_rate": 1e-6})
FASTER = Remedy(
    "the usual learning rate", Cause.RATE_TOO_LOW, {"optimizer": SICK.optimizer.edited(learning_rate=4e-3)}
)
FOUND = Finding(
    "slow", "alarm", "It hardly moves.", cause=HIGH, confidence=0.5, causes=(LEAK, LOW),
    likelihoods={LEAK: 0.2, LOW: 0.1},
)  # fmt: skip


def test_what_else_may_be_behind_several_findings_is_ordered_by_how_likely_it_is() -> None:
    other = Finding(
        "slow", "alarm", "", cause=HIGH, causes=("attention mask",), likelihoods={"attention mask": 0.15}
    )
    assert causes_of([FOUND, other]) == [Cause.RATE_TOO_HIGH, Cause.LEAK, Cause.MASK, Cause.RATE_TOO_LOW]


def test_a_cause_that_branches_show_leaves_the_others_what_is_left() -> None:
    done = Experiment(30, (1.0,), (Branch(FASTER, (0.1,)),), 20)
    sure = confirmed(case(SICK), SICK, FOUND, done)
    assert (sure.cause, sure.causes) == (LOW, (HIGH, LEAK))
    assert sure.confidence == pytest.approx(0.7)
    assert sure.likelihoods[HIGH] > sure.likelihoods[LEAK] > 0
    assert sum(sure.likelihoods.values()) == pytest.approx(0.3, abs=0.02)
