"""Effects: how the answer changes with a column, on average over the rows.

Partial dependence: the mean answer when every row is given the value (Friedman 2001). Accumulated local
effects: the differences across each interval, of the rows that lie in it, added up: columns that go
    together are
not taken apart (Apley and Zhu 2020). Intervals are from resampled rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from netwright.data.items import Form, MixedRows
from netwright.data.schema import Kind
from netwright.errors import UserError
from netwright.explain.deal import value_text
from netwright.explain.deal_tables import column_names
from netwright.explain.subject import Scale, Subject, subject_of
from netwright.randomness import numpy_generator

MOST_ROWS = 500
RESAMPLES = 200
LEAST_OF_A_VALUE = 1


@dataclass(frozen=True)
class Effects:
    """The effect of one column.

    Attributes:
        column: its name.
        about: which answer.
        values: the grid: numbers, or categories as text.
        partial: mean answer at each value (grid,).
        partial_low: lower end of its 95 % interval (grid,).
        partial_high: upper end (grid,).
        local: accumulated local effects at each value (grid,), mean 0 over the rows; None for categories,
            which have no order.
        local_low: lower end (grid,), or None.
        local_high: upper end (grid,), or None.
        counts: rows in each interval, or of each category (grid,).
        single: answers of single rows along the grid (rows, grid).
        note: rows that were used.
    """

    column: str
    about: str
    values: tuple[Any, ...]
    partial: np.ndarray
    partial_low: np.ndarray
    partial_high: np.ndarray
    local: np.ndarray | None
    local_low: np.ndarray | None
    local_high: np.ndarray | None
    counts: np.ndarray
    single: np.ndarray
    note: str

    def to_frame(self) -> pl.DataFrame:
        """Return one line for every value."""
        columns: dict[str, Any] = {"value": [value_text(value) for value in self.values]}
        for name in ("partial", "partial_low", "partial_high", "local", "local_low", "local_high", "counts"):
            if getattr(self, name) is not None:
                columns[name] = getattr(self, name)
        return pl.DataFrame(columns)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        lines = self.to_frame().to_dicts()
        return {"column": self.column, "about": self.about, "note": self.note, "effect": lines}

    def picture(self) -> Any:
        """Return a figure for a page."""
        from netwright.explain.effect_figures import effects_picture

        return effects_picture(self)


def effects(
    model: Any,
    X: Any,
    column: str,
    *,
    answer: Any = None,
    scale: Scale = "answer",
    points: int = 20,
    seed: int = 0,
) -> Effects:
    """Show how the answer changes with a column.

    Args:
        model: a fitted estimator for tables, with or without texts.
        X: raw rows, best some hundred that were not trained on; at most 500 are used.
        column: a column of the table: numbers, dates, yes/no or categories.
        answer: a class, label or target; the second of two classes or the likeliest one when left out.
        scale: explain the "answer" or its "log-odds".
        points: intervals of a column of numbers, each with about as many rows.
        seed: of drawn rows and resamples.

    Raises:
        UserError: when there is no such column, it holds text, or one value only.

    >>> import netwright as nw
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> found = effects(nw.Regressor(epochs=20).fit(X, 3 * X[:, 0]), X, "x0")
    >>> bool(found.partial[-1] > found.partial[0])
    True
    """
    subject = _table(subject_of(model).scaled(scale), column)
    frame = sampled_frame(subject, X, seed)
    kind = subject.schema.column(column).kind
    series = frame[column]
    chosen = _one_answer(subject, frame, answer)
    ordered = kind in (Kind.NUMBER, Kind.DATETIME)
    grid = _grid(series, points) if ordered else _categories(series)
    if len(grid) < 2:
        raise UserError(f"Column {column!r} has one value only in these rows: it can have no effect here.")
    single = np.stack([_answers(subject, _with(frame, column, value), chosen) for value in grid], axis=1)
    weights = _resamples(len(single), seed)
    partial = weights @ single
    local = counts = None
    if ordered:
        local, counts = _local(subject, frame, series, grid, chosen, weights)
    else:
        counts = np.array([int((series == value).sum() or 0) for value in grid])
    return Effects(
        column=column,
        about=subject.answers[chosen],
        values=tuple(grid),
        partial=partial[0],
        partial_low=np.percentile(partial, 2.5, axis=0),
        partial_high=np.percentile(partial, 97.5, axis=0),
        local=None if local is None else local[0],
        local_low=None if local is None else np.percentile(local, 2.5, axis=0),
        local_high=None if local is None else np.percentile(local, 97.5, axis=0),
        counts=counts,
        single=single,
        note=f"{len(single):,} rows; intervals from {RESAMPLES} resamples of them.",
    )


def sampled_frame(subject: Subject, X: Any, seed: int, most: int = MOST_ROWS) -> pl.DataFrame:
    """Return aligned rows as a frame, so many at most."""
    rows = subject.rows(X)
    frame: Any = rows.values if isinstance(rows, MixedRows) else rows
    if isinstance(frame, np.ndarray):
        frame = pl.DataFrame(frame, schema=list(column_names(subject)), orient="row")
    if not len(frame):
        raise UserError("effects: there are no rows. Give some hundred.")
    if len(frame) > most:
        frame = frame[np.sort(numpy_generator(seed, "effects").choice(len(frame), most, replace=False))]
    return pl.DataFrame(frame)


def answers_for(subject: Subject, frame: pl.DataFrame) -> np.ndarray:
    """Return the answers (n, answers) for an aligned frame."""
    rows: Any = frame.to_numpy() if not _framed(subject) else subject.rows(frame)
    return subject.predict(subject.prepared(rows))


def _framed(subject: Subject) -> bool:
    """Return whether the model was trained on a frame, or on texts beside one, not on an array."""
    model = subject.members[0]
    return hasattr(model, "feature_names_in_") or any(c.kind is not Kind.NUMBER for c in model.schema_.used)


def _table(subject: Subject, column: str) -> Subject:
    if subject.model is None or subject.form not in (Form.TABLE, Form.MIXED):
        raise UserError("effects: for columns of tables. Use shap or saliency for other rows.")
    kind = subject.schema.column(column).kind
    if column not in column_names(subject):
        reason = subject.schema.column(column).reason
        raise UserError(f"Column {column!r} is not read by the model ({reason}): it has no effect.")
    if kind is Kind.TEXT:
        raise UserError(f"Column {column!r} holds texts, which have no order. Use shap(..., by='word').")
    return subject


def _one_answer(subject: Subject, frame: pl.DataFrame, answer: Any) -> int:
    mean = answers_for(subject, frame).mean(axis=0, keepdims=True)
    return int(subject.chosen(mean, answer)[0])


def _answers(subject: Subject, frame: pl.DataFrame, chosen: int) -> np.ndarray:
    return np.asarray(answers_for(subject, frame)[:, chosen])


def _with(frame: pl.DataFrame, column: str, value: Any) -> pl.DataFrame:
    return frame.with_columns(pl.lit(value).cast(frame.schema[column]).alias(column))


def _grid(series: pl.Series, points: int) -> list[Any]:
    """Return values at equal shares of the rows, each once."""
    known = series.drop_nulls().sort()
    if series.dtype == pl.Float64:
        known = known.filter(known.is_not_nan())
    if not len(known):
        return []
    places = np.unique(np.linspace(0, len(known) - 1, points + 1).round().astype(int))
    return list(dict.fromkeys(known.gather(places).to_list()))


def _categories(series: pl.Series) -> list[Any]:
    counted = series.drop_nulls().value_counts(sort=True)
    return list(counted[series.name].to_list()[:20])


def _resamples(rows: int, seed: int) -> np.ndarray:
    """Return weights of the rows, as they are and resampled (resamples + 1, rows)."""
    generator = numpy_generator(seed, "effect resamples")
    drawn = generator.multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)
    return np.concatenate([np.ones((1, rows)), drawn]) / rows


def _local(
    subject: Subject,
    frame: pl.DataFrame,
    series: pl.Series,
    grid: list[Any],
    chosen: int,
    weights: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return accumulated local effects for each resample (resamples, grid), and rows in each interval."""
    known = series.is_not_null().to_numpy()
    ordered = pl.Series(grid, dtype=series.dtype).to_physical().to_numpy().astype(np.float64)
    place = np.searchsorted(
        ordered, series.to_physical().fill_null(0).to_numpy().astype(np.float64), side="left"
    )
    place = np.clip(place, 1, len(grid) - 1)
    low = frame.with_columns(pl.Series(series.name, [grid[one - 1] for one in place], dtype=series.dtype))
    high = frame.with_columns(pl.Series(series.name, [grid[one] for one in place], dtype=series.dtype))
    change = (_answers(subject, high, chosen) - _answers(subject, low, chosen)) * known
    inside = (place[:, None] == np.arange(1, len(grid))) & known[:, None]
    share = weights @ inside
    steps = (weights @ (inside * change[:, None])) / np.maximum(share, 1e-12)
    curve = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(steps, axis=1)], axis=1)
    middle = (curve[:, :-1] + curve[:, 1:]) / 2
    centre = (middle * share).sum(axis=1, keepdims=True) / np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
    return curve - centre, np.concatenate([[0], inside.sum(axis=0)])
