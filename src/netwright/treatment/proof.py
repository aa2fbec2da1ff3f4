"""The proof: an old and a new training, judged on rows that neither has seen, on as many as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.recipe.recipe import Recipe
from netwright.treatment.case import Case, Trained, key_of
from netwright.treatment.judgement import LEAST_GAIN, LEVEL, Comparison, compare
from netwright.treatment.ledger import Ledger

MOST_SEEDS = 3
FUTILE = 0.25
"""A gain that may be chance by as much after a fold is not taken further."""

SLACK = 1.25
"""Folds may take longer than expected: beside a judging part so much more is kept for them."""

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

    The judging part comes first. What it cannot decide, because it is small or not there, folds over the
    other rows decide with it, one after the other until it is clear; every look takes its share of the chance
    to be fooled. Where the judging part does decide, further matched seeds make sure.

    Attributes:
        case: the rows.
        old: the training to be bettered.
        new: the other.
        seed: of the judging.
        ledger: knows what may still be spent, and is told.
        level: the chance to be fooled that is allowed.
        folds: whether folds may decide what the judging part cannot.
        visits: rows that the trainings for the proof visited.
        unfinished: whether more would have been trained for it, had the budget reached.
    """

    case: Case
    old: Candidate
    new: Candidate
    seed: int
    ledger: Ledger
    level: float = LEVEL
    folds: bool = True
    visits: int = 0
    unfinished: bool = False

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
        return self._over_folds(first, level, old, new) if promising else first

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
            if not judged.better or not self.ledger.holds(pair):
                break
            recipes = [one.recipe.edited(seed=one.recipe.seed + number) for one in (self.old, self.new)]
            losses = self._pair(self.case, recipes)
            if losses is None:
                break
            before.append(losses[0])
            after.append(losses[1])
            judged = compare(before, after, self.seed, level=first.level)
        return judged

    def _over_folds(self, first: Comparison, level: float, old: np.ndarray, new: np.ndarray) -> Comparison:
        """Let folds judge too, beside the rows of the judging part, until it is clear."""
        judged = first
        before, after = ([old], [new]) if len(self.case.judging) else ([], [])
        for fold in self.case.folds:
            hopeless = judged is not first and judged.p > FUTILE
            if judged.better or hopeless:
                break
            affordable = self._affords_fold()
            losses = self._pair(fold, [self.old.recipe, self.new.recipe]) if affordable else None
            if losses is None:
                self.unfinished = self.folds
                break
            before.append(losses[0])
            after.append(losses[1])
            every_old, every_new = np.concatenate(before), np.concatenate(after)
            judged = compare([every_old], [every_new], self.seed, level=level, where=CROSSED)
        return judged

    def _affords_fold(self) -> bool:
        """Return whether both may be trained on a fold."""
        pair = self.old.trained.visits + self.new.trained.visits
        share = share_of_fold(self.case)
        if not len(self.case.judging):
            return self.ledger.holds(share * pair)
        return self.folds and self.ledger.holds(SLACK * share * pair)

    def _pair(self, case: Case, recipes: Sequence[Recipe]) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the losses of the old and the new recipe; None where the budget ended on the way."""
        old = self._trained(case, recipes[0])
        new = None if old is None else self._trained(case, recipes[1])
        return None if old is None or new is None else (old, new)

    def _trained(self, case: Case, recipe: Recipe) -> np.ndarray | None:
        """Train, and return the losses on the rows that judge; a training that is cut off proves nothing."""
        key = key_of(recipe) + case.name
        if key not in self.ledger.paid and not self.ledger.holds(len(case.fitting)):
            return None
        trained = case.train(recipe, None if key in self.ledger.paid else self.ledger.left)
        if key not in self.ledger.paid:
            self.ledger.paid.add(key)
            self.ledger.spent += trained.visits
            self.visits += trained.visits
        return None if trained.cut else case.losses(trained.model, case.judging)


def share_of_fold(case: Case) -> float:
    """Return how long a training on a fold is, measured by one on all fitting rows; 0 without folds."""
    return len(case.folds[0].fitting) / len(case.fitting) if case.folds else 0.0
