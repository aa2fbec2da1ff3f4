"""Faults seldom come alone: what mends the first is kept in the branches, and the next one is looked for.

A second change costs a few short trainings upon the first; found only after a whole training with the first,
it would cost another whole one.
"""

from __future__ import annotations

import math
from collections.abc import MutableMapping, Sequence
from dataclasses import replace

from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import SMALL, Experiment, experiment
from netwright.treatment.case import Case
from netwright.treatment.own_settings import ours
from netwright.treatment.patient import Patient, suspects
from netwright.treatment.proposal import Proposal, causes_of, grouped
from netwright.treatment.remedies import remedies_for
from netwright.treatment.remedy import Remedy, combined

MOST = 2
"""Changes that may be added to the first."""

WORTH = 0.2
"""The share of the loss that a further change has to gain: what is not needed is left out."""


def enriched(
    case: Case,
    recipe: Recipe,
    found: Sequence[Finding],
    proposal: Proposal,
    visits: int,
    allowed: int,
    known: MutableMapping[str, float],
) -> tuple[Proposal, list[Experiment]]:
    """Look for further changes upon the one that explains best; return the proposal and the new branches.

    Args:
        case: the rows.
        recipe: of the training in which the findings appeared.
        found: what is wrong, worst first.
        proposal: remedies with one change each.
        visits: rows that the training visited.
        allowed: rows that the branches may visit.
        known: losses of short trainings that were done before; new ones are added.
    """
    lead = _lead(proposal)
    done: list[Experiment] = []
    if lead is None:
        return proposal, done
    whole, left = lead, allowed
    gained = next(
        proposal.experiment.control_loss - branch.loss
        for branch in proposal.experiment.branches
        if branch.remedy is lead
    )
    for _ in range(MOST):
        patient = _patient(case, whole.applied(recipe))
        trials, second = _upon(case, patient, found, whole, gained, visits, left, known)
        done += [trial for trial in trials if trial.branches]
        left -= sum(trial.visits for trial in trials)
        if second is None:
            break
        whole = combined(whole, second)
    if whole is lead:
        return proposal, done
    first = [whole if remedy is lead else remedy for remedy in proposal.remedies]
    return replace(proposal, remedies=(*first, lead)), done


def _upon(
    case: Case,
    patient: Patient,
    found: Sequence[Finding],
    taken: Remedy,
    gained: float,
    visits: int,
    allowed: int,
    known: MutableMapping[str, float],
) -> tuple[list[Experiment], Remedy | None]:
    """Return the branches upon a change, and what is to be added to it.

    Netwright's own settings tell whether anything is missing; if so, smaller changes are compared with them.
    """
    seed, named = patient.recipe.seed, tuple(causes_of(found))
    small, own = _small(patient, found, taken), ours(patient, network=False)

    def tried(remedies: list[Remedy], allowed: int) -> Experiment:
        done = experiment(case, patient.recipe, remedies, visits, allowed, seed, known)
        return replace(done, named=named, upon=taken.name)

    if own is None:
        trial = tried(small, allowed)
        return [trial], worth_adding(trial, gained)
    yardstick = tried([own], allowed)
    if worth_adding(yardstick, gained) is None:
        return [yardstick], None
    trial = tried([*small, own], allowed - yardstick.visits)
    return ([yardstick, trial], worth_adding(trial, gained)) if trial.branches else ([yardstick], own)


def _lead(proposal: Proposal) -> Remedy | None:
    """Return the remedy that is tried first, when it is a small change and branches speak for it."""
    shown = [branch.remedy.name for branch in proposal.experiment.explaining]
    first = proposal.remedies[0] if proposal.remedies else None
    return first if first is not None and first.name in shown and first.size <= SMALL else None


def _patient(case: Case, recipe: Recipe) -> Patient:
    ready = case.ready(recipe)
    return Patient(recipe, ready.recipe, ready.shape)


def _small(patient: Patient, found: Sequence[Finding], taken: Remedy) -> list[Remedy]:
    """Return small changes that answer other causes, those that findings name first, then odd settings."""
    causes = dict.fromkeys([*causes_of(found), *suspects(patient)])
    remedies = [
        remedy for cause in causes if cause not in taken.causes for remedy in remedies_for(patient, cause)
    ]
    return grouped([remedy for remedy in remedies if remedy.size <= SMALL and remedy.quick])


def worth_adding(trial: Experiment, gained: float = math.inf) -> Remedy | None:
    """Return the change that explains best, when it gains enough.

    Args:
        trial: branches upon a change.
        gained: what the change before it gained; a third of it will do where no loss falls by much.
    """
    first = trial.explaining[0] if trial.explaining else None
    if first is None or trial.control_loss - first.loss < min(WORTH * trial.control_loss, gained / 3):
        return None
    return first.remedy
