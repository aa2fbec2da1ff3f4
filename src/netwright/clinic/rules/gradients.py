"""Rules on gradients on their way back through the layers, and on the weights they start from."""

from __future__ import annotations

import math

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course
from netwright.clinic.measures import (
    early,
    finite,
    gradient_profile,
    hidden_layers,
    initial_gain,
    middle,
    percent,
    profile_ratio,
    shown,
)
from netwright.clinic.record import LayerFacts, Record
from netwright.clinic.rules.base import LAYERS, OBSERVATIONS, Need, Rule, found
from netwright.findings import Finding

VANISHED = 1e-3
SMALL_GAIN = 0.25
LARGE_GAIN = 4.0
SPREAD = 6.0


def vanishing(record: Record) -> Finding | None:
    """Look for gradients that are lost on their way through the layers in the first steps."""
    profile = gradient_profile(record)
    ratio = profile_ratio(profile)
    if ratio is None or ratio >= VANISHED:
        return None
    now = course(record)
    hurt = ratio < 1e-5 or bool(now and now.hurt)
    smallest = min(profile, key=lambda name: profile[name])
    return found(
        "vanishing",
        Cause.VANISHING,
        f"In the first steps the gradient of layer {smallest} is {shown(ratio)} of the largest one: "
        "it gets lost on its way back. "
        + (now.sentence() if now and hurt else "The loss falls all the same."),
        alarm=hurt,
        confidence=0.85,
        layer=smallest,
        step=record.step,
        evidence={"smallest over largest gradient": ratio, "layers": len(profile)},
    )


def exploding(record: Record) -> Finding | None:
    """Look for gradients that leap far beyond their usual size."""
    norms = finite(
        math.log(o.gradient_norm) for o in record.observations if o.gradient_norm and o.gradient_norm > 0
    )
    start = middle(norms[:5])
    if start is None or len(norms) < 8:
        return None
    grown = math.exp(min(50.0, (middle(norms[-5:]) or start) - start))
    spikes = _spikes(norms)
    if grown < 30 and spikes < 3:
        return None
    now = course(record)
    hurt = bool(now and now.hurt and now.skill < 0.2)
    said = (
        f"{shown(grown)} times its first size" if grown >= 30 else f"far beyond its usual size {spikes} times"
    )
    return found(
        "exploding",
        Cause.EXPLODING,
        f"The gradient has grown to {said}. "
        + (now.sentence() if now and hurt else "The loss falls all the same."),
        alarm=hurt,
        confidence=0.6,
        step=record.step,
        evidence={"growth": grown, "leaps": spikes},
    )


def _spikes(norms: list[float]) -> int:
    recent = norms[-100:]
    if len(recent) < 20:
        return 0
    centre = middle(recent) or 0.0
    spread = 1.4826 * (middle(abs(norm - centre) for norm in recent) or 0.0)
    return sum(norm - centre > SPREAD * max(spread, 0.1) for norm in recent)


def twin_units(record: Record) -> Finding | None:
    """Look for hidden units that begin alike, and so stay alike."""
    hidden = [
        layer
        for layer in hidden_layers(record)
        if not layer.residual and (layer.twin_units > 0.1 or layer.weight_deviation == 0)
    ]
    if not hidden:
        return None
    layer = max(hidden, key=lambda layer: layer.twin_units)
    alike = (
        "all its weights are the same"
        if layer.weight_deviation == 0
        else f"{percent(layer.twin_units)} are twins"
    )
    return found(
        "twin-units",
        Cause.CONSTANT_WEIGHTS,
        f"The units of layer {layer.name} begin alike ({alike}): they get the same gradient, and the "
        "layer is no wider than its different units.",
        alarm=True,
        confidence=0.96,
        layer=layer.name,
        step=0,
        evidence={"share of twins": layer.twin_units, "deviation": layer.weight_deviation},
    )


