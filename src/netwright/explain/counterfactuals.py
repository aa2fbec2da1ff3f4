"""Counterfactuals: the smallest change of a row that flips its answer.

Columns are changed one at a time to values that the data has; the best rows are changed further, until one
flips. What
flips is then drawn back: changes that are not needed are undone, numbers move as near to the row as the
answer allows. Fewer columns come first, then the smaller way, in shares of each column's range.

Source: Wachter, Mittelstadt and Russell (2018), "Counterfactual explanations without opening the black box".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from netwright.data.items import Form
from netwright.data.schema import Kind
from netwright.errors import UserError, did_you_mean
from netwright.explain.deal import value_text
from netwright.explain.deal_tables import column_names
from netwright.explain.effects import answers_for, sampled_frame
from netwright.explain.subject import Subject, subject_of
from netwright.task import Task

VALUES = 12
"""Values of a column that are tried."""

BEAM = 24
MOST_DATA = 2_000
HALVINGS = 12


@dataclass(frozen=True)
class Change:
    """One column of a counterfactual: its name, what it held, and what it should hold."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Counterfactual:
    """A change of a row that flips its answer.

    Attributes:
        changes: column by column.
        before: the answer that there was.
        after: the answer that there is now.
        probability: of the new class, or the new number.
        distance: sum of the changes, each as a share of its column's range (1 for a category).
    """

    changes: tuple[Change, ...]
    before: str
    after: str
    probability: float
    distance: float

    def __str__(self) -> str:
        listed = "; ".join(f"{one.column}: {one.before} → {one.after}" for one in self.changes)
        return f"{self.before} → {self.after} ({self.probability:.3g}): {listed}"


def counterfactuals(
    model: Any,
    row: Any,
    data: Any,
    *,
    to: Any = None,
    fixed: Sequence[str] = (),
    most_changes: int = 4,
    count: int = 3,
    seed: int = 0,
) -> tuple[Counterfactual, ...]:
    """Return the smallest changes that flip the answer of one row, each with other columns.

    Args:
        model: a fitted estimator for a table.
        row: one raw row.
        data: rows whose values and ranges may be used, such as the training rows.
        to: the class that is wanted, any other one when left out; for numbers the range (low, high).
        fixed: columns that cannot be changed, such as age.
        most_changes: columns that may change at most.
        count: how many to return at most.
        seed: of drawn rows.

    Returns:
        None at all where no such change was found.

    Raises:
        UserError: for other rows than tables, unknown columns, or a wish that is met already.
    """
    subject = subject_of(model)
    if subject.form is not Form.TABLE:
        raise UserError("counterfactuals: for tables. Of words, regions and stretches see shap.")
    frame = sampled_frame(subject, row, seed)
    if len(frame) != 1:
        raise UserError(f"counterfactuals: expected one row, got {len(frame):,}. Give X[3:4], for instance.")
    names = column_names(subject)
    unknown = [name for name in fixed if name not in names]
    if unknown:
        raise UserError(f"fixed: the model reads no column {unknown[0]!r}. {did_you_mean(unknown[0], names)}")
    known = sampled_frame(subject, data, seed, MOST_DATA)
    search = _Search(subject, frame, known, [name for name in names if name not in fixed], to)
    return search.run(most_changes, count)


