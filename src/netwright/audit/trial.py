"""A quick model that tells what a defect of the data does to the score: with it and without."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from netwright.compare.boosting import WORTH_THREADS
from netwright.compare.design import design_of
from netwright.compare.folds import Fold, repeated_folds
from netwright.compare.game import Field
from netwright.compare.paired import corrected
from netwright.compare.problem import all_classes
from netwright.metrics import Metric, answers_from, decimals_of_difference, format_score, primary_metric

FOLDS = 5


@dataclass(frozen=True)
class Effect:
    """What mending a defect does to the score of gradient boosting.

    Attributes:
        metric: its label.
        before: the mean score with the defect.
        after: the mean score without it.
        low: lower end of the 95 % interval of the difference, after minus before.
        high: upper end.
        text: the same as a sentence.
        is_gain: whether the score is better without the defect, beyond noise.
    """

    metric: str
    before: float
    after: float
    low: float | None
    high: float | None
    text: str
    is_gain: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


class Trial:
    """Gradient boosting on the same folds, with rows or columns left out.

    Args:
        field: the rows.
        seed: of folds and trees.
    """

    def __init__(self, field: Field, seed: int) -> None:
        self.field, self.seed = field, seed
        self.metric: Metric = primary_metric(field.target.task)
        design = design_of(field.aligned, field.aligned.head(1), field.texts).with_topics(seed)
        self.matrix, self.is_category = design.train, design.is_category
        self.classes = len(field.target.classes)
        self.folds = repeated_folds(
            len(field.truth),
            min(FOLDS, len(field.truth)),
            1,
            seed=seed,
            classes=field.truth if self.classes else None,
            group=field.group,
            time=field.time,
        )
        self.outputs, self.scores = self._play(self.folds)

    def without_rows(self, rows: np.ndarray, what: str) -> Effect:
        """Return the effect of leaving rows out of the training parts; all rows are still answered for."""
        kept = np.ones(len(self.field.truth), dtype=bool)
        kept[rows] = False
        folds = [Fold(fold.train[kept[fold.train]], fold.test) for fold in self.folds]
        return self._effect(self._play(folds)[1], what)

    def without_columns(self, names: tuple[str, ...], what: str) -> Effect | None:
        """Return the effect of leaving columns out; None where none would be left or they are not plain."""
        order = self._sources()
        if order is None:
            return None
        kept = np.array([name not in names for name in order])
        return self._effect(self._play(self.folds, kept)[1], what) if kept.any() else None

    def with_groups(self, group: np.ndarray, what: str) -> Effect | None:
        """Return the effect of keeping groups of rows on one side of every division."""
        if len(np.unique(group)) < FOLDS or self.field.time is not None or self.field.group is not None:
            return None
        classes = self.field.truth if self.classes else None
        folds = repeated_folds(len(group), len(self.folds), 1, seed=self.seed, classes=classes, group=group)
        return self._effect(self._play(folds)[1], what)

    def _sources(self) -> list[str] | None:
        """Return the column of each input, None where one column makes several."""
        aligned = self.field.aligned.drop(self.field.texts)
        order = sorted(aligned.columns, key=lambda name: not aligned[name].dtype.is_numeric())
        return order if len(order) == self.matrix.shape[1] else None

    def _play(self, folds: list[Fold], columns: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the outputs for every row and the score of every fold."""
        used = np.ones(self.matrix.shape[1], dtype=bool) if columns is None else columns
        matrix, categories = self.matrix[:, used], self.is_category[used]
        truth, scores = self.field.truth, []
        outputs = np.full((len(truth), self.classes) if self.classes else len(truth), np.nan)
        kind = HistGradientBoostingClassifier if self.classes else HistGradientBoostingRegressor
        threads = None if matrix.size >= WORTH_THREADS else 1
        with warnings.catch_warnings(), threadpool_limits(limits=threads):
            warnings.simplefilter("ignore")
            for fold in folds:
                model = kind(categorical_features=categories, random_state=self.seed % 2**32)
                here = matrix[fold.test]
                known = truth[fold.train]
                if self.classes and len(np.unique(known)) < 2:
                    outputs[fold.test] = np.eye(self.classes)[int(known[0])]
                elif self.classes:
                    model.fit(matrix[fold.train], known)
                    outputs[fold.test] = all_classes(model.predict_proba(here), model.classes_, self.classes)
                else:
                    outputs[fold.test] = model.fit(matrix[fold.train], known).predict(here)
                scores.append(self._score(truth[fold.test], outputs[fold.test]))
        return outputs, np.array(scores)

    def _score(self, truth: np.ndarray, outputs: np.ndarray) -> float:
        value = self.metric.score(truth, answers_from(self.field.target.task, outputs)).value
        return float("nan") if value is None else value

    def _effect(self, after: np.ndarray, what: str) -> Effect:
        valued = np.isfinite(after) & np.isfinite(self.scores)
        if not valued.any():
            return Effect(
                self.metric.label, float("nan"), float("nan"), None, None, f"{what}: not measurable."
            )
        ratio = float(np.mean([fold.ratio for fold in self.folds]))
        difference = corrected(after[valued] - self.scores[valued], ratio)
        before, now = float(self.scores[valued].mean()), float(after[valued].mean())
        low, high = (
            (None, None)
            if difference.interval is None
            else (difference.interval.low, difference.interval.high)
        )
        shown = decimals_of_difference(
            self.metric, difference.mean, *(end for end in (low, high) if end is not None)
        )
        between = (
            ""
            if low is None
            else (
                f", 95 % interval {format_score(self.metric, low, shown)} to "
                f"{format_score(self.metric, high, shown)}"
            )
        )
        text = (
            f"{what}: {self.metric.label} {format_score(self.metric, before, shown)} becomes "
            f"{format_score(self.metric, now, shown)} (difference "
            f"{format_score(self.metric, difference.mean, shown)}{between})."
        )
        gains = (
            difference.interval
            if self.metric.higher_is_better or difference.interval is None
            else -difference.interval
        )
        is_gain = gains is not None and gains.low > 0
        return Effect(self.metric.label, before, now, low, high, text, is_gain)
