"""LIME: a line through one row's answer that follows the answers nearby, drawn again until it stays the same.

Players are left out at random, few more often than many: a of M with a chance that falls as
exp(-(a / M)² / width²). The line y = sum of w_j u_j is the one of least squares to y, what the answer loses,
by u, who is left out. What leaving out one player alone costs is known exactly for every reference, so
only what goes beyond the sum of these has to be drawn: that is why few draws are enough.

Source: Ribeiro, Singh and Guestrin (2016), "Why should I trust you?". Its instability: Visani et al. (2022).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from netwright.errors import UserError
from netwright.explain.deal import Deal
from netwright.explain.deal_tables import Groups
from netwright.explain.dealing import By, deals_of
from netwright.explain.explanation import Explanation, RowExplanation
from netwright.explain.local_line import Line, fit_lines
from netwright.explain.shap import unit_of
from netwright.explain.subject import Scale, subject_of

LEAST_FIT = 0.5
LEAST_STABILITY = 0.9


class PoorLineError(UserError):
    """No line follows the answers near a row well enough to explain them.

    Attributes:
        row: number of the row, from 0.
        found: what was found of it.
    """

    def __init__(self, row: int, found: str, advice: str) -> None:
        super().__init__(f"Row {row + 1:,}: {found} {advice}")
        self.row, self.found = row, found


def lime(
    model: Any,
    rows: Any,
    background: Any = None,
    *,
    answer: Any = None,
    scale: Scale = "answer",
    groups: Groups = None,
    by: By = None,
    parts: int | None = None,
    width: float = 0.25,
    stable: float = 0.955,
    least_fit: float = LEAST_FIT,
    most: int = 2_048,
    seconds: float | None = None,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> Explanation:
    """Explain answers by a line that follows the answers near each row.

    Args:
        model: a fitted estimator or a PyTorch module.
        rows: raw rows; one at a time is quick enough to wait for.
        background: rows that stand in for what is left out, as in `shap`.
        answer: a class, label or target; the second of two classes or the likeliest one when left out.
        scale: explain the "answer" or its "log-odds".
        groups: lists of columns that count as one, or "correlated".
        by: "word" for the words of a table with texts.
        parts: how many regions a picture, or stretches a sequence, is cut into.
        width: share of players left out at which the chance of a draw is 1/e of the nearest: smaller is
            nearer.
        stable: the rank correlation of two draws at which sampling stops.
        least_fit: R² below which the line is refused; 0 takes any.
        most: coalitions that are drawn for a row at most.
        seconds: the time that all rows may take.
        seed: of all random numbers.
        clock: returns seconds.

    Raises:
        PoorLineError: when the line of a row fits badly or does not stay the same: it explains nothing.
    """
    if not 0 < width <= 10:
        raise UserError(f"width: expected a share such as 0.25, got {width}.")
    subject = subject_of(model).scaled(scale)
    subject, deals = deals_of(
        subject, rows, background=background, answer=answer, groups=groups, by=by, parts=parts, seed=seed
    )
    unit = unit_of(subject, scale)
    near = {"width": width, "stable": stable, "most": most, "seed": seed, "chances": unit == "probability"}
    lines = _lines(deals, seconds, clock, **near)
    explained = [
        _explained(subject.answers, deal, line, place)
        for deal, line in zip(deals, lines, strict=True)
        for place in range(deal.game.rows)
    ]
    _refuse_poor(explained, least_fit)
    noted = (
        f"Coalitions were drawn until two halves ranked the players alike (correlation {stable:g} "
        "of the whole)."
    )
    return Explanation(
        method="LIME",
        rows=tuple(explained),
        target=subject.target,
        unit=unit,
        reference=deals[0].reference,
        tolerance=1 - least_fit,
        notes=(noted,),
        evaluations=sum(line.evaluations for line in lines),
        seed=seed,
        subject=subject,
        deals=tuple(deals),
    )


def _lines(
    deals: Sequence[Deal], seconds: float | None, clock: Callable[[], float], **settings: Any
) -> list[Line]:
    """Return the lines of each deal; it may take its part of the time that those before it have left."""
    begin, lines = clock(), list[Line]()
    for number, deal in enumerate(deals):
        left = None if seconds is None else max(0.0, seconds - (clock() - begin)) / (len(deals) - number)
        lines.append(fit_lines(deal.game, seconds=left, clock=clock, **settings))
    return lines


def _explained(answers: tuple[str, ...], deal: Deal, line: Line, place: int) -> RowExplanation:
    slopes, full = line.slopes[place], float(deal.game.full[place])
    return RowExplanation(
        row=int(deal.numbers[place]),
        names=deal.names[place],
        values=deal.values[place],
        scores=slopes,
        errors=line.errors[place],
        base=float(line.start[place]),
        answer=full,
        about=answers[deal.chosen[place]],
        gap=float(line.start[place] + slopes.sum() - full),
        fit=float(line.fit[place]),
        stability=float(line.stability[place]),
        scene=deal.scenes[place] if deal.scenes else None,
    )


def _refuse_poor(rows: list[RowExplanation], least_fit: float) -> None:
    """Raise PoorLineError for a line that explains too little, or comes out differently every time."""
    for row in rows:
        assert row.fit is not None
        assert row.stability is not None
        if row.fit < least_fit:
            raise PoorLineError(
                row.row,
                f"a line explains {row.fit:.0%} of how the answer changes nearby, less "
                f"than {least_fit:.0%}: LIME has no explanation here.",
                "Use shap, look nearer with a smaller width=, or take it all the same with least_fit=0.",
            )
        if least_fit > 0 and row.stability < LEAST_STABILITY and len(row.scores) > 2:
            raise PoorLineError(
                row.row,
                f"two draws rank the players with a correlation of {row.stability:.2f} "
                "only: LIME has no stable explanation here.",
                "Use shap, allow more with most=, or put players together with groups= or parts=; "
                "least_fit=0 takes it all the same.",
            )
