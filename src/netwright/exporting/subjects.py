"""Every kind of fitted model as exports see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from netwright.data.items import Form
from netwright.data.mixed import MixedPreparation
from netwright.data.preparation import Preparation
from netwright.data.scale import QuantileMap
from netwright.data.schema import Schema
from netwright.errors import UserError, listing
from netwright.estimators.assembly import shape_of
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.forecaster import Forecaster
from netwright.estimators.preparing import form_of
from netwright.exporting.check_rows import check_rows
from netwright.exporting.ensemble_whole import ensemble_whole, members_of
from netwright.exporting.forms import rows_for_reader, whole_of
from netwright.exporting.job import answers_of
from netwright.exporting.series_subject import series_subject
from netwright.exporting.subject import Subject
from netwright.task import Task
from netwright.uncertainty.conformal import Thresholds

KEPT_COVERAGES = (0.8, 0.9, 0.95, 0.99)
"""Coverages whose thresholds travel in the manifest."""


def subject_of(model: Any) -> Subject:
    """Return a fitted model as exports see it; `support.require_known` refuses others."""
    if isinstance(model, Forecaster):
        return series_subject(model)
    if isinstance(model, Ensemble):
        return ensemble_subject(model)
    assert isinstance(model, NetworkEstimator)
    return estimator_subject(model)


def estimator_subject(model: NetworkEstimator) -> Subject:
    """Return a fitted classifier or regressor as exports see it."""
    kind = getattr(model.recipe_.network, "kind", type(model.network_).__name__)
    return Subject(
        form=form_of(model.preparation_),
        target=model.target_,
        kind=f"A network of the kind {kind}",
        networks=(model.network_,),
        whole=lambda dtype, rough: whole_of(model, dtype, rough),
        checks=lambda given, source: check_rows(model, given, source),
        answers=lambda rows: answers_of(model, rows),
        raw=lambda rows: rows_for_reader(model, rows),
        columns=tuple(known_columns(model)),
        reliability=reliability_of(model),
        notes=_notes(model),
    )


def ensemble_subject(model: Ensemble) -> Subject:
    """Return a fitted ensemble as exports see it."""
    members, weights = members_of(model)
    first = members[0]
    schema = Schema(
        tuple({column.name: column for one in members[::-1] for column in one.schema_.used}.values())
    )
    answers = model.predict if model.target_.task is Task.REGRESSION else model.predict_proba
    return Subject(
        form=form_of(first.preparation_),
        target=model.target_,
        kind=f"{len(members)} networks that answer together, trained by {model.way}, weights "
        f"{', '.join(f'{weight:.2g}' for weight in weights)},",
        networks=tuple(one.network_ for one in members),
        whole=lambda dtype, rough: ensemble_whole(model, dtype, rough),
        checks=lambda given, source: check_rows(first, given, source, schema=schema, target=model.target_),
        answers=lambda rows: answers_of(first, rows, answers),
        raw=lambda rows: rows_for_reader(first, rows),
        columns=tuple(known_columns(first)),
        reliability=(sets_of if model.target_.classes else intervals_of)(model.thresholds_),
        notes=_notes(first),
    )


def reliability_of(model: NetworkEstimator) -> dict[str, Any]:
    """Return what held-out rows told of a model, for the manifest."""
    assurance, found = model.assurance_, dict[str, Any]()
    if assurance.temperature is not None:
        found["temperature"] = {**assurance.temperature.to_json(), "inside": True}
    if assurance.threshold is not None:
        found["threshold"] = assurance.threshold.to_json()
    if assurance.sets is not None:
        found |= sets_of(assurance.sets)
    if assurance.intervals is not None and not _gives_ends(model):
        found |= intervals_of(assurance.intervals, model.target_.scale[0])
    return found


def sets_of(thresholds: Thresholds) -> dict[str, Any]:
    """Return from which probability on a class belongs to the set of a row, beside the likeliest."""
    least = {one: 1 - value for one, value in _finite(thresholds).items()}
    return {"sets": {"rows": thresholds.rows, "least_probability": least}} if least else {}


def intervals_of(thresholds: Thresholds, scale: float = 1.0) -> dict[str, Any]:
    """Return how far intervals reach on both sides of an answer, in the unit of the target."""
    reach = {one: value * scale for one, value in _finite(thresholds).items()}
    return {"intervals": {"rows": thresholds.rows, "reach": reach}} if reach else {}


def _finite(thresholds: Thresholds) -> dict[str, float]:
    kept = {str(one): float(thresholds.at(one)) for one in KEPT_COVERAGES}
    return {coverage: value for coverage, value in kept.items() if np.isfinite(value)}


def _gives_ends(model: NetworkEstimator) -> bool:
    """Return whether the loss tells intervals of its own, which are wider for some rows than for others."""
    shape = shape_of(model.target_)
    try:
        model.loss_.interval(torch.zeros(1, model.loss_.outputs(shape)), 0.9)
    except UserError:
        return False
    return True


def known_columns(model: NetworkEstimator) -> list[tuple[str, str, str]]:
    """Return name, kind and what is known of each column of a model."""
    preparation = model.preparation_
    table = preparation.table if isinstance(preparation, MixedPreparation) else preparation
    found = []
    for column in model.schema_.used:
        mine = isinstance(table, Preparation) and column.name in _names(table)
        told = _known(table, column.name) if mine else column.reason  # type: ignore[arg-type]
        found.append((column.name, str(column.kind), told))
    return found


def _names(table: Preparation) -> set[str]:
    parts: tuple[Mapping[str, Any] | tuple[str, ...], ...] = (
        table.numbers,
        table.dates,
        table.yes_no,
        table.categories,
    )
    return {name for part in parts for name in part}


def _known(preparation: Preparation, name: str) -> str:
    """Return what is known of a column's values in training."""
    if name in preparation.categories:
        words = preparation.categories[name].words
        return f"{len(words):,} categories: {listing(words, 8)}"
    if name in preparation.yes_no:
        return " or ".join(preparation.yes_no[name].words)
    place = (*preparation.numbers, *preparation.dates).index(name)
    unit = "years since 1970, " if name in preparation.dates else ""
    if isinstance(preparation.scaler, QuantileMap):
        knots = preparation.scaler.knots[place][np.isfinite(preparation.scaler.knots[place])]
        return f"{unit}{knots[0]:,.6g} to {knots[-1]:,.6g} in training"
    return f"{unit}about {preparation.scaler.center[place]:,.6g} in training"


def _notes(model: NetworkEstimator) -> tuple[str, ...]:
    if form_of(model.preparation_) in (Form.TABLE, Form.MIXED):
        return (
            "Columns may be missing a value; a category that is not listed counts as unknown. Numbers are "
            "given as they were in the training data, unscaled; make text such as `1,234` a number.",
        )
    return ()
