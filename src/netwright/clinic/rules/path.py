"""Rules on the way of the gradient: from the loss to every parameter, and no further."""

from __future__ import annotations

import itertools
import math
from statistics import correlation

from netwright.clinic.attainable import behind
from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course
from netwright.clinic.measures import early, finite, shown, update_sizes, weight_layers
from netwright.clinic.record import LayerFacts, Record
from netwright.clinic.rules.base import LAYERS, OBSERVATIONS, STEPS, Need, Rule, found
from netwright.findings import Finding

RANDOM = 0.8  # of the frozen parameters, that must look as if they had never been trained
LARGE = 0.1  # share of all parameters
NEAR, ERRORS = 0.01, 3.0  # relative distance from the deviation of fresh weights, and standard errors
LATE = 0.9  # share of the steps from which a training is judged by what it has reached
STEADY = 0.8  # correlation of step and loss from which a climb is no chance of a few batches


def not_optimized(record: Record) -> Finding | None:
    """Look for layers that ask for a gradient but belong to no optimizer."""
    facts = record.facts
    if facts.frozen_on_purpose or not facts.optimizers:
        return None
    left = [layer for layer in facts.layers if layer.parameters and layer.trainable and not layer.optimized]
    if not left:
        return None
    share = sum(layer.parameters for layer in left) / max(1, sum(layer.parameters for layer in facts.layers))
    names = ", ".join(layer.name for layer in left[:3]) + (" …" if len(left) > 3 else "")
    return found(
        "not-optimized",
        Cause.NOT_OPTIMIZED,
        f"No optimizer holds the parameters of {names} ({shown(100 * share)} % of all): they keep their "
        "random start.",
        alarm=True,
        confidence=0.98,
        layer=left[0].name,
        step=0,
        evidence={"layers": [layer.name for layer in left], "share of parameters": share},
    )


def frozen(record: Record) -> Finding | None:
    """Look for frozen layers; that is an alarm only if nobody declared it and little is learnt."""
    facts = record.facts
    kept = [layer for layer in facts.layers if layer.parameters and not layer.trainable]
    if not kept or facts.frozen_on_purpose:
        return None
    now = course(record)
    progress = (now and now.progress) or 0.0
    hurt = bool(now and now.hurt and progress >= 0.05)
    hurt = hurt or ((record.finished or progress >= LATE) and behind(record))
    share = sum(layer.parameters for layer in kept) / max(1, sum(layer.parameters for layer in facts.layers))
    fresh = sum(layer.parameters for layer in kept if _fresh(layer)) > RANDOM * sum(
        x.parameters for x in kept
    )
    untrained = fresh and share > LARGE
    said = f"{shown(100 * share)} % of the parameters are frozen, from layer {kept[0].name} on."
    if untrained:
        said += " Their numbers are spread as those of layers that were never trained."
    return found(
        "frozen",
        Cause.NOT_OPTIMIZED,
        said
        + (
            f" {now.sentence()}"
            if hurt and now
            else " If that is meant, declare it."
            if untrained
            else " Where that is meant, all is well."
        ),
        alarm=hurt or untrained,
        confidence=0.8,
        layer=kept[0].name,
        step=record.step,
        evidence={"share of parameters": share},
    )


def _fresh(layer: LayerFacts) -> bool:
    """Tell whether weights are spread as PyTorch draws them at first, evenly within ± 1 / √inputs."""
    if layer.kind not in ("dense", "convolution") or not layer.inputs or not layer.weight_deviation:
        return False
    chance = ERRORS * math.sqrt(0.2 / max(1, layer.parameters))  # of the deviation of so many even numbers
    return abs(layer.weight_deviation * math.sqrt(3 * layer.inputs) - 1) < max(NEAR, chance)