class _Search:
    """A beam of changed rows around one row."""

    def __init__(
        self, subject: Subject, row: pl.DataFrame, data: pl.DataFrame, columns: list[str], to: Any
    ) -> None:
        self.subject, self.row, self.columns = subject, row, columns
        self.dtypes = row.schema
        kinds = {column.name: column.kind for column in subject.schema.used}
        self.numbers = {name for name in columns if kinds[name] in (Kind.NUMBER, Kind.DATETIME)}
        self.whole = {name for name in self.numbers if _is_whole(data[name])}
        self.ranges = {name: _range(data[name]) for name in self.numbers}
        self.candidates = {name: self._values(data[name]) for name in columns}
        self.answers = answers_for(subject, row)[0]
        self.wanted = self._wanted(to)
        self.before = self._name(self.answers)

    def run(self, most_changes: int, count: int) -> tuple[Counterfactual, ...]:
        """Return what was found, the smallest change first."""
        start = self.row.row(0, named=True)
        beam: list[dict[str, Any]] = [{}]
        found: list[dict[str, Any]] = []
        for _ in range(most_changes):
            tried = [
                {**changes, name: value}
                for changes in beam
                for name in self.columns
                if name not in changes
                for value in self.candidates[name]
                if value != start[name]
            ]
            tried = list({tuple(sorted((k, str(v)) for k, v in one.items())): one for one in tried}.values())
            if not tried:
                break
            scores, flipped = self._judge(tried)
            hits = [tried[place] for place in np.flatnonzero(flipped)]
            found += sorted(
                (self._drawn_back(one) for one in self._different(hits, 3 * count)), key=self._distance
            )
            if len(self._different(found, count)) >= count or (found and len(beam) > 1):
                break
            order = np.argsort(-scores + 0.05 * np.array([self._distance(one) for one in tried]))
            beam = [tried[place] for place in order[:BEAM] if not flipped[place]]
        ranked = sorted(found, key=lambda one: (len(one), self._distance(one)))
        return tuple(self._told(one) for one in self._different(ranked, count))

    def _values(self, series: pl.Series) -> list[Any]:
        known = series.drop_nulls()
        if not len(known):
            return []
        if series.name in self.numbers:
            places = np.linspace(0, len(known) - 1, VALUES).round().astype(int)
            return list(dict.fromkeys(known.sort().gather(places).to_list()))
        return list(known.value_counts(sort=True)[series.name].head(VALUES).to_list())

    def _wanted(self, to: Any) -> Any:
        if self.subject.task is Task.REGRESSION:
            if not (isinstance(to, (tuple, list)) and len(to) == 2 and to[0] < to[1]):
                raise UserError(
                    "to: for numbers give the range that is wanted, such as to=(200_000, 300_000)."
                )
            if to[0] <= self.answers[0] <= to[1]:
                raise UserError(f"The answer, {self.answers[0]:,.4g}, lies in the wanted range already.")
            return to
        if self.subject.task is Task.MULTILABEL:
            raise UserError("counterfactuals: for one class or one number, not for several labels at once.")
        if to is None:
            return None
        wanted = int(self.subject.chosen(self.answers[None], to)[0])
        if wanted == self._said(self.answers):
            raise UserError(f"The answer is {to!r} already.")
        return wanted

    def _judge(self, tried: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
        """Return how near each is to the wanted answer (higher is nearer), and whether it is there."""
        answers = answers_for(self.subject, self._frame(tried))
        if self.subject.task is Task.REGRESSION:
            low, high = self.wanted
            value = answers[:, 0]
            away = np.maximum(np.maximum(low - value, value - high), 0.0) / max(high - low, 1e-300)
            return -away, away == 0
        old, best = self._said(self.answers), self.subject.answered(answers)
        if self.wanted is not None:
            return answers[:, self.wanted], best == self.wanted
        return -answers[:, old], best != old

    def _said(self, answers: np.ndarray) -> int:
        return int(self.subject.answered(answers[None])[0])

    def _frame(self, tried: list[dict[str, Any]]) -> pl.DataFrame:
        start = self.row.row(0, named=True)
        made = {name: [one.get(name, start[name]) for one in tried] for name in self.row.columns}
        return pl.DataFrame(made, schema=self.dtypes)

    def _distance(self, changes: dict[str, Any]) -> float:
        return sum(self._way(name, value) for name, value in changes.items())

    def _way(self, name: str, value: Any) -> float:
        start = self.row[name][0]
        if name not in self.numbers or start is None:
            return 1.0
        return abs(_number(value) - _number(start)) / self.ranges[name]

    def _different(self, found: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
        """Return the nearest of each set of columns; none that changes all that another one changes and
        more."""
        ranked = sorted(found, key=lambda one: (len(one), self._distance(one)))
        kept: list[dict[str, Any]] = []
        for one in ranked:
            if not any(set(other) <= set(one) for other in kept):
                kept.append(one)
        return kept[:count]

    def _drawn_back(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Return the changes with each number as near to the row as still flips, and none that is not
        needed."""
        for name in list(changes):
            fewer = {other: value for other, value in changes.items() if other != name}
            if fewer and self._judge([fewer])[1][0]:
                changes = fewer
        for name in [name for name in changes if name in self.numbers and self.row[name][0] is not None]:
            near, far = _number(self.row[name][0]), _number(changes[name])
            for _ in range(HALVINGS):
                middle = (near + far) / 2
                middle = float(np.rint(middle)) if name in self.whole else middle
                if middle in (near, far):
                    break
                if self._judge([{**changes, name: self._typed(name, middle)}])[1][0]:
                    far = middle
                else:
                    near = middle
            changes = {**changes, name: self._typed(name, far)}
        return changes

    def _typed(self, name: str, value: float) -> Any:
        if self.dtypes[name].is_temporal():
            return pl.Series([int(value)], dtype=pl.Int64).cast(self.dtypes[name])[0]
        return value

    def _name(self, answers: np.ndarray) -> str:
        if self.subject.task is Task.REGRESSION:
            return f"{answers[0]:,.4g}"
        return self.subject.answers[self._said(answers)]

    def _told(self, changes: dict[str, Any]) -> Counterfactual:
        answers = answers_for(self.subject, self._frame([changes]))[0]
        listed = tuple(
            Change(name, value_text(self.row[name][0]), value_text(value)) for name, value in changes.items()
        )
        shown = answers[0] if self.subject.task is Task.REGRESSION else answers.max()
        return Counterfactual(listed, self.before, self._name(answers), float(shown), self._distance(changes))


def _number(value: Any) -> float:
    if hasattr(value, "timestamp"):
        return float(pl.Series([value]).cast(pl.Datetime("us")).to_physical()[0])
    return float(value)


def _is_whole(series: pl.Series) -> bool:
    known = series.drop_nulls()
    return bool(series.dtype.is_temporal() or (known == known.round()).all())


def _range(series: pl.Series) -> float:
    known = series.drop_nulls().to_physical()
    if not len(known):
        return 1.0
    low, high = float(known.min()), float(known.max())  # type: ignore[arg-type]
    return high - low if high > low else 1.0
