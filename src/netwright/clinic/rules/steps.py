"""Rules on the size of the steps: learning rate, schedule, clip, epsilon, decay."""

from __future__ import annotations

import math

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import WELL_LEARNT, Course, course
from netwright.clinic.measures import early, finite, middle, pace, percent, shown, update_sizes, warming_up
from netwright.clinic.record import Record
from netwright.clinic.rules.base import LAYERS, OBSERVATIONS, OPTIMIZER, STEPS, Need, Rule, found
from netwright.findings import Finding

LARGE_UPDATE = 0.5
SPIKE = 4.0
SMALL_UPDATE = 1e-4
SHORT_TRAVEL = 0.3
# Way in all steps, relative to the weights, below which nothing can be learnt; the longer the training was
# watched, the surer is what it will be.
PATIENCE = ((20, 0.25), (10, 0.08), (5, 0.02))
SMALL_EPSILON = 1e-3


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
    start = max(now.initial, now.reference)
    # Many a training leaps in its first steps and comes down at once: that is waited for.
    recovering = now.steps < 20 and (now.falling or losses[-1] < 0.7 * max(losses))
    lost = (
        now.rising
        and not recovering
        and (now.steps >= 20 or (now.steps >= 5 and now.current > SPIKE * start))
    )
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
    """Look for steps so small that the network cannot get anywhere in the planned time."""
    now, size = course(record), pace(record)
    if now is None or not size or now.steps < 5 or warming_up(record) or not now.judged:
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


def clip(record: Record) -> Finding | None:
    """Look for a gradient clip that takes nearly all of every gradient."""
    recent = [o for o in record.observations if o.gradient_norm is not None][-20:]
    kept = finite(
        o.clipped_to / o.gradient_norm
        for o in recent
        if o.clipped_to is not None and o.gradient_norm is not None and o.gradient_norm > 0
    )
    share = middle(kept)
    if share is None or len(kept) < max(3, 0.9 * len(recent)) or share > 0.05:
        return None
    now = course(record)
    hurt = bool(now and now.hurt and now.skill < 0.2)
    return found(
        "clip",
        Cause.CLIP_TOO_TIGHT,
        f"The clip cuts {percent(len(kept) / len(recent))} of all gradients, to {shown(share)} of "
        "their size. " + (now.sentence() if now and hurt else "The loss falls all the same."),
        alarm=hurt,
        confidence=0.85,
        step=record.step,
        evidence={"share that is left": share},
    )


def epsilon(record: Record) -> Finding | None:
    """Look for an epsilon that outweighs the gradients of Adam and its kin."""
    large = [o for o in record.facts.optimizers if o.epsilon is not None and o.epsilon > SMALL_EPSILON]
    if not large:
        return None
    now = course(record)
    hurt = bool(now and now.hurt and now.skill < 0.2)
    return found(
        "epsilon",
        Cause.EPSILON_TOO_LARGE,
        f"The epsilon of {large[0].name} is {shown(large[0].epsilon or 0.0)}; it is added to the size of the "
        "gradient, which is far smaller, and so shrinks every step. "
        + (now.sentence() if now and hurt else "That does no visible harm so far."),
        alarm=hurt,
        confidence=0.85,
        step=record.step,
        evidence={"epsilon": large[0].epsilon},
    )


def schedule(record: Record) -> Finding | None:
    """Look for a learning rate that is gone long before the training is over."""
    rates = [(o.step, o.learning_rate) for o in record.observations if o.learning_rate > 0]
    if len(rates) < 3:
        return None
    top = max(rate for _, rate in rates)
    gone = next((step for step, rate in rates if rate < 0.02 * top and step > _peak(rates)), None)
    planned = record.facts.steps_planned or (record.step if record.finished else None)
    if gone is None or planned is None or gone > 0.5 * planned or rates[-1][1] > 0.05 * top:
        return None
    now = course(record)
    hurt = bool(now and now.stalled)
    return found(
        "schedule",
        Cause.EARLY_DECAY,
        f"By step {gone} of {planned} the learning rate has fallen from {shown(top)} to below a fiftieth: "
        "the rest of the training changes nothing. "
        + (now.sentence() if now and hurt else "The network had learnt enough by then."),
        alarm=hurt,
        confidence=0.85,
        step=record.step,
        evidence={"highest rate": top, "rate now": rates[-1][1]},
    )


