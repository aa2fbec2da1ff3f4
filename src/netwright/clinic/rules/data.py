"""Rules on the rows themselves: entries, scales, order."""

from __future__ import annotations

import math
from statistics import fmean, stdev

from netwright.clinic.attainable import behind
from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course
from netwright.clinic.measures import expected_entropy, finite, middle, shown
from netwright.clinic.record import Record
from netwright.clinic.rules.base import STEPS, Need, Rule, found
from netwright.findings import Finding

LARGE_INPUT = 100.0
DEVIATION_RATIO = 100.0
ORDERED = 0.7
WASTED = (20, 0.05)  # steps, and share of all, that went into finding the mean of the targets
USUAL = 400  # steps of a training whose length is not known
FEW = 5  # losses of which the median is taken
LATE = 0.9  # share of the steps from which a training is judged by what it has reached
BY_CHANCE = 1e-6  # of so many batches of a single class, below which the rows are not shuffled


def nonfinite_data(record: Record) -> Finding | None:
    """Look for rows with NaN or infinite entries: a single one ruins every weight it meets."""
    data = record.facts.data
    for where, counted in (("inputs", data.nonfinite_inputs), ("targets", data.nonfinite_targets)):
        if counted:
            rows, first = counted
            return found(
                "nonfinite-data",
                Cause.NONFINITE_DATA,
                f"{rows} rows of the {where} hold a NaN or an infinite number; the first is row {first + 1}.",
                alarm=True,
                confidence=0.99,
                rows=(first,),
                step=0,
                evidence={"rows": rows, "first row": first + 1},
            )
    if record.breakdown and record.breakdown.what in ("input", "target"):
        step = record.breakdown.step
        return found(
            "nonfinite-data",
            Cause.NONFINITE_DATA,
            f"The batch of step {step} holds a NaN or an infinite number.",
            alarm=True,
            confidence=0.99,
            step=step,
        )
    return None


def input_scale(record: Record) -> Finding | None:
    """Look for features whose sizes differ by orders of magnitude.

    It hurts while little is learnt, and where a cheap model, which scales its inputs, does better in the end.
    """
    data = record.facts.data
    if data.input_kind == "tokens":
        return None
    ratio = data.deviation_ratio or 1.0
    largest = data.largest_input or 0.0
    if ratio <= DEVIATION_RATIO and largest <= LARGE_INPUT:
        return None
    now = course(record)
    hurt = bool(now and now.steps >= 20 and (now.hurt or now.worse_than_constant))
    hurt = hurt or ((record.finished or (record.progress or 0.0) >= LATE) and behind(record))
    why = (
        f"the widest feature varies {shown(ratio)} times as much as the middle one"
        if ratio > DEVIATION_RATIO
        else f"the largest input is {shown(largest)}"
    )
    harm = now.sentence() if now and hurt else "So far it does no visible harm."
    return found(
        "input-scale",
        Cause.UNSCALED_INPUTS,
        f"The inputs are not scaled: {why}. {harm}",
        alarm=hurt,
        confidence=0.85,
        step=record.step,
        evidence={"deviation ratio": ratio, "largest input": largest},
    )


def target_scale(record: Record) -> Finding | None:
    """Look for numeric targets far from mean 0 and standard deviation 1."""
    data = record.facts.data
    deviation, mean = data.target_deviation, data.target_mean or 0.0
    if deviation is None or deviation <= 0 or record.facts.answer not in ("numbers", "unknown"):
        return None
    if 0.01 <= deviation <= 30 and abs(mean) <= 10 * max(deviation, 1.0):
        return None
    now, lost = course(record), _steps_to_constant(record)
    planned = record.facts.steps_planned or max(record.step, USUAL)
    wasted = lost >= max(WASTED[0], WASTED[1] * planned)
    hurt = bool(now and (now.poor or wasted))
    harm = now.sentence() if now and hurt else "So far it does no visible harm."
    if wasted:
        harm = f"It took {lost} steps until its loss was below that of the best constant answer. {harm}"
    return found(
        "target-scale",
        Cause.UNSCALED_TARGETS,
        f"The targets have mean {shown(mean)} and standard deviation {shown(deviation)}; "
        f"a fresh network answers with numbers near 0. {harm}",
        alarm=hurt,
        confidence=0.85,
        step=record.step,
        evidence={"mean": mean, "deviation": deviation},
    )


def _steps_to_constant(record: Record) -> int:
    """Return after how many steps the loss was first below that of the best constant answer."""
    now, losses = course(record), record.losses
    if now is None or not now.judged:
        return 0
    medians = (middle(losses[step : step + FEW]) for step in range(max(0, len(losses) - FEW + 1)))
    return next((step for step, loss in enumerate(medians) if loss and loss < now.reference), len(losses))


