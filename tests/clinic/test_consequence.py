"""When a training may be called hurt."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.clinic.rules.records import START, falling, flat, training

from netwright.clinic.consequence import Course, constant_loss, course, score_skill
from netwright.clinic.record import Record
from netwright.clinic.row_facts import CheapScore


def known(record: Record) -> Course:
    found = course(record)
    assert found is not None
    return found


def test_a_flat_loss_hurts_and_a_falling_one_does_not() -> None:
    assert known(training(flat(60))).hurt
    assert not known(training(falling(60))).hurt
    assert course(training([])) is None


def test_what_is_learnt_is_measured_by_what_can_be_learnt() -> None:
    losses, right = flat(200, 0.75 * START), {"accuracy": 0.35}
    alone = training(losses, probe=right, accuracy=0.35)
    assert known(alone).hurt
    hard = {"cheap": CheapScore("a linear model", 0.36, 0.36, 0.25, 1280)}
    assert not known(training(losses, probe=right, accuracy=0.35, data=hard)).hurt, "nobody learns more here"
    easy = {"cheap": CheapScore("a linear model", 0.95, 0.95, 0.9, 1280)}
    assert known(training(losses, probe=right, accuracy=0.35, data=easy)).hurt


def test_a_rate_that_still_rises_is_waited_for() -> None:
    record = training(flat(60))
    risen = [replace(one, learning_rate=1e-5 * one.step) for one in record.observations]
    assert not known(replace(record, observations=risen)).hurt
    leapt = training([START, *flat(59, 20.0)])
    assert known(replace(leapt, observations=risen)).hurt, "a loss that leaps is a fault all the same"


def test_noise_of_batches_does_not_hide_an_early_fall() -> None:
    noisy = [START * (1 - 0.004 * step) * (1.15 if step % 3 == 0 else 0.95) for step in range(40)]
    assert known(training(noisy)).falling
    leapt = [START, 50.0, 40.0, 30.0, *flat(36, 2.6)]
    assert not known(training(leapt)).falling, "coming down from a leap is no fall"


def test_something_left_to_learn() -> None:
    assert known(training(flat(120, 0.5 * START), accuracy=0.8)).stalled
    enough = {"cheap": CheapScore("a linear model", 0.8, 0.8, 0.5, 1280)}
    assert not known(training(flat(120, 0.5 * START), accuracy=0.81, data=enough)).stalled


@pytest.mark.parametrize(("score", "trivial", "skill"), [(0.75, 0.5, 0.5), (0.3, None, 0.3), (1, 1, 0)])
def test_skill_of_a_score(score: float, trivial: float | None, skill: float) -> None:
    assert score_skill(score, trivial) == pytest.approx(skill)


def test_what_hurts_for_a_moment_is_not_held_against_a_training() -> None:
    fallen = [START * (1 - 0.002 * step) for step in range(150)]
    stopped = [*fallen, *flat(100, fallen[-1])]
    assert known(training(stopped, accuracy=0.3)).suffers
    assert not known(training(stopped, accuracy=0.3)).hurt, "a quarter of the steps ago it fell"
    assert known(training([*fallen, *flat(250, fallen[-1])], accuracy=0.3)).hurt, "that lasts"


def test_the_batch_that_was_tried_first_says_little_of_a_constant_answer() -> None:
    facts = {"answer": "numbers", "loss": "mseloss"}
    tried = {"initial_loss": 0.5, "expected_loss": 0.43}
    record = training(flat(40, 0.85), facts=facts, wiring=tried, data={"target_deviation": 1.0})
    assert known(record).reference == 1.0
    assert not known(record).rising


def test_targets_beyond_all_numbers_leave_the_best_constant_unknown() -> None:
    record = training(falling(60))
    facts = replace(record.facts, loss="mseloss", answer="numbers")
    data = replace(facts.data, target_deviation=1e200)
    wiring = replace(record.wiring, expected_loss=1.0)
    huge = replace(record, facts=replace(facts, data=data), wiring=wiring)
    assert constant_loss(huge) == []
    assert course(huge) is not None
