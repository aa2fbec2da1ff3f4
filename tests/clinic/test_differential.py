from __future__ import annotations

import pytest
from tests.clinic.rules.records import flat, training

from netwright.clinic.causes import Cause
from netwright.clinic.diagnosis import diagnose
from netwright.clinic.differential import LISTED, LOOKS_LIKE, others, possible, shares
from netwright.clinic.record import Record


def test_every_cause_but_broken_numbers_has_two_that_look_like_it() -> None:
    assert set(Cause) - set(LOOKS_LIKE) == {Cause.NONFINITE_DATA}
    assert min(len(alike) for alike in LOOKS_LIKE.values()) == 2
    assert all(cause not in alike for cause, alike in LOOKS_LIKE.items())


def test_what_findings_speak_for_comes_before_what_looks_alike() -> None:
    also = others(Cause.VANISHING, [(Cause.VANISHING, 3.0), (Cause.LEAK, 2.0)], Record())
    assert list(also)[:2] == [Cause.LEAK, Cause.WEIGHTS_TOO_SMALL]
    assert Cause.VANISHING not in also
    assert len(also) <= LISTED


def test_a_cause_that_this_training_cannot_have_is_left_out() -> None:
    dense = training(flat(20))
    assert not possible(Cause.NO_WARMUP, dense)
    assert not possible(Cause.LOW_PRECISION, dense)
    assert possible(Cause.WEIGHTS_TOO_LARGE, dense)
    assert possible(Cause.NO_WARMUP, Record())
    assert Cause.LOW_PRECISION not in others(Cause.RATE_TOO_LOW, [(Cause.LOW_PRECISION, 5.0)], dense)


def test_likelihoods_share_what_certainty_leaves() -> None:
    found = shares(0.6, {Cause.LEAK: 2.0, Cause.MASK: 0.5})
    assert found["leak"] > found["attention mask"] > 0
    assert 0.6 + sum(found.values()) == pytest.approx(0.96, abs=0.02)


def test_an_alarm_lists_its_other_causes_with_how_likely_they_are() -> None:
    alarm = diagnose(training(flat(60), update=2e-6)).alarms[0]
    assert alarm.cause == Cause.RATE_TOO_LOW
    assert len(alarm.causes) >= 2
    assert set(alarm.likelihoods) == set(alarm.causes)
    assert list(alarm.likelihoods.values()) == sorted(alarm.likelihoods.values(), reverse=True)
    assert alarm.differential.startswith(f"{alarm.causes[0]} (")
