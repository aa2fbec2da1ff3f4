"""Whether a training suffers: a risk is no alarm until it shows in what the network learns.

One place decides it for all rules. It compares the loss with the loss of the best constant answer,
looks at scores where there are any, and lets a loss that still falls go on. What hurts for a moment is not
held against a training: batches differ, plateaus end, and a slow start that recovers is no fault.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from netwright.clinic.measures import finite, middle, shown, warming_up
from netwright.clinic.record import Record

FEW_STEPS = 80  # up to here the noise of batches hides a fall over the last quarter of the steps
FEW_ROWS = 100  # up to here a share of right answers is told less one standard error
NOTHING_LEARNT = 0.05  # skill up to which an answer is as good as a constant
OTHER_SCALE = 20.0  # a first loss so far from the one tried before is reported in other units
EXPLAINED = 0.85  # share of the loss from which nobody would ask for more
HARDLY_ANYTHING = 0.1  # what a cheap model explains is not taken to be less: a share of nothing says nothing
WELL_LEARNT = 0.5  # skill from which a training is not called hurt for the sake of a risk
LEAP = (20, 0.04)  # steps, and share of all, before which a loss above its start says nothing
CLIMB = 6  # losses in a row, each above the one before, that are no chance
COMING_DOWN = 0.9  # of the first half of the way down from a leap, where the second half is below it
LASTING = 3 / 4
"""Share of the steps so far at which a training must have been as badly off: then it lasts."""


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
        halves: median losses of the first and of the second half, while steps are few.
        skill: what is learnt, on the scale from the best constant answer (0) to what a cheap model has learnt
            from the same rows (1), or to a perfect answer where none was tried.
        scored: the same by scores alone, None where none was measured lately.
        warming_up: whether the learning rate still rises.
        broken: whether numbers stopped being finite.
        judged: whether the loss may be judged at all; not where it may rise by design.
        record: what it was read from.
    """

    steps: int
    progress: float | None
    initial: float
    reference: float
    current: float
    now: float
    before: float
    halves: tuple[float, float]
    skill: float
    scored: float | None
    warming_up: bool
    broken: bool
    judged: bool
    record: Record = field(repr=False, compare=False)

    @property
    def falling(self) -> bool:
        """Whether the loss of the last steps lies clearly below that of the steps before.

        Of few steps, the halves are compared as well: batches differ more than the loss falls in a handful.
        Coming down from a leap of its own is no fall there.
        """
        first, second = self.halves
        halved = self.steps < FEW_STEPS and _below(second, min(first, self.initial))
        return _below(self.now, self.before) or halved

    @property
    def rising(self) -> bool:
        """Whether the loss is far above where it began, and above any constant answer.

        A handful of batches may be so by chance, so that twice as many must be as well.
        """
        return self.judged and min(self.current, self.now) > 1.5 * max(self.initial, self.reference)

    @property
    def lost(self) -> bool:
        """Whether the loss is far above where it began, and does not come down.

        Many a training leaps in its first steps and comes down in leaps of its own, which one moment of it
        hides. So its whole way since the highest loss is looked at: while the second half of it lies below
        the first, it is waited for up to a tenth of the steps, and beyond that as long as it falls, once a
        tenth of the leap is left. A loss that climbs with every step is not waited for.
        """
        losses = finite(self.record.losses[: self.steps])
        if self.rising and len(losses) >= CLIMB and all(b < a for b, a in pairwise(losses[-CLIMB:])):
            return True
        share = LEAP[1] if self.progress is None else self.progress
        if not self.rising or self.steps < LEAP[0] or share < LEAP[1]:
            return False
        way = losses[losses.index(max(losses)) :]
        half = len(way) // 2
        down = half >= 2 and (middle(way[half:]) or 0.0) < COMING_DOWN * (middle(way[:half]) or 0.0)
        soon = self.steps < 60 if self.progress is None else self.progress < 0.1
        return not (down if soon else self.falling and self.current < 0.1 * way[0])

    @property
    def worse_than_constant(self) -> bool:
        """Whether a constant answer would still be far better, wherever the loss began."""
        return self.judged and self.current > 1.5 * self.reference

    @property
    def nothing_learnt(self) -> bool:
        """Whether the answers are still no better than a constant."""
        return self.judged and self.skill < NOTHING_LEARNT

    @property
    def suffers(self) -> bool:
        """Whether little is learnt at this moment, and the loss does not fall."""
        return self.judged and self.skill < WELL_LEARNT and not self.falling

    @cached_property
    def lasting(self) -> bool:
        """Whether it suffered as much a quarter of the steps ago."""
        return _at(self.record, int(LASTING * self.steps)).suffers

    @property
    def hurt(self) -> bool:
        """Whether a risk may be called an alarm: little is learnt, the loss does not fall, and that lasts.

        While the learning rate still rises, it need not fall yet. A loss far above its start need not last,
        but must not be coming down.
        """
        if self.broken:
            return True
        if self.warming_up and not self.rising:
            return False
        if self.rising:
            return self.lost and self.suffers
        return self.steps >= 20 and self.suffers and self.lasting

    @property
    def stalled(self) -> bool:
        """Whether a clear fault may be called an alarm: past a fifth of the way, with much left to learn.

        The loss must not fall, and a good part of it is left: for noisy data that is no fault in itself.
        """
        late = self.steps >= 100 if self.progress is None else self.progress >= 0.2 and self.steps >= 20
        left = self.current > (1 - EXPLAINED) * self.reference and (self.scored is None or self.scored < 1)
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


