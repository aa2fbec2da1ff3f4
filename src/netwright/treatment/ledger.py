"""The ledger: what was tried in a treatment, what it cost, and what may still be spent."""

from __future__ import annotations

from dataclasses import dataclass, field

from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import Experiment
from netwright.treatment.case import Case, Trained
from netwright.treatment.history import Attempt

FAR_TOO_SHORT = 0.1
"""Share of the usual length."""


@dataclass
class Ledger:
    """What was done so far, and what may still be spent, in rows visited.

    Attributes:
        original: rows that the training before visited.
        measure: rows that a training visits in which a budget is counted, see `ledger_of`.
        budget: what the treatment may cost, in such trainings.
        spent: rows that it visited.
        attempts: remedies that were tried in full.
        experiments: branches.
        paid: trainings for proofs that are paid for: one that serves two proofs is paid once.
    """

    original: int
    measure: int
    budget: float
    spent: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    experiments: list[Experiment] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)

    @property
    def allowed(self) -> float:
        """Rows that the treatment may visit."""
        return self.budget * self.measure

    def affords(self, visits: float) -> bool:
        """Return whether so many more rows may be visited; a first attempt is always made."""
        return not self.attempts or self.holds(visits)

    def holds(self, visits: float) -> bool:
        """Return whether so many more rows are within the budget."""
        return self.spent + visits <= self.allowed

    def spares(self, visits: float) -> bool:
        """Return whether so many more rows may be visited for what is good but not needed."""
        return self.spent + visits <= self.budget * self.original

    @property
    def cost(self) -> float:
        """What was spent, in trainings like the one before."""
        return self.spent / self.original


def ledger_of(case: Case, before: Trained, budget: float) -> Ledger:
    """Return an empty ledger.

    A training that broke off because it went wrong is no measure of what it takes: a budget is counted in no
    less than two thirds of its planned length, and where that is far too short, a third of the usual one.
    """
    planned = planned_visits(case, case.recipe)
    original = before.visits if before.model is not None else planned
    usual = planned_visits(case, Recipe(seed=case.recipe.seed, effort=case.recipe.effort))
    fewest = usual // 3 if planned < FAR_TOO_SHORT * usual else 2 * planned // 3
    measure = max(original, fewest, 1)
    return Ledger(max(1, original), measure, budget)


def planned_visits(case: Case, recipe: Recipe) -> int:
    """Return how many rows a training visits when nothing stops it early."""
    return case.ready(recipe).recipe.epochs * len(case.fitting)
