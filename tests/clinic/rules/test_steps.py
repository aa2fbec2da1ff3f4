from __future__ import annotations

import math
from dataclasses import replace

from tests.clinic.rules.records import falling, flat, layers, training

from netwright.clinic.causes import Cause
from netwright.clinic.record import Breakdown, LayerFacts, OptimizerFacts, Record
from netwright.clinic.rules.steps import (
    breakdown,
    oscillating,
    rate_high,
    rate_low,
    warmup,
)


def test_a_breakdown_names_step_and_layer() -> None:
    finding = breakdown(training([2.3, 5.0, math.nan], breakdown=Breakdown(3, "layers.1", "gradient")))
    assert finding is not None
    assert finding.severity == "alarm"
    assert (finding.step, finding.layer) == (3, "layers.1")
    assert breakdown(training([2.3, math.inf])) is not None
    assert breakdown(training(falling(30))) is None


def test_steps_that_throw_the_network_off() -> None:
    finding = rate_high(training([2.3, 4e3, *flat(30, 40.0)], update=4.0))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.RATE_TOO_HIGH


def test_a_rough_start_that_is_overcome_is_no_alarm() -> None:
    finding = rate_high(training([2.3, 30.0, 12.0, *falling(150)], update=lambda step: 2.0 / step))
    assert finding is not None
    assert finding.severity == "note"
    assert rate_high(training(falling(150))) is None


def test_a_leap_that_comes_down_is_waited_for_and_one_that_stays_up_is_not() -> None:
    leap = [2.3, 2.4, 6_000.0, 6_400.0, 900.0, 300.0, 80.0, 31.0]
    coming_down = rate_high(training(leap, update=4.0))
    assert coming_down is not None
    assert coming_down.severity == "note"
    wild = [
        2.3,
        7e6,
        3e3,
        1e3,
        1.7e3,
        1.6e3,
        1.1e3,
        1.2e3,
        550.0,
        2e3,
        900.0,
        400.0,
        130.0,
        110.0,
        90.0,
        140.0,
    ]
    in_leaps = rate_high(training([*wild, 40.0, 127.0, 47.0, 115.0, 71.0, 121.0], update=4.0))
    assert in_leaps is not None
    assert in_leaps.severity == "note"
    stays = rate_high(training([*leap, *flat(40, 30.0)], update=4.0))
    assert stays is not None
    assert stays.severity == "alarm"
    climbs = rate_high(training([2.3, 9.0, 80.0, 700.0, 5e3, 4e4, 3e5, 3e6], update=4.0))
    assert climbs is not None
    assert climbs.severity == "alarm"


def test_a_loss_that_comes_up_again() -> None:
    bad = [*falling(80), *flat(120, 1.6)]
    finding = oscillating(training(bad, update=0.04))
    assert finding is not None
    assert finding.cause == Cause.RATE_TOO_HIGH
    restart = [*falling(200), *flat(30, 0.3)]  # a cosine restart lifts a low loss a little
    assert oscillating(training(restart, update=0.04)) is None
    assert oscillating(training(bad, update=0.04, facts={"loss_may_rise": True})) is None
    assert oscillating(training(falling(200), update=0.04)) is None


def test_steps_too_small_to_arrive() -> None:
    finding = rate_low(training(flat(20), update=2e-6))
    assert finding is not None
    assert finding.severity == "alarm"
    assert finding.cause == Cause.RATE_TOO_LOW


def warming(record: Record) -> Record:
    record.observations = [replace(o, learning_rate=1e-5 * o.step) for o in record.observations]
    return record


def test_warm_up_and_fine_tuning_take_small_steps_in_health() -> None:
    assert rate_low(warming(training(flat(20), update=lambda step: 1e-6 * step))) is None
    tuned = rate_low(training(flat(100, 0.2), update=2e-5, accuracy=0.95))
    assert tuned is not None
    assert tuned.severity == "note"
    assert rate_low(training()) is None


ATTENTION = (LayerFacts("attend", "attention", depth=0, parameters=100, inputs=32), *layers()[1:])
FAST = (OptimizerFacts("Adam", 3e-3, epsilon=1e-8),)


def test_attention_without_warm_up() -> None:
    facts = {"layers": ATTENTION, "optimizers": FAST}
    finding = warmup(training(flat(140), facts=facts))
    assert finding is not None
    assert finding.cause == Cause.NO_WARMUP
    assert warmup(training(flat(80), facts=facts)) is None, (
        "attention begins with a plateau in health as well"
    )
    assert warmup(warming(training(flat(140), facts=facts))) is None
    assert warmup(training(falling(140), facts=facts)) is None


def test_an_optimizer_that_warms_up_by_itself_is_waited_for() -> None:
    grown = training(flat(20), update=lambda step: 1e-5 if step < 10 else 1e-2)
    assert rate_low(grown) is None
    assert rate_low(training(flat(20), update=lambda step: 1e-6 * step)) is None
    assert rate_low(training(flat(20), update=1e-5)) is not None


def test_a_leap_far_up_is_waited_for_while_it_comes_down() -> None:
    down = [2.3, 7e6, *(7e3 * 0.7**step for step in range(23))]
    finding = rate_high(training(down, update=4.0))
    assert finding is not None
    assert finding.severity == "note"
    stays = rate_high(training([2.3, 7e6, *flat(60, 6e3)], update=4.0))
    assert stays is not None
    assert stays.severity == "alarm"


def test_a_loss_that_may_rise_is_not_judged() -> None:
    facts = {"loss_may_rise": True}
    assert rate_high(training([2.3, 4e3, *flat(30, 40.0)], update=4.0, facts=facts)) is None
    assert rate_low(training(flat(60), update=1e-7, facts=facts)) is None
