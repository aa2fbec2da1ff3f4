"""Importance of columns on the user's rows: shuffled, or left out and the network trained anew."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import numpy as np
import polars as pl
from sklearn.base import clone

from netwright.data.items import MixedRows
from netwright.data.schema import Kind
from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.forecaster import Forecaster
from netwright.estimators.intake import read_given
from netwright.estimators.preparing import form_of
from netwright.explain.deal_tables import column_names
from netwright.explain.forecast_importance import forecast_importance, origins_of
from netwright.explain.items import has_parts, item_importance, outputs_of
from netwright.explain.shuffling import Importance, PermutationImportance, permutation_importance
from netwright.metrics import answers_from, draw_counts, find_metric, primary_metric, strata_of
from netwright.metrics.rows import Rows as MeasuredRows
from netwright.randomness import numpy_generator
from netwright.task import Task

RESAMPLES = 200


class Sampling(TypedDict):
    """How often and for how long parts are shuffled, and by which random numbers."""

    repeats: int
    seconds: float | None
    seed: int


def importance(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    metric: str | None = None,
    method: Literal["permutation", "drop"] = "permutation",
    train: tuple[Any, Any] | None = None,
    columns: list[str] | None = None,
    repeats: int = 5,
    seconds: float | None = None,
    seed: int = 0,
) -> PermutationImportance:
    """Measure how much worse the answers get without each column, with 95 % intervals.

    Of pictures the regions are measured, of sequences and sounds the channels or bands and the fifths of
    their time, of texts the words that stand in most of them, of forecasts the fifths of the past, the
    calendar and each further column.

    Args:
        model: a fitted estimator.
        X: raw rows that were not trained on; of a forecaster a table with series.
        y: their true answers, or the name of that column in X; nothing for a forecaster.
        metric: how answers are measured; the task's own when left out.
        method: "permutation" shuffles a column; "drop" leaves it out and trains anew, which takes as
            many trainings as there are columns: a column that another one can stand in for then is
            unimportant.
        train: rows and answers to train on anew, for "drop".
        columns: which columns of a table; all that the model reads when left out.
        repeats: how often each is shuffled.
        seconds: the time that shuffling may take.
        seed: of shuffles and resamples.

    Raises:
        UserError: for other models and unknown columns, or "drop" without rows to train on.
        UndefinedMetricError: when the metric has no value on these rows.

    >>> import netwright as nw
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> found = importance(nw.Regressor(epochs=20).fit(X, X[:, 1]), X, X[:, 1])
    >>> found.columns[0].column
    'x1'
    """
    sampling: Sampling = {"repeats": repeats, "seconds": seconds, "seed": seed}
    if isinstance(model, Forecaster):
        _refuse_for_forecasts({"y": y, "metric": metric, "train": train, "columns": columns}, method)
        panel = model.read(X)
        return forecast_importance(model, panel, origins_of(model, panel), **sampling)
    if not isinstance(model, (NetworkEstimator, Ensemble)):
        raise TypeError(
            "importance: expected a Classifier, a Regressor, an Ensemble or a Forecaster, got "
            f"{type(model).__name__}. Use shap for modules of your own."
        )
    if y is None:
        raise UserError("importance: give y, the true answers, or the name of that column in X.")
    model._check_fitted()
    task = model.target_.task
    measured = find_metric(task, metric) if metric else primary_metric(task)
    rows, truth = _rows_and_truth(model, X, y)
    if has_parts(rows):
        return item_importance(model, rows, truth, measured, **sampling)
    frame: Any = rows.values if isinstance(rows, MixedRows) else rows
    plain = isinstance(frame, np.ndarray)
    names = column_names_of(model)
    if plain:
        frame = pl.DataFrame(frame, schema=list(names), orient="row")
    if method == "drop":
        return _dropped(model, frame, truth, measured, columns or list(names), train, seed)
    if method != "permutation":
        raise UserError(f"method: expected 'permutation' or 'drop', got {method!r}.")
    return permutation_importance(
        lambda some: outputs_of(model, some.to_numpy() if plain else some),
        frame,
        truth,
        task,
        measured,
        columns or list(names),
        **sampling,
    )


def _rows_and_truth(model: NetworkEstimator | Ensemble, X: Any, y: Any) -> tuple[Any, np.ndarray]:
    """Return rows as the model reads them, and their true answers: codes of classes, or numbers."""
    first = model.models_[0] if isinstance(model, Ensemble) else model
    given = read_given(X, y, form_of(first.preparation_))
    target = model.target_
    truth = target.encode(given.target)
    decoded = target.decode_numbers(truth) if target.task is Task.REGRESSION else truth
    return first._aligned(given.rows), decoded


def _refuse_for_forecasts(settings: dict[str, Any], method: str) -> None:
    """Raise UserError for settings that forecasts have no use for."""
    for name, value in settings.items():
        if value is not None:
            raise UserError(
                f"{name}: the truth of forecasts is in their series, and errors are absolute. Leave it out."
            )
    if method != "permutation":
        raise UserError("method='drop' is for columns of tables; forecasts have 'permutation'.")


def column_names_of(model: NetworkEstimator | Ensemble) -> tuple[str, ...]:
    """Return the columns that a model reads."""
    from netwright.explain.subject import subject_of

    return column_names(subject_of(model))


def _dropped(
    model: NetworkEstimator | Ensemble,
    frame: pl.DataFrame,
    truth: np.ndarray,
    metric: Any,
    columns: list[str],
    train: tuple[Any, Any] | None,
    seed: int,
) -> PermutationImportance:
    """Train once without each column, and measure on the same rows and the same resamples of them."""
    if train is None:
        raise UserError(
            "method='drop' trains anew without each column: give train=(X, y), the training rows."
        )
    first = model.models_[0] if isinstance(model, Ensemble) else model
    given = read_given(*train, form_of(first.preparation_))
    rows = first._aligned(given.rows)
    whole: Any = rows.values if isinstance(rows, MixedRows) else rows
    if isinstance(whole, np.ndarray):
        whole = pl.DataFrame(whole, schema=list(frame.columns), orient="row")
    generator = numpy_generator(seed, "drop resamples")
    weights = np.vstack(
        [np.ones(len(truth)), draw_counts(generator, len(truth), RESAMPLES, strata_of(truth))]
    )
    sign = 1.0 if metric.higher_is_better else -1.0
    values = _values(model, frame if _named(first) else frame.to_numpy(), truth, metric, weights)
    found = []
    for name in columns:
        if len(whole.columns) < 2:
            raise UserError("method='drop': the model reads one column only; without it there is nothing.")
        fresh = clone(model)
        if isinstance(model, NetworkEstimator):
            fresh.set_params(network=model.network, seed=model.seed)
        fresh.fit(whole.drop(name), given.target)
        loss = sign * (values - _values(fresh, frame.drop(name), truth, metric, weights))
        low, high = np.percentile(loss[1:][np.isfinite(loss[1:])], [2.5, 97.5])
        mean = float(loss[0])
        found.append(Importance(name, mean, min(float(low), mean), max(float(high), mean)))
    found.sort(key=lambda one: -one.mean)
    note = (
        f"One training without each column, measured on {len(truth):,} rows; intervals over other rows only."
    )
    return PermutationImportance(tuple(found), metric.name, len(truth), 1, (), note)


def _named(model: NetworkEstimator) -> bool:
    return hasattr(model, "feature_names_in_") or any(c.kind is not Kind.NUMBER for c in model.schema_.used)


def _values(
    model: NetworkEstimator | Ensemble, rows: Any, truth: np.ndarray, metric: Any, weights: np.ndarray
) -> np.ndarray:
    answers = answers_from(model.target_.task, outputs_of(model, rows))
    with np.errstate(all="ignore"):
        return np.asarray(metric.reweighted(MeasuredRows(truth, answers))(weights))
