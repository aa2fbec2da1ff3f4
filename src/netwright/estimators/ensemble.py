"""`Ensemble`: several models that answer together, weighted by how they did on rows held out from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.metaestimators import available_if

from netwright.data.split import holdout
from netwright.data.target import Target
from netwright.errors import DataError, RecipeError, did_you_mean
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.blending import blending_weights
from netwright.estimators.classifier import Classifier
from netwright.estimators.division import Part, checked_weights
from netwright.estimators.folds import spread
from netwright.estimators.intake import describe_target, read_given, wanted_form
from netwright.estimators.regressor import Regressor
from netwright.estimators.snapshots import train_snapshots
from netwright.randomness import derive_seed
from netwright.recipe.recipe import parse_seconds
from netwright.task import Task
from netwright.uncertainty.conformal import Thresholds, prediction_sets, set_scores
from netwright.uncertainty.temperature import log_losses

WAYS = ("folds", "seeds", "snapshots")
HELD_OUT = 0.15
FEWEST_ROWS = 40


def _tells_classes(model: Ensemble) -> bool:
    if getattr(model, "target_", None) is not None and model.target_.task is Task.REGRESSION:
        raise AttributeError("An ensemble that predicts numbers has no probabilities: use predict.")
    return True


class Ensemble(BaseEstimator):  # type: ignore[misc]
    """Several networks whose answers are averaged: surer and better than one, and as many times slower.

        answer = Σ_m w_m answer_m,    w ≥ 0,  Σ w = 1

    "folds" trains each on all but one part of the rows and stops it by that part: no row is lost, and every
    row has an answer from a network that never saw it (bagging over folds). "seeds" trains each on the same
    rows from another start (deep ensembles). "snapshots" takes them from one training, whose rate falls and
    rises once for each. Weights of the last two are chosen greedily on held-out rows, see
    `blending_weights`; folds count alike. For networks that are trained side by side in one pass, set
    `ensemble=5` of `Classifier` or `Regressor`.

    After `fit`: `models_`, `weights_` (members,), `target_`, `held_out_loss_`.

    Args:
        members: how many networks.
        way: "folds", "seeds" or "snapshots".
        task: "classification", "regression", or "auto" to follow the target.
        settings: of each network, those of `Recipe`; `time` is for all of them together.
        seed: of all random numbers.
        progress: True, False, or "auto" to show it on a terminal only.

    Source: Lakshminarayanan, Pritzel, Blundell (2017); Huang et al. (2017), Snapshot ensembles; Breiman
    (1996), Bagging predictors.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = Ensemble(3, settings={"epochs": 10}).fit(X, y)
    >>> model.predict_proba(X).shape, model.weights_.round(2).tolist()
    ((150, 3), [0.33, 0.33, 0.33])
    """

    def __init__(
        self,
        members: int = 5,
        *,
        way: str = "folds",
        task: str = "auto",
        settings: Mapping[str, Any] | None = None,
        seed: int = 0,
        progress: bool | Literal["auto"] = "auto",
    ) -> None:
        self.members = members
        self.way = way
        self.task = task
        self.settings = settings
        self.seed = seed
        self.progress = progress

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train on raw rows.

        Args:
            X: rows (n, columns), pictures, texts, sequences or sounds, as of `Classifier.fit`.
            y: the target values (n,), or the name of the target column in X.
            sample_weight: how much each row counts (n,), or None for all alike.

        Raises:
            DataError: when the data cannot be used, or there are too few rows.
            RecipeError: when a parameter is unknown or impossible.
        """
        self._check_settings()
        given = read_given(X, y, wanted_form(Classifier(**(self.settings or {})).recipe()))
        wish = {"auto": None, "classification": "classification", "regression": Task.REGRESSION}[self.task]
        self.target_: Target = describe_target(given.target, wish)  # type: ignore[arg-type]
        if self.target_.task is Task.MULTILABEL or len(self.target_.names) > 1:
            raise DataError("Ensemble: for one target column; train one for each.")
        if len(given.rows) < max(FEWEST_ROWS, self.members):
            raise DataError(f"Ensemble: expected at least {FEWEST_ROWS} rows, got {len(given.rows)}.")
        whole = Part(given.rows, given.target, checked_weights(sample_weight, len(given.rows)))
        train = {"folds": self._by_folds, "seeds": self._by_seeds, "snapshots": self._by_snapshots}[self.way]
        answers, truth = train(whole)
        self._learn_reliability(answers, truth)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest class of each row (n,), or the number."""
        answers = self._answers(X)
        return answers if self._numbers else self.target_.decode_classes(answers.argmax(axis=1))

    @available_if(_tells_classes)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class (n, classes)."""
        return self._answers(X)

    @available_if(_tells_classes)  # type: ignore[untyped-decorator]
    def predict_set(self, X: Any, coverage: float = 0.9, *, empty: bool = False) -> np.ndarray:
        """Return which classes may be the true one, see `Classifier.predict_set`."""
        return prediction_sets(self._answers(X), self.thresholds_.finite_at(coverage), empty=empty)

    def predict_interval(self, X: Any, coverage: float = 0.9) -> np.ndarray:
        """Return the ends of an interval for each row (n, 2), see `Regressor.predict_interval`."""
        answers, reach = self._answers(X), self.thresholds_.finite_at(coverage)
        if not self._numbers:
            raise RecipeError("predict_interval: for numbers; of classes ask for predict_set.")
        return np.column_stack([answers - reach, answers + reach])

    @property
    def classes_(self) -> np.ndarray:
        """The classes in the order of `predict_proba`'s columns."""
        return self.target_.labels

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all members and their weights to one file, see `netwright.artifact`."""
        from netwright.estimators.ensemble_saving import save_ensemble

        self._check_fitted()
        save_ensemble(self, path)

    @property
    def _numbers(self) -> bool:
        return self.target_.task is Task.REGRESSION

    def _check_settings(self) -> None:
        if self.way not in WAYS:
            raise RecipeError(f"way: unknown {self.way!r}. {did_you_mean(self.way, WAYS)}")
        if self.task not in ("auto", "classification", "regression"):
            raise RecipeError(f"task: expected auto, classification or regression, got {self.task!r}.")
        if (self.settings or {}).get("threshold") is not None:
            raise RecipeError(
                "threshold: members are averaged before anything is decided. Choose one for all with "
                "nw.choose_threshold on rows that were held out."
            )
        if self.members < 2:
            raise RecipeError(f"members: expected 2 or more, got {self.members}.")

    def _member(self, number: int, **more: Any) -> NetworkEstimator:
        settings = {**(self.settings or {}), **more}
        seconds = parse_seconds(settings.get("time"))
        if seconds is not None and self.way != "snapshots":
            settings["time"] = seconds / self.members
        estimator = Regressor if self._numbers else Classifier
        seed = derive_seed(self.seed, "member", number) % 2**31
        return estimator(**{"progress": self.progress, "seed": seed, **settings})

    def _by_folds(self, whole: Part) -> tuple[np.ndarray, np.ndarray]:
        """Train each on all but its part; return every row's answer by the one that left it out."""
        codes = None if self._numbers else self.target_.encode(whole.target)
        parts, self.models_ = spread(len(whole.target), self.members, self.seed, codes), []
        truth, answers = self._truth(whole), np.empty(0)
        for number in range(self.members):
            left_out = whole.take(np.flatnonzero(parts == number))
            rest = whole.take(np.flatnonzero(parts != number))
            model = self._member(number)
            model.fit(rest.rows, rest.target, rest.weights, validation=(left_out.rows, left_out.target))
            found = self._one(model, left_out.rows)
            answers = np.empty((len(truth), *found.shape[1:])) if not number else answers
            answers[parts == number] = found
            self.models_.append(model)
        self.weights_ = np.full(self.members, 1 / self.members)
        return answers, truth

    def _by_seeds(self, whole: Part) -> tuple[np.ndarray, np.ndarray]:
        train, held = self._divided(whole)
        self.models_ = [
            self._member(number).fit(
                train.rows, train.target, train.weights, validation=(held.rows, held.target)
            )
            for number in range(self.members)
        ]
        return self._blended(held)

    def _by_snapshots(self, whole: Part) -> tuple[np.ndarray, np.ndarray]:
        train, held = self._divided(whole)
        self.models_ = train_snapshots(partial(self._member, 0), self.members, train, held)
        return self._blended(held)

    def _divided(self, whole: Part) -> tuple[Part, Part]:
        classes = None if self._numbers else self.target_.encode(whole.target)
        split = holdout(len(whole.target), HELD_OUT, seed=self.seed, stratify=classes)
        return whole.take(split.train), whole.take(split.validation)

    def _blended(self, held: Part) -> tuple[np.ndarray, np.ndarray]:
        """Choose the weights on held-out rows; return the average's answers there."""
        truth = self._truth(held)
        answers = [self._one(model, held.rows) for model in self.models_]
        self.weights_ = blending_weights(answers, self._loss(truth))
        return sum(w * a for w, a in zip(self.weights_, answers, strict=True)), truth

    def _truth(self, part: Part) -> np.ndarray:
        if self._numbers:
            return np.asarray(part.target, dtype=np.float64)
        return self.target_.encode(part.target)

    def _loss(self, truth: np.ndarray) -> Callable[[np.ndarray], float]:
        if self._numbers:
            return lambda mean: float(((mean - truth) ** 2).mean())
        return lambda mean: float(log_losses(mean, truth).mean())

    def _learn_reliability(self, answers: np.ndarray, truth: np.ndarray) -> None:
        """Keep the loss on rows that were held out, and the thresholds of sets or intervals."""
        self.held_out_loss_ = self._loss(truth)(answers)
        scores = np.abs(answers - truth) if self._numbers else set_scores(answers, truth)
        self.thresholds_ = Thresholds.of(scores)

    def _one(self, model: NetworkEstimator, rows: Any) -> np.ndarray:
        """Return a member's answers: numbers, or probabilities of all classes of the ensemble."""
        if self._numbers:
            return np.asarray(model.predict(rows), dtype=np.float64)
        chances = np.asarray(model.predict_proba(rows), dtype=np.float64)
        known = {label: place for place, label in enumerate(self.target_.classes)}
        full = np.zeros((len(chances), len(known)))
        full[:, [known[label] for label in model.target_.classes]] = chances
        return full

    def _answers(self, X: Any) -> np.ndarray:
        self._check_fitted()
        used = [(w, m) for w, m in zip(self.weights_, self.models_, strict=True) if w > 0]
        total: np.ndarray = sum(weight * self._one(model, X) for weight, model in used)
        return total

    def _check_fitted(self) -> None:
        if not hasattr(self, "models_"):
            raise NotFittedError("This Ensemble is not fitted yet: call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "models_")
