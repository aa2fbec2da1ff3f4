"""The proof: an old and a new training, judged on rows that neither has seen, on as many as it takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netwright.recipe.recipe import Recipe
from netwright.treatment.case import Case, Trained, key_of
from netwright.treatment.judgement import LEAST_GAIN, LEVEL, Comparison, compare
from netwright.treatment.ledger import Ledger

MOST_SEEDS = 3
FUTILE = 0.25
"""A gain that may be chance by as much after a fold is not taken further."""

CROSSED = "each answered by trainings that never saw it"
STOPPED_BY = "by which both trainings stopped"


@dataclass(frozen=True)
class Candidate:
    """A recipe and its training on all fitting rows."""

    recipe: Recipe
    trained: Trained


@dataclass
class Proof:
    """An old training against a new one.

    The judging part comes first. What it cannot decide, because it is small or not there, folds decide, one
    after the other until it is clear; every look takes its share of the chance to be fooled. Where the
    judging part does decide, further matched seeds make sure.

    Attributes:
        case: the rows.
        old: the training to be bettered.
        new: the other.
        seed: of the judging.
        ledger: knows what may still be spent, and is told.
        level: the chance to be fooled that is allowed.
        folds: whether folds may decide what the judging part cannot.
        visits: rows that the trainings for the proof visited.
    """

    case: Case
    old: Candidate
    new: Candidate
    seed: int
    ledger: Ledger
    level: float = LEVEL
    folds: bool = True
    visits: int = 0

    def comparison(self, seeds: int = MOST_SEEDS) -> Comparison:
        """Return how the two compare, over so many matched seeds at most."""
        case = self.case
        first_level, level = self._levels()
        models = self.old.trained.model, self.new.trained.model
        part = case.judging if len(case.judging) else case.stopping
        old, new = (case.losses(model, part) for model in models)
        if len(case.judging):
            first = compare([old], [new], self.seed, level=first_level)
            if first.better:
                return self._over_seeds(first, old, new, seeds)
        else:
            first = compare([old], [new], self.seed, level=0.0, where=STOPPED_BY)
        promising = first.before - first.after >= LEAST_GAIN * max(1.0, first.before)
        return self._over_folds(first, level) if promising else first

    def _levels(self) -> tuple[float, float]:
        """Return the chance to be fooled of the judging part, and of each fold: half of all, and the rest.

        Where no fold can be afforded the part has all of it.
        """
        folds = len(self.case.folds) if self._affords_fold() else 0
        if not folds:
            return self.level, self.level
        first = self.level / 2 if len(self.case.judging) else 0.0
        return first, (self.level - first) / folds

    def _over_seeds(self, first: Comparison, old: np.ndarray, new: np.ndarray, seeds: int) -> Comparison:
        before, after, judged = [old], [new], first
        for number in range(1, seeds):
            pair = self.old.trained.visits + self.new.trained.visits
            if not judged.better or not self.ledger.spares(pair):
                break
            for candidate, losses in ((self.old, before), (self.new, after)):
                recipe = candidate.recipe.edited(seed=candidate.recipe.seed + number)
                losses.append(self._trained(self.case, recipe))
            judged = compare(before, after, self.seed, level=first.level)
        return judged

    def _over_folds(self, first: Comparison, level: float) -> Comparison:
        judged = first
        before: list[np.ndarray] = []
        after: list[np.ndarray] = []
        for fold in self.case.folds:
            hopeless = bool(before) and judged.p > FUTILE
            if judged.better or hopeless or not self._affords_fold():
                break
            before.append(self._trained(fold, self.old.recipe))
            after.append(self._trained(fold, self.new.recipe))
            old, new = np.concatenate(before), np.concatenate(after)
            judged = compare([old], [new], self.seed, level=level, where=CROSSED)
        return judged

    def _affords_fold(self) -> bool:
        """Return whether both may be trained on a fold."""
        pair = self.old.trained.visits + self.new.trained.visits
        return self.ledger.affords(pair) and (self.folds or not len(self.case.judging))

    def _trained(self, case: Case, recipe: Recipe) -> np.ndarray:
        """Train, and return the losses on the rows that judge."""
        trained, key = case.train(recipe), key_of(recipe) + case.name
        if key not in self.ledger.paid:
            self.ledger.paid.add(key)
            self.ledger.spent += trained.visits
            self.visits += trained.visits
        return case.losses(trained.model, case.judging)
