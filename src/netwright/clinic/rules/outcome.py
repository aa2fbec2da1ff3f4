"""Rules on what comes out: beaten by a cheap model, stopped too soon, too small, learnt by heart."""

from __future__ import annotations

import itertools
import math

from netwright.clinic.attainable import beaten, behind, chance, comparisons, held_out_score
from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import EXPLAINED, NOTHING_LEARNT, course, score_skill
from netwright.clinic.measures import hidden_layers, middle, percent, score_rising, shown
from netwright.clinic.record import Epoch, Record
from netwright.clinic.rules.base import EPOCHS, LAYERS, PLAN, STEPS, Need, Rule, found
from netwright.findings import Finding

FEW_ROWS = 10  # of a class
LATE = 0.9  # share of the steps from which a training is judged by what it has reached
STEEP = 0.1  # fall of the loss in the last epoch, from which what is behind was cut short


def below_baseline(record: Record) -> Finding | None:
    """Look for a network that a cheap model beats."""
    worse = [one for one in comparisons(record) if one.beaten]
    if not worse:
        return None
    late = record.finished or (record.progress or 0.0) >= 0.9
    recent = [epoch.validation_score for epoch in record.epochs[-3:] if epoch.validation_score is not None]
    rising = len(recent) >= 2 and recent[-1] > recent[0] + 0.01
    if not late or (rising and not record.finished):
        return None
    return found(
        "below-baseline",
        Cause.TOO_SMALL,
        worse[0].sentence(),
        alarm=True,
        confidence=0.5,
        step=record.step,
        evidence={"score": worse[0].score, "cheap score": worse[0].cheap, "measure": worse[0].measure},
    )


def too_short(record: Record) -> Finding | None:
    """Look for a training that ends while it is still getting better."""
    epochs = [epoch for epoch in record.epochs if epoch.train_loss > 0]
    if not record.finished:
        return None
    now = course(record)
    if now is None or not now.judged or now.broken:
        return None
    fall = 1 - epochs[-1].train_loss / epochs[-2].train_loss if len(epochs) >= 2 else 0.0
    losses = [epoch.validation_loss for epoch in epochs[-3:] if epoch.validation_loss is not None]
    better = all(later <= before for before, later in itertools.pairwise(losses))
    few = len(epochs) <= 3 or now.steps < 50
    left = now.current > 0.05 * now.reference
    if not left or (not (fall > 0.01 and better) and not (few and now.falling)):
        return None
    score = held_out_score(record)
    skill = score_skill(score, epochs[-1].validation_trivial) if score is not None and epochs else now.skill
    if record.facts.answer == "several labels":  # most of which are no: the share of right ones says little
        skill = max(skill, now.skill)
    little = (few and skill < 0.8) or (fall > 0.02 and skill < 0.7)
    cut_short = (few or _unfitted(record)) and fall > STEEP and behind(record)
    hurt = (little and beaten(record) is not False) or cut_short
    return found(
        "too-short",
        Cause.TOO_SHORT,
        f"The training ended after {now.steps} steps while the loss still fell"
        + (f" by {percent(fall)} an epoch" if fall > 0 else "")
        + (": more epochs would go further." if hurt else "; a little more may still be gained."),
        alarm=hurt,
        confidence=0.8,
        step=now.steps,
        evidence={"fall of the last epoch": fall, "epochs": len(epochs)},
    )


def _unfitted(record: Record) -> bool:
    """Tell whether not even the training rows are answered well, as far as that is known."""
    scored = [epoch for epoch in record.epochs if epoch.train_score is not None]
    if not scored or scored[-1].train_score is None:
        return False
    return score_skill(scored[-1].train_score, scored[-1].validation_trivial) < EXPLAINED


def too_small(record: Record) -> Finding | None:
    """Look for a network that cannot even fit the rows it is trained on."""
    epochs = [e for e in record.epochs if e.train_score is not None and e.validation_score is not None]
    if not epochs or (record.progress or 0.0) < LATE or record.facts.answer not in ("classes", "two classes"):
        return None
    last, now = epochs[-1], course(record)
    if last.train_score is None or last.validation_score is None or now is None or now.broken:
        return None
    train = score_skill(last.train_score, last.validation_trivial)
    alike = last.train_score - last.validation_score < 0.1
    better = (now.falling or score_rising(epochs)) and not record.finished
    if not NOTHING_LEARNT <= train < 0.75 or not alike or better:
        return None
    worse = beaten(record)
    if worse is False:
        return None
    return found(
        "too-small",
        Cause.TOO_SMALL,
        f"The network knows only {percent(last.train_score)} of the very rows it is trained on, and as much "
        f"of the held-out ones ({percent(last.validation_score)}), and the loss does not fall any more.",
        alarm=worse is True,
        confidence=0.5,
        step=record.step,
        evidence={"train score": last.train_score, "validation score": last.validation_score},
    )


