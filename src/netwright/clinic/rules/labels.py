"""Rules on labels: wrong ones, rare ones."""

from __future__ import annotations

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course, score_skill
from netwright.clinic.measures import middle, percent, shown
from netwright.clinic.record import Record
from netwright.clinic.row_facts import CheapScore
from netwright.clinic.rules.base import Need, Rule, found
from netwright.findings import Finding

DISAGREEMENT = 0.25
CLASS_RATIO = 10
TOLD = 0.05  # share of the entropy of the labels: none is explained of labels that are shuffled
SUSPECTS = 0.03
RIGHT = 0.92  # of the held-out rows that a network is surest of: then few labels are wrong
RECALL = 0.7
LOST = 0.15  # what rare classes must take from the mean over the classes for that to be called harm
REACHABLE = 0.1  # by which a cheap model that weighs classes alike must do better over the classes
HALF = 0.5  # of the steps, up to which a loss that falls is waited for


def _validation_skill(record: Record) -> float | None:
    epoch = next((e for e in reversed(record.epochs) if e.validation_score is not None), None)
    if epoch is None or epoch.validation_score is None:
        return None
    return score_skill(epoch.validation_score, epoch.validation_trivial)


def labels(record: Record) -> Finding | None:
    """Look for labels that disagree with those of their nearest neighbours."""
    data = record.facts.data
    share, chance = data.neighbour_disagreement, data.shuffled_disagreement
    blind = _blind(data.cheap, data.classes)
    if share is None or (share <= DISAGREEMENT and not blind) or (data.rows is not None and data.rows < 100):
        return None
    # Of pictures that differ in light and place the nearest are hardly of one kind; a linear model may tell.
    told = data.cheap is not None and data.cheap.explained > TOLD
    unrelated = chance is not None and share >= 0.9 * chance and not told
    skill = _validation_skill(record)
    patience, enough = (0.0, 0.15) if unrelated else (0.3, 0.8)
    waited = record.progress is None or record.progress >= patience
    # Classes that overlap by nature disagree everywhere; wrong labels stand alone among unanimous neighbours.
    alone = data.suspect_share
    if alone is None:
        alone = len(data.suspect_labels) / data.rows if data.rows else 0.0
    stray = alone > SUSPECTS and not _right_where_sure(record)
    poor = waited and skill is not None and skill < enough and (unrelated or stray)
    cause = Cause.UNRELATED_LABELS if unrelated else Cause.WRONG_LABELS
    said = f"{percent(share)} of the rows carry another label than most of their five nearest neighbours"
    by_chance = f" (with shuffled labels {percent(chance)})" if chance is not None else ""
    harm = (
        f"; on held-out rows the network is at {shown(skill)} between chance (0) and perfect (1)"
        if skill is not None
        else ""
    )
    return found(
        "labels",
        cause,
        f"{said}{by_chance}{harm}.",
        alarm=poor,
        confidence=0.9 if unrelated else 0.85,
        rows=data.suspect_labels[:20],
        step=record.step,
        evidence={"disagreement": share, "with shuffled labels": chance, "alone": alone},
    )


def _right_where_sure(record: Record) -> bool:
    """Tell whether the answers that the network is surest of are right: wrong labels would hit them, too."""
    measured = [epoch.validation_sure for epoch in record.epochs if epoch.validation_sure is not None][-3:]
    early = 0 < len(measured) < 3 and not record.finished  # it may still become surer
    return early or (bool(measured) and sum(measured) / len(measured) > RIGHT)


def _blind(cheap: CheapScore | None, classes: int) -> bool:
    """Tell whether cheap models find no class better than by chance, weighed alike or not.

    Where most rows are of one class their labels agree with any neighbour's, so that disagreement stays low
    though inputs say nothing.
    """
    if cheap is None or cheap.balanced is None or cheap.explained > TOLD or classes < 2:
        return False
    return max(cheap.balanced, cheap.recall or 0.0) < 1 / classes + REACHABLE


