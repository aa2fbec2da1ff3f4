"""Rules on how right the surest answers are: wrong labels make even those wrong, hard rows do not.

Where classes overlap by nature, a network is sure of some rows and right about them, unsure of the others.
Where labels are wrong at random, it is wrong as often about the rows that it is surest of: the share of right
labels among them is the most that any network can reach.
"""

from __future__ import annotations

import math
from statistics import fmean

from netwright.clinic.attainable import behind
from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course, score_skill
from netwright.clinic.measures import finite, middle, percent, score_rising
from netwright.clinic.record import Epoch, Record
from netwright.clinic.rules.base import Need, Rule, found
from netwright.findings import Finding

SURE = 0.85  # right answers among the surest tenth, from which labels are taken to be as they should
FLAT = 0.2  # of all errors, that looking at the surest tenth alone should spare at least
LEARNT = 0.1  # skill without which nothing is learnt of which a network could be sure
PATIENCE = 0.3  # share of the steps before which a network may still become surer
FEWEST_OF_CLASS = 30
FAILING = 0.55  # right answers of a class that is confused with another
MISTAKEN = 0.7  # right ones among the surest answers of such a class
RELIABLE = 0.85  # and of all other classes
LATE = 0.95


def wrong_though_sure(record: Record) -> Finding | None:
    """Look for held-out labels that the surest answers miss hardly less often than all the others."""
    measured = [epoch for epoch in record.epochs if epoch.validation_sure is not None][-3:]
    data = record.facts.data
    if data.rows is not None and data.rows < FEWEST_OF_CLASS * data.classes:
        return None  # what is learnt by heart from a few rows is sure and wrong as well
    now = course(record)
    if len(measured) < 3 or now is None or (now.progress or 0.0) < PATIENCE:
        return None
    if now.worse_than_constant or behind(record):
        return None
    sure = fmean(epoch.validation_sure or 0.0 for epoch in measured)
    score = fmean(epoch.validation_score or 0.0 for epoch in measured)
    trivial = measured[-1].validation_trivial or 0.0
    spared = (sure - score) / max(1.0 - score, 1e-9)
    rising = score_rising(record.epochs) and not record.finished
    if sure >= SURE or spared >= FLAT or rising or score_skill(score, trivial) < LEARNT:
        return None
    return found(
        "wrong-though-sure",
        Cause.WRONG_LABELS,
        f"Of the held-out rows that the network is surest of, {percent(1 - sure)} carry another label, "
        f"hardly fewer than of all ({percent(1 - score)}): labels seem to be wrong at random.",
        alarm=True,
        confidence=0.85,
        rows=data.suspect_labels[:20],
        step=record.step,
        evidence={"right where it is surest": sure, "right": score},
    )


def confused_classes(record: Record) -> Finding | None:
    """Look for two classes that are confused, though both are frequent, while all others are found."""
    counts = record.facts.data.class_counts
    last = [epoch for epoch in record.epochs[-3:] if len(epoch.validation_recall) == len(counts)]
    if len(last) < 3 or len(counts) < 3 or min(counts) < FEWEST_OF_CLASS:
        return None
    if (record.progress or 0.0) < LATE:
        return None
    pair = _missed(last, counts) or _mistaken(last, counts)
    if not pair:
        return None
    recall = _means([epoch.validation_recall for epoch in last])
    each = " and ".join(
        f"{percent(recall[place])} of the held-out rows of class number {place + 1} by rows"
        for place in sorted(pair)
    )
    return found(
        "confused-classes",
        Cause.WRONG_LABELS,
        f"The network tells all other classes apart, but finds only {each}, which are not rare: many of "
        "their labels seem to be exchanged with another class.",
        alarm=True,
        confidence=0.8,
        rows=record.facts.data.suspect_labels[:20],
        step=record.step,
        evidence={"recall": min(recall[place] for place in pair), "usual recall": middle(recall)},
    )


def _missed(last: list[Epoch], counts: tuple[int, ...]) -> list[int]:
    """Return one or two frequent classes whose rows are missed, where nearly all others are found."""
    recall = _means([epoch.validation_recall for epoch in last])
    usual = middle(recall) or 0.0
    frequent = 0.5 * (middle(counts) or 0.0)
    failing = [p for p, share in enumerate(recall) if share < FAILING and counts[p] >= frequent]
    far = all(recall[place] <= usual - 0.3 for place in failing)
    return failing if len(counts) >= 5 and len(failing) <= 2 and usual >= 0.9 and far else []


def _mistaken(last: list[Epoch], counts: tuple[int, ...]) -> list[int]:
    """Return two classes of which even the surest answers are wrong, where those of all others are right."""
    told = [
        epoch.validation_sure_answers for epoch in last if len(epoch.validation_sure_answers) == len(counts)
    ]
    if not told:
        return []
    sure = _means(told)
    if not all(math.isfinite(share) for share in sure):
        return []
    low = [place for place, share in enumerate(sure) if share < MISTAKEN]
    others = [share for place, share in enumerate(sure) if place not in low]
    return low if len(low) == 2 and min(others, default=0.0) >= RELIABLE else []


def _means(rows: list[tuple[float, ...]]) -> list[float]:
    """Return the mean over the epochs for each class, NaN where there is no number at all."""
    return [fmean(known) if (known := finite(column)) else math.nan for column in zip(*rows, strict=True)]


_SURE = Need(
    lambda r: any(epoch.validation_sure is not None for epoch in r.epochs),
    "there are too few held-out rows, or two classes only",
)
_PLAN = Need(lambda r: r.progress is not None, "how long the training will be is not known")


def _classes(record: Record) -> bool:
    return record.facts.answer == "classes" and record.facts.data.input_kind != "tokens"


RULES = (
    Rule(
        "wrong-though-sure",
        Stage.DATA,
        (Cause.WRONG_LABELS,),
        "of three classes or more, fewer than 85 % right answers among the surest tenth of the held-out "
        "rows, which spares less than a fifth of all errors, though something is learnt and no cheap "
        "model does better; mean of three epochs",
        "Patrini et al., Making deep neural networks robust to label noise (2017)",
        "30 % of the steps",
        (_SURE, _PLAN),
        wrong_though_sure,
        _classes,
    ),
    Rule(
        "confused-classes",
        Stage.DATA,
        (Cause.WRONG_LABELS,),
        "one or two classes found in fewer than 55 % of their held-out rows, .3 below the median of at least "
        ".9, and not rare; or two classes of which fewer than 70 % of the surest third of answers are right, "
        "and of all others 85 %; mean of the last three epochs",
        "Northcutt et al., Confident learning (2021)",
        "the end",
        (
            Need(
                lambda r: any(e.validation_recall for e in r.epochs),
                "the share of right answers by class was not measured",
            ),
            _PLAN,
        ),
        confused_classes,
        _classes,
    ),
)