def cut_gradient(record: Record) -> Finding | None:
    """Look for parameters that the gradient never reaches."""
    facts = record.facts
    if facts.frozen_on_purpose:
        return None
    if record.observations and all(not o.output_attached for o in record.observations[:3]):
        return found(
            "cut-gradient",
            Cause.CUT_GRADIENT,
            "The loss is not connected to the parameters at all: no gradient flows.",
            alarm=True,
            confidence=0.98,
            step=record.observations[0].step,
        )
    seen = [o for o in record.observations if o.layers]
    layers = [layer for layer in facts.layers if layer.parameters and layer.trainable and layer.optimized]
    without = [
        layer.name
        for layer in layers
        if len(seen) >= 3
        and all(layer.name in o.layers and o.layers[layer.name].missing_gradient for o in seen)
    ]
    if not without and not seen:
        names = {layer.name for layer in layers}
        without = [name for name in record.wiring.untouched if name.rsplit(".", 1)[0] in names]
    if not without:
        return None
    weights = {layer.name: layer.parameters for layer in layers}
    share = sum(weights.get(name, 0) for name in without) / max(1, sum(weights.values()))
    large = share > 0.02 or not seen
    return found(
        "cut-gradient",
        Cause.CUT_GRADIENT,
        f"No gradient ever reaches {', '.join(without[:3])}{' …' if len(without) > 3 else ''}: its output is "
        "detached, or never used."
        + ("" if large else f" These are {shown(100 * share)} % of the parameters; that is harmless."),
        alarm=large,
        confidence=0.96,
        layer=without[0],
        step=seen[0].step if seen else 0,
        evidence={"layers": without, "share of parameters": share},
    )


def kept_gradients(record: Record) -> Finding | None:
    """Look for gradients of earlier updates that still stand when a new backward pass begins."""
    stale = [o for o in record.observations if o.stale_gradients]
    later = [o for o in record.observations if o.step >= 2]
    if record.facts.accumulation > 1 or len(stale) < 2 or len(stale) < 0.8 * len(later):
        return None
    return found(
        "kept-gradients",
        Cause.KEPT_GRADIENTS,
        f"At step {stale[0].step} the gradients of earlier steps had not been set to zero: every update "
        "follows the sum of all batches so far.",
        alarm=True,
        confidence=0.97,
        step=stale[0].step,
        evidence={"steps with old gradients": len(stale), "steps observed": len(later)},
    )


def ascent(record: Record) -> Finding | None:
    """Look for a loss that is made larger instead of smaller."""
    facts, now = record.facts, course(record)
    if facts.loss_may_rise:
        return None
    if any(optimizer.maximize for optimizer in facts.optimizers):
        return found(
            "ascent",
            Cause.ASCENT,
            f"{facts.optimizers[0].name} is set to make the loss larger.",
            alarm=True,
            confidence=0.97,
            step=0,
        )
    losses = finite(record.losses)
    nonnegative = any(word in facts.loss for word in ("crossentropy", "bce", "mse", "l1", "huber", "nll"))
    if nonnegative and len(losses) >= 3 and max(losses[:3]) < 0 and now and now.current < 0:
        return found(
            "ascent",
            Cause.ASCENT,
            f"The loss is {shown(now.current)}, yet a {facts.loss} is never negative: its sign is turned, "
            "or targets do not fit it.",
            alarm=True,
            confidence=0.85,
            step=3,
        )
    return _climbing(record)


