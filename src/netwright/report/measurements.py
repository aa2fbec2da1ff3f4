"""Records of how good the answers are: estimates, curves, calibration, importance, mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from netwright.explain.shuffling import PermutationImportance

Numbers: TypeAlias = "Sequence[float] | NDArray[Any]"


@dataclass(frozen=True)
class Estimate:
    """A number and the two ends of its 95 % interval, None where no interval was computed."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ModelRow:
    """One model of the comparison.

    Attributes:
        name: such as "gradient boosting".
        metrics: estimates by metric name, such as "roc_auc".
        is_network: true for the trained network, false for a baseline.
        fit_seconds: time to train it.
        predict_seconds: time to predict the rows it was measured on.
        size_bytes: size when saved.
        note: a remark, such as "did not finish in its time".
    """

    name: str
    metrics: Mapping[str, Estimate]
    is_network: bool = False
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    size_bytes: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Confusion:
    """Counts of rows by true class (row) and predicted class (column)."""

    labels: Sequence[str]
    counts: Sequence[Sequence[int]] | NDArray[Any]

    def __post_init__(self) -> None:
        assert np.shape(self.counts) == (len(self.labels), len(self.labels))


@dataclass(frozen=True)
class Curve:
    """One curve of a ROC or precision-recall figure.

    Attributes:
        name: of the model, or of the class against the rest.
        x: false positive rate, or recall.
        y: true positive rate, or precision.
        area: the area or average precision to show beside the name.
        is_network: false for a baseline, which is drawn thinner.
    """

    name: str
    x: Numbers
    y: Numbers
    area: float | None = None
    is_network: bool = True

    def __post_init__(self) -> None:
        assert len(self.x) == len(self.y), self.name


@dataclass(frozen=True)
class CalibrationBin:
    """Rows with similar predicted probability, and how often the prediction came true."""

    predicted: float
    observed: float
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Calibration:
    """Promised against observed frequency.

    Attributes:
        bins: by ascending predicted probability; bins without rows are left out.
        error: expected calibration error, the mean gap weighted by count.
        about: what the probability is of, such as "malignant" or "the predicted class".
    """

    bins: Sequence[CalibrationBin]
    error: float | None = None
    about: str = "the predicted class"


@dataclass(frozen=True)
class ClassificationEvaluation:
    """Curves and counts of a classification on the measured rows.

    Attributes:
        confusion: by true and predicted class.
        roc: the network, or one curve a class against the rest; baselines after it.
        precision_recall: likewise.
        positive: name of the class the curves are about, for two classes.
        positive_share: share of that class among the rows, the height of guessing.
        calibration: promised against observed frequency.
    """

    confusion: Confusion | None = None
    roc: Sequence[Curve] = ()
    precision_recall: Sequence[Curve] = ()
    positive: str = ""
    positive_share: float | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True)
class RegressionEvaluation:
    """True and predicted numbers on the measured rows, in the target's own unit."""

    true: Numbers
    predicted: Numbers
    unit: str = ""

    def __post_init__(self) -> None:
        assert len(self.true) == len(self.predicted)


@dataclass(frozen=True)
class ImportanceRow:
    """How much the metric worsens when one column is shuffled, with its interval over repeats."""

    column: str
    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Importance:
    """Permutation importance of columns, regions, parts or words, for the metric and shuffles named."""

    rows: Sequence[ImportanceRow]
    metric: str = ""
    repeats: int | None = None
    noun: str = "column"

    @classmethod
    def of(cls, found: PermutationImportance) -> Importance:
        """Return what was measured as it is shown."""
        rows = [ImportanceRow(one.column, one.mean, one.low, one.high) for one in found.columns]
        return cls(rows, found.metric, found.repeats, found.noun)


@dataclass(frozen=True)
class Mistake:
    """One of the predictions that went most wrong.

    Attributes:
        row: number of the row in its file, counted from 0 below the header; shown from 1.
        true: the truth as text.
        predicted: the answer as text.
        size: confidence in the wrong class (0 to 1), or predicted minus true for a regression.
        values: a few column values of the row.
        picture: of the row, as a data URI, where it is one.
    """

    row: int
    true: str
    predicted: str
    size: float
    values: Mapping[str, str] = field(default_factory=dict)
    picture: str = ""
