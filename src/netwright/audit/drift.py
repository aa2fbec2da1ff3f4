"""Two tables that should be alike: which columns differ, and whether a model can tell them apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from netwright.compare.design import design_of
from netwright.compare.intervals import Interval
from netwright.compare.paired import holm
from netwright.randomness import numpy_generator

ENOUGH = 0.05
LARGE = 0.1
"""Distance of two distributions, from 0 to 1, from which on a difference matters."""

MOST_ROWS = 10_000
MOST_CATEGORIES = 200


@dataclass(frozen=True)
class ColumnDrift:
    """How one column differs between two tables.

    Attributes:
        column: its name.
        test: "Kolmogorov–Smirnov", "chi²" or "missing share".
        distance: of the two distributions, from 0 for equal ones to 1.
        p: of the test, adjusted for the number of columns.
        detail: what differs most, in words.
        drifts: whether the difference is more than chance and large enough to matter.
    """

    column: str
    test: str
    distance: float
    p: float
    detail: str
    drifts: bool


@dataclass(frozen=True)
class Drift:
    """How two tables differ.

    Attributes:
        columns: each of them, the largest distance first.
        auc: of telling rows of one table from the other's; 0.5 where they are alike.
        auc_interval: its 95 % interval.
        weights: of the rows of the first table, so that it looks like the second (n,).
    """

    columns: tuple[ColumnDrift, ...]
    auc: float
    auc_interval: Interval
    weights: np.ndarray

    @property
    def drifts(self) -> tuple[ColumnDrift, ...]:
        """The columns that differ."""
        return tuple(column for column in self.columns if column.drifts)


def find_drift(old: pl.DataFrame, new: pl.DataFrame, seed: int) -> Drift:
    """Return how two aligned tables differ.

    Each column is tested by itself (Kolmogorov–Smirnov for numbers and dates, chi² for categories, missing
    values beside them; p adjusted after Holm), and all together by gradient boosting that is to tell the
    tables apart on rows it was not trained on.

    Args:
        old: the first table, aligned: Float64, String and Datetime columns.
        new: the second, with the same columns.
        seed: of samples and trees.

    Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", 2017.

    >>> x = np.random.default_rng(0).normal(size=500)
    >>> find_drift(pl.DataFrame({"x": x}), pl.DataFrame({"x": x + 1}), seed=0).drifts[0].column
    'x'
    """
    tests = [_test(old[name], new[name]) for name in old.columns]
    adjusted = holm([p for _, _, p, _ in tests])
    columns = [
        ColumnDrift(name, test, distance, p, detail, p < ENOUGH and distance >= LARGE)
        for name, (test, distance, _, detail), p in zip(old.columns, tests, adjusted, strict=True)
    ]
    columns.sort(key=lambda column: (not column.drifts, -column.distance))
    auc, interval, weights = _told_apart(old, new, seed)
    return Drift(tuple(columns), auc, interval, weights)


def _test(old: pl.Series, new: pl.Series) -> tuple[str, float, float, str]:
    """Return test, distance, p and detail of one column."""
    gone = old.null_count() / max(1, len(old)), new.null_count() / max(1, len(new))
    known = old.drop_nulls(), new.drop_nulls()
    if not len(known[0]) or not len(known[1]):
        found = ("missing share", 0.0, 1.0, "")
    elif old.dtype == pl.String:
        found = _categories(*known)
    else:
        first, second = (_numbers(part) for part in known)
        result = stats.ks_2samp(first, second, method="asymp")
        detail = f"median {np.median(first):.4g} became {np.median(second):.4g}"
        found = ("Kolmogorov–Smirnov", float(result.statistic), float(result.pvalue), detail)
    table = [[old.null_count(), len(known[0])], [new.null_count(), len(known[1])]]
    if min(map(sum, zip(*table, strict=True))) > 0:
        p = float(stats.chi2_contingency(table).pvalue)
        if abs(gone[1] - gone[0]) > found[1]:
            return "missing share", abs(gone[1] - gone[0]), p, f"{gone[0]:.1%} missing became {gone[1]:.1%}"
    return found


def _numbers(column: pl.Series) -> np.ndarray:
    if column.dtype.is_temporal():
        column = column.cast(pl.Datetime("us")).dt.timestamp("us")
    return column.cast(pl.Float64).to_numpy()


def _categories(old: pl.Series, new: pl.Series) -> tuple[str, float, float, str]:
    """Compare shares; the rarest categories count as one."""
    counts = pl.concat([old, new]).value_counts(sort=True, name="rows")
    names = counts[counts.columns[0]].to_list()[:MOST_CATEGORIES]
    table = np.array([[int((part == name).sum()) for name in names] for part in (old, new)], dtype=float)
    rest = np.array([[len(old)], [len(new)]]) - table.sum(axis=1, keepdims=True)
    if rest.sum():
        table, names = np.hstack([table, rest]), [*names, "others"]
    shares = table / table.sum(axis=1, keepdims=True)
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    p = float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
    most = int(np.abs(shares[0] - shares[1]).argmax())
    return "chi²", distance, p, f"{names[most]!r}: {shares[0, most]:.1%} became {shares[1, most]:.1%}"


def _told_apart(old: pl.DataFrame, new: pl.DataFrame, seed: int) -> tuple[float, Interval, np.ndarray]:
    """Return how well the tables can be told apart, and the density ratio of the rows of the first."""
    generator = numpy_generator(seed, "drift")
    some = [_some(len(part), generator) for part in (old, new)]
    design = design_of(pl.concat([old[some[0]], new[some[1]]]), old)
    label = np.repeat([0, 1], [len(one) for one in some])
    told = np.empty(len(label))
    ratio = np.zeros(len(old))
    count = int(min(5, np.bincount(label).min()))
    if count < 2:
        return 0.5, Interval(0.0, 1.0), np.ones(len(old))
    with threadpool_limits(limits=1):
        for train, test in StratifiedKFold(count, shuffle=True, random_state=seed % 2**32).split(told, label):
            model = HistGradientBoostingClassifier(
                categorical_features=design.is_category, random_state=seed % 2**32, max_iter=60
            ).fit(design.train[train], label[train])
            told[test] = model.predict_proba(design.train[test])[:, 1]
            ratio += model.predict_proba(design.test)[:, 1] / count
    ratio = np.clip(ratio, 0.01, 0.99)
    weights = ratio / (1 - ratio) * len(some[0]) / len(some[1])
    auc = float(roc_auc_score(label, told))
    return auc, auc_interval(auc, len(some[0]), len(some[1])), weights / weights.mean()


def _some(rows: int, generator: np.random.Generator) -> np.ndarray:
    return np.arange(rows) if rows <= MOST_ROWS else np.sort(generator.choice(rows, MOST_ROWS, replace=False))


def auc_interval(auc: float, first: int, second: int) -> Interval:
    """Return the 95 % interval of an area under the curve (Hanley and McNeil 1982)."""
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (second - 1) * (one - auc**2) + (first - 1) * (two - auc**2)
    error = 1.96 * math.sqrt(max(spread, 0) / (first * second))
    return Interval(max(0.0, auc - error), min(1.0, auc + error))