def _climbing(record: Record) -> Finding | None:
    """Find a loss that climbs from the first step on while every step stays small.

    Batches differ: a few of them climb by chance, so that loss and step must go together closely.
    """
    losses = finite(record.losses)[:60]
    sizes = update_sizes(record, early(record, 5))
    data = record.facts.data
    scaled = (data.largest_input or 0.0) <= 100 and (data.deviation_ratio or 0.0) <= 100
    if len(losses) < 12 or not sizes or max(sizes) > 0.1 or not scaled:
        return None
    third = max(2, len(losses) // 4)
    means = [sum(losses[i : i + third]) / third for i in range(0, len(losses) - third + 1, third)]
    climbing = all(later > before for before, later in itertools.pairwise(means))
    now = course(record)
    high = now is not None and means[-1] > 0.5 * now.reference
    if len(means) < 4 or not climbing or not high or means[-1] < 1.4 * means[0]:
        return None
    if correlation(range(len(losses)), losses) < STEADY:
        return None
    return found(
        "ascent",
        Cause.ASCENT,
        f"The loss climbs steadily from {shown(means[0])} to {shown(means[-1])} in {len(losses)} steps, "
        f"though a step changes the weights by {shown(100 * max(sizes))} % at most: the steps go uphill.",
        alarm=True,
        confidence=0.75,
        step=len(losses),
        evidence={"first": means[0], "last": means[-1], "largest early update": max(sizes)},
    )


def unmoved(record: Record) -> Finding | None:
    """Look for layers whose weights never change though they get a gradient."""
    seen = [o for o in record.observations if o.layers]
    if len(seen) < 3 or record.facts.frozen_on_purpose:
        return None
    still = []
    for layer in weight_layers(record):
        readings = [o.layers[layer.name] for o in seen if layer.name in o.layers]
        moved = any(reading.update > 0 for reading in readings)
        if readings and layer.optimized and not moved and any(r.gradient > 0 for r in readings):
            still.append(layer.name)
    rates = [observation.learning_rate for observation in seen]
    if not still or max(rates) == 0:
        return None
    return found(
        "unmoved",
        Cause.NOT_OPTIMIZED,
        f"The weights of {', '.join(still[:3])}{' …' if len(still) > 3 else ''} have not changed in "
        f"{seen[-1].step} steps although they get a gradient.",
        alarm=True,
        confidence=0.7,
        layer=still[0],
        step=seen[-1].step,
        evidence={"layers": still},
    )


RULES = (
    Rule(
        "not-optimized",
        Stage.WIRING,
        (Cause.NOT_OPTIMIZED,),
        "trainable parameters that no optimizer holds",
        "TrainCheck (OSDI 2025)",
        "before the first step",
        (LAYERS, Need(lambda r: bool(r.facts.optimizers), "no optimizer was named")),
        not_optimized,
    ),
    Rule(
        "frozen",
        Stage.WIRING,
        (Cause.NOT_OPTIMIZED,),
        "frozen parameters that nobody declared; an alarm once it hurts, where in the end a cheap model does "
        "better, or where most of them are spread as weights that were never trained",
        "TrainCheck (OSDI 2025)",
        "before the first step as a note",
        (LAYERS,),
        frozen,
    ),
    Rule(
        "cut-gradient",
        Stage.WIRING,
        (Cause.CUT_GRADIENT,),
        "parameters without any gradient in the first 3 observed steps, or in a trial before training",
        "TrainCheck (OSDI 2025), DeepLocalize (ICSE 2021)",
        "before the first step",
        (LAYERS,),
        cut_gradient,
    ),
    Rule(
        "kept-gradients",
        Stage.WIRING,
        (Cause.KEPT_GRADIENTS,),
        "old gradients at the start of the backward pass in 80 % of the observed steps, no accumulation "
        "declared",
        "PyTorch, zero_grad",
        "step 3",
        (OBSERVATIONS,),
        kept_gradients,
    ),
    Rule(
        "ascent",
        Stage.WIRING,
        (Cause.ASCENT,),
        "an optimizer that maximizes; a negative loss of a kind that never is; a loss that climbs in every "
        "quarter of the first steps, in step with them, while updates stay below 10 %",
        "DeepCrime (ISSTA 2021)",
        "before the first step",
        (STEPS,),
        ascent,
        lambda record: not record.facts.loss_may_rise,
    ),
    Rule(
        "unmoved",
        Stage.WIRING,
        (Cause.NOT_OPTIMIZED,),
        "weights that get a gradient and an optimizer, yet do not change in 3 observed steps",
        "TrainCheck (OSDI 2025)",
        "step 3",
        (OBSERVATIONS,),
        unmoved,
    ),
)
