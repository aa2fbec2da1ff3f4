"""The course: what counts as gone, and classes that are rare beside the classical yardstick."""

from __future__ import annotations

import numpy as np
import pytest
from tests.treatment.cases import case, recipe, rows

from netwright.findings import Finding
from netwright.treatment.case import Rowset
from netwright.treatment.classical import RULE, _balance
from netwright.treatment.course import _same

BEHIND = Finding(RULE, "alarm", "A linear model is ahead.", cause="overfitting")
SLOW = Finding("rate-low", "alarm", "It hardly moves.", cause="learning rate too low")


def test_a_fault_is_gone_only_when_neither_its_rule_nor_its_cause_is_left() -> None:
    assert _same([SLOW], [SLOW])
    assert _same([SLOW], [Finding("other", "alarm", "Slow.", cause="learning rate too low")])
    assert not _same([SLOW], [Finding("other", "alarm", "Wild.", cause="exploding gradient")])


def test_where_nothing_was_wrong_nothing_may_be() -> None:
    assert _same([], [SLOW])
    assert not _same([], [])


def test_being_behind_a_classical_model_shrinks_and_is_no_fault_that_stays() -> None:
    assert not _same([BEHIND], [BEHIND])
    assert not _same([SLOW], [BEHIND])
    assert not _same([], [BEHIND])


def test_every_class_counts_alike_beside_a_classical_model() -> None:
    patient = case(recipe())
    x, y = rows(100)
    y[:] = 0
    y[:10] = 1
    patient.stopping = Rowset(x, y)
    weights = _balance(patient)
    assert weights.mean() == pytest.approx(1)
    assert weights[y == 1].sum() == pytest.approx(weights[y == 0].sum())
    assert np.unique(weights).size == 2
