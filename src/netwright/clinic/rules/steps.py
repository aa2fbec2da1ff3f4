"""Rules on the size of the steps: too large, too small, too large at once."""

from __future__ import annotations

import math

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import WELL_LEARNT, Course, course
from netwright.clinic.measures import (
    early,
    finite,
    middle,
    pace,
    percent,
    recent_update,
    shown,
    update_sizes,
    updates_grow,
    warming_up,
)
from netwright.clinic.record import Record
from netwright.clinic.rules.base import LAYERS, OBSERVATIONS, STEPS, Rule, found
from netwright.findings import Finding

LARGE_UPDATE = 0.5
SPIKE = 4.0
SMALL_UPDATE = 1e-4
SHORT_TRAVEL = 0.3
# Way in all steps, relative to the weights, below which nothing can be learnt; the longer the training was
# watched, the surer is what it will be.
PATIENCE = ((20, 0.25), (10, 0.08), (5, 0.02))
GROWN = 2.0
PLATEAU = 0.3  # share of the steps that attention may take before it begins to learn


def breakdown(record: Record) -> Finding | None:
    """Say where numbers stopped being finite."""
    broken = record.breakdown
    if broken is None:
        bad = next((i for i, loss in enumerate(record.losses) if not math.isfinite(loss)), None)
        if bad is None:
            return None
        step, where = bad + 1, "the loss"
    else:
        step = broken.step
        where = f"the {broken.what}" + (f" of layer {broken.layer}" if broken.layer else "")
    cause = Cause.RATE_TOO_HIGH
    if record.facts.precision == "float16":
        cause = Cause.LOW_PRECISION
    elif step <= 1:
        attention = any(x.kind == "attention" for x in record.facts.layers)
        cause = Cause.MASK if attention else Cause.WEIGHTS_TOO_LARGE
    return found(
        "breakdown",
        cause,
        f"At step {step}, {where} is no longer finite; from there on nothing can be learnt.",
        alarm=True,
        confidence=0.7,
        layer=broken.layer if broken else "",
        step=step,
    )


def rate_high(record: Record) -> Finding | None:
    """Look for first steps that throw the network far off."""
    now = course(record)
    losses = finite(record.losses[:60])
    sizes = update_sizes(record, early(record, 50))
    if now is None or not losses:
        return None
    largest = max(sizes, default=0.0)
    spike = max(losses) / max(now.initial, now.reference) if now.initial > 0 else 0.0
    if (largest <= LARGE_UPDATE and spike <= SPIKE) or not now.judged:
        return None
    scored = now.scored is not None and now.scored >= WELL_LEARNT  # a few wild answers may make a loss alone
    lost = now.lost and not scored
    late = now.steps >= 60 or (now.progress is not None and now.progress >= 0.1 and now.steps >= 20)
    hurt = now.broken or lost or (late and now.hurt and now.skill < 0.2)
    said = []
    if largest > LARGE_UPDATE:
        said.append(f"a single step changed a layer by {shown(largest)} times its size")
    if spike > SPIKE:
        said.append(f"the loss leapt to {shown(spike)} times its start")
    return found(
        "rate-high",
        Cause.RATE_TOO_HIGH,
        f"Within the first {min(now.steps, 60)} steps {' and '.join(said)}. "
        + (now.sentence() if hurt else "The loss falls all the same."),
        alarm=hurt,
        confidence=min(0.95, 0.6 + 0.1 * math.log10(max(largest / LARGE_UPDATE, spike / SPIKE, 1.0)) + 0.1),
        step=now.steps,
        evidence={"largest relative update": largest, "largest loss over the first": spike},
    )


