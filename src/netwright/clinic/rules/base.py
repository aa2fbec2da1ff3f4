"""What a rule is: a question to the record of a training, with what it needs and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netwright.clinic.causes import Cause, Stage
from netwright.clinic.record import Record
from netwright.findings import Finding, Severity


@dataclass(frozen=True)
class Need:
    """Something that a rule cannot do without.

    Attributes:
        there: whether a record has it.
        missing: why the rule could not be checked where the record has it not.
    """

    there: Callable[[Record], bool]
    missing: str


@dataclass(frozen=True)
class Rule:
    """One question to the record.

    Attributes:
        name: short name, such as "dead-units".
        stage: where the fault lies that it looks for.
        causes: what it may name as the cause, the usual one first.
        signal: what it looks at, with its threshold.
        source: where it comes from.
        speaks_from: when it can first speak.
        needs: what must be in the record.
        look: the question itself; it never changes the record.
        applies: whether the question makes sense for this training at all.
    """

    name: str
    stage: Stage
    causes: tuple[Cause, ...]
    signal: str
    source: str
    speaks_from: str
    needs: tuple[Need, ...]
    look: Callable[[Record], Finding | None]
    applies: Callable[[Record], bool] = lambda record: True

    def missing(self, record: Record) -> str:
        """Say what is missing to answer the question, "" when nothing is."""
        return "; ".join(need.missing for need in self.needs if not need.there(record))


def found(
    rule: str,
    cause: Cause,
    message: str,
    *,
    alarm: bool,
    confidence: float,
    layer: str = "",
    step: int | None = None,
    rows: tuple[int, ...] = (),
    columns: tuple[str, ...] = (),
    evidence: dict[str, Any] | None = None,
) -> Finding:
    """Return the finding of one rule; remedy and other causes are added when all rules have spoken."""
    severity: Severity = "alarm" if alarm else "note"
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        cause=cause.value,
        confidence=confidence,
        layer=layer,
        step=step,
        rows=rows,
        columns=columns,
        evidence=evidence or {},
    )


# How notes on a risk end while it does no harm; left out where the risk proves to be the cause of an alarm.
HARMLESS = (
    "The loss falls all the same.",
    "So far it does no visible harm.",
    "That does no visible harm so far.",
    "That does no harm so far.",
    "Where that is meant, all is well.",
    "What is there to learn is learnt all the same.",
    "The network learns all the same.",
    "The network copes.",
    "The network decides clearly; that is harmless.",
    "The others carry the work, so that is harmless.",
    "The network had learnt enough by then.",
)

STEPS = Need(lambda record: bool(record.losses), "no step was seen")
OBSERVATIONS = Need(lambda record: any(o.layers for o in record.observations), "no layer was observed")
PROBES = Need(lambda record: bool(record.probes), "no rows were given to probe the network with")
UNITS = Need(lambda record: any(p.units for p in record.probes), "no activation could be probed")
EPOCHS = Need(
    lambda record: any(epoch.validation_loss is not None for epoch in record.epochs),
    "no held-out rows were seen",
)
LAYERS = Need(lambda record: bool(record.facts.layers), "the layers are not known")
OPTIMIZER = Need(lambda record: bool(record.facts.optimizers), "no optimizer was named")
PLAN = Need(
    lambda record: record.progress is not None, "how long the training will be is not known before it ends"
)
