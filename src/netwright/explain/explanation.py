"""An explanation: what each player adds to the answer, row by row, with its errors and its checks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from netwright.explain.deal import Deal, Scene
from netwright.explain.subject import Subject

SHOWN = 15
"""Players of a row that a table shows; the others are in JSON and CSV."""


@dataclass(frozen=True)
class RowExplanation:
    """Why one row got its answer.

    Attributes:
        row: its number among those that were given, from 0.
        names: of the players: columns, words, regions or stretches.
        values: what the row has there, as text.
        scores: what each adds to the answer (players,).
        errors: standard errors of the scores (players,), 0 where they are exact.
        base: the answer that the scores start from.
        answer: the model's answer.
        about: which answer it is: the class, label or target.
        gap: sum of the scores - (answer - base), 0 up to rounding where scores add up.
        fit: R² of the local line, for LIME; else None.
        stability: rank correlation with a second, independent draw, for LIME; else None.
        scene: how the row looks, where it is no row of a table.
    """

    row: int
    names: tuple[str, ...]
    values: tuple[str, ...]
    scores: np.ndarray
    errors: np.ndarray
    base: float
    answer: float
    about: str
    gap: float
    fit: float | None = None
    stability: float | None = None
    scene: Scene | None = None

    @property
    def order(self) -> np.ndarray:
        """The players from the largest score to the smallest, whatever its sign."""
        return np.argsort(-np.abs(self.scores), kind="stable")

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON, the largest score first."""
        parts = [
            {
                "name": self.names[one],
                "value": self.values[one],
                "score": float(self.scores[one]),
                "error": float(self.errors[one]),
            }
            for one in self.order
        ]
        return {
            "row": self.row + 1,
            "about": self.about,
            "answer": self.answer,
            "base": self.base,
            "gap": self.gap,
            "fit": self.fit,
            "stability": self.stability,
            "scores": parts,
        }


@dataclass(frozen=True)
class Explanation:
    """Explanations of some rows by one method.

    Attributes:
        method: "exact SHAP", "sampled SHAP", "expected gradients" or "LIME".
        rows: one by one.
        target: what is predicted.
        unit: what the scores are in: "probability", "log-odds" or "" for the target's own.
        reference: what players who take no part are replaced by.
        tolerance: the largest gap that is accepted, as a share of what there is to explain.
        notes: how the method was chosen and what was noticed, one sentence each.
        evaluations: how many mixtures the model answered.
        seed: of all random numbers.
    """

    method: str
    rows: tuple[RowExplanation, ...]
    target: str
    unit: str
    reference: str
    tolerance: float
    notes: tuple[str, ...]
    evaluations: int
    seed: int
    subject: Subject = field(repr=False, compare=False)
    deals: tuple[Deal, ...] = field(repr=False, compare=False, default=())

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> RowExplanation:
        return self.rows[place]

    @property
    def names(self) -> tuple[str, ...]:
        """The players, where all rows have the same; else those of the first row."""
        return self.rows[0].names

    @property
    def values(self) -> np.ndarray:
        """The scores (rows, players), for rows with the same players."""
        assert self.shared, "these rows have players of their own: see rows[...].scores"
        return np.stack([row.scores for row in self.rows])

    @property
    def shared(self) -> bool:
        """Whether all rows have the same players, and scores of one kind of answer can be compared."""
        return all(row.names == self.rows[0].names for row in self.rows) and self.rows[0].scene is None

    @property
    def largest_gap(self) -> float:
        """The largest difference between the sum of a row's scores and what there is to explain."""
        return max(abs(row.gap) for row in self.rows)

    @property
    def adds_up(self) -> str:
        """A sentence on local accuracy."""
        if self.method == "LIME":
            fits = [row.fit for row in self.rows if row.fit is not None]
            stable = [row.stability for row in self.rows if row.stability is not None]
            if len(self.rows) == 1:
                return (
                    f"Local fit: R² {fits[0]:.2f}; rank correlation of two independent draws {stable[0]:.3f}."
                )
            return (
                f"Local fit: R² {np.median(fits):.2f} in the middle, {min(fits):.2f} at worst; rank "
                f"correlation "
                f"of two independent draws {np.median(stable):.3f} in the middle, {min(stable):.3f} at worst."
            )
        return (
            f"Local accuracy: each row's scores add up to its answer minus the base; the largest gap of "
            f"{len(self.rows):,} {'row' if len(self.rows) == 1 else 'rows'} is {self.largest_gap:.1e}."
        )

    def ranking(self) -> list[tuple[str, float]]:
        """Return players with their mean absolute score, the largest first."""
        if not self.shared:
            first = self.rows[0]
            return [(first.names[one], float(abs(first.scores[one]))) for one in first.order]
        means = np.abs(self.values).mean(axis=0)
        return [(self.names[one], float(means[one])) for one in np.argsort(-means, kind="stable")]

    def to_frame(self) -> pl.DataFrame:
        """Return one line for every row and player: row, about, answer, base, name, value, score, error."""
        lines = [
            {
                "row": row.row + 1,
                "about": row.about,
                "answer": row.answer,
                "base": row.base,
                "name": row.names[one],
                "value": row.values[one],
                "score": float(row.scores[one]),
                "error": float(row.errors[one]),
            }
            for row in self.rows
            for one in row.order
        ]
        return pl.DataFrame(lines)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "method": self.method,
            "target": self.target,
            "unit": self.unit,
            "reference": self.reference,
            "adds_up": self.adds_up,
            "largest_gap": self.largest_gap,
            "notes": list(self.notes),
            "evaluations": self.evaluations,
            "seed": self.seed,
            "rows": [row.to_json() for row in self.rows],
        }

    def table(self, place: int = 0) -> str:
        """Return one row's explanation as text, as the terminal shows it."""
        from netwright.explain.wording import row_table

        return row_table(self, self.rows[place])

    def page(self, path: str | os.PathLike[str]) -> None:
        """Write the page with figures, in one step.

        Raises:
            RunError: when the file cannot be written.
        """
        from netwright.explain.page import write_page

        write_page(path, self)

    def renumbered(self, numbers: Sequence[int]) -> Explanation:
        """Return the explanation with other numbers for its rows, such as those in a file."""
        rows = tuple(replace(row, row=number) for row, number in zip(self.rows, numbers, strict=True))
        return replace(self, rows=rows)

    def __str__(self) -> str:
        return "\n\n".join([self.table(place) for place in range(min(3, len(self.rows)))] + [self.adds_up])
