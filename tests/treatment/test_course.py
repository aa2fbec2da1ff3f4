"""The course: what counts as gone, and classes that are rare beside the classical yardstick."""

from __future__ import annotations

import numpy as np
import pytest
from tests.treatment.cases import case, recipe, rows

from netwright.findings import Finding
from netwright.treatment.case import Rowset
from netwright.treatment.classical import RULE, _balance, _is_table
from netwright.treatment.course import _same
from netwright.treatment.treat import case_of_model

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


def test_classical_models_are_asked_about_values_and_texts_not_about_steps_or_pictures() -> None:
    y = np.array(["even", "odd"] * 30)
    steps = [np.full((6, 1), number % 2 + 0.1 * number, dtype=np.float32) for number in range(60)]
    pictures = np.stack([np.full((8, 8), 40 * (number % 2), dtype=np.uint8) for number in range(60)])
    texts = ["a good and happy day" if number % 2 else "a bad and rainy night" for number in range(60)]
    settings = recipe().edited(network="auto")
    cases = [case_of_model(settings, rows, y) for rows in (steps, pictures, texts)]
    assert [_is_table(one) for one in cases] == [False, False, True]
    read = cases[2].frame(cases[2].stopping)
    assert read.columns == list(cases[2].schema.names)
    assert set(read.to_series(0)) <= set(texts)
    assert _is_table(case(recipe()))
