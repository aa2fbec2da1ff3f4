"""What to try: branches weigh the causes that findings name, and remedies are put in order."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from netwright.clinic.causes import Cause
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import DECISIVE, SMALL, Branch, Experiment, experiment
from netwright.treatment.case import Case
from netwright.treatment.own_settings import whole
from netwright.treatment.patient import Patient, suspects
from netwright.treatment.remedies import remedies_for
from netwright.treatment.remedy import Remedy, difference

SURE = 0.9
"""Confidence in a cause that rules name and branches confirm."""

HALF_SURE = 0.7
"""Confidence in a cause that branches alone name."""


ARCHITECTURE = frozenset(
    {Cause.VANISHING, Cause.TOO_SMALL, Cause.SATURATION, Cause.WEIGHTS_TOO_SMALL, Cause.WEIGHTS_TOO_LARGE}
)
"""Causes after which another network may do better than the same one mended."""

LIKELIEST = 2
"""Branches of the likeliest cause before others get their turn."""


@dataclass(frozen=True)
class Proposal:
    """Remedies in the order in which to try them, and the branches behind it."""

    remedies: tuple[Remedy, ...]
    experiment: Experiment


@dataclass(frozen=True)
class Leads:
    """Causes that come into question: those of alarms, those that were only noted, and unusual settings."""

    alarmed: Sequence[Cause]
    noted: Sequence[Cause]
    suspected: Sequence[Cause]

    @property
    def named(self) -> list[Cause]:
        """Those that findings name, each once, likeliest first."""
        return list(dict.fromkeys([*self.alarmed, *self.noted]))

    @property
    def all(self) -> list[Cause]:
        """All of them, each once, likeliest first."""
        return list(dict.fromkeys([*self.named, *self.suspected]))


def propose(
    case: Case,
    recipe: Recipe,
    found: Sequence[Finding],
    visits: int,
    allowed: int,
    known: MutableMapping[str, float] | None = None,
) -> Proposal:
    """Weigh the causes of findings by experiment.

    Args:
        case: the rows.
        recipe: of the training in which they appeared.
        found: what is wrong, worst first; what is only noted gives hints.
        visits: rows that this training visited.
        allowed: rows that the branches may visit.
        known: losses of short trainings that were done before; new ones are added.
    """
    ready = case.ready(recipe)
    patient = Patient(recipe, ready.recipe, ready.shape)
    leads = Leads(
        alarmed=causes_of([finding for finding in found if finding.severity == "alarm"]),
        noted=causes_of([finding for finding in found if finding.severity == "note"]),
        suspected=suspects(patient),
    )
    candidates = grouped([remedy for cause in leads.all for remedy in remedies_for(patient, cause)])
    last = whole(patient)
    done = experiment(case, recipe, [*candidates, *last], visits, allowed, recipe.seed, known)
    done = replace(done, named=tuple(leads.named), alarmed=_trusted(patient, leads))
    return Proposal(tuple(_ordered(done, leads, candidates, last)), done)


def _trusted(patient: Patient, leads: Leads) -> Cause | None:
    """Return the likeliest cause with a remedy, unless it is a symptom that other causes share."""
    for cause in leads.alarmed:
        remedies = remedies_for(patient, cause)
        if remedies:
            return cause if remedies[0].cause == cause else None
    return None


def confirmed(case: Case, recipe: Recipe, finding: Finding, done: Experiment) -> Finding:
    """Return a finding with what the branches showed: the cause, how sure it is, what helped."""
    if not done.branches:
        return finding
    explaining = [branch for branch in done.explaining if branch.remedy.cause is not None]
    evidence = {**finding.evidence, "experiment": done.sentence()}
    if not explaining:
        return replace(finding, evidence=evidence)
    first = explaining[0].remedy
    assert first.cause is not None
    change = difference(case.ready(recipe).recipe, case.ready(first.applied(recipe)).recipe)
    agrees = first.cause.value == finding.cause
    sure = max(SURE if agrees else HALF_SURE, (finding.confidence or 0.0) if agrees else 0.0)
    left = _left(finding, first.cause.value, 1 - sure)
    return replace(
        finding,
        cause=first.cause.value,
        causes=tuple(left),
        likelihoods={cause: share for cause, share in left.items() if share},
        confidence=sure,
        change=change,
        remedy=f"Try {first.name}.",
        evidence=evidence,
    )


def _left(finding: Finding, cause: str, rest: float) -> dict[str, float]:
    """Return the other causes of a finding, likeliest first, with the shares of the rest that are theirs."""
    before = {finding.cause: finding.confidence or 0.0} if finding.cause else {}
    before |= {one: finding.likelihoods.get(one, 0.0) for one in finding.causes}
    others = {one: share for one, share in before.items() if one != cause}
    factor = min(1.0, rest / (sum(others.values()) or 1.0))
    scaled = {one: round(factor * share, 2) for one, share in others.items()}
    return dict(sorted(scaled.items(), key=lambda pair: -pair[1]))


def causes_of(found: Sequence[Finding]) -> list[Cause]:
    """Return the causes that findings name, then what else may be behind them, each likeliest first."""
    leading = [finding.cause for finding in found]
    weighed = [(cause, finding.likelihoods.get(cause, 0.0)) for finding in found for cause in finding.causes]
    further = [cause for cause, _ in sorted(weighed, key=lambda pair: -pair[1])]
    known = set(Cause)
    return [Cause(name) for name in dict.fromkeys([*leading, *further]) if name in known]


def _ordered(
    done: Experiment, leads: Leads, remedies: Sequence[Remedy], last: Sequence[Remedy]
) -> list[Remedy]:
    """Return remedies in the order in which they are tried in full.

    A fault that no short branch can show (too short, overfitting) goes first where it is the likeliest cause,
    unless a branch takes most of the loss away; then comes what the branches explain best, and what the
    findings name although no branch shows it. When these did not help, another architecture is next whose
    branch did best, then netwright's own settings where theirs did well: few trainings are left then, and no
    other guess is as good. What changes everything comes last.
    """
    explained = [branch.remedy for branch in done.explaining if branch.remedy.cause is not None]
    clear = [branch.remedy for branch in done.explaining if _clear(done, branch)][:1]
    shown = _first_of_each_cause(explained)[:2]
    slow = [remedy for remedy in remedies if not remedy.quick]
    leading = [remedy for remedy in slow if remedy.cause in leads.alarmed[:1]][:2]
    named = [remedy for remedy in remedies if remedy.cause in leads.alarmed[:1]][:1]
    noted = [remedy for remedy in remedies if remedy.cause in (*leads.alarmed, *leads.noted)]
    hints = [remedy for remedy in noted if not remedy.quick][:1]
    if not explained and not named:
        hints = _first_of_each_cause([*noted, *remedies])[:2]
    lowest = min(done.explaining, key=lambda branch: branch.loss, default=None)
    best = [] if lowest is None or lowest.remedy.size <= SMALL else [lowest.remedy]
    ours = [branch.remedy for branch in done.explaining if branch.remedy.cause is None]
    # The same network is no last resort where it is what is wrong.
    last = last[::-1] if ARCHITECTURE.intersection(leads.alarmed[:1]) else last
    return _distinct([*clear, *leading, *shown[:1], *named, *best, *ours, *shown[1:], *hints, *last])


def _clear(done: Experiment, branch: Branch) -> bool:
    """Return whether a branch takes most of the loss away, other than a rate, which few steps flatter."""
    decisive = branch.loss <= (1 - DECISIVE) * done.control_loss
    return decisive and branch.remedy.cause not in (None, Cause.RATE_TOO_LOW, Cause.RATE_TOO_HIGH)


def _first_of_each_cause(remedies: Sequence[Remedy]) -> list[Remedy]:
    first: dict[Cause | None, Remedy] = {}
    for remedy in remedies:
        first.setdefault(remedy.cause, remedy)
    return list(first.values())


def grouped(remedies: Sequence[Remedy]) -> list[Remedy]:
    """Return two remedies of the first cause, then by turns one of each: a few branches have to do."""
    groups: dict[Cause | None, list[Remedy]] = {}
    for remedy in _distinct(remedies):
        groups.setdefault(remedy.cause, []).append(remedy)
    if not groups:
        return []
    first, *others = groups.values()
    turns = zip_longest(*others, first[LIKELIEST:])
    return first[:LIKELIEST] + [remedy for turn in turns for remedy in turn if remedy is not None]


def _distinct(remedies: Sequence[Remedy]) -> list[Remedy]:
    """Return remedies without those that change the same as an earlier one."""
    kept: dict[str, Remedy] = {}
    for remedy in remedies:
        kept.setdefault(str(sorted((name, str(value)) for name, value in remedy.changes.items())), remedy)
    return list(kept.values())
