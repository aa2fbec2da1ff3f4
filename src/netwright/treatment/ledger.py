"""The ledger: what was tried in a treatment, what it cost, and what may still be spent."""

from __future__ import annotations

from dataclasses import dataclass, field

from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import Experiment
from netwright.treatment.case import Case, Trained
from netwright.treatment.history import Attempt

SHORTEST = 0.1
"""Share of the usual length under which a training is no measure of what it takes."""


@dataclass
class Ledger:
    """What was done so far, and what may still be spent, in rows visited.

    The budget holds always: whatever is trained is first asked for here, is cut off where it ends, and is
    entered in `spent`, branches, folds and further seeds included.

    Attributes:
        unit: rows that the training before visited, see `ledger_of`.
        budget: what the treatment may cost, in such trainings.
        spent: rows that it visited.
        attempts: remedies that were tried in full.
        experiments: branches.
        paid: trainings for proofs that are paid for: one that serves two proofs is paid once.
    """

    unit: int
    budget: float
    spent: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    experiments: list[Experiment] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)

    @property
    def left(self) -> int:
        """Rows that may still be visited."""
        return max(0, int(self.budget * self.unit) - self.spent)

    def holds(self, visits: float) -> bool:
        """Return whether so many more rows are within the budget."""
        return visits <= self.left

    @property
    def cost(self) -> float:
        """What was spent, in trainings like the one before."""
        return self.spent / self.unit


def ledger_of(case: Case, before: Trained, budget: float) -> Ledger:
    """Return an empty ledger, whose unit is the training before as far as it ran.

    One that broke down counts as it was planned; and one of less than a tenth of the usual length, by which
    nothing could be mended, counts as that tenth.
    """
    ran = before.visits if before.model is not None else planned_visits(case, case.recipe)
    usual = planned_visits(case, Recipe(seed=case.recipe.seed, effort=case.recipe.effort))
    return Ledger(max(ran, round(SHORTEST * usual), 1), budget)


def planned_visits(case: Case, recipe: Recipe) -> int:
    """Return how many rows a training visits when nothing stops it early."""
    return case.ready(recipe).recipe.epochs * len(case.fitting)


def shortened(case: Case, recipe: Recipe, visits: float) -> Recipe | None:
    """Return a recipe that visits no more than so many rows; None where that is less than a single epoch.

    Its epochs are fewer where they have to be, so that a schedule comes to its end all the same.
    """
    epochs = int(visits // len(case.fitting))
    if case.ready(recipe).recipe.epochs <= epochs:
        return recipe
    return recipe.edited(epochs=epochs) if epochs else None
