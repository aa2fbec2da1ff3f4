"""One training of one contender of `tables.py`, in a process of its own; prints score and CPU time as JSON.

Every contender runs with its default settings on the same frames; numbers and categories are handed over
in the way that each asks for. Run by `tables.py` as: python table_contenders.py TABLE NUMBER CONTENDER FOLDER
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from table_sets import TABLE_SETS, load

MOST_CATEGORIES = 250
"""Columns of words with more values than this are left out where a contender takes no more."""


def words(rows: pd.DataFrame) -> list[str]:
    """Return the columns that hold no numbers."""
    return [name for name in rows.columns if not pd.api.types.is_numeric_dtype(rows[name])]


def as_categories(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both frames with columns of words as pandas categories, those of the training rows."""
    train, test = train.copy(), test.copy()
    for name in words(train):
        kinds = sorted(train[name].dropna().astype(str).unique())
        known = pd.CategoricalDtype(kinds)
        unseen = ~test[name].astype(str).isin(kinds)
        test[name] = test[name].where(~unseen).astype(object)
        train[name], test[name] = train[name].astype(known), test[name].astype(known)
    return train, test


def few_categories(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return categories, without the columns that have too many of them."""
    train, test = as_categories(train, test)
    kept = [
        name
        for name in train
        if not hasattr(train[name], "cat") or len(train[name].cat.categories) <= MOST_CATEGORIES
    ]
    return train[kept], test[kept]


def without_gaps(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return categories, with missing numbers replaced by the median, as pytabkit's networks want them."""
    train, test = as_categories(train, test)
    medians = train[[name for name in train if pd.api.types.is_numeric_dtype(train[name])]].median()
    return train.fillna(medians), test.fillna(medians)


def as_words(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both frames with missing words written out, as CatBoost wants them."""
    train, test = train.copy(), test.copy()
    for name in words(train):
        train[name], test[name] = (
            rows[name].astype(object).where(rows[name].notna(), "missing").astype(str)
            for rows in (train, test)
        )
    return train, test


def columns_of(scale: bool, train: pd.DataFrame) -> Any:
    """Return scikit-learn's usual preparation: medians, one-hot words, scaled numbers if asked."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in train if name not in words(train)]
    steps: list[Any] = [SimpleImputer(strategy="median"), *([StandardScaler()] if scale else [])]
    one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=2, sparse_output=False)
    return make_column_transformer((make_pipeline(*steps), numbers), (one_hot, words(train)))


def random_forest(train: pd.DataFrame, classes: bool, number: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.pipeline import make_pipeline

    model = (RandomForestClassifier if classes else RandomForestRegressor)(random_state=number)
    return make_pipeline(columns_of(False, train), model)


def scikit_mlp(train: pd.DataFrame, classes: bool, number: int) -> Any:
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline

    model = (MLPClassifier if classes else MLPRegressor)(random_state=number)
    return make_pipeline(columns_of(True, train), model)


def hist_gradient_boosting(train: pd.DataFrame, classes: bool, number: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return kind(categorical_features="from_dtype", random_state=number)


def catboost(train: pd.DataFrame, classes: bool, number: int) -> Any:
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostClassifier if classes else CatBoostRegressor
    return kind(
        cat_features=words(train),
        random_seed=number,
        verbose=False,
        allow_writing_files=False,
        thread_count=1,
    )


def lightgbm(train: pd.DataFrame, classes: bool, number: int) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMClassifier if classes else LGBMRegressor)(random_state=number, n_jobs=1, verbose=-1)


def xgboost(train: pd.DataFrame, classes: bool, number: int) -> Any:
    from xgboost import XGBClassifier, XGBRegressor

    return (XGBClassifier if classes else XGBRegressor)(
        random_state=number, n_jobs=1, enable_categorical=True
    )


def realmlp(train: pd.DataFrame, classes: bool, number: int) -> Any:
    from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

    kind = RealMLP_TD_Classifier if classes else RealMLP_TD_Regressor
    return kind(random_state=number, device="cpu", n_threads=1, verbosity=0)


def tabm(train: pd.DataFrame, classes: bool, number: int) -> Any:
    from pytabkit import TabM_D_Classifier, TabM_D_Regressor

    kind = TabM_D_Classifier if classes else TabM_D_Regressor
    return kind(random_state=number, device="cpu", n_threads=1, verbosity=0)


def netwright(train: pd.DataFrame, classes: bool, number: int, **settings: Any) -> Any:
    import netwright as nw

    return (nw.Classifier if classes else nw.Regressor)(seed=number, device="cpu", progress=False, **settings)


def netwright_quick(train: pd.DataFrame, classes: bool, number: int) -> Any:
    return netwright(train, classes, number, effort="quick")


def netwright_thorough(train: pd.DataFrame, classes: bool, number: int) -> Any:
    return netwright(train, classes, number, effort="thorough")


Prepare = Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]]
Make = Callable[[pd.DataFrame, bool, int], Any]


def unchanged(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return train, test


CONTENDERS: dict[str, tuple[Prepare, Make]] = {
    "netwright": (unchanged, netwright),
    "netwright quick": (unchanged, netwright_quick),
    "netwright thorough": (unchanged, netwright_thorough),
    "CatBoost": (as_words, catboost),
    "LightGBM": (as_categories, lightgbm),
    "XGBoost": (as_categories, xgboost),
    "HistGradientBoosting": (few_categories, hist_gradient_boosting),
    "random forest": (unchanged, random_forest),
    "scikit-learn MLP": (unchanged, scikit_mlp),
    "RealMLP-TD": (without_gaps, realmlp),
    "TabM": (without_gaps, tabm),
}


def score(measure: str, truth: np.ndarray, model: Any, test: pd.DataFrame) -> float:
    """Return the measure on the test rows."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    if measure == "rmse":
        return float(np.sqrt(np.mean((truth - np.asarray(model.predict(test)).ravel()) ** 2)))
    chances = np.asarray(model.predict_proba(test))
    classes = np.asarray(model.classes_)
    if measure == "accuracy":
        return float((classes[chances.argmax(axis=1)] == truth).mean())
    positive = (truth == classes[1]).astype(int)
    return float(
        (roc_auc_score if measure == "roc_auc" else average_precision_score)(positive, chances[:, 1])
    )


def main() -> None:
    warnings.simplefilter("ignore")
    name, number, contender, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    table = TABLE_SETS[name]
    X, y, X_test, y_test = load(name, folder, number)
    classes = table.measure != "rmse"
    if classes:
        # Numbers for the classes: not every contender takes words. Of two, the second is the rarer.
        kinds = sorted(y.unique(), key=lambda kind: (-(y == kind).sum(), kind) if y.nunique() == 2 else kind)
        places = {kind: place for place, kind in enumerate(kinds)}
        y, y_test = y.map(places), y_test.map(places)
    prepare, make = CONTENDERS[contender]
    X, X_test = prepare(X, X_test)
    model = make(X, classes, number)
    begun = time.process_time()
    model.fit(X, y.to_numpy())
    fitted = time.process_time()
    reached = score(table.measure, y_test.to_numpy(), model, X_test)
    answer = {"score": reached, "fit": fitted - begun, "predict": time.process_time() - fitted}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
