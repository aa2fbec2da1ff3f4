"""Small real data sets, shipped with scikit-learn, under names that can be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from netwright.errors import DataError, did_you_mean

# What scikit-learn calls the columns of its diabetes data, in words.
_DIABETES = {
    "bp": "blood_pressure",
    "s1": "total_cholesterol",
    "s2": "ldl_cholesterol",
    "s3": "hdl_cholesterol",
    "s4": "cholesterol_ratio",
    "s5": "log_triglycerides",
    "s6": "blood_sugar",
}


def sample(name: str) -> pl.DataFrame:
    """Return a small real data set; the last column is the one to predict.

    Args:
        name: one of `SAMPLES`: "breast_cancer" (predict `diagnosis`), "wine" (`cultivar`), "diabetes"
            (`progression`, a number), "digits" (`digit`) or "iris" (`species`).

    Raises:
        DataError: for another name, with the nearest known one.

    >>> frame = sample("iris")
    >>> frame.shape, frame.columns[-1]
    ((150, 5), 'species')
    """
    if name not in _MAKERS:
        raise DataError(f"There is no sample {name!r}. {did_you_mean(name, SAMPLES)}")
    return _MAKERS[name]()


def _breast_cancer() -> pl.DataFrame:
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return _frame(bunch.data, bunch.feature_names, "diagnosis", bunch.target_names[bunch.target])


def _wine() -> pl.DataFrame:
    from sklearn.datasets import load_wine

    bunch = load_wine()
    names = [name.replace("/", "_to_") for name in bunch.feature_names]
    return _frame(bunch.data, names, "cultivar", np.array(["first", "second", "third"])[bunch.target])


def _diabetes() -> pl.DataFrame:
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    names = [_DIABETES.get(name, name) for name in bunch.feature_names]
    return _frame(bunch.data, names, "progression", bunch.target)


def _digits() -> pl.DataFrame:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return _frame(bunch.data, bunch.feature_names, "digit", bunch.target)


def _iris() -> pl.DataFrame:
    from sklearn.datasets import load_iris

    bunch = load_iris()
    names = [name.replace("(cm)", "cm") for name in bunch.feature_names]
    return _frame(bunch.data, names, "species", bunch.target_names[bunch.target])


def _frame(
    inputs: np.ndarray[Any, Any], names: Any, target: str, answers: np.ndarray[Any, Any]
) -> pl.DataFrame:
    columns = [re.sub(r"\W+", "_", str(name)).strip("_").lower() for name in names]
    made = [_column(name, values) for name, values in zip(columns, inputs.T, strict=True)]
    return pl.DataFrame([*made, pl.Series(target, answers.tolist())])


def _column(name: str, values: np.ndarray[Any, Any]) -> pl.Series:
    whole = bool((values == values.round()).all())
    return pl.Series(name, values.astype(np.int64) if whole else values)


_MAKERS: dict[str, Callable[[], pl.DataFrame]] = {
    "breast_cancer": _breast_cancer,
    "wine": _wine,
    "diabetes": _diabetes,
    "digits": _digits,
    "iris": _iris,
}
SAMPLES = tuple(_MAKERS)
