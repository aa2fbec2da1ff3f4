"""What to try: branches weigh the causes that findings name, and remedies are put in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from netwright.clinic.causes import Cause
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import Experiment, experiment
from netwright.treatment.case import Case
from netwright.treatment.patient import Patient, suspects
from netwright.treatment.remedies import remedies_for, whole
from netwright.treatment.remedy import Remedy, difference

SURE = 0.9
"""Confidence in a cause that rules name and branches confirm."""

HALF_SURE = 0.7
"""Confidence in a cause that branches alone name."""


@dataclass(frozen=True)
class Proposal:
    """Remedies in the order in which to try them, and the branches behind it."""

    remedies: tuple[Remedy, ...]
    experiment: Experiment


def propose(case: Case, recipe: Recipe, alarms: Sequence[Finding], visits: int, allowed: int) -> Proposal:
    """Weigh the causes of alarms by experiment.

    Args:
        case: the rows.
        recipe: of the training in which they appeared.
        alarms: what is wrong.
        visits: rows that this training visited.
        allowed: rows that the branches may visit.
    """
    ready = case.ready(recipe)
    patient = Patient(recipe, ready.recipe, ready.shape)
    named, suspected, last = causes_of(alarms), suspects(patient), whole(patient)
    wanted = list(dict.fromkeys([*named, *suspected]))
    candidates = _grouped([remedy for cause in wanted for remedy in remedies_for(patient, cause)])
    done = experiment(case, recipe, [*candidates, *last], visits, allowed, recipe.seed)
    return Proposal(tuple(_ordered(done, named, suspected, [*candidates, *last])), done)


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
    others = tuple(
        dict.fromkeys(cause for cause in (finding.cause, *finding.causes) if cause != first.cause.value)
    )
    return replace(
        finding,
        cause=first.cause.value,
        causes=tuple(cause for cause in others if cause and cause != first.cause.value),
        confidence=max(SURE if agrees else HALF_SURE, (finding.confidence or 0.0) if agrees else 0.0),
        change=change,
        remedy=f"Try {first.name}.",
        evidence=evidence,
    )


def causes_of(alarms: Sequence[Finding]) -> list[Cause]:
    """Return the causes that alarms name, likeliest first."""
    leading = [finding.cause for finding in alarms]
    further = [cause for finding in alarms for cause in finding.causes]
    known = set(Cause)
    return [Cause(name) for name in dict.fromkeys([*leading, *further]) if name in known]


def _ordered(
    done: Experiment, named: Sequence[Cause], suspected: Sequence[Cause], remedies: Sequence[Remedy]
) -> list[Remedy]:
    """Return remedies in the order in which they are tried in full.

    A fault that no short branch can show (too short, overfitting) goes first where it is the likeliest cause;
    then come the remedies of the two causes that the branches explain best, and last the automatic choice.
    """
    explained = [branch.remedy for branch in done.explaining]
    shown = list({remedy.cause: remedy for remedy in reversed(explained)}.values())
    shown = sorted(shown, key=explained.index)[:2]
    slow = [remedy for remedy in remedies if not remedy.quick and remedy.cause in (*named, *suspected)]
    leading = [remedy for remedy in slow if remedy.cause in named[:1]][:2]
    last = [remedy for remedy in remedies if remedy.cause is None]
    unseen = [] if explained else [r for r in remedies if r.cause in named[:1] and r.quick][:1]
    return _distinct([*leading, *shown, *unseen, *slow[:1], *last])


def _grouped(remedies: Sequence[Remedy]) -> list[Remedy]:
    """Return all remedies of the first cause, then by turns one of each other: a few branches have to do."""
    groups: dict[Cause | None, list[Remedy]] = {}
    for remedy in _distinct(remedies):
        groups.setdefault(remedy.cause, []).append(remedy)
    if not groups:
        return []
    first, *others = groups.values()
    turns = zip_longest(*others)
    return first + [remedy for turn in turns for remedy in turn if remedy is not None]


def _distinct(remedies: Sequence[Remedy]) -> list[Remedy]:
    """Return remedies without those that change the same as an earlier one."""
    kept: dict[str, Remedy] = {}
    for remedy in remedies:
        kept.setdefault(str(sorted((name, str(value)) for name, value in remedy.changes.items())), remedy)
    return list(kept.values())
