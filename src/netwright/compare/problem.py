"""What a classical model is to learn, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from netwright.compare.design import Design
from netwright.randomness import numpy_generator


@dataclass(frozen=True)
class Problem:
    """One target to be learnt from a table of numbers.

    Attributes:
        design: the matrices of both parts.
        truth: class indices or standardised numbers of the training rows (n,).
        weights: of the training rows (n,), or None.
        classes: how many classes; 0 for numbers.
        seed: of what is random.
    """

    design: Design
    truth: np.ndarray
    weights: np.ndarray | None
    classes: int
    seed: int

    @property
    def rows(self) -> int:
        """How many training rows."""
        return len(self.truth)

    @property
    def trees(self) -> int:
        """How many separate functions must be learnt: one for numbers and two classes, else one a class."""
        return self.classes if self.classes > 2 else 1

    def first(self, rows: int) -> Problem:
        """Return the problem with so many of the training rows, drawn at random, every class among them."""
        if rows >= self.rows:
            return self
        order = numpy_generator(self.seed, "baseline rows").permutation(self.rows)
        if self.classes:
            # One row of each class comes first.
            ahead = np.zeros(self.rows, dtype=bool)
            ahead[np.unique(self.truth[order], return_index=True)[1]] = True
            order = np.concatenate([order[ahead], order[~ahead]])
            rows = max(rows, int(ahead.sum()))
        kept = np.sort(order[:rows])
        return replace(
            self,
            design=self.design.take(kept),
            truth=self.truth[kept],
            weights=None if self.weights is None else self.weights[kept],
        )

    def single(self) -> Problem:
        """Return the problem with the first of its classes against the rest: one function to learn."""
        if self.classes <= 2:
            return self
        rest = (self.truth != self.truth.min()).astype(np.int64)
        return replace(self, truth=rest, classes=2)


@dataclass(frozen=True)
class Learnt:
    """What a model answers for the test rows.

    Attributes:
        outputs: probabilities (rows, classes), or standardised numbers (rows,).
        cuts: what was shortened to keep within the time, one sentence each.
        remarks: what else is to be known, one sentence each.
    """

    outputs: np.ndarray
    cuts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def fewer_rows(used: Problem, problem: Problem) -> tuple[str, ...]:
    """Return the sentence on the rows that were left out, if any were."""
    if used.rows == problem.rows:
        return ()
    return (f"Trained on {used.rows:,} of {problem.rows:,} rows to keep within the time.",)


def untrained(problem: Problem) -> Learnt:
    """Return the constant answers of a model for which there was no time."""
    return Learnt(constant(problem).outputs, ("Not trained, because the time was over: a constant answer.",))


def constant(problem: Problem) -> Learnt:
    """Return the shares of the classes, or the mean, for every row (scikit-learn's dummy models)."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    rows = len(problem.design.test)
    if not problem.classes:
        mean = DummyRegressor().fit(problem.design.train, problem.truth, problem.weights)
        return Learnt(np.asarray(mean.predict(problem.design.test), dtype=np.float64).reshape(rows))
    prior = DummyClassifier(strategy="prior")
    prior.fit(problem.design.train, problem.truth, problem.weights)
    return Learnt(all_classes(prior.predict_proba(problem.design.test), prior.classes_, problem.classes))


def all_classes(probabilities: np.ndarray, present: np.ndarray, classes: int) -> np.ndarray:
    """Return probabilities (rows, classes) with 0 for the classes that no training row has."""
    spread = np.zeros((len(probabilities), classes))
    spread[:, present] = probabilities
    return spread
