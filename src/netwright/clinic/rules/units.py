"""Rules on the units of hidden layers: dead, saturated, dropped, normalised over too few rows."""

from __future__ import annotations

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course
from netwright.clinic.measures import dead_share, last_probe, middle, percent, saturated_share, shown
from netwright.clinic.record import Record
from netwright.clinic.rules.base import PROBES, UNITS, Need, Rule, found
from netwright.findings import Finding

DEAD = 0.9
SATURATED = 0.9


def dead_units(record: Record) -> Finding | None:
    """Look for layers whose units are silent for every row."""
    name, share = dead_share(last_probe(record))
    if share < 0.5:
        return None
    first = next((p for p in record.probes if p.units.get(name) and p.units[name].dead >= 0.5), None)
    since = first.step if first else 0
    now = course(record)
    # Units that are silent before the first step may come alive: that is looked at again.
    again = len(record.probes) > 1 or now is None
    hurt = share >= DEAD and bool((again and (now is None or now.hurt)) or (since == 0 and share > 0.99))
    from_start = record.probes[0].step == 0 and since == 0
    return found(
        "dead-units",
        Cause.DEAD_UNITS,
        f"{percent(share)} of the units behind {name} answer no probe row"
        + (", and did not before the first step. " if from_start else f", since step {since}. ")
        + (now.sentence() if now and hurt else "The others carry the work, so that is harmless."),
        alarm=hurt,
        confidence=0.8,
        layer=name,
        step=since,
        evidence={"share": share, "since step": since, "from the start": from_start},
    )


def saturated_units(record: Record) -> Finding | None:
    """Look for sigmoid-like units that lie on the flat tails of their curve."""
    name, share = saturated_share(last_probe(record))
    if share < SATURATED:
        return None
    first = record.probes[0]
    from_start = first.step == 0 and name in first.units and first.units[name].saturated >= SATURATED
    now = course(record)
    hurt = bool(now and now.hurt)
    return found(
        "saturated-units",
        Cause.SATURATION,
        f"{percent(share)} of the answers of {name} lie where its curve is flat"
        + (", from the start. " if from_start else ". ")
        + (now.sentence() if now and hurt else "The network decides clearly; that is harmless."),
        alarm=hurt,
        confidence=0.75,
        layer=name,
        step=record.probes[-1].step,
        evidence={"share": share, "from the start": from_start},
    )


def dropout(record: Record) -> Finding | None:
    """Look for dropout that leaves too little to learn from."""
    rate = record.facts.dropout
    gaps = [
        (probe.training_mode_loss, probe.loss)
        for probe in record.probes
        if probe.step > 0 and probe.training_mode_loss is not None and probe.loss is not None
    ]
    wide = bool(gaps) and gaps[-1][0] > 2 * gaps[-1][1] + 0.3
    if rate < 0.8 and not (wide and (rate > 0 or not _normalized(record))):
        return None
    now = course(record)
    hurt = bool(now and now.hurt)
    said = f"Dropout takes away {percent(rate)} of a layer" if rate else "Layers are noisy in training mode"
    numbers = (
        f"; in training mode the same rows have a loss of {shown(gaps[-1][0])}, in evaluation mode "
        f"{shown(gaps[-1][1])}"
        if gaps
        else ""
    )
    return found(
        "dropout",
        Cause.STRONG_DROPOUT,
        f"{said}{numbers}. " + (now.sentence() if now and hurt else "The network learns all the same."),
        alarm=hurt,
        confidence=0.85 if rate >= 0.8 else 0.6,
        step=record.step,
        evidence={"dropout": rate},
    )


def _normalized(record: Record) -> bool:
    return any(layer.kind == "normalization" for layer in record.facts.layers)


def small_normalization(record: Record) -> Finding | None:
    """Look for batch normalisation over a handful of values."""
    rows = middle(
        float(o.rows_per_normalization) for o in record.observations if o.rows_per_normalization is not None
    )
    if rows is None or rows >= 8:
        return None
    now = course(record)
    hurt = rows <= 4 and bool(now and now.stalled)
    return found(
        "small-normalization",
        Cause.SMALL_NORMALIZATION_BATCH,
        f"Batch normalisation averages over {shown(rows)} values: its mean and deviation are mostly noise. "
        + (now.sentence() if now and hurt else "That does no visible harm so far."),
        alarm=hurt,
        confidence=0.85,
        step=record.step,
        evidence={"values": rows},
    )


RULES = (
    Rule(
        "dead-units",
        Stage.OPTIMIZATION,
        (Cause.DEAD_UNITS,),
        "units of a layer silent for all probe rows > 90 % at the second look, and it hurts, or > 99 % "
        "before the first step; 50 to 90 % is a note",
        "TheDeepChecker (TOSEM 2022); Lu et al., Dying ReLU (2020); threshold measured on healthy trainings",
        "before the first step",
        (UNITS,),
        dead_units,
    ),
    Rule(
        "saturated-units",
        Stage.OPTIMIZATION,
        (Cause.SATURATION,),
        "entries where the slope is under 5 % of its largest > 90 % in a layer; an alarm once it hurts",
        "Glorot and Bengio (2010); TheDeepChecker (TOSEM 2022); threshold measured on healthy trainings",
        "before the first step as a note",
        (UNITS,),
        saturated_units,
    ),
    Rule(
        "dropout",
        Stage.OPTIMIZATION,
        (Cause.STRONG_DROPOUT,),
        "dropout of 80 % or more, or a loss in training mode > twice that in evaluation mode + .3 on the "
        "same rows; an alarm once it hurts",
        "Srivastava et al., Dropout (2014)",
        "before the first step as a note",
        (PROBES,),
        dropout,
        lambda r: r.facts.dropout > 0 or any(p.training_mode_loss is not None for p in r.probes),
    ),
    Rule(
        "small-normalization",
        Stage.OPTIMIZATION,
        (Cause.SMALL_NORMALIZATION_BATCH,),
        "batch normalisation over fewer than 8 values; an alarm at 4 or fewer, once it hurts",
        "Wu and He, Group normalization (2018)",
        "step 1",
        (
            Need(
                lambda r: any(o.rows_per_normalization is not None for o in r.observations),
                "how many values batch normalisation averages over was not seen",
            ),
        ),
        small_normalization,
        _normalized,
    ),
)
