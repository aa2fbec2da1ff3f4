"""Gaps in a table: how many, whether they depend on other columns, and which filling is best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from netwright.audit.drift import auc_interval
from netwright.compare.design import design_of
from netwright.compare.folds import repeated_folds
from netwright.compare.game import Field
from netwright.compare.intervals import Interval
from netwright.compare.paired import Paired, corrected
from netwright.compare.problem import all_classes
from netwright.data.missing import Imputation, Imputer
from netwright.metrics import Metric, answers_from
from netwright.randomness import numpy_generator

DEPENDS = 0.55
"""Lower end of the interval of the AUC from which on gaps are said to depend on other columns."""

FEWEST_GAPS = 20
MASKED = 0.1
FILLINGS: tuple[Imputation, ...] = ("mean", "median", "neighbours", "forest")
INDICATOR, DROP = "median + indicator", "drop"


@dataclass(frozen=True)
class ColumnGaps:
    """The gaps of one column.

    Attributes:
        column: its name.
        missing: how many rows have none.
        share: of all rows.
        auc: of telling from the other columns where the gaps are; None with too few gaps.
        low: lower end of its 95 % interval.
        high: upper end.
        depends: whether where the gaps are depends on other columns.
        on: the columns that tell most.
    """

    column: str
    missing: int
    share: float
    auc: float | None
    low: float | None
    high: float | None
    depends: bool
    on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filling:
    """One way of filling gaps.

    Attributes:
        name: of the way, as in a recipe.
        error: of known cells that were hidden, in deviations of their column; None where not measured.
        error_low: lower end of its 95 % interval.
        error_high: upper end.
        score: of gradient boosting on rows filled so; None without a target.
        score_low: lower end of its 95 % interval.
        score_high: upper end.
    """

    name: str
    error: float | None
    error_low: float | None
    error_high: float | None
    score: float | None = None
    score_low: float | None = None
    score_high: float | None = None


def gaps_of(frame: pl.DataFrame, seed: int) -> list[ColumnGaps]:
    """Return the columns with gaps, those with the most first.

    Gaps that can be told from other columns are not there at random: leaving such rows out, or filling
    them with a mean, shifts what is learnt. Gaps that depend on what is missing itself leave no trace.

    Args:
        frame: aligned columns: Float64, String and Datetime.
        seed: of folds and trees.

    Rubin, "Inference and missing data", 1976.

    >>> x = np.random.default_rng(0).normal(size=400)
    >>> frame = pl.DataFrame({"x": x, "z": [None if value > 0.5 else 1.0 for value in x]})
    >>> [(gaps.column, gaps.depends, gaps.on) for gaps in gaps_of(frame, seed=0)]
    [('z', True, ('x',))]
    """
    found = [_column_gaps(frame, name, seed) for name in frame.columns if frame[name].null_count()]
    return sorted(found, key=lambda gaps: -gaps.missing)


def _column_gaps(frame: pl.DataFrame, name: str, seed: int) -> ColumnGaps:
    gone = frame[name].is_null().to_numpy()
    missing, share = int(gone.sum()), float(gone.mean())
    others = frame.drop(name)
    if min(missing, len(gone) - missing) < FEWEST_GAPS or not others.width:
        return ColumnGaps(name, missing, share, None, None, None, False)
    design = design_of(others, others.head(1))
    told = np.empty(len(gone))
    with threadpool_limits(limits=1):
        for train, test in StratifiedKFold(3, shuffle=True, random_state=seed % 2**32).split(told, gone):
            model = HistGradientBoostingClassifier(
                categorical_features=design.is_category, random_state=seed % 2**32, max_iter=50
            )
            told[test] = model.fit(design.train[train], gone[train]).predict_proba(design.train[test])[:, 1]
    auc = float(roc_auc_score(gone, told))
    interval = auc_interval(auc, missing, len(gone) - missing)
    depends = interval.low > DEPENDS
    return ColumnGaps(
        name,
        missing,
        share,
        auc,
        interval.low,
        interval.high,
        depends,
        _telling(others, told) if depends else (),
    )


def _telling(others: pl.DataFrame, told: np.ndarray) -> tuple[str, ...]:
    """Return the columns whose values go with where gaps are expected, the closest first; three at most."""
    strength = {}
    for name in others.columns:
        codes = others[name].rank("dense").fill_null(0).to_numpy().astype(np.int64)
        codes = codes if codes.max() < 20 else codes * 20 // (codes.max() + 1)
        counts = np.maximum(np.bincount(codes), 1)
        means = np.bincount(codes, told) / counts
        strength[name] = float(
            np.sum(counts * (means - told.mean()) ** 2) / max(np.sum((told - told.mean()) ** 2), 1e-12)
        )
    order = sorted(strength, key=lambda name: -strength[name])
    return tuple(
        name for name in order[:3] if strength[name] >= 0.5 * strength[order[0]] and strength[name] > 0.05
    )


def hidden_errors(matrix: np.ndarray, seed: int, repeats: int = 3) -> dict[str, Paired]:
    """Return the error of each filling on known cells that were hidden, in deviations of their columns.

    Cells are hidden as the gaps of each column are frequent, a tenth of the column at least.

    Args:
        matrix: numbers (n, d), NaN where missing.
        seed: of the cells.
        repeats: how often other cells are hidden.
    """
    errors: dict[str, list[float]] = {name: [] for name in FILLINGS}
    matrix = matrix[:, ~np.isnan(matrix).all(axis=0)]
    deviation = np.nanstd(matrix, axis=0) if matrix.size else np.empty(0)
    matrix, deviation = matrix[:, deviation > 0], deviation[deviation > 0]
    missing = np.isnan(matrix)
    if not matrix.shape[1]:
        return {}
    share = np.clip(missing.mean(axis=0), MASKED, 0.5)
    for repeat in range(repeats):
        generator = numpy_generator(seed, "hidden cells", repeat)
        hidden = (generator.random(matrix.shape) < share) & ~missing
        gappy = np.where(hidden, np.nan, matrix)
        for name in FILLINGS:
            filled, _ = Imputer.fit(gappy, name).transform(gappy)
            wrong = ((filled - matrix) / deviation)[hidden]
            errors[name].append(float(np.sqrt(np.mean(wrong**2))))
    return {name: corrected(values, 0.0) for name, values in errors.items()}


def scores_by_filling(field: Field, names: Sequence[str], metric: Metric, seed: int) -> dict[str, Paired]:
    """Return the score of gradient boosting after each filling, all of it learnt within each fold.

    Args:
        field: the rows.
        names: of the number columns.
        metric: that is measured.
        seed: of folds and trees.
    """
    aligned = field.aligned.drop(field.texts)
    numbers = aligned.select(pl.col(names).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    rest = aligned.drop(names)
    design = design_of(rest, rest.head(1)) if rest.width else None
    others = np.empty((len(numbers), 0)) if design is None else design.train
    is_category = np.concatenate(
        [np.zeros(len(names), dtype=bool), np.empty(0, bool) if design is None else design.is_category]
    )
    classes = len(field.target.classes)
    folds = repeated_folds(
        len(numbers),
        5,
        1,
        seed=seed,
        classes=field.truth if classes else None,
        group=field.group,
        time=field.time,
    )
    scores: dict[str, list[float]] = {}
    for fold in folds:
        for name, fill in _ways(numbers[fold.train]).items():
            kept = fold.train
            if name == DROP:
                kept = kept[~np.isnan(numbers[kept]).any(axis=1)]
                if len(kept) < 20 or (classes and len(np.unique(field.truth[kept])) < 2):
                    continue
            parts = [np.hstack([fill(numbers[part]), others[part]]) for part in (kept, fold.test)]
            flags = np.zeros(parts[0].shape[1] - len(is_category), dtype=bool)
            outputs = _boosted(parts, field.truth[kept], classes, np.concatenate([flags, is_category]), seed)
            value = metric.score(field.truth[fold.test], answers_from(field.target.task, outputs)).value
            if value is not None:
                scores.setdefault(name, []).append(value)
    ratio = float(np.mean([fold.ratio for fold in folds]))
    return {name: corrected(values, ratio) for name, values in scores.items()}


def _ways(train: np.ndarray) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Return each way of filling, learnt from training rows; indicators come first among the columns."""

    def plain(name: Imputation) -> Callable[[np.ndarray], np.ndarray]:
        imputer = Imputer.fit(train, name, indicators=False)
        return lambda rows: imputer.transform(rows)[0]

    flagging = Imputer.fit(train, "median")
    ways = {str(name): plain(name) for name in FILLINGS}
    ways[INDICATOR] = lambda rows: np.hstack(flagging.transform(rows)[::-1])
    ways[DROP] = plain("drop")
    return ways


def _boosted(
    parts: Sequence[np.ndarray], truth: np.ndarray, classes: int, is_category: np.ndarray, seed: int
) -> np.ndarray:
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = kind(categorical_features=is_category, random_state=seed % 2**32)
    with threadpool_limits(limits=1):
        model.fit(parts[0], truth)
        if not classes:
            return np.asarray(model.predict(parts[1]))
        return all_classes(model.predict_proba(parts[1]), model.classes_, classes)


def fillings(errors: dict[str, Paired], scores: dict[str, Paired]) -> tuple[Filling, ...]:
    """Return what was measured of each filling."""
    names = dict.fromkeys([*errors, *scores])
    return tuple(Filling(name, *_numbers(errors.get(name)), *_numbers(scores.get(name))) for name in names)


def _numbers(paired: Paired | None) -> tuple[float | None, float | None, float | None]:
    if paired is None:
        return None, None, None
    interval = paired.interval or Interval(paired.mean, paired.mean)
    return paired.mean, interval.low, interval.high
