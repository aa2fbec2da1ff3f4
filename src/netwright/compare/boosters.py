"""Boosted trees of other packages, with their default settings, where they are installed."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from netwright.compare.game import Game


def lightgbm(game: Game) -> Any:
    """Return LightGBM (Ke et al. 2017) for a game."""
    import lightgbm

    kind = lightgbm.LGBMClassifier if game.classes else lightgbm.LGBMRegressor
    columns = np.flatnonzero(game.design.is_category).tolist()
    model = kind(n_jobs=game.tree_threads, random_state=game.seed % 2**31, verbose=-1)
    return _Told(model, {"categorical_feature": columns or "auto"}) if columns else model


def xgboost(game: Game) -> Any:
    """Return XGBoost (Chen and Guestrin 2016) for a game; it takes categories as such."""
    import xgboost

    kind = xgboost.XGBClassifier if game.classes else xgboost.XGBRegressor
    types = ["c" if category else "q" for category in game.design.is_category]
    return kind(
        n_jobs=game.tree_threads,
        random_state=game.seed % 2**31,
        verbosity=0,
        enable_categorical=True,
        feature_types=types,
    )


def catboost(game: Game) -> Any:
    """Return CatBoost (Prokhorenkova et al. 2018) for a game."""
    import catboost

    kind = catboost.CatBoostClassifier if game.classes else catboost.CatBoostRegressor
    columns = np.flatnonzero(game.design.is_category).tolist()
    model = kind(
        thread_count=game.threads,
        random_seed=game.seed % 2**31,
        verbose=False,
        allow_writing_files=False,
    )
    return _InPools(model, columns) if columns else model


class _Told(BaseEstimator):  # type: ignore[misc]
    """An estimator that is told more than rows and answers when it is fitted."""

    def __init__(self, model: Any, more: dict[str, Any]) -> None:
        self.model, self.more = model, more

    def fit(self, X: np.ndarray, y: np.ndarray) -> _Told:
        self.model.fit(X, y, **self.more)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict(X))

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict_proba(X))


class _InPools(BaseEstimator):  # type: ignore[misc]
    """CatBoost with categories beside numbers, which no plain matrix can hold."""

    def __init__(self, model: Any, columns: list[int]) -> None:
        self.model, self.columns = model, columns

    def fit(self, X: np.ndarray, y: np.ndarray) -> _InPools:
        self.model.fit(self._pool(X, y))
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict(self._pool(X)))

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict_proba(self._pool(X)))

    def _pool(self, X: np.ndarray, y: np.ndarray | None = None) -> Any:
        from catboost import FeaturesData, Pool

        numbers = np.delete(X, self.columns, axis=1).astype(np.float32)
        codes = np.where(np.isnan(X[:, self.columns]), -1, X[:, self.columns])
        words = codes.astype(int).astype(str).astype(bytes).astype(object)
        return Pool(FeaturesData(numbers if numbers.shape[1] else None, words), y)