def weights_size(record: Record) -> Finding | None:
    """Look for first weights far too small or too large for the number of inputs of a unit."""
    layers = [layer for layer in hidden_layers(record) if not layer.residual and layer.weight_deviation]
    gains = {layer.name: gain for layer in layers if (gain := initial_gain(layer))}
    if not gains:
        return None
    small = min(gains, key=lambda name: gains[name])
    large = max(gains, key=lambda name: gains[name])
    if gains[large] > LARGE_GAIN:
        name, cause, word = large, Cause.WEIGHTS_TOO_LARGE, "large"
    elif gains[small] < SMALL_GAIN and len(gains) > 1:
        name, cause, word = small, Cause.WEIGHTS_TOO_SMALL, "small"
    else:
        return None
    now = course(record)
    hurt = bool(now and now.hurt and now.steps >= 20)
    layer = record.facts.layer(name) or LayerFacts(name, "other")
    return found(
        "weights-size",
        cause,
        f"The first weights of layer {name} are {word}: standard deviation "
        f"{shown(layer.weight_deviation or 0.0)} for {layer.inputs} inputs; "
        f"{shown(1 / math.sqrt(layer.inputs))} keeps the size of a signal. "
        + (now.sentence() if now and hurt else "The loss falls all the same." if now else ""),
        alarm=hurt,
        confidence=0.75,
        layer=name,
        step=record.step if hurt else 0,
        evidence={"deviation": layer.weight_deviation, "inputs": layer.inputs},
    )


def lost_precision(record: Record) -> Finding | None:
    """Look for gradients that are rounded to zero in 16 bits."""
    facts = record.facts
    shares = []
    for observation in early(record, 50):
        readings = [r for name, r in observation.layers.items() if not _quiet(facts.layer(name))]
        shares += [reading.zero_gradients for reading in readings if not reading.missing_gradient]
    share = middle(shares)
    if facts.precision not in ("float16", "bfloat16") or share is None or share < 0.5:
        return None
    now = course(record)
    hurt = bool(now and now.hurt)
    return found(
        "lost-precision",
        Cause.LOW_PRECISION,
        f"{percent(share)} of all gradient entries are exactly zero in {facts.precision}"
        + (", and no scaler is at work. " if facts.loss_scaled is False else ". ")
        + (now.sentence() if now and hurt else "The loss falls all the same."),
        alarm=hurt,
        confidence=0.9 if facts.loss_scaled is False else 0.7,
        step=record.step,
        evidence={"share of zeros": share},
    )


def _quiet(layer: LayerFacts | None) -> bool:
    return layer is None or layer.sparse or layer.kind == "embedding"


RULES = (
    Rule(
        "vanishing",
        Stage.OPTIMIZATION,
        (Cause.VANISHING,),
        "smallest over largest typical gradient of the weight layers in steps 1 to 5 < 1e-3, skip "
        "connections apart; an alarm below 1e-5 at once, else once it hurts",
        "AutoTrainer (ICSE 2021); Glorot and Bengio (2010); threshold measured on healthy trainings",
        "step 1",
        (OBSERVATIONS,),
        vanishing,
    ),
    Rule(
        "exploding",
        Stage.OPTIMIZATION,
        (Cause.EXPLODING,),
        "gradient norm 30 times that of the start, or 3 leaps beyond 6 robust deviations of its logarithm; "
        "an alarm once it hurts",
        "Pascanu et al. (2013); ZClip (2025)",
        "8 observations",
        (
            Need(
                lambda r: any(o.gradient_norm is not None for o in r.observations),
                "no gradient norm was seen",
            ),
        ),
        exploding,
    ),
    Rule(
        "twin-units",
        Stage.OPTIMIZATION,
        (Cause.CONSTANT_WEIGHTS,),
        "over 10 % of the units of a hidden layer begin as copies of another",
        "Goodfellow et al., Deep Learning (2016), 8.4; UMLAUT (CHI 2021)",
        "before the first step",
        (LAYERS,),
        twin_units,
    ),
    Rule(
        "weights-size",
        Stage.OPTIMIZATION,
        (
            Cause.WEIGHTS_TOO_LARGE,
            Cause.WEIGHTS_TOO_SMALL,
        ),
        "standard deviation of the first weights times √inputs < .25 or > 4 in a hidden layer (.58 by "
        "default, 1.4 after He); an alarm once it hurts",
        "He et al. (2015); Glorot and Bengio (2010)",
        "before the first step as a note",
        (LAYERS,),
        weights_size,
    ),
    Rule(
        "lost-precision",
        Stage.OPTIMIZATION,
        (Cause.LOW_PRECISION,),
        "over half of the gradient entries exactly zero in 16 bits; an alarm once it hurts",
        "Micikevicius et al., Mixed precision training (2018)",
        "step 1",
        (
            OBSERVATIONS,
            Need(lambda r: bool(r.facts.precision), "the precision of the forward pass is not known"),
        ),
        lost_precision,
        lambda record: record.facts.precision not in ("float32", "float64"),
    ),
)