def _below(now: float, before: float) -> bool:
    return now < before - 0.02 * max(abs(before), 1e-12)


def course(record: Record) -> Course | None:
    """Return how the training goes, None before the first step."""
    return _at(record, record.step) if record.losses else None


def _at(record: Record, steps: int) -> Course:
    """Return how the training went after so many of its steps."""
    steps = max(1, steps)
    losses = finite(record.losses[:steps])
    broken = record.breakdown is not None or len(losses) < steps
    if not losses:
        losses = finite([record.wiring.initial_loss]) or [math.inf]
    window = max(3, min(len(losses) // 4, 60))
    initial, reference = _start(record, losses[0])
    current = middle(losses[-window // 2 :]) or 0.0
    before = middle(losses[-2 * window : -window]) if len(losses) >= 2 * window else None
    scored = _scored(record, steps)
    return Course(
        steps=steps,
        progress=record.progress,
        initial=initial,
        reference=reference,
        current=current,
        before=initial if before is None else before,
        now=middle(losses[-window:]) or 0.0,
        halves=_halves(losses),
        skill=max(_explained(record, current, reference), 0.0 if scored is None else scored),
        scored=scored,
        warming_up=warming_up(record),
        broken=broken,
        judged=not record.facts.loss_may_rise and (reference > 0 or _never_negative(record)),
        record=record,
    )


def _halves(losses: list[float]) -> tuple[float, float]:
    recent = losses[-FEW_STEPS:]
    half = len(recent) // 2
    return middle(recent[:half] or recent) or 0.0, middle(recent[half:]) or 0.0


def _start(record: Record, first: float) -> tuple[float, float]:
    """Return the loss before the first step and that of the best constant answer, in units of the losses.

    Where the loop reports the loss times a factor, which the first step shows, both are in that scale.
    """
    tried, constant = finite([record.wiring.initial_loss]), constant_loss(record)
    if not tried or tried[0] <= 0:
        return first, constant[0] if constant and constant[0] > 0 else first
    factor = first / tried[0]
    if 1 / OTHER_SCALE < factor < OTHER_SCALE or factor <= 0:
        factor = 1.0
    return tried[0] * factor, constant[0] * factor if constant and constant[0] > 0 else tried[0] * factor


def constant_loss(record: Record) -> list[float]:
    """Return the loss of the best constant answer, [] if unknown; a small batch makes it look too low."""
    known, data = finite([record.wiring.expected_loss]), record.facts.data
    if (
        known
        and record.facts.loss == "mseloss"
        and record.facts.answer == "numbers"
        and data.target_deviation
    ):
        # a product beyond all numbers is infinite, a power of it raises
        return finite([max(known[0], data.target_deviation * data.target_deviation)])
    counts = [count for count in data.class_counts if count > 0]
    if known and "crossentropy" in record.facts.loss and len(counts) > 1:
        shares = [count / sum(counts) for count in counts]
        return [max(known[0], -sum(share * math.log(share) for share in shares))]
    return known


def _never_negative(record: Record) -> bool:
    return any(word in record.facts.loss for word in ("crossentropy", "bce", "mse", "l1", "huber"))


def _scored(record: Record, steps: int) -> float | None:
    """Return the better of the newest scores on probe rows and training rows, None where none is new."""
    fresh = 0.7 * steps - 10  # what was seen earlier says little of now
    probes = [probe for probe in record.probes if probe.accuracy is not None and probe.step <= steps]
    epochs = [epoch for epoch in record.epochs if epoch.train_score is not None and epoch.step <= steps]
    probe, epoch = probes[-1] if probes else None, epochs[-1] if epochs else None
    signs = []
    if probe and probe.accuracy is not None and probe.step >= fresh:
        right = _beyond_chance(record, probe.accuracy)
        signs.append(_share_learnt(record, right, probe.trivial_accuracy))
    if epoch and epoch.train_score is not None and epoch.step >= fresh:
        signs.append(
            _share_learnt(record, _beyond_chance(record, epoch.train_score), epoch.validation_trivial)
        )
    return min(1.0, max(signs)) if finite(signs) else None


def _beyond_chance(record: Record, score: float) -> float:
    """Return a score less one standard error, √(p (1 − p) / n), of few rows: some are right by luck."""
    rows = record.facts.data.rows
    if rows is None or rows > FEW_ROWS or record.facts.answer == "numbers":
        return score
    return score - math.sqrt(max(0.0, score * (1 - score)) / rows)


def _explained(record: Record, current: float, reference: float) -> float:
    """Return the share of the constant answer's loss that is gone, of what a cheap model takes away."""
    if reference <= 0 or not math.isfinite(current):
        return 0.0
    cheap = record.cheap
    known = 1.0 if cheap is None else min(1.0, max(cheap.explained, HARDLY_ANYTHING))
    return min(1.0, (1 - current / reference) / known)


def _share_learnt(record: Record, score: float, trivial: float | None) -> float:
    """Return what is learnt as a share of what a cheap model has learnt: of all, where none was tried."""
    cheap = record.cheap
    known = 1.0 if cheap is None else max(score_skill(cheap.score, trivial), HARDLY_ANYTHING)
    return score_skill(score, trivial) / known


def score_skill(score: float, trivial: float | None) -> float:
    """Return a score on the scale from the best constant answer (0) to a perfect one (1).

    >>> score_skill(0.75, 0.5)
    0.5
    """
    trivial = trivial or 0.0
    return (score - trivial) / (1 - trivial) if trivial < 1 else 0.0