def _peak(rates: list[tuple[int, float]]) -> int:
    return max(rates, key=lambda pair: pair[1])[0]


def warmup(record: Record) -> Finding | None:
    """Look for a transformer with Adam that gets the full learning rate at once and stays stuck."""
    facts, now = record.facts, course(record)
    attention = any(layer.kind == "attention" for layer in facts.layers)
    adaptive = any(optimizer.epsilon is not None for optimizer in facts.optimizers)
    first = [o.learning_rate for o in early(record, 20)]
    if not attention or not adaptive or now is None or not first or now.steps < 20:
        return None
    rate = facts.optimizers[0].learning_rate
    if max(first) > 1.5 * min(first) or rate < 1e-3 or not _stuck(now):
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


def decay(record: Record) -> Finding | None:
    """Look for a weight decay that pulls the weights to zero faster than they learn."""
    strong = []
    for optimizer in record.facts.optimizers:
        decoupled = optimizer.name.lower() in ("adamw", "lion", "sgdw")
        per_step = optimizer.weight_decay * (optimizer.learning_rate if decoupled else 1.0)
        if per_step > (3e-3 if decoupled else 0.03):
            strong.append(optimizer)
    if not strong:
        return None
    now = course(record)
    hurt = bool(now and now.stalled and now.steps >= 20)
    return found(
        "decay",
        Cause.STRONG_DECAY,
        f"The weight decay of {strong[0].name} is {shown(strong[0].weight_decay)} at a learning rate of "
        f"{shown(strong[0].learning_rate)}: weights shrink faster than they learn. "
        + (now.sentence() if now and hurt else "The loss falls all the same."),
        alarm=hurt,
        confidence=0.8,
        step=record.step,
        evidence={"weight decay": strong[0].weight_decay, "learning rate": strong[0].learning_rate},
    )


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
        "clip",
        Stage.OPTIMIZATION,
        (Cause.CLIP_TOO_TIGHT,),
        "at least 90 % of the gradients clipped to < 5 % of their norm; an alarm once it hurts",
        "Pascanu et al., On the difficulty of training recurrent networks (2013)",
        "step 10",
        (
            Need(
                lambda r: any(o.gradient_norm is not None for o in r.observations),
                "no gradient norm was seen",
            ),
        ),
        clip,
    ),
    Rule(
        "epsilon",
        Stage.OPTIMIZATION,
        (Cause.EPSILON_TOO_LARGE,),
        "epsilon of Adam and its kin > 1e-3; an alarm once it hurts",
        "Kingma and Ba, Adam (2015); DeepCrime (ISSTA 2021)",
        "before the first step as a note",
        (OPTIMIZER,),
        epsilon,
    ),
    Rule(
        "schedule",
        Stage.OPTIMIZATION,
        (Cause.EARLY_DECAY,),
        "learning rate below 2 % of its highest before half of the steps, and not coming back; an alarm once "
        "it hurts",
        "DeepCrime (ISSTA 2021)",
        "as soon as the rate is gone",
        (
            STEPS,
            Need(
                lambda r: r.facts.steps_planned is not None or r.finished,
                "how long the training will be is not known",
            ),
        ),
        schedule,
    ),
    Rule(
        "warmup",
        Stage.OPTIMIZATION,
        (Cause.NO_WARMUP,),
        "attention layers, Adam or kin, a rate of at least 1e-3 from the first step, and nothing learnt",
        "Xiong et al., On layer normalization in the transformer architecture (2020)",
        "step 20",
        (STEPS, LAYERS),
        warmup,
        lambda record: any(layer.kind == "attention" for layer in record.facts.layers),
    ),
    Rule(
        "decay",
        Stage.OPTIMIZATION,
        (Cause.STRONG_DECAY,),
        "decay a step > .003 (decoupled) or > .03 (in the gradient); an alarm once it hurts",
        "Loshchilov and Hutter, Decoupled weight decay (2019)",
        "before the first step as a note",
        (OPTIMIZER,),
        decay,
    ),
)
