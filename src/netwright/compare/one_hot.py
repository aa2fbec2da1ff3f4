"""Matrices for models that take no categories and no gaps: standardised numbers, one input a category."""

from __future__ import annotations

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def one_hot(is_category: np.ndarray, *, sparse: bool = False) -> ColumnTransformer:
    """Return a transformer, not fitted yet, of matrices in which NaN is missing.

    Missing numbers become the median beside an input that marks them; each category is an input of its own.

    Args:
        is_category: which columns are codes (columns,).
        sparse: whether categories are kept as positions of ones.

    >>> matrix = np.array([[1.0, 0.0], [3.0, 1.0], [np.nan, 1.0]])
    >>> one_hot(np.array([False, True])).fit_transform(matrix).shape
    (3, 4)
    """
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    categories = OneHotEncoder(handle_unknown="ignore", sparse_output=sparse)
    return ColumnTransformer(
        [
            ("numbers", numbers, np.flatnonzero(~is_category)),
            ("categories", categories, np.flatnonzero(is_category)),
        ]
    )
