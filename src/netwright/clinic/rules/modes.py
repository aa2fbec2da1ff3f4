"""Rules on modes of the network, and on what a sequence model may see."""

from __future__ import annotations

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.consequence import course
from netwright.clinic.measures import last_probe
from netwright.clinic.record import Record
from netwright.clinic.rules.base import STEPS, Need, Rule, found
from netwright.findings import Finding


def evaluation_mode(record: Record) -> Finding | None:
    """Look for training steps made in evaluation mode."""
    steps = record.observations
    if len(steps) < 2 or any(step.training_mode for step in steps) or record.facts.frozen_on_purpose:
        return None
    probe = last_probe(record)
    normalized = any(layer.kind == "normalization" for layer in record.facts.layers)
    frozen_statistics = probe is not None and probe.normalization_moved is False
    differs = frozen_statistics or (normalized and probe is None)
    effect = (
        "batch normalisation keeps the statistics it began with, and dropout does nothing"
        if differs
        else "no layer of this network behaves differently, so that is harmless"
    )
    alike = probe is not None and probe.training_mode_loss is None and not frozen_statistics
    return found(
        "evaluation-mode",
        Cause.EVALUATION_MODE,
        f"All {len(steps)} observed steps ran in evaluation mode: {effect}.",
        alarm=differs or not alike,
        confidence=0.95 if differs else 0.7,
        step=steps[0].step,
    )


def training_mode(record: Record) -> Finding | None:
    """Look for a validation that ran in training mode."""
    seen = [epoch for epoch in record.epochs if epoch.training_mode is not None]
    if not seen or not any(epoch.training_mode for epoch in seen):
        return None
    return found(
        "training-mode",
        Cause.TRAINING_MODE,
        "The validation ran in training mode: dropout was active, and batch normalisation learnt from the "
        "held-out rows. Its score is not that of the network you will use.",
        alarm=True,
        confidence=0.95,
        step=seen[0].step,
    )


def future(record: Record) -> Finding | None:
    """Look for answers about a step of a sequence that depend on later steps."""
    if not record.wiring.sees_the_future:
        return None
    return found(
        "future",
        Cause.MASK,
        "The answer at a step depends on later steps: the attention has no causal mask, so the network reads "
        "what it is asked to foretell.",
        alarm=True,
        confidence=0.95,
        step=0,
    )


def padding(record: Record) -> Finding | None:
    """Look for padded places that count in the loss."""
    if not record.wiring.padding_counts:
        return None
    return found(
        "padding",
        Cause.PADDING,
        "Padded places count in the loss: the network is praised for foretelling padding.",
        alarm=True,
        confidence=0.95,
        step=0,
    )


def positions(record: Record) -> Finding | None:
    """Look for attention over a sequence whose order it cannot see."""
    if record.wiring.order_matters is not False:
        return None
    attention = any(layer.kind == "attention" for layer in record.facts.layers)
    now = course(record)
    hurt = bool(now and now.hurt)
    return found(
        "positions",
        Cause.POSITIONS,
        "The answer does not change when the tokens are shuffled: the network does not see their order."
        + ("" if attention or hurt else " For a bag of words that is meant."),
        alarm=attention or hurt,
        confidence=0.9,
        step=0,
    )


def _sequences(record: Record) -> bool:
    wiring = record.wiring
    return record.facts.data.input_kind == "tokens" or any(
        answer is not None for answer in (wiring.order_matters, wiring.sees_the_future, wiring.padding_counts)
    )


def _tried(record: Record) -> bool:
    wiring = record.wiring
    return any(
        answer is not None for answer in (wiring.order_matters, wiring.sees_the_future, wiring.padding_counts)
    )


_SEQUENCE = Need(_tried, "the sequence was not tried before training")
RULES = (
    Rule(
        "evaluation-mode",
        Stage.WIRING,
        (Cause.EVALUATION_MODE,),
        "every observed step in evaluation mode, with layers that behave differently there",
        "mldoct; PyTorch, Module.train",
        "step 2",
        (STEPS, Need(lambda r: bool(r.observations), "no step was observed")),
        evaluation_mode,
    ),
    Rule(
        "training-mode",
        Stage.WIRING,
        (Cause.TRAINING_MODE,),
        "the validation of the user runs in training mode",
        "mldoct; PyTorch, Module.eval",
        "the first validation",
        (Need(lambda r: any(e.training_mode is not None for e in r.epochs), "no validation was watched"),),
        training_mode,
    ),
    Rule(
        "future",
        Stage.WIRING,
        (Cause.MASK,),
        "an answer at a step of a sequence changes with later steps",
        "DEFault++ (2026); Vaswani et al. (2017)",
        "before the first step",
        (_SEQUENCE,),
        future,
        _sequences,
    ),
    Rule(
        "padding",
        Stage.WIRING,
        (Cause.PADDING,),
        "the loss changes with what is answered at padded places",
        "DEFault++ (2026)",
        "before the first step",
        (_SEQUENCE,),
        padding,
        _sequences,
    ),
    Rule(
        "positions",
        Stage.WIRING,
        (Cause.POSITIONS,),
        "the answer stays when tokens are shuffled, in a network with attention",
        "DEFault++ (2026); Vaswani et al. (2017)",
        "before the first step",
        (_SEQUENCE,),
        positions,
        _sequences,
    ),
)
