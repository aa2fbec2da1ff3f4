"""From many findings to one diagnosis: ordered, merged by cause, with what could not be checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netwright.clinic.advice import advise
from netwright.clinic.causes import Cause, Stage
from netwright.clinic.differential import others, shares
from netwright.clinic.evidence import confidence, rank
from netwright.clinic.record import Record
from netwright.clinic.rules import RULES, Rule
from netwright.clinic.rules.base import HARMLESS
from netwright.findings import Finding

CERTAIN = 0.9  # from here on, a rule of data or wiring has seen the fault itself and not only a risk


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a training, and what was looked at to say so.

    Attributes:
        findings: worst first; alarms before notes.
        withheld: alarms that wait until an earlier one is mended: they may well be its consequence.
        checked: names of the rules that could be asked.
        unchecked: names of the rules that could not, with the reason.
        unseen: whether the training ended without one step that was seen.
    """

    findings: tuple[Finding, ...] = ()
    withheld: tuple[Finding, ...] = ()
    checked: tuple[str, ...] = ()
    unchecked: tuple[tuple[str, str], ...] = ()
    unseen: bool = False

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that must be mended."""
        return tuple(finding for finding in self.findings if finding.severity == "alarm")

    @property
    def healthy(self) -> bool:
        """Whether nothing that was checked gives cause for alarm."""
        return not self.alarms and bool(self.checked) and not self.unseen

    @property
    def verdict(self) -> str:
        """The diagnosis in a sentence or two."""
        looked = f"{len(self.checked)} rules were checked"
        if self.unchecked:
            looked += f", {len(self.unchecked)} could not be"
        if self.alarms:
            later = ""
            if self.withheld:
                waiting = "alarm waits" if len(self.withheld) == 1 else "alarms wait"
                later = f" {len(self.withheld)} later {waiting} until that is mended."
            return f"{self.alarms[0].headline} ({looked}.){later}"
        if not self.checked:
            return "Nothing could be checked."
        if self.unseen:
            return f"Not one step of the training was seen ({looked}): whether it is healthy cannot be told."
        return f"Healthy: {looked}, none gives cause for alarm."

    def __str__(self) -> str:
        lines = [self.verdict]
        lines += [f"- {finding}" for finding in self.findings]
        lines += [f"- could not be checked: {name}, because {reason}" for name, reason in self.unchecked]
        return "\n".join(lines)


def diagnose(record: Record, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """Return the diagnosis of a training from its record, at any point of it.

    The record is not changed, and the same record always gets the same diagnosis.

    >>> diagnose(Record()).findings
    ()
    """
    asked = [rule for rule in rules if rule.applies(record)]
    reasons = {rule.name: rule.missing(record) for rule in asked}
    spoken = [(rule, finding) for rule in asked if (finding := rule.look(record)) is not None]
    sources = {rule.name: rule.source for rule in asked}
    heard = {rule.name for rule, _ in spoken}
    every = [finding for _, finding in spoken]
    groups: dict[int, list[Finding]] = {}
    for rule, finding in spoken:
        if finding.severity == "alarm":
            groups.setdefault(_turn(rule, finding), []).append(finding)
    notes = [finding for finding in every if finding.severity == "note"]
    first = min(groups, default=0)
    speaking = [f for rule, f in spoken if first == 2 or rule.stage is not Stage.GENERALIZATION]
    ranking = rank(speaking, record)
    alarms = [
        _weighed(alarm, ranking, record)
        for alarm in _merged(groups.get(first, []), notes, ranking, one=first > 0)
    ]
    named = {alarm.cause for alarm in alarms}
    notes = [note for note in notes if note.cause not in named]
    withheld = [finding for turn in sorted(groups) if turn != first for finding in groups[turn]]

    def complete(finding: Finding) -> Finding:
        remedy, change = advise(Cause(finding.cause), record, finding.columns)
        return replace(finding, remedy=remedy, change=change, source=sources[finding.rule])

    return Diagnosis(
        findings=tuple(map(complete, [*alarms, *notes])),
        withheld=tuple(map(complete, withheld)),
        checked=tuple(name for name, reason in reasons.items() if not reason or name in heard),
        unchecked=tuple((name, reason) for name, reason in reasons.items() if reason and name not in heard),
        unseen=record.finished and not record.losses,
    )


def _turn(rule: Rule, finding: Finding) -> int:
    """Return when an alarm is due: seen faults of data and wiring first, then training, then the rest.

    A risk in data or wiring that now seems to hurt competes with the other explanations of that hurt.
    """
    if rule.stage is Stage.GENERALIZATION:
        return 2
    early = rule.stage in (Stage.DATA, Stage.WIRING)
    return 0 if early and (finding.confidence or 0.0) >= CERTAIN else 1


def _merged(
    alarms: list[Finding], notes: list[Finding], ranking: list[tuple[Cause, float]], *, one: bool
) -> list[Finding]:
    """Merge alarms with the same cause; where they are symptoms (`one`), into a single finding."""
    places = {cause.value: place for place, (cause, _) in enumerate(ranking)}
    alarms = sorted(alarms, key=lambda f: (places.get(f.cause, len(places)), -(f.confidence or 0.0)))
    if not alarms:
        return []
    if one and ranking:
        cause = ranking[0][0].value
        alarms = [*alarms, *(_proven(note) for note in notes if note.cause == cause)]
        return [_joined(alarms, cause, confidence(ranking))]
    causes = list(dict.fromkeys(finding.cause for finding in alarms))
    merged = []
    for cause in causes:
        same = [finding for finding in alarms if finding.cause == cause]
        merged.append(_joined(same, cause, max(f.confidence or 0.0 for f in same)))
    return merged


def _joined(alarms: list[Finding], cause: str, sure: float) -> Finding:
    lead = next((finding for finding in alarms if finding.cause == cause), alarms[0])
    rest = [finding for finding in alarms if finding is not lead]
    messages = [lead.message] + [finding.message for finding in rest]
    evidence = {key: value for finding in [lead, *rest] for key, value in finding.evidence.items()}
    return replace(
        lead,
        message=" ".join(_without_repeats(messages)),
        cause=cause,
        confidence=round(sure, 2),
        evidence={**evidence, "also": [finding.rule for finding in rest]} if rest else evidence,
    )


def _weighed(alarm: Finding, ranking: list[tuple[Cause, float]], record: Record) -> Finding:
    """Set beside an alarm what else may be behind it, and how likely that is."""
    also = others(Cause(alarm.cause), ranking, record)
    return replace(
        alarm,
        causes=tuple(cause.value for cause in also),
        likelihoods=shares(alarm.confidence or 0.0, also),
    )


def _proven(note: Finding) -> Finding:
    """Make an alarm of a note on a risk that turns out to be the likeliest cause."""
    message = note.message
    for sentence in HARMLESS:
        message = message.replace(sentence, "").strip()
    return replace(note, severity="alarm", message=message)


def _without_repeats(messages: list[str]) -> list[str]:
    """Drop sentences that stand in an earlier message already."""
    said: list[str] = []
    for message in messages:
        for sentence in message.replace(". ", ".\n").split("\n"):
            if sentence and sentence not in said:
                said.append(sentence)
    return said
