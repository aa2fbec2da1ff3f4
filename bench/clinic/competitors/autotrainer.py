"""AutoTrainer (Zhang et al., ICSE 2021): symptoms are looked for once the training does not converge."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from ..signals import Signals, Step
from .alarm import Alarm

SCORE, GAIN, WAIT = 0.6, 0.01, 0.3
SWING, SWINGS = 0.03, 0.2


def autotrainer(signals: Signals) -> Iterator[Alarm]:
    """Look at the end of each epoch: first whether the training converges, then why not."""
    for count, epoch in enumerate(signals.epochs, 1):
        seen = signals.epochs[:count]
        if not math.isfinite(epoch.train_loss) or epoch.train_loss > 1e3:
            yield Alarm(epoch.step, "exploding")
            return
        scores = [one.train_score for one in seen]
        late = count >= max(2, math.ceil(WAIT * signals.epochs_planned))
        gains = [after - before for before, after in pairwise(scores)]
        threshold = SCORE if signals.classes else -math.inf
        if late and (max(scores) < threshold or (gains and max(gains) < GAIN and max(scores) < 0.95)):
            steps = [one for one in signals.steps if one.step <= epoch.step]
            symptoms = [name for name, holds in SYMPTOMS.items() if steps and holds(steps[-1])]
            for symptom in symptoms or ["not learning"]:
                yield Alarm(epoch.step, symptom)
            return
        if late and _swings(scores) >= max(2, SWINGS * signals.epochs_planned):
            yield Alarm(epoch.step, "oscillating")
            return


def _vanishing(step: Step) -> bool:
    first, last = step.layers[0].gradient, step.layers[-1].gradient
    return first < 1e-4 and first < 1e-3 * last


def _exploding(step: Step) -> bool:
    first, last = step.layers[0].gradient, step.layers[-1].gradient
    return not all(layer.finite for layer in step.layers) or first > 70 * max(last, 1e-12)


def _dying(step: Step) -> bool:
    zeros = [layer.zero_gradients for layer in step.layers]
    return sum(zeros) / len(zeros) >= 0.7


SYMPTOMS = {"exploding": _exploding, "vanishing": _vanishing, "dead": _dying}


def _swings(scores: list[float]) -> int:
    """Count falls from a local maximum to the next local minimum of at least .03."""
    count, peak = 0, scores[0]
    for before, score in pairwise(scores):
        if score > before:
            peak = max(peak, score) if score > peak else score
        elif peak - score >= SWING:
            count, peak = count + 1, score
    return count