def imbalance(record: Record) -> Finding | None:
    """Look for rare classes that the network has given up.

    It is harmless where hardly anything hangs on them: a single rare class among six takes little from the
    mean over the classes; where nothing can be done, as a cheap model that weighs classes alike does hardly
    better over them (but where most classes are rare, rows are missing at any rate); where so few held-out
    rows are of these classes that chance may have it; and, before the end, while more and more of them are
    found, or the loss still falls in the first half.
    """
    counts = record.facts.data.class_counts
    if len(counts) < 2 or min(counts) <= 0 or max(counts) / min(counts) < CLASS_RATIO:
        return None
    held_out = [epoch.validation_recall for epoch in record.epochs if epoch.validation_recall]
    recall = held_out[-1] if held_out else ()
    if not recall:
        recall = next((p.class_recall for p in reversed(record.probes) if p.class_recall), ())
    if len(recall) != len(counts):
        return None
    rare = [place for place, count in enumerate(counts) if max(counts) >= CLASS_RATIO * count]
    worst, typical = min(recall[place] for place in rare), middle(recall[place] for place in rare) or 0.0
    usual = middle(recall[place] for place in range(len(counts)) if place not in rare) or 0.0
    lost = sum(max(0.0, usual - recall[place]) for place in rare) / len(counts)
    now, progress = course(record), record.progress or 0.0
    late = progress >= HALF or (progress >= 0.3 and not (now and now.falling))
    alike = None if record.cheap is None else record.cheap.balanced
    most = len(rare) > len(counts) / 2
    reachable = most or alike is None or alike > sum(recall) / len(recall) + REACHABLE
    given_up = typical < 0.5 and worst < RECALL and lost > LOST and reachable
    hurt = (
        late
        and given_up
        and _sure(record, rare, recall)
        and (record.finished or not _found_more(held_out, rare))
    )
    ratio = max(counts) / min(counts)
    # A network that has learnt nothing at all misses rare classes for another reason.
    nothing = now is not None and now.nothing_learnt
    return found(
        "imbalance",
        Cause.IMBALANCE,
        f"The most frequent class has {shown(ratio)} times the rows of the rarest; of the rare classes the "
        f"network finds {percent(typical)}, of the worst {percent(worst)}."
        + ("" if hurt else " That does no harm so far."),
        alarm=hurt,
        confidence=0.6 if nothing else 0.9,
        step=record.step,
        evidence={
            "ratio": ratio,
            "recall of rare classes": typical,
            "worst recall": worst,
            "lost from the mean over classes": lost,
            "mean over classes of a cheap model that weighs them alike": alike,
        },
    )


def _sure(record: Record, rare: list[int], recall: tuple[float, ...]) -> bool:
    """Tell whether the rare classes are found in fewer than half of their rows by more than chance.

    With n held-out rows of them and a share p that is found, p + 2 √(1/4n) < 1/2; where it is not known how
    many there are, the share is taken as it is.
    """
    data = record.facts.data
    if data.validation_rows is None or not any(epoch.validation_recall for epoch in record.epochs):
        return True
    rows = [data.validation_rows * data.class_counts[place] / sum(data.class_counts) for place in rare]
    share = sum(recall[place] * count for place, count in zip(rare, rows, strict=True)) / max(sum(rows), 1e-9)
    return bool(share + 1 / max(sum(rows), 1e-9) ** 0.5 < 0.5)


def _found_more(held_out: list[tuple[float, ...]], rare: list[int]) -> bool:
    """Tell whether ever more of the rare classes are found from epoch to epoch."""
    means = [sum(recall[place] for place in rare) / len(rare) for recall in held_out[-3:]]
    return len(means) >= 2 and means[-1] > means[0] + 0.05


_CLASSES = ("classes", "two classes", "unknown")
RULES = (
    Rule(
        "labels",
        Stage.DATA,
        (
            Cause.UNRELATED_LABELS,
            Cause.WRONG_LABELS,
        ),
        "share of rows whose five nearest neighbours are mostly of other classes > .25, or cheap models find "
        "no class; at .9 of the share with shuffled labels they are unrelated; an alarm once held-out rows "
        "suffer, over 3 % of the rows stand alone among unanimous neighbours, and not even the surest "
        "answers are right",
        "Northcutt et al., Confident learning (2021)",
        "before the first step as a note, after the first epoch as an alarm",
        (
            Need(
                lambda r: r.facts.data.neighbour_disagreement is not None,
                "distances between rows mean nothing here, or were not measured",
            ),
        ),
        labels,
        lambda record: record.facts.answer in _CLASSES,
    ),
    Rule(
        "imbalance",
        Stage.DATA,
        (Cause.IMBALANCE,),
        "most frequent over rarest class > 10 and a rare class found in fewer than 70 %, half of them in "
        "fewer than 50 % by more than chance, which takes .15 from the mean over the classes, where most are "
        "rare or a cheap model that weighs them alike has .1 more of it; after 30 % of the steps",
        "SageMaker Debugger (class imbalance); He and Garcia (2009)",
        "30 % of the steps",
        (
            Need(lambda r: bool(r.facts.data.class_counts), "the classes were not counted"),
            Need(
                lambda r: any(e.validation_recall for e in r.epochs) or any(p.class_recall for p in r.probes),
                "the share of right answers by class was not measured",
            ),
        ),
        imbalance,
        lambda record: record.facts.answer in _CLASSES and record.facts.data.input_kind != "tokens",
    ),
)
