"""Rules on whether anything is learnt: nothing at all, or far less than could be."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean, median

from netwright.clinic.attainable import COMPARED, beaten, behind, held_out_score
from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import NOTHING_LEARNT, Course, course
from netwright.clinic.measures import (
    last_probe,
    pace,
    percent,
    reads_sequences,
    recent_update,
    score_rising,
    shown,
    warming_up,
)
from netwright.clinic.record import Record
from netwright.clinic.rules.base import PLAN, STEPS, Need, Rule, found
from netwright.findings import Finding

STILL = (0.6, 15)  # way in all steps, relative to the weights, that no healthy training was seen to have
GROWING = 1.3
SWINGS, SWING = 5, 0.18  # epochs, and change of a class from one to the next; in health up to .15
LATE = 0.95
PLATEAU = 0.5  # share of the steps that networks for sequences may take before they begin to learn


def not_learning(record: Record) -> Finding | None:
    """Look for a network that still answers no better than a constant.

    Recurrent and attention networks often stand on a plateau before they begin to learn (Xiong et al. 2020),
    so that they are given half of the steps; and while the rate still rises, nothing need fall yet.
    """
    now = course(record)
    if now is None or not now.judged or (now.warming_up and (now.progress or 0.0) < PLATEAU):
        return None
    late = _late(now, PLATEAU if reads_sequences(record) else 0.0)
    probe = last_probe(record)
    ignored = (
        probe is not None
        and probe.step >= 20
        and probe.loss is not None
        and probe.shuffled_loss is not None
        and probe.shuffled_loss < 1.02 * probe.loss
    )
    standing = late or now.lost or _standing_still(record, now)
    if (
        not standing
        or now.skill >= NOTHING_LEARNT
        or now.falling
        or now.broken
        or not (now.lost or now.lasting)
    ):
        return None
    said = "The network has learnt nothing so far."
    if ignored and probe and probe.loss and probe.shuffled_loss:
        said += (
            f" With answers and targets paired at random its loss is {shown(probe.shuffled_loss)}, no worse "
            f"than {shown(probe.loss)} rightly paired: it ignores its inputs."
        )
    return found(
        "not-learning",
        Cause.RATE_TOO_LOW,
        f"{said} {now.sentence()}",
        alarm=True,
        confidence=0.4,
        step=now.steps,
        evidence={"skill": now.skill, "ignores inputs": ignored},
    )


def _late(now: Course, plateau: float) -> bool:
    """Tell whether what learns should have begun to; a plateau may take up to a share of the steps."""
    if now.progress is None:
        return now.steps >= (400 if plateau else 100)
    return now.progress >= plateau and (
        (now.progress >= 0.1 and now.steps >= 50) or (now.progress >= 0.2 and now.steps >= 20)
    )


def _standing_still(record: Record, now: Course) -> bool:
    """Tell early that nothing moves: no fall at all, at a pace that no healthy training was seen to have."""
    size, planned = pace(record), record.facts.steps_planned
    if size is None or (recent_update(record) or 0.0) > GROWING * size:  # some optimizers warm up themselves
        return False
    if not planned or now.steps < 20 or now.steps < 0.05 * planned or warming_up(record):
        return False
    if now.now <= 0.99 * now.initial or STILL[0] < size * planned < STILL[1]:
        return False
    # What large steps leave below a constant's loss is learnt; sequences may stand on a plateau under them.
    return size * planned <= STILL[0] or (now.now > now.reference and not reads_sequences(record))


def slow(record: Record) -> Finding | None:
    """Look for a training that is well under way and has learnt far less than it could."""
    now, facts = course(record), record.facts
    if now is None or not now.judged or now.broken or facts.answer not in COMPARED:
        return None
    late, done = (now.progress or 0.0) >= 0.3, (now.progress or 0.0) >= 0.9
    if not late or now.skill >= 0.3 or now.skill < NOTHING_LEARNT or held_out_score(record) is None:
        return None
    worse = beaten(record)
    # Two classes, or words, may be hard to foretell by nature; many classes of things rarely are.
    many = facts.data.classes >= 5 and facts.data.input_kind != "tokens"
    return found(
        "slow",
        Cause.RATE_TOO_LOW,
        f"After {percent(now.progress or 0.0)} of the steps little is learnt: {shown(now.skill)} on the way "
        f"from a constant answer (0) to {'a cheap' if worse is not None else 'a perfect'} one (1). "
        f"{now.sentence()}",
        alarm=(many if worse is None else worse)
        and not now.falling
        and (done or not score_rising(record.epochs)),
        confidence=0.4,
        step=now.steps,
        evidence={"skill": now.skill, "beaten by a cheap model": worse},
    )


def swinging(record: Record) -> Finding | None:
    """Look for classes that are found in one epoch and missed in the next, in turn, with nothing gained."""
    recalls = [epoch.validation_recall for epoch in record.epochs if epoch.validation_recall][-SWINGS:]
    late = record.finished or (record.progress or 0.0) >= LATE
    if len(recalls) < SWINGS or len({len(shares) for shares in recalls}) > 1 or not late:
        return None
    swings = [
        fmean(abs(after - before) for before, after in zip(one, next_one, strict=True))
        for one, next_one in pairwise(recalls)
    ]
    swing = median(swings)
    if not swing > SWING or not behind(record):
        return None
    return found(
        "swinging-classes",
        Cause.RATE_TOO_HIGH,
        f"From one epoch to the next, the share of a class that is found changes by {percent(swing)} on "
        "average, and a cheap model does better: the steps throw the network from one class to another.",
        alarm=True,
        confidence=0.6,
        step=record.step,
        evidence={"swing": swing},
    )


RULES = (
    Rule(
        "not-learning",
        Stage.OPTIMIZATION,
        (Cause.RATE_TOO_LOW,),
        "skill under .05 of the way from the best constant answer to a perfect one, and a loss that does "
        "not fall",
        "DeepLocalize (ICSE 2021); shuffled pairs after Breiman (2001)",
        "5 % of the steps where they are very small or large, else 20 %, or 10 % and 50 steps, or 50 % for "
        "sequences; step 100 without a plan, step 400 for sequences",
        (STEPS,),
        not_learning,
        lambda record: not record.facts.loss_may_rise,
    ),
    Rule(
        "slow",
        Stage.OPTIMIZATION,
        (Cause.RATE_TOO_LOW,),
        "skill under .3 of the way and a loss that does not fall; an alarm where a cheap model does better, "
        "or there are five classes or more",
        "AutoTrainer (ICSE 2021)",
        "30 % of the steps",
        (STEPS, PLAN),
        slow,
        lambda record: not record.facts.loss_may_rise,
    ),
    Rule(
        "swinging-classes",
        Stage.OPTIMIZATION,
        (Cause.RATE_TOO_HIGH,),
        "share of right held-out answers of a class changes by more than .18 from epoch to epoch, median of "
        "the last four changes, and a cheap model does better",
        "AutoTrainer (ICSE 2021), oscillation; threshold measured on healthy trainings",
        "the end",
        (
            PLAN,
            Need(
                lambda r: any(e.validation_recall for e in r.epochs),
                "the share of right answers by class was not measured",
            ),
        ),
        swinging,
        lambda record: record.facts.data.input_kind != "tokens",
    ),
)
