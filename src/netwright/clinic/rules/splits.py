"""Rules on how rows were held out, and on features that give the answer away."""

from __future__ import annotations

from scipy.special import bdtrc

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course
from netwright.clinic.measures import percent, shown
from netwright.clinic.record import Epoch, Record
from netwright.clinic.row_facts import DataFacts
from netwright.clinic.rules.base import Need, Rule, found
from netwright.findings import Finding

LUCK = 0.01
"""So rarely would an honest split of rows that repeat put this many of them on both sides."""

NEAR_TWINS = 0.4  # tables of few distinct values reach .2 in health


def leak(record: Record) -> Finding | None:
    """Look for one feature that gives the answer away."""
    told = record.facts.data.leak
    if told is None or told[1] < 0.999:
        return None
    name, score = told
    return found(
        "leak",
        Cause.LEAK,
        f"Feature {name} alone gives the answer (score {score:.4f}). Either the task is trivial, or the "
        "feature is not known yet when an answer is needed.",
        alarm=True,
        confidence=0.95,
        columns=(name,),
        step=0,
        evidence={"score": score},
    )


def _lucky(data: DataFacts) -> bool:
    """Return whether a random split parts so many rows from their copies now and then.

    A table may hold rows twice without any fault of the split: of each pair, one row comes to be held out
    and the other is learnt with the probability 2 f (1 - f), f being the share that is held out.
    """
    held_out, within = data.duplicate_rows or (0.0, 0.0)
    if data.rows is None or data.validation_rows is None:
        return False
    share = data.validation_rows / (data.rows + data.validation_rows)
    parted = round(held_out * data.validation_rows)
    pairs = parted + round(within * data.rows)
    return bool(bdtrc(parted - 1, pairs, 2 * share * (1 - share)) > LUCK)


def shared_rows(record: Record) -> Finding | None:
    """Look for held-out rows that the training rows hold as well, exactly or nearly."""
    data = record.facts.data
    held_out, within = data.duplicate_rows or (0.0, 0.0)
    several = data.validation_rows is None or held_out * data.validation_rows > 2.5
    if held_out > 3 * within + 0.01 and several and not _lucky(data):
        share, kind = held_out, "stand in the training rows too"
    elif (data.near_duplicates or 0.0) > NEAR_TWINS:
        share, kind = data.near_duplicates or 0.0, "have a near twin among the training rows"
    else:
        return None
    return found(
        "shared-rows",
        Cause.SHARED_ROWS,
        f"{percent(share)} of the held-out rows {kind}: their score says how well the network remembers.",
        alarm=True,
        confidence=0.97,
        step=0,
        evidence={
            "duplicates": held_out,
            "duplicates within training": within,
            "near duplicates": data.near_duplicates,
        },
    )


def _gap(epoch: Epoch) -> float | None:
    if epoch.validation_loss is None or epoch.train_loss <= 0:
        return None
    return epoch.validation_loss / epoch.train_loss


def different_validation(record: Record) -> Finding | None:
    """Look for held-out rows that were prepared in another way than the training rows."""
    data = record.facts.data
    scale = data.deviation_shift
    if scale is not None and (scale > 3 or scale < 1 / 3):
        return found(
            "different-validation",
            Cause.DIFFERENT_VALIDATION,
            f"Held-out features vary {shown(scale)} times as much as training features: "
            "they were not prepared in the same way.",
            alarm=True,
            confidence=0.95,
            step=0,
            evidence={"ratio of deviations": scale},
        )
    if data.validation_shift is not None and data.validation_shift > 0.9:
        gap = _gap(record.epochs[-1]) if record.epochs else None
        now = course(record)
        hurt = gap is not None and gap > 2 and now is not None and now.skill > 0.5
        return found(
            "different-validation",
            Cause.DIFFERENT_VALIDATION,
            "Training and held-out rows can be told apart "
            f"(area under the curve {shown(data.validation_shift)})"
            + (f", and the held-out loss is {shown(gap)} times the training loss." if gap else "."),
            alarm=hurt,
            confidence=0.8,
            step=record.step,
            evidence={"area under the curve": data.validation_shift, "loss ratio": gap},
        )
    return None


RULES = (
    Rule(
        "leak",
        Stage.DATA,
        (Cause.LEAK,),
        "a single feature with a score of at least .999",
        "deepchecks (single feature contribution)",
        "before the first step",
        (Need(lambda r: r.facts.data.rows is not None, "the rows were not given"),),
        leak,
    ),
    Rule(
        "shared-rows",
        Stage.DATA,
        (Cause.SHARED_ROWS,),
        "held-out rows that stand in the training rows, 1 % above three times the rate within "
        "them; at least 3; more than an honest split parts by chance (1 %); or > 40 % near twins",
        "deepchecks (samples mix)",
        "before the first step",
        (
            Need(
                lambda r: r.facts.data.duplicate_rows is not None,
                "training and held-out rows were not compared",
            ),
        ),
        shared_rows,
    ),
    Rule(
        "different-validation",
        Stage.DATA,
        (Cause.DIFFERENT_VALIDATION,),
        "held-out features vary > 3 times as much or as little; or a classifier tells them apart with an "
        "area > .9 and the held-out loss is twice the training loss",
        "Rabanser et al., Failing loudly (2019)",
        "before the first step",
        (
            Need(
                lambda r: r.facts.data.deviation_shift is not None,
                "training and held-out rows were not compared",
            ),
        ),
        different_validation,
    ),
)
