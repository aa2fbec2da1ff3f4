"""Rules on what holds steps back: clip, epsilon, schedule, decay."""

from __future__ import annotations

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course, score_skill
from netwright.clinic.measures import finite, middle, percent, shown
from netwright.clinic.record import Record
from netwright.clinic.rules.base import OPTIMIZER, STEPS, Need, Rule, found
from netwright.findings import Finding

SMALL_EPSILON = 1e-3
IDLE = 2 / 3  # of the steps, without a learning rate to speak of
HALF = 0.5
MUCH = 0.9  # skill from which hardly anything is left to learn


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
    now, idle = course(record), 1 - gone / planned
    hurt = bool(now and (now.stalled or (idle >= IDLE and (now.progress or 0.0) >= HALF and _left(record))))
    return found(
        "schedule",
        Cause.EARLY_DECAY,
        f"By step {gone} of {planned} the learning rate has fallen from {shown(top)} to below a fiftieth: "
        "the rest of the training changes nothing. "
        + (now.sentence() if now and hurt else "The network had learnt enough by then."),
        alarm=hurt,
        confidence=0.85,
        step=record.step,
        evidence={"highest rate": top, "rate now": rates[-1][1], "share of the steps": idle},
    )


def _left(record: Record) -> bool:
    """Tell whether held-out rows leave much to learn, as far as that is known."""
    scored = [epoch for epoch in record.epochs if epoch.validation_score is not None]
    if not scored or scored[-1].validation_score is None:
        return False
    return score_skill(scored[-1].validation_score, scored[-1].validation_trivial) < MUCH


def _peak(rates: list[tuple[int, float]]) -> int:
    return max(rates, key=lambda pair: pair[1])[0]


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