def ordered_data(record: Record) -> Finding | None:
    """Look for batches that hold fewer classes than random batches would.

    Where classes are rare, many a random batch holds none of their rows: the mean over the batches tells, and
    it must be low by more than chance. Early on only few classes were seen, against which a mixed batch looks
    richer than any: so many batches of a single class as shuffled rows hardly ever bring tell as well.
    """
    counts = record.facts.data.class_counts
    shares = []
    for observation in record.observations:
        expected = expected_entropy(counts, observation.batch_rows)
        if observation.batch_entropy is not None and expected:
            shares.append(observation.batch_entropy / expected)
    seen = finite(shares)
    if len(seen) < 3:
        return None
    share = fmean(seen)
    low = share + 3 * stdev(seen) / math.sqrt(len(seen)) < ORDERED
    if not low and _pure_by_chance(record) >= BY_CHANCE:
        return None
    return found(
        "ordered-data",
        Cause.ORDERED_DATA,
        (
            f"Batches hold {shown(share)} of the variety of classes that shuffled rows would bring: "
            if low
            else "Far more batches hold rows of a single class than shuffling would bring: "
        )
        + "the rows come sorted, and each step unlearns the one before.",
        alarm=True,
        confidence=0.95,
        step=record.observations[-1].step,
        evidence={"entropy of a batch over that of a random one": round(share, 3)},
    )


def _pure_by_chance(record: Record) -> float:
    """Return how probable it is that as many shuffled batches, or more, hold rows of a single class.

    A batch of n rows does with probability Σ pⁿ over the shares p of the classes; batches are independent.
    """
    counts = record.facts.data.class_counts
    shares = [count / sum(counts) for count in counts]
    batches = [one for one in record.observations if one.batch_entropy is not None and one.batch_rows >= 2]
    pure = sum(one.batch_entropy is not None and one.batch_entropy < 1e-9 for one in batches)
    if not batches or not pure:
        return 1.0
    alone = fmean(sum(share**one.batch_rows for share in shares) for one in batches)
    many = len(batches)
    return sum(math.comb(many, k) * alone**k * (1 - alone) ** (many - k) for k in range(pure, many + 1))


def _numeric_inputs(record: Record) -> bool:
    return record.facts.data.input_kind != "tokens"


RULES = (
    Rule(
        "nonfinite-data",
        Stage.DATA,
        (Cause.NONFINITE_DATA,),
        "any NaN or infinite entry in inputs or targets",
        "AutoTrainer (ICSE 2021), TheDeepChecker (TOSEM 2022)",
        "before the first step",
        (),
        nonfinite_data,
    ),
    Rule(
        "input-scale",
        Stage.DATA,
        (Cause.UNSCALED_INPUTS,),
        "widest over median standard deviation of a feature > 100, or largest input > 100; an alarm once it "
        "hurts, or a cheap model does better by more than chance in the end",
        "LeCun et al., Efficient BackProp (1998); UMLAUT (CHI 2021)",
        "before the first step as a note, from step 20 as an alarm",
        (Need(lambda r: r.facts.data.largest_input is not None, "the inputs were not measured"),),
        input_scale,
        _numeric_inputs,
    ),
    Rule(
        "target-scale",
        Stage.DATA,
        (Cause.UNSCALED_TARGETS,),
        "standard deviation of the targets > 30 or < .01, or mean > 10 deviations; an alarm once it hurts, "
        "or a twentieth of the steps went into finding the mean",
        "TheDeepChecker (TOSEM 2022)",
        "before the first step as a note, from step 20 as an alarm",
        (Need(lambda r: r.facts.data.target_deviation is not None, "the targets were not measured"),),
        target_scale,
        lambda record: record.facts.answer in ("numbers", "unknown"),
    ),
    Rule(
        "ordered-data",
        Stage.DATA,
        (Cause.ORDERED_DATA,),
        "entropy of the classes of a batch < .7 of that of a random batch, mean of at least 3 batches and "
        "three standard errors; or so many batches of a single class as chance brings once in a million",
        "Bengio, Practical recommendations (2012)",
        "step 3",
        (
            STEPS,
            Need(
                lambda r: any(o.batch_entropy is not None for o in r.observations),
                "the classes of the batches were not seen",
            ),
            Need(lambda r: bool(r.facts.data.class_counts), "the classes were not counted"),
        ),
        ordered_data,
        lambda record: record.facts.answer in ("classes", "two classes", "unknown"),
    ),
)
