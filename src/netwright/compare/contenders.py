"""The classical models of a comparison, from a constant answer to boosted trees."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from netwright.compare.boosters import catboost, lightgbm, xgboost
from netwright.compare.game import Contender, Fitted, Game, pickled_size
from netwright.compare.one_hot import one_hot
from netwright.compare.problem import all_classes

NEIGHBOURS = 15
TREES = 200
ITERATIONS = 1000

Build = Callable[[Game], Any]
"""Returns an estimator of scikit-learn's kind, not fitted yet."""

PACKAGES = {"lightgbm": "LightGBM", "xgboost": "XGBoost", "catboost": "CatBoost"}
"""Boosted trees of other packages, by the package that must be installed."""


def classical(*, is_classification: bool) -> tuple[Contender, ...]:
    """Return the classical models that can take part on this machine, the simplest first."""
    constant = "most frequent class" if is_classification else "mean"
    linear = "logistic regression" if is_classification else "ridge regression"
    built: list[tuple[str, str, Build, str]] = [
        ("constant", constant, _constant, ""),
        ("linear", linear, _linear, "standardised numbers, one input a category"),
        ("neighbours", "nearest neighbours", _neighbours, f"{NEIGHBOURS} neighbours, nearer ones count more"),
        ("forest", "random forest", _forest, f"{TREES} trees"),
        ("boosting", "gradient boosting", _boosting, "scikit-learn's, default settings"),
        ("lightgbm", "LightGBM", lightgbm, "default settings"),
        ("xgboost", "XGBoost", xgboost, "default settings"),
        ("catboost", "CatBoost", catboost, "default settings"),
    ]
    return tuple(
        Contender(name, label, _learner(build), settings=settings)
        for name, label, build, settings in built
        if name not in absent()
    )


def absent() -> dict[str, str]:
    """Return the packages that are not installed, by module, with the name that people know."""
    return {module: label for module, label in PACKAGES.items() if find_spec(module) is None}


def _learner(build: Build) -> Callable[[Game], Fitted]:
    def learn(game: Game) -> Fitted:
        model, truth, kinds = build(game), game.truth, np.empty(0)
        if game.classes:
            # Classes without a training row are unknown to the model: the others are numbered anew.
            kinds, truth = np.unique(truth, return_inverse=True)
            if len(kinds) == 1:
                model = _constant(game)
        model.fit(game.design.train, truth)

        def answer() -> np.ndarray:
            if not game.classes:
                return np.asarray(model.predict(game.design.test), dtype=np.float64).reshape(-1)
            return all_classes(model.predict_proba(game.design.test), kinds, game.classes)

        return Fitted(answer, lambda: pickled_size(model), _unconverged(model))

    return learn


def _unconverged(model: Any) -> str:
    last = model[-1] if hasattr(model, "steps") else model
    done = getattr(last, "n_iter_", None)
    if isinstance(last, LogisticRegression) and done is not None and max(done) >= ITERATIONS:
        return f"Stopped after {ITERATIONS:,} iterations, before it had converged."
    return ""


def _constant(game: Game) -> Any:
    return DummyClassifier(strategy="prior") if game.classes else DummyRegressor()


def _linear(game: Game) -> Any:
    model = LogisticRegression(max_iter=ITERATIONS) if game.classes else RidgeCV(np.logspace(-2, 4, 13))
    return make_pipeline(one_hot(game.design.is_category, sparse=True), model)


def _neighbours(game: Game) -> Any:
    kind = KNeighborsClassifier if game.classes else KNeighborsRegressor
    count = min(NEIGHBOURS, len(game.train))
    return make_pipeline(
        one_hot(game.design.is_category), kind(count, weights="distance", n_jobs=game.threads)
    )


def _forest(game: Game) -> Any:
    kind = RandomForestClassifier if game.classes else RandomForestRegressor
    model = kind(TREES, n_jobs=game.threads, random_state=game.seed % 2**32)
    if game.classes:
        return model
    # All columns at every cut, the default for numbers, takes long and errs no less.
    return model.set_params(max_features=1 / 3, min_samples_leaf=2)


def _boosting(game: Game) -> Any:
    kind = HistGradientBoostingClassifier if game.classes else HistGradientBoostingRegressor
    return kind(categorical_features=game.design.is_category, random_state=game.seed % 2**32)
