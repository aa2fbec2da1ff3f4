"""Whether a training suffers: a risk is no alarm until it shows in what the network learns.

One place decides it for all rules. It compares the loss with the loss of the best constant answer,
looks at scores where there are any, and lets a loss that still falls go on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from netwright.clinic.measures import finite, middle, shown
from netwright.clinic.record import Record

NOTHING_LEARNT = 0.05  # skill up to which an answer is as good as a constant
OTHER_SCALE = 20.0  # a first loss so far from the one tried before is reported in other units
EXPLAINED = 0.85  # share of the loss from which nobody would ask for more
WELL_LEARNT = 0.5  # skill from which a training is not called hurt for the sake of a risk


@dataclass(frozen=True)
class Course:
    """How a training goes.

    Attributes:
        steps: updates made.
        progress: share of the planned steps done, None where no plan is known.
        initial: loss before the first step.
        reference: loss of the best constant answer, or `initial` where that is not known.
        current: median loss of the last steps.
        now: the same over twice as many steps.
        before: median loss of as many steps before those.
        skill: what is learnt, on the scale from the best constant answer (0) to a perfect answer (1).
        broken: whether numbers stopped being finite.
        judged: whether the loss may be judged at all; not where it may rise by design.
    """

    steps: int
    progress: float | None
    initial: float
    reference: float
    current: float
    now: float
    before: float
    skill: float
    broken: bool
    judged: bool

    @property
    def falling(self) -> bool:
        """Whether the loss of the last steps lies clearly below that of the steps before."""
        return self.now < self.before - 0.02 * max(abs(self.before), 1e-12)

    @property
    def rising(self) -> bool:
        """Whether the loss is far above where it began, and above any constant answer."""
        return self.judged and self.current > 1.5 * max(self.initial, self.reference)

    @property
    def worse_than_constant(self) -> bool:
        """Whether a constant answer would still be far better, wherever the loss began."""
        return self.judged and self.current > 1.5 * self.reference

    @property
    def nothing_learnt(self) -> bool:
        """Whether the answers are still no better than a constant."""
        return self.judged and self.skill < NOTHING_LEARNT

    @property
    def hurt(self) -> bool:
        """Whether a risk may be called an alarm: little is learnt, and the loss does not fall."""
        if self.broken:
            return True
        seen = self.steps >= 20 or (self.steps >= 10 and self.rising)
        return self.judged and seen and self.skill < WELL_LEARNT and not self.falling

    @property
    def stalled(self) -> bool:
        """Whether a clear fault may be called an alarm: past a fifth of the way, with much left to learn.

        The loss must not fall, and a good part of it is left: for noisy data that is no fault in itself.
        """
        late = self.steps >= 100 if self.progress is None else self.progress >= 0.2 and self.steps >= 20
        left = self.current > (1 - EXPLAINED) * self.reference
        return self.broken or self.hurt or (self.judged and late and left and not self.falling)

    @property
    def poor(self) -> bool:
        """Whether little is learnt after a tenth of the way, even if the loss still falls."""
        late = self.steps >= 50 if self.progress is None else self.progress >= 0.1 and self.steps >= 10
        return self.broken or self.hurt or (self.judged and late and self.skill < WELL_LEARNT)

    def sentence(self) -> str:
        """Say how the loss stands."""
        if self.broken:
            return "The loss is no longer finite."
        now = f"The loss is {shown(self.current)} after {self.steps} steps; it began at {shown(self.initial)}"
        if self.reference == self.initial:
            return now + "."
        return now + f", and a constant answer has {shown(self.reference)}."


def course(record: Record) -> Course | None:
    """Return how the training goes, None before the first step."""
    losses = finite(record.losses)
    broken = record.breakdown is not None or len(losses) < len(record.losses)
    if not record.losses:
        return None
    if not losses:
        losses = finite([record.wiring.initial_loss]) or [math.inf]
    window = max(3, min(len(losses) // 4, 60))
    initial, reference = _start(record, losses[0])
    current = middle(losses[-window // 2 :]) or 0.0
    before = middle(losses[-2 * window : -window]) if len(losses) >= 2 * window else None
    return Course(
        steps=len(record.losses),
        progress=record.progress,
        initial=initial,
        reference=reference,
        current=current,
        before=initial if before is None else before,
        now=middle(losses[-window:]) or 0.0,
        skill=_skill(record, current, reference),
        broken=broken,
        judged=not record.facts.loss_may_rise and (reference > 0 or _never_negative(record)),
    )


def _start(record: Record, first: float) -> tuple[float, float]:
    """Return the loss before the first step and that of the best constant answer, in units of the losses.

    Where the loop reports the loss times a factor, which the first step shows, both are in that scale.
    """
    tried, constant = finite([record.wiring.initial_loss]), _constant_loss(record)
    if not tried or tried[0] <= 0:
        return first, constant[0] if constant and constant[0] > 0 else first
    factor = first / tried[0]
    if 1 / OTHER_SCALE < factor < OTHER_SCALE or factor <= 0:
        factor = 1.0
    return tried[0] * factor, constant[0] * factor if constant and constant[0] > 0 else tried[0] * factor


def _constant_loss(record: Record) -> list[float]:
    """Return the loss of the best constant answer; a small batch alone makes it look too low."""
    known = finite([record.wiring.expected_loss])
    counts = [count for count in record.facts.data.class_counts if count > 0]
    if known and "crossentropy" in record.facts.loss and len(counts) > 1:
        shares = [count / sum(counts) for count in counts]
        return [max(known[0], -sum(share * math.log(share) for share in shares))]
    return known


def _never_negative(record: Record) -> bool:
    return any(word in record.facts.loss for word in ("crossentropy", "bce", "mse", "l1", "huber"))


def _skill(record: Record, current: float, reference: float) -> float:
    """Return the best sign of learning that there is: by loss, by score on probe rows, by epoch."""
    fresh = 0.7 * record.step - 10  # what was seen earlier says little of now
    signs = [1 - current / reference] if reference > 0 and math.isfinite(current) else []
    probe = next((probe for probe in reversed(record.probes) if probe.accuracy is not None), None)
    if probe and probe.accuracy is not None and probe.step >= fresh:
        signs.append(score_skill(probe.accuracy, probe.trivial_accuracy))
    epoch = next((epoch for epoch in reversed(record.epochs) if epoch.train_score is not None), None)
    if epoch and epoch.train_score is not None and epoch.step >= fresh:
        signs.append(score_skill(epoch.train_score, epoch.validation_trivial))
    return max(finite(signs), default=0.0)


def score_skill(score: float, trivial: float | None) -> float:
    """Return a score on the scale from the best constant answer (0) to a perfect one (1).

    >>> score_skill(0.75, 0.5)
    0.5
    """
    trivial = trivial or 0.0
    return (score - trivial) / (1 - trivial) if trivial < 1 else 0.0
