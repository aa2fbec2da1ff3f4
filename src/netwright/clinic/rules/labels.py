"""Rules on labels and on how rows were held out."""

from __future__ import annotations

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course, score_skill
from netwright.clinic.measures import middle, percent, shown
from netwright.clinic.record import Epoch, Record
from netwright.clinic.rules.base import Need, Rule, found
from netwright.findings import Finding

DISAGREEMENT = 0.25
CLASS_RATIO = 10
NEAR_TWINS = 0.4  # tables of few distinct values reach .2 in health
TOLD = 0.05  # share of the entropy of the labels: none is explained of labels that are shuffled
SUSPECTS = 0.03
RECALL = 0.7
FAILING = 0.55


def _validation_skill(record: Record) -> float | None:
    epoch = next((e for e in reversed(record.epochs) if e.validation_score is not None), None)
    if epoch is None or epoch.validation_score is None:
        return None
    return score_skill(epoch.validation_score, epoch.validation_trivial)


def labels(record: Record) -> Finding | None:
    """Look for labels that disagree with those of their nearest neighbours."""
    data = record.facts.data
    share, chance = data.neighbour_disagreement, data.shuffled_disagreement
    if share is None or share <= DISAGREEMENT or (data.rows is not None and data.rows < 100):
        return None
    # Of pictures that differ in light and place the nearest are hardly of one kind; a linear model may tell.
    told = data.cheap is not None and data.cheap.explained > TOLD
    unrelated = chance is not None and share >= 0.9 * chance and not told
    skill = _validation_skill(record)
    patience, enough = (0.0, 0.15) if unrelated else (0.3, 0.8)
    waited = record.progress is None or record.progress >= patience
    # Classes that overlap by nature disagree everywhere; wrong labels stand alone among unanimous neighbours.
    alone = len(data.suspect_labels) / data.rows if data.rows else 0.0
    poor = waited and skill is not None and skill < enough and (unrelated or alone > SUSPECTS)
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


def confused_classes(record: Record) -> Finding | None:
    """Look for one or two classes that fail, though they are frequent, while all others are found."""
    counts = record.facts.data.class_counts
    recalls = [epoch.validation_recall for epoch in record.epochs[-3:]]
    if len(recalls) < 3 or len(counts) < 5 or any(len(recall) != len(counts) for recall in recalls):
        return None
    if (record.progress or 0.0) < 0.95 or min(counts) < 30:
        return None
    steady = [sum(shares) / len(shares) for shares in zip(*recalls, strict=True)]
    usual = middle(steady) or 0.0
    failing = [
        place
        for place, recall in enumerate(steady)
        if recall < FAILING and counts[place] >= 0.5 * (middle(counts) or 0.0)
    ]
    if not failing or len(failing) > 2 or usual < 0.9 or min(steady[p] for p in failing) > usual - 0.3:
        return None
    worst = min(failing, key=lambda place: steady[place])
    return found(
        "confused-classes",
        Cause.WRONG_LABELS,
        f"Half of the classes are found in at least {percent(usual)} of their held-out rows, but the "
        f"class that is number {worst + 1} by rows in only {percent(steady[worst])}, and it is not rare: "
        "many of its labels seem to be exchanged with another class.",
        alarm=True,
        confidence=0.8,
        rows=record.facts.data.suspect_labels[:20],
        step=record.step,
        evidence={"recall": steady[worst], "usual recall": usual, "failing classes": len(failing)},
    )


def imbalance(record: Record) -> Finding | None:
    """Look for rare classes that the network has given up."""
    counts = record.facts.data.class_counts
    if len(counts) < 2 or min(counts) <= 0 or max(counts) / min(counts) < CLASS_RATIO:
        return None
    recall = next((e.validation_recall for e in reversed(record.epochs) if e.validation_recall), ())
    if not recall:
        recall = next((p.class_recall for p in reversed(record.probes) if p.class_recall), ())
    if len(recall) != len(counts):
        return None
    rare = [value for value, count in zip(recall, counts, strict=True) if max(counts) >= CLASS_RATIO * count]
    worst = min(rare)
    typical = middle(rare) or 0.0
    late = (record.progress or 0.0) >= 0.3 and record.facts.data.input_kind != "tokens"
    hurt = late and typical < 0.5 and worst < RECALL
    ratio = max(counts) / min(counts)
    return found(
        "imbalance",
        Cause.IMBALANCE,
        f"The most frequent class has {shown(ratio)} times the rows of the rarest; of the rare classes the "
        f"network finds {percent(typical)}, of the worst {percent(worst)}."
        + ("" if hurt else " That does no harm so far."),
        alarm=hurt,
        confidence=0.9,
        step=record.step,
        evidence={"ratio": ratio, "recall of rare classes": typical, "worst recall": worst},
    )


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


def shared_rows(record: Record) -> Finding | None:
    """Look for held-out rows that the training rows hold as well, exactly or nearly."""
    data = record.facts.data
    held_out, within = data.duplicate_rows or (0.0, 0.0)
    several = data.validation_rows is None or held_out * data.validation_rows > 2.5
    if held_out > 3 * within + 0.01 and several:
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


_CLASSES = ("classes", "two classes", "unknown")
RULES = (
    Rule(
        "labels",
        Stage.DATA,
        (
            Cause.UNRELATED_LABELS,
            Cause.WRONG_LABELS,
        ),
        "share of rows whose five nearest neighbours are mostly of other classes > .25; at .9 of the share "
        "with shuffled labels they are unrelated; an alarm once held-out rows suffer, and over 3 % of the "
        "rows stand alone among unanimous neighbours",
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
        "confused-classes",
        Stage.DATA,
        (Cause.WRONG_LABELS,),
        "one or two classes found in fewer than 55 % of their held-out rows, .3 below the median of at "
        "least .9, and not rare, mean of the last three epochs",
        "Northcutt et al., Confident learning (2021)",
        "the end",
        (
            Need(
                lambda r: any(e.validation_recall for e in r.epochs),
                "the share of right answers by class was not measured",
            ),
            Need(lambda r: r.progress is not None, "how long the training will be is not known"),
        ),
        confused_classes,
        lambda record: record.facts.answer in _CLASSES and record.facts.data.input_kind != "tokens",
    ),
    Rule(
        "imbalance",
        Stage.DATA,
        (Cause.IMBALANCE,),
        "most frequent over rarest class > 10 and a rare class found in fewer than 70 %, half of them in "
        "fewer than 50 %, after 30 % of the steps",
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
        lambda record: record.facts.answer in _CLASSES,
    ),
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
        "them; at least 3; or > 40 % near twins",
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
