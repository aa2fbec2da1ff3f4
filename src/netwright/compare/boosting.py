"""The gradient boosting baseline: scikit-learn's histogram gradient boosting with native categories."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from netwright.compare.budget import FIRST_ROWS, Budget, affordable_units, climb
from netwright.compare.design import Design
from netwright.compare.problem import Learnt, Problem, all_classes, fewer_rows, untrained
from netwright.compare.words import TOPICS_REMARK

ITERATIONS = 100

# Within a limited time: how many rounds at first, and how many times as many in the next step at most.
FIRST_ITERATIONS = 2
LARGEST_STEP = 4

# Threads meet several times in every tree. With fewer cells than this they save a second at best, and
# on a busy machine, where one waits for the other's turn, they were measured to take seven times as long.
WORTH_THREADS = 2_000_000

# Every node of a tree counts rows by column and step: with more columns than this, in fewer steps.
MANY_COLUMNS = 500
MOST_BINS, FEWEST_BINS = 255, 31

# With more trees a round times columns than this, even the first rounds could take minutes.
WIDE = 100_000


def fit_boosting(problem: Problem, budget: Budget) -> Learnt:
    """Fit 100 rounds of gradient boosting and answer for the test rows.

    Within a limited time it learns from fewer rows or in fewer rounds; both are noted.

    Args:
        problem: what to learn.
        budget: the time it may take.

    Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", 2017.
    """
    if budget.left <= 0 or (budget.limited and _too_wide(problem, budget)):
        return untrained(problem)
    worded = problem.design.words is not None
    problem = replace(problem, design=problem.design.with_topics(problem.seed))
    first = FIRST_ITERATIONS if budget.limited else ITERATIONS
    (used, model), seconds = climb(lambda rows: _attempt(problem.first(rows), first), problem.rows, budget)
    done = _continue(model, used, first, seconds, budget)
    cuts = fewer_rows(used, problem)
    if done < ITERATIONS:
        cuts = (*cuts, f"Stopped after {done} of {ITERATIONS} rounds to keep within the time.")
    bins = _bins(problem.design)
    coarse = f"Numbers are told apart in {bins} steps, because there are many columns."
    remarks = [*([coarse] if bins < MOST_BINS else []), *([TOPICS_REMARK] if worded else [])]
    return Learnt(_answer(model, problem), cuts, tuple(remarks))


def _attempt(problem: Problem, rounds: int) -> tuple[Problem, Any]:
    return problem, _fit(_model(problem), problem, rounds)


def _continue(model: Any, problem: Problem, done: int, seconds: float, budget: Budget) -> int:
    """Add rounds in steps until there are enough or the time is over; return how many there are."""
    step = done
    while done < ITERATIONS:
        affordable = affordable_units(step, seconds, budget)
        if affordable < 1:
            break
        # What a few rounds cost says little about many more.
        step = int(min(ITERATIONS - done, affordable, LARGEST_STEP * step))
        begin = budget.clock()
        _fit(model, problem, done + step)
        seconds = budget.clock() - begin
        done += step
    return done


def _fit(model: Any, problem: Problem, rounds: int) -> Any:
    """Fit up to so many rounds in all; those that the model has already are kept."""
    with _threads(problem.design.train):
        return model.set_params(max_iter=rounds).fit(problem.design.train, problem.truth, problem.weights)


def _answer(model: Any, problem: Problem) -> np.ndarray:
    test = problem.design.test
    with _threads(test):
        if not problem.classes:
            return np.asarray(model.predict(test), dtype=np.float64)
        return all_classes(model.predict_proba(test), model.classes_, problem.classes)


def _threads(matrix: np.ndarray) -> AbstractContextManager[object]:
    limits: AbstractContextManager[object] = threadpool_limits(1 if matrix.size < WORTH_THREADS else None)
    return limits


def _too_wide(problem: Problem, budget: Budget) -> bool:
    """Whether the first rounds on few rows, judged by a single tree, would exceed the time left."""
    if problem.trees * problem.design.train.shape[1] <= WIDE:
        return False
    begin = budget.clock()
    _attempt(problem.first(FIRST_ROWS).single(), 1)
    return FIRST_ITERATIONS * problem.trees * (budget.clock() - begin) > budget.left


def _model(problem: Problem) -> Any:
    kind = HistGradientBoostingClassifier if problem.classes else HistGradientBoostingRegressor
    return kind(
        early_stopping=False,
        warm_start=True,
        max_bins=_bins(problem.design),
        categorical_features=problem.design.is_category,
        random_state=problem.seed % 2**32,
    )


def _bins(design: Design) -> int:
    """Return how finely numbers are told apart: less finely in wide tables, never less than categories."""
    columns = int(design.train.shape[1])
    bins = min(MOST_BINS, max(FEWEST_BINS, MOST_BINS * MANY_COLUMNS // columns))
    codes = design.train[:, design.is_category]
    present = codes[~np.isnan(codes)]
    return max(bins, int(present.max()) + 1) if len(present) else bins