def bottleneck(record: Record) -> Finding | None:
    """Look for hidden layers too narrow for the classes, or without an activation between them."""
    classes = record.facts.data.classes if record.facts.answer == "classes" else 0
    hidden = [layer for layer in hidden_layers(record) if layer.kind == "dense" and layer.inputs]
    if not hidden:
        return None
    units = {layer.name: layer.parameters // (layer.inputs + 1) for layer in hidden}
    name = min(units, key=lambda key: units[key])
    narrow, bare = classes >= 4 and 0 < units[name] < math.log2(classes), record.facts.linear is True
    if not narrow and not bare:
        return None
    now = course(record)
    progress = (now and now.progress) or 0.0
    hurt = bool(now and (now.hurt or (now.poor and progress >= 0.2)))
    hurt = hurt or ((record.finished or progress >= LATE) and _unfitted(record))
    said = [f"Layer {name} has {units[name]} units, through which {classes} classes must pass."] * narrow
    said += ["Nothing bends between the layers: together they are a single linear one."] * bare
    return found(
        "bottleneck",
        Cause.TOO_SMALL,
        f"{' '.join(said)} " + (now.sentence() if now and hurt else "The network copes."),
        alarm=hurt,
        confidence=0.8,
        layer=name,
        step=record.step,
        evidence={"units": units[name], "classes": classes, "linear": bare},
    )


def overfitting(record: Record) -> Finding | None:
    """Look for held-out rows that get worse, for good, while training rows are learnt by heart.

    A network that is only too sure of itself does no harm, and on hard rows the training score is far above
    the held-out one in health as well; where there are hardly any rows, that alone says they are too few.
    """
    epochs = [epoch for epoch in record.epochs if epoch.validation_loss is not None]
    if len(epochs) < 4:
        return None
    best = min(range(len(epochs)), key=lambda index: epochs[index].validation_loss or 0.0)
    last, then = epochs[-1], epochs[best]
    grown = (last.validation_loss or 0.0) / max(then.validation_loss or 0.0, 1e-12)
    risen = min(epoch.validation_loss or 0.0 for epoch in epochs[-3:]) >= 1.25 * (then.validation_loss or 0.0)
    if len(epochs) - 1 - best < 3 or not risen or last.train_loss > 0.5 * then.train_loss:
        return None
    lost = _lost(record, epochs, best)
    gap = _gap(epochs)
    hurt = lost > 0.02 or (gap > 0.15 and _few_rows(record))
    return found(
        "overfitting",
        Cause.OVERFITTING,
        f"Since epoch {shown(then.epoch)} the held-out loss has grown by {percent(grown - 1)}, while the "
        f"training loss fell to {shown(last.train_loss)}; "
        + (
            f"the score on training rows is {shown(gap)} above that on held-out rows."
            if hurt
            else "the held-out score does not suffer: the network is only too sure of itself."
        ),
        alarm=hurt,
        confidence=0.85,
        step=last.step,
        evidence={"best epoch": then.epoch, "growth": grown, "gap of scores": gap, "score lost": lost},
    )


def _few_rows(record: Record) -> bool:
    data = record.facts.data
    return data.rows is not None and data.rows <= FEW_ROWS * max(1, data.classes)


def _gap(epochs: list[Epoch]) -> float:
    """Return how far the training score has been above the held-out one in most of the last epochs."""
    pairs = [(epoch.train_score, epoch.validation_score) for epoch in epochs[-3:]]
    return middle(train - held for train, held in pairs if train is not None and held is not None) or 0.0


def _lost(record: Record, epochs: list[Epoch], best: int) -> float:
    """Return what the held-out score has lost for good since the best epoch, beyond the chance of few rows.

    A single epoch that is worse than those around it is not for good.
    """
    now = middle(epoch.validation_score for epoch in epochs[-3:])
    then = middle(epoch.validation_score for epoch in epochs[max(0, best - 1) : best + 2])
    return 0.0 if now is None or then is None else max(0.0, then - now - chance(record, then))


def _scores(record: Record) -> bool:
    return any(epoch.validation_score is not None for epoch in record.epochs)


_SCORES = Need(_scores, "no score on held-out rows was measured")
RULES = (
    Rule(
        "below-baseline",
        Stage.GENERALIZATION,
        (Cause.TOO_SMALL,),
        "on held-out rows less than 90 % of what a cheap model (linear, nearest rows, the tokens before) has "
        "learnt over a constant, by more than two standard errors, and not rising",
        "Dacrema et al., Are we really making much progress? (2019)",
        "90 % of the steps",
        (_SCORES, Need(lambda r: r.cheap is not None, "no cheap model was tried")),
        below_baseline,
    ),
    Rule(
        "too-short",
        Stage.GENERALIZATION,
        (Cause.TOO_SHORT,),
        "the loss still falls by more than 1 % an epoch at the end, held-out too; an alarm where little is "
        "learnt; or it falls by a tenth, steps are few or training rows not fitted, and a cheap model does "
        "better",
        "DeepFD (ICSE 2022)",
        "the end",
        (STEPS, Need(lambda r: r.finished, "the training is not over")),
        too_short,
        lambda record: not record.facts.loss_may_rise,
    ),
    Rule(
        "too-small",
        Stage.GENERALIZATION,
        (Cause.TOO_SMALL,),
        "score on training rows under .75 of the way, held-out alike, loss flat; an alarm where a cheap "
        "model does better",
        "Goodfellow et al., Deep Learning (2016), 5.2",
        "90 % of the steps",
        (_SCORES, PLAN),
        too_small,
        lambda record: record.facts.answer in ("classes", "two classes"),
    ),
    Rule(
        "bottleneck",
        Stage.OPTIMIZATION,
        (Cause.TOO_SMALL,),
        "a hidden layer of fewer than log2(classes) units, or nothing that bends between layers; an alarm "
        "once it hurts, or training rows themselves are not fitted in the end",
        "AutoTrainer (ICSE 2021); Tishby and Zaslavsky (2015)",
        "before the first step as a note",
        (LAYERS,),
        bottleneck,
    ),
    Rule(
        "overfitting",
        Stage.GENERALIZATION,
        (Cause.OVERFITTING,),
        "held-out loss 1.25 times its lowest, 3 epochs past it, training loss halved since; an alarm where "
        "the held-out score suffers",
        "Prechelt, Early stopping (1998); threshold measured on healthy trainings",
        "the fourth epoch",
        (EPOCHS,),
        overfitting,
    ),
)
