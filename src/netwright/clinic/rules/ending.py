"""A rule on how a training ends: worse than an answer that looks at nothing."""

from __future__ import annotations

from netwright.clinic.attainable import chance
from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import HARDLY_ANYTHING, Course, course, score_skill
from netwright.clinic.measures import finite, percent, shown
from netwright.clinic.record import Epoch, Record
from netwright.clinic.rules.base import STEPS, Need, Rule, found
from netwright.findings import Finding

ABSURD = 5.0
"""Loss over that of a constant answer from which being too sure of oneself is no excuse."""

UNKNOWING = 0.05
"""Mean over the classes above that of a blind guess up to which none of them is found."""


def worse_than_constant(record: Record) -> Finding | None:
    """Look for a training that is over, however short it was, and whose answers a constant one beats.

    By the loss, on training rows and held-out ones, or by the score on held-out ones; not where a cheap model
    finds nothing in the rows either, nor where right answers were given up for rare classes.
    """
    now = course(record)
    if now is None or not now.judged or now.broken or not record.finished:
        return None
    last = next((one for one in reversed(record.epochs) if one.validation_loss is not None), None)
    by_loss = _absurd(now, last)
    by_score = last is not None and _unknowing(record, last)
    if not by_loss and not by_score:
        return None
    said = "The training is over, and a constant answer beats the network."
    if by_score and last is not None and last.validation_score is not None:
        write = shown if record.facts.answer == "numbers" else percent
        said += (
            f" On held-out rows it reaches {write(last.validation_score)}, "
            f"a constant {write(last.validation_trivial or 0.0)}."
        )
    return found(
        "worse-than-constant",
        Cause.RATE_TOO_HIGH if by_loss else Cause.RATE_TOO_LOW,
        f"{said} {now.sentence()}",
        alarm=True,
        confidence=0.6,
        step=now.steps,
        evidence={"loss": now.current, "loss of a constant": now.reference},
    )


def _absurd(now: Course, last: Epoch | None) -> bool:
    held_out = None if last is None else last.validation_loss
    return all(loss > ABSURD * now.reference > 0 for loss in (now.current, *finite([held_out])))


def _unknowing(record: Record, last: Epoch) -> bool:
    """Tell whether held-out answers are no better than a constant, though the rows tell something."""
    score, trivial = last.validation_score, last.validation_trivial or 0.0
    rows = record.facts.data.validation_rows
    if score is None or not rows or score > trivial:
        return False
    recall = finite(last.validation_recall)
    if recall and sum(recall) / len(recall) > 1 / len(recall) + UNKNOWING:
        return False
    cheap = record.cheap
    possible = cheap is not None and score_skill(cheap.score, trivial) > HARDLY_ANYTHING
    return possible and cheap is not None and score + chance(record, trivial) < cheap.score


RULES = (
    Rule(
        "worse-than-constant",
        Stage.OPTIMIZATION,
        (Cause.RATE_TOO_HIGH, Cause.RATE_TOO_LOW),
        "at the end, loss on training and held-out rows > 5 times that of the best constant answer, or a "
        "held-out score that is no better, though a cheap model finds something",
        "DeepLocalize (ICSE 2021)",
        "the end, after any number of steps",
        (STEPS, Need(lambda record: record.finished, "the training is not over")),
        worse_than_constant,
        lambda record: not record.facts.loss_may_rise,
    ),
)
