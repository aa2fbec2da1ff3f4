"""SHAP values of any model's answers, in the columns, words, regions or stretches of the rows as given.

Source: Lundberg and Lee (2017), "A unified approach to interpreting model predictions"; expected gradients:
Erion et al. (2021), "Improving performance of deep learning models with axiomatic attribution priors".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from netwright.errors import UserError
from netwright.explain.deal import Deal
from netwright.explain.deal_tables import Groups
from netwright.explain.dealing import By, deals_of
from netwright.explain.expected_gradients import expected_gradients
from netwright.explain.explanation import Explanation, RowExplanation
from netwright.explain.shapley import Shapley, exact_cost, exact_values, sampled_values
from netwright.explain.subject import Scale, Subject, subject_of
from netwright.task import Task

Method = Literal["auto", "exact", "permutation", "gradients"]

GRADIENTS = "expected gradients"
EXACT = "exact SHAP"

EXACT_PLAYERS = 12
"""Up to so many players are enumerated."""

CHEAP = 20_000
"""Mixtures a row for which more players are enumerated all the same: few of them differ from the
references."""

MOST_EXACT = 20
"""More differing players than these are never enumerated."""

LOCAL_ACCURACY = 1e-3
"""The largest gap that is accepted, as a share of what there is to explain."""

GRADIENTS_ACCURACY = 1e-2
"""Likewise for expected gradients, whose integral is taken at a few points."""

ROUNDING = 2e-5
"""Gaps below this share of the answer itself are the rounding of 32-bit numbers."""


def shap(
    model: Any,
    rows: Any,
    background: Any = None,
    *,
    answer: Any = None,
    method: Method = "auto",
    scale: Scale = "answer",
    groups: Groups = None,
    by: By = None,
    parts: int | None = None,
    tolerance: float = 0.02,
    seconds: float | None = None,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> Explanation:
    """Explain answers by Shapley values: what each column adds, averaged over all orders of joining.

    answer = base + sum of the scores, with base the mean answer for the background. Whether that holds is
    checked for every row against the model's own answer for the raw row.

    Args:
        model: a fitted estimator, trained just now or loaded, or a PyTorch module.
        rows: raw rows in any form the model takes; for a module tensors.
        background: rows that stand in for what is not known; at most 100 are used. When left out: of a table
            the rows themselves, or a row of which nothing is known where there are fewer than 20; the
            text without the word; the picture blurred; each channel's mean; silence.
        answer: a class, label or target; the second of two classes or the likeliest one when left out.
        method: "exact" enumerates, "permutation" sends players on antithetic walks, "gradients"
            integrates along the way from each reference (differentiable numbers only); "auto" enumerates
            where that is cheap, else walks.
        scale: explain the "answer" (probability, number) or its "log-odds".
        groups: lists of columns that count as one, or "correlated" to find those in the background.
        by: "word" explains the words of a table with texts.
        parts: how many regions a picture, or stretches a sequence, is cut into.
        tolerance: where sampled, the standard error at which a row is done, as a share of the sum of its
            absolute scores.
        seconds: the time that sampling may take in all.
        seed: of all random numbers.
        clock: returns seconds.

    Raises:
        UserError: for settings that do not fit, and when the scores of a row do not add up.

    >>> from sklearn.datasets import load_iris
    >>> import netwright as nw
    >>> X, y = load_iris(return_X_y=True)
    >>> found = shap(nw.Classifier(epochs=5).fit(X, y), X[:3], X[::5])
    >>> bool(found.largest_gap < 1e-5), found.values.shape
    (True, (3, 4))
    """
    if method not in ("auto", "exact", "permutation", "gradients"):
        raise UserError(f"method: expected auto, exact, permutation or gradients, got {method!r}.")
    subject = subject_of(model).scaled(scale)
    subject, deals = deals_of(
        subject, rows, background=background, answer=answer, groups=groups, by=by, parts=parts, seed=seed
    )
    begin = clock()
    explained: list[RowExplanation] = []
    notes: list[str] = []
    names: list[str] = []
    evaluations = 0
    for number, deal in enumerate(deals):
        left = None if seconds is None else max(0.0, seconds - (clock() - begin)) / (len(deals) - number)
        used, found, said = _values(subject, deal, method, tolerance, left, seed, clock)
        explained += checked_rows(subject, deal, found, used)
        names.append(used)
        notes += said
        evaluations += found.evaluations
    return Explanation(
        method=" and ".join(dict.fromkeys(names)),
        rows=tuple(explained),
        target=subject.target,
        unit=unit_of(subject, scale),
        reference=deals[0].reference,
        tolerance=LOCAL_ACCURACY,
        notes=tuple(dict.fromkeys(notes)),
        evaluations=evaluations,
        seed=seed,
        subject=subject,
        deals=tuple(deals),
    )


def unit_of(subject: Subject, scale: Scale) -> str:
    """Return what the scores are in, "" for the target's own unit."""
    if subject.task in (None, Task.REGRESSION):
        return ""
    return "probability" if scale == "answer" else scale


