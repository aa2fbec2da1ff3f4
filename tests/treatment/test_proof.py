"""The proof: as many rows and seeds as it takes, within the budget, and never by rows that chose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.treatment.cases import recipe

from netwright.recipe.recipe import Recipe
from netwright.treatment.case import Case, Rowset, Trained
from netwright.treatment.judgement import LEVEL
from netwright.treatment.ledger import Ledger
from netwright.treatment.proof import CROSSED, STOPPED_BY, Candidate, Proof

OLD, NEW = recipe(epochs=5), recipe(epochs=6)
VISITS = 100


class Told:
    """Rows whose losses are told instead of computed, and a count of the trainings."""

    def __init__(self, gain: float, judging: int, folds: int, spread: float = 0.5) -> None:
        self.gain, self.spread, self.trained, self.visits = gain, spread, 0, VISITS
        self.case = self._case(judging, tuple(self._case(20, (), f"-{k}") for k in range(folds)))

    def _case(self, judging: int, folds: tuple[Any, ...], name: str = "") -> Any:
        parts = [Rowset(np.zeros((count, 1)), np.zeros(count)) for count in (60, 20, judging)]
        case = Case(OLD, None, None, *parts, folds=folds, name=name)  # type: ignore[arg-type]
        case.train = self._train  # type: ignore[method-assign]
        case.losses = self._losses  # type: ignore[method-assign]
        return case

    def _train(self, wanted: Recipe, most: int | None = None) -> Trained:
        self.trained += 1
        if most is not None and most < self.visits:
            return Trained(None, most, cut=True)
        return Trained(wanted, self.visits)  # type: ignore[arg-type]

    def _losses(self, model: Any, part: Rowset) -> np.ndarray:
        """Gains spread about their mean, the same for every part."""
        base = np.linspace(1 - self.spread, 1 + self.spread, len(part))
        return np.full(len(part), 2.0) if model.epochs == OLD.epochs else 2 - self.gain * base

    def proof(self, allowed: float = 1e9) -> Proof:
        old, new = (Candidate(one, Trained(one, VISITS)) for one in (OLD, NEW))  # type: ignore[arg-type]
        ledger = Ledger(VISITS, allowed / VISITS)
        ledger.attempts.append(None)  # type: ignore[arg-type]
        return Proof(self.case, old, new, 0, ledger)


def test_what_the_judging_part_decides_is_made_sure_by_further_seeds() -> None:
    told = Told(gain=1.0, judging=40, folds=3)
    proof = told.proof()
    comparison = proof.comparison(seeds=3)
    assert comparison.better
    assert comparison.seeds == 3
    assert comparison.rows == 40
    assert proof.visits == 4 * VISITS == proof.ledger.spent


def test_what_it_cannot_decide_folds_decide_until_it_is_clear() -> None:
    told = Told(gain=0.2, judging=6, folds=3, spread=1.5)
    comparison = told.proof().comparison()
    assert comparison.where == CROSSED
    assert comparison.level == pytest.approx(LEVEL / 6)
    assert comparison.better
    assert comparison.rows in (26, 46, 66)
    assert told.trained == 2 * (comparison.rows - 6) // 20


def test_what_looks_like_chance_after_a_fold_is_not_taken_further() -> None:
    told = Told(gain=0.05, judging=6, folds=3, spread=40)
    comparison = told.proof().comparison()
    assert not comparison.better
    assert comparison.rows == 26
    assert told.trained == 2


def test_what_does_not_gain_is_not_taken_further() -> None:
    told = Told(gain=-0.5, judging=20, folds=3)
    assert not told.proof().comparison().better
    assert told.trained == 0


def test_without_a_judging_part_the_folds_alone_decide() -> None:
    told = Told(gain=1.0, judging=0, folds=3)
    comparison = told.proof().comparison()
    assert comparison.better
    assert comparison.where == CROSSED
    assert told.trained == 2


def test_rows_that_were_stopped_by_prove_nothing() -> None:
    told = Told(gain=1.0, judging=0, folds=3)
    comparison = told.proof(allowed=VISITS).comparison()
    assert comparison.where == STOPPED_BY
    assert not comparison.better
    assert told.trained == 0


def test_a_training_that_serves_two_proofs_is_paid_once() -> None:
    told = Told(gain=1.0, judging=0, folds=1)
    proof = told.proof()
    proof.comparison()
    spent = proof.ledger.spent
    again = Proof(told.case, proof.old, proof.new, 0, proof.ledger)
    again.comparison()
    assert spent == proof.ledger.spent == 2 * VISITS
    assert again.visits == 0


def test_where_no_folds_are_wanted_the_judging_part_has_all_of_the_chance() -> None:
    told = Told(gain=0.02, judging=40, folds=3, spread=40.0)
    proof = told.proof()
    proof.folds = False
    comparison = proof.comparison()
    assert comparison.level == LEVEL
    assert told.trained == 0


def test_a_fold_whose_training_is_cut_off_proves_nothing_and_the_budget_holds() -> None:
    told = Told(gain=0.2, judging=6, folds=3, spread=1.5)
    proof = told.proof(allowed=3 * VISITS)
    told.visits = 2 * VISITS  # longer than they were on all rows
    comparison = proof.comparison()
    assert not comparison.better
    assert comparison.rows == 6
    assert proof.unfinished
    assert told.trained == 2
    assert proof.ledger.spent == 3 * VISITS
    assert proof.ledger.left == 0


def test_a_fold_that_the_budget_does_not_reach_for_is_not_begun() -> None:
    told = Told(gain=0.2, judging=6, folds=3, spread=1.5)
    proof = told.proof(allowed=1.5 * VISITS)
    assert not proof.comparison().better
    assert told.trained == 0
    assert proof.unfinished