def oscillating(record: Record) -> Finding | None:
    """Look for a loss that had fallen well and has come up again under large steps."""
    now, size, losses = course(record), pace(record), finite(record.losses)
    window = max(5, min(len(losses) // 20, 30))
    if now is None or size is None or not now.judged or len(losses) < 4 * window or now.broken:
        return None
    medians = [middle(losses[i : i + window]) or 0.0 for i in range(0, len(losses) - window + 1, window)]
    best = min(medians)
    back = best < 0.6 * now.now and now.now > 0.35 * now.reference and now.current > 0.35 * now.reference
    late = now.progress is None or now.progress >= 0.4
    if not back or not late or size < 0.01 or now.skill >= WELL_LEARNT:
        return None
    return found(
        "oscillating",
        Cause.RATE_TOO_HIGH,
        f"The loss had come down to {shown(best)} and is back at {shown(now.now)}, while a step changes the "
        f"weights by {percent(size)} on average: the steps leap over the valley.",
        alarm=True,
        confidence=0.75,
        step=now.steps,
        evidence={"lowest loss": best, "loss now": now.now, "relative update": size},
    )


def rate_low(record: Record) -> Finding | None:
    """Look for steps so small that the network cannot get anywhere in the planned time.

    Some kin of Adam warms up by itself (RAdam): where steps have grown, they are taken to stay as large, and
    while each is larger than the one before, that is waited for.
    """
    now, size, recent = course(record), pace(record), recent_update(record)
    size = recent if size and recent and recent > GROWN * size else size
    if now is None or not size or now.steps < 5 or not now.judged:
        return None
    adaptive = any(optimizer.epsilon is not None for optimizer in record.facts.optimizers)
    if warming_up(record) or (adaptive and updates_grow(record) and not record.finished):
        return None
    planned = record.facts.steps_planned or (now.steps if record.finished else None)
    travel = size * planned if planned else math.inf
    if size >= SMALL_UPDATE and travel >= SHORT_TRAVEL:
        return None
    stuck = now.skill < 0.2 and now.current > 0.9 * now.initial
    least = next(share for steps, share in PATIENCE if now.steps >= steps)
    tiny = travel < least or (size < SMALL_UPDATE and now.steps >= 50)
    late = (now.progress or 0.0) >= 0.3 and now.skill < WELL_LEARNT
    hurt = (stuck and tiny) or (late and travel < SHORT_TRAVEL)
    return found(
        "rate-low",
        Cause.RATE_TOO_LOW,
        f"A step changes the weights by {percent(size)} of their size"
        + (f"; in all {planned} steps that is {percent(travel)} at most. " if planned else ". ")
        + (now.sentence() if hurt else "What is there to learn is learnt all the same."),
        alarm=hurt,
        confidence=0.85 if tiny else 0.6,
        step=now.steps,
        evidence={"relative update": size, "way in all steps": travel if planned else None},
    )


def warmup(record: Record) -> Finding | None:
    """Look for a transformer with Adam that gets the full learning rate at once and stays stuck.

    Attention begins with a plateau in health as well: stuck is what has not left it after three tenths.
    """
    facts, now = record.facts, course(record)
    attention = any(layer.kind == "attention" for layer in facts.layers)
    adaptive = any(optimizer.epsilon is not None for optimizer in facts.optimizers)
    first = [o.learning_rate for o in early(record, 20)]
    if not attention or not adaptive or now is None or not first or now.steps < 20:
        return None
    rate = facts.optimizers[0].learning_rate
    late = now.steps >= 400 if now.progress is None else now.progress >= PLATEAU
    if max(first) > 1.5 * min(first) or rate < 1e-3 or not late or not _stuck(now):
        return None
    return found(
        "warmup",
        Cause.NO_WARMUP,
        f"The attention layers get the full learning rate of {shown(rate)} from the first step. "
        + now.sentence(),
        alarm=True,
        confidence=0.6,
        step=now.steps,
        evidence={"learning rate": rate},
    )


def _stuck(now: Course) -> bool:
    return now.hurt and now.skill < 0.1


RULES = (
    Rule(
        "breakdown",
        Stage.OPTIMIZATION,
        (
            Cause.RATE_TOO_HIGH,
            Cause.LOW_PRECISION,
            Cause.MASK,
            Cause.WEIGHTS_TOO_LARGE,
        ),
        "loss, output, gradient or weight no longer finite",
        "DeepLocalize (ICSE 2021), AutoTrainer (ICSE 2021)",
        "step 1",
        (STEPS,),
        breakdown,
    ),
    Rule(
        "rate-high",
        Stage.OPTIMIZATION,
        (Cause.RATE_TOO_HIGH,),
        "largest ‖Δw‖/‖w‖ in 50 steps > .5, or a loss > 4 times the first in 60 steps; an alarm once "
        "it hurts",
        "DeepDiagnosis (ICSE 2022); TheDeepChecker (TOSEM 2022); threshold measured on healthy trainings",
        "step 5",
        (STEPS,),
        rate_high,
    ),
    Rule(
        "oscillating",
        Stage.OPTIMIZATION,
        (Cause.RATE_TOO_HIGH,),
        "a loss that was under 60 % of what it is now, and over 35 % of a constant answer's, at a mean "
        "‖Δw‖/‖w‖ > 1 %",
        "AutoTrainer (ICSE 2021)",
        "40 % of the steps",
        (OBSERVATIONS,),
        oscillating,
        lambda record: not record.facts.loss_may_rise,
    ),
    Rule(
        "rate-low",
        Stage.OPTIMIZATION,
        (Cause.RATE_TOO_LOW,),
        "largest ‖Δw‖/‖w‖, mean over the steps, < 1e-4, or < 30 % over all planned steps, past any "
        "warm-up; an alarm below 25 % where nothing is learnt, else after 30 % of the steps where less than "
        "half is learnt",
        "DeepDiagnosis (ICSE 2022); threshold measured on healthy trainings",
        "step 10 where the plan is known, else step 50",
        (OBSERVATIONS,),
        rate_low,
    ),
    Rule(
        "warmup",
        Stage.OPTIMIZATION,
        (Cause.NO_WARMUP,),
        "attention layers, Adam or kin, a rate of at least 1e-3 from the first step, and nothing learnt",
        "Xiong et al., On layer normalization in the transformer architecture (2020)",
        "30 % of the steps, step 400 without a plan",
        (STEPS, LAYERS),
        warmup,
        lambda record: any(layer.kind == "attention" for layer in record.facts.layers),
    ),
)
