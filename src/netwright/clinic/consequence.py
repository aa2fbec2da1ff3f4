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
        before: median loss of the steps before those.
        best: lowest median over windows.
        peak: highest loss of a step.
        skill: what is learnt, on the scale from the best constant answer (0) to a perfect answer (1).
        broken: whether numbers stopped being finite.
        judged: whether the loss may be judged at all; not where it may rise by design.
    """

    steps: int
    progress: float | None
    initial: float
    reference: float
    current: float
    before: float
    best: float
    peak: float
    skill: float
    broken: bool
    judged: bool

    @property
    def falling(self) -> bool:
        """Whether the loss of the last steps lies clearly below that of the steps before."""
        return self.current < self.before - 0.02 * max(abs(self.before), 1e-12)

    @property
    def rising(self) -> bool:
        """Whether the loss is far above where it began, and above any constant answer."""
        return self.judged and self.current > 1.5 * max(self.initial, self.reference)

    @property
    def nothing_learnt(self) -> bool:
        """Whether the answers are still no better than a constant."""
        return self.judged and self.skill < NOTHING_LEARNT

    @property
    def hurt(self) -> bool:
        """Whether a risk may be called an alarm: little is learnt, and the loss does not fall."""
        if self.broken:
            return True
        return self.judged and self.steps >= 10 and self.skill < WELL_LEARNT and not self.falling

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
    window = max(3, min(len(losses) // 10, 100))
    initial = record.wiring.initial_loss
    initial = initial if initial is not None and math.isfinite(initial) else losses[0]
    expected = record.wiring.expected_loss
    known = expected is not None and math.isfinite(expected) and expected > 0
    reference = expected if known and expected is not None else initial
    medians = [
        middle(losses[start : start + window]) or 0.0
        for start in range(0, max(1, len(losses) - window + 1), window)
    ]
    current = middle(losses[-window:]) or 0.0
    return Course(
        steps=len(record.losses),
        progress=record.progress,
        initial=initial,
        reference=reference,
        current=current,
        before=middle(losses[-2 * window : -window]) if len(losses) >= 2 * window else initial,  # type: ignore[arg-type]
        best=min([*medians, current]),
        peak=max(losses),
        skill=_skill(record, current, reference),
        broken=broken,
        judged=not record.facts.loss_may_rise and (reference > 0 or _never_negative(record)),
    )


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
