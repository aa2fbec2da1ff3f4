"""The linear baseline: logistic or ridge regression on standardised numbers and one-hot categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_array, hstack
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from netwright.compare.budget import Budget, affordable_units, climb
from netwright.compare.problem import Learnt, Problem, all_classes, fewer_rows, untrained
from netwright.compare.words import REMARK, CountedWords

MOST_ITERATIONS = 1000

WORDS_STRENGTH = 10.0
"""Of counted words: a text has length 1 spread over many, so that each needs a larger weight."""

# Within a limited time: how many at first, and how many times as many in the next step at most.
FIRST_ITERATIONS = 10
LARGEST_STEP = 5


@dataclass(frozen=True)
class _Fit:
    """A model beside the preparation and the training rows that it was fitted with."""

    problem: Problem
    preparation: ColumnTransformer
    train: Any
    model: Any


def fit_linear(problem: Problem, budget: Budget) -> Learnt:
    """Fit a linear model and answer for the test rows.

    Missing numbers become the median beside a column that marks them. Within a limited time it learns
    from fewer rows or in fewer iterations; both are noted.

    Args:
        problem: what to learn.
        budget: the time it may take.
    """
    if budget.left <= 0:
        return untrained(problem)
    iterations = FIRST_ITERATIONS if budget.limited else MOST_ITERATIONS
    fit, seconds = climb(lambda rows: _attempt(problem.first(rows), iterations), problem.rows, budget)
    cuts = fewer_rows(fit.problem, problem)
    test = _beside_words(fit.preparation.transform(problem.design.test), problem.design.words, "test")
    remarks = () if problem.design.words is None else (REMARK,)
    if not problem.classes:
        return Learnt(np.asarray(fit.model.predict(test), dtype=np.float64), cuts, remarks)
    done, converged = _continue(fit, seconds, iterations, budget)
    if not converged:
        cuts = (*cuts, f"Stopped after {done:,} iterations, before it had converged.")
    probabilities = fit.model.predict_proba(test)
    return Learnt(all_classes(probabilities, fit.model.classes_, problem.classes), cuts, remarks)


def _attempt(problem: Problem, iterations: int) -> _Fit:
    preparation = _preparation(problem.design.is_category)
    train = _beside_words(preparation.fit_transform(problem.design.train), problem.design.words, "train")
    if problem.classes:
        strength = 1.0 if problem.design.words is None else WORDS_STRENGTH
        model: Any = LogisticRegression(C=strength, warm_start=True, max_iter=iterations)
    else:
        model = Ridge(solver="lsqr")
    return _Fit(problem, preparation, train, model.fit(train, problem.truth, problem.weights))


def _continue(fit: _Fit, seconds: float, iterations: int, budget: Budget) -> tuple[int, bool]:
    """Go on until converged or the time is over; return all iterations made and whether it converged."""
    done = made = int(fit.model.n_iter_.max())
    step = iterations
    while made >= step and done < MOST_ITERATIONS:
        affordable = affordable_units(made, seconds, budget)
        if affordable < 1:
            break
        # What a few iterations cost says little about many more.
        step = int(min(MOST_ITERATIONS - done, affordable, LARGEST_STEP * step))
        begin = budget.clock()
        fit.model.set_params(max_iter=step).fit(fit.train, fit.problem.truth, fit.problem.weights)
        seconds = budget.clock() - begin
        made = int(fit.model.n_iter_.max())
        done += made
    return done, made < step


def _beside_words(columns: Any, words: CountedWords | None, part: Literal["train", "test"]) -> Any:
    """Return prepared columns with the counted words of a part, if there are any, as further columns."""
    return columns if words is None else hstack([csr_array(columns), getattr(words, part)], format="csr")


def _preparation(is_category: np.ndarray) -> ColumnTransformer:
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    categories = OneHotEncoder(handle_unknown="ignore")
    return ColumnTransformer(
        [
            ("numbers", numbers, np.flatnonzero(~is_category)),
            ("categories", categories, np.flatnonzero(is_category)),
        ]
    )