def checked_rows(subject: Subject, deal: Deal, found: Shapley, method: str) -> list[RowExplanation]:
    """Return the rows' explanations; each must add up to its answer.

    Raises:
        UserError: for a row whose scores do not add up.
    """
    rows = []
    for place, number in enumerate(deal.numbers):
        full, base = float(deal.game.full[place]), float(deal.game.base[place])
        gap = float(found.values[place].sum() - (full - base))
        share = GRADIENTS_ACCURACY if method == GRADIENTS else LOCAL_ACCURACY
        if not abs(gap) <= allowed_gap(full, base, share):
            raise UserError(
                f"Row {number + 1:,}: the scores of {method} add up to "
                f"{found.values[place].sum():.6g}, and there "
                f"is {full - base:.6g} to explain. They are no explanation; use method='permutation', "
                f"which adds "
                "up by construction, and look whether the network answers the same twice."
            )
        rows.append(
            RowExplanation(
                row=int(number),
                names=deal.names[place],
                values=deal.values[place],
                scores=found.values[place],
                errors=found.errors[place],
                base=base,
                answer=full,
                about=subject.answers[deal.chosen[place]],
                gap=gap,
                scene=deal.scenes[place] if deal.scenes else None,
            )
        )
    return rows


def allowed_gap(full: float, base: float, share: float = LOCAL_ACCURACY) -> float:
    """Return the largest gap that is accepted for a row."""
    return share * abs(full - base) + ROUNDING * max(abs(full), abs(base), 1e-6)


def _values(
    subject: Subject,
    deal: Deal,
    method: Method,
    tolerance: float,
    seconds: float | None,
    seed: int,
    clock: Callable[[], float],
) -> tuple[str, Shapley, list[str]]:
    """Return the method that was used in the end, the values, and why."""
    game, notes = deal.game, []
    largest = int(game.differs.sum(axis=2).max())
    if method == "auto":
        cheap = largest <= MOST_EXACT and exact_cost(game) <= CHEAP * game.rows
        method = "exact" if game.players <= EXACT_PLAYERS or cheap else "permutation"
    if method == "exact":
        if largest > MOST_EXACT:
            raise UserError(
                f"method='exact': {largest} players have {2.0**largest:,.0f} coalitions. Use "
                f"'permutation', or put "
                "columns together with groups=."
            )
        return EXACT, exact_values(game), ["All coalitions were evaluated: the values are exact."]
    if method == "gradients":
        found, reason = expected_gradients(subject, deal)
        accurate = found is not None and all(
            abs(found.values[row].sum() - (game.full[row] - game.base[row]))
            <= allowed_gap(game.full[row], game.base[row], GRADIENTS_ACCURACY)
            for row in range(game.rows)
        )
        if found is not None and accurate:
            return GRADIENTS, found, [reason]
        reason = reason if found is None else "expected gradients did not add up within the tolerance"
        notes.append(f"Sampled SHAP instead of expected gradients: {reason}.")
    found = sampled_values(game, seed=seed, tolerance=tolerance, seconds=seconds, clock=clock)
    total = np.maximum(np.abs(found.values).sum(axis=1), 1e-300)
    worst = float((found.errors.max(axis=1) / total).max())
    state = "" if found.converged else ", where it was stopped"
    notes.append(
        f"{game.players} players: sampled by antithetic walks until the standard error was "
        f"below {tolerance:.1%} of a row's scores; it is {worst:.2%} at most{state}."
    )
    return "sampled SHAP", found, notes
