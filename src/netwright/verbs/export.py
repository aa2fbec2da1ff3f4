"""`export`: a model as files for other machines, each checked on real rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import netwright.run as folder
from netwright.data.preparation import Preparation
from netwright.data.read import read_table
from netwright.errors import DataError, RunError, UserError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.forecaster import Forecaster
from netwright.exporting.deliver import Export, deliver
from netwright.exporting.ensemble_whole import members_of
from netwright.exporting.support import require_known
from netwright.verbs.model import open_any, read_for

Exported = NetworkEstimator | Ensemble | Forecaster
"""Fitted models that have an export."""


def export(
    model: str | os.PathLike[str] | folder.Run | NetworkEstimator | Ensemble | Forecaster,
    out: str | os.PathLike[str],
    *,
    to: str | Sequence[str] = ("onnx",),
    rows: Any = None,
    quantize: str | None = None,
    max_loss: float = 1.0,
    install: bool = False,
    force: bool = False,
    told: Callable[[str], object] = lambda sentence: None,
) -> Export:
    """Export a model for other machines: preparation, network and decoding in one file for each target.

    Every file that can be run here is compared with the model on rows; one that does not answer the same is
    not written, nor is any other.

    Args:
        model: a run, a run folder, a model file, or a fitted model: one that answers rows, several that
            answer together, or one that forecasts series.
        out: the folder to make.
        to: targets: "onnx", "tensorrt", "litert", "coreml".
        rows: rows to check on, a file or a frame; of a run those it was trained from when left out.
        quantize: "int8", "int8-dynamic", "int8-static" or "float16".
        max_loss: points of accuracy that this may cost.
        install: whether the environment of a converter that is not installed may be made.
        force: whether an earlier export in this folder may be replaced.
        told: told of every sentence on the way.

    Raises:
        ExportError: when a target does not take the network, or a file does not answer as the model does.
        RunError, ArtifactError: when there is no model to be had, or the folder is in use.
        MissingExtraError: when the extra `export` is not installed.

    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> import netwright as nw
    >>> X, y = load_iris(return_X_y=True)
    >>> model = nw.Classifier(epochs=3).fit(X, y)
    >>> done = nw.export(model, tempfile.mkdtemp() + "/device", rows=X)
    >>> sorted(path.name for path in done.path.iterdir())
    ['card.md', 'inputs.json', 'manifest.json', 'model.onnx', 'reader.py']
    """
    path = model.path if isinstance(model, folder.Run) else model
    fitted = open_any(path) if isinstance(path, (str, os.PathLike)) else path
    run = folder.Run(path) if isinstance(path, (str, os.PathLike)) and Path(path).is_dir() else None
    require_known(fitted)
    given, source = _rows(fitted, rows, run, told)
    return deliver(
        fitted,
        out,
        to=[name.strip() for name in to.split(",")] if isinstance(to, str) else to,
        rows=given,
        source=source,
        quantize=quantize,
        max_loss=max_loss,
        metrics=_metrics(run),
        install=install,
        force=force,
        told=told,
    )


def _rows(
    model: Exported, rows: Any, run: folder.Run | None, told: Callable[[str], object]
) -> tuple[Any, str]:
    """Return rows to check on and where they come from.

    Raises:
        ExportError: when none are given for a form of data of which none can be made.
    """
    if rows is not None:
        if isinstance(rows, (str, os.PathLike)):
            return _read(model, rows), str(rows)
        return rows, "rows that were given"
    if run is not None:
        request = run.request
        for name in (request.get("test"), request.get("source")):
            if name and Path(name).exists():
                try:
                    return _read(model, name), str(name)
                except UserError as error:
                    told(f"the data of the run cannot be read any more: {error}")
    if isinstance(model, Forecaster):
        told("no rows were given: the files are checked on the end of each series, which the model holds")
        return None, ""
    first = members_of(model)[0][0] if isinstance(model, Ensemble) else model
    if not isinstance(first.preparation_, Preparation):
        raise DataError("There are no rows to check on: the data of the run is gone. Give some with --rows.")
    told("no rows were given: the files are checked on rows made of what the preparation has learnt")
    return None, "rows made of what the preparation has learnt"


def _read(model: Exported, path: Any) -> Any:
    """Return the rows of a file as a model takes them."""
    if isinstance(model, Forecaster):
        return read_table(path).frame
    return read_for(members_of(model)[0][0] if isinstance(model, Ensemble) else model, path).frame


def _metrics(run: folder.Run | None) -> dict[str, str]:
    """Return the scores of a run's test part in words; none where it measured none."""
    if run is None or not run.has(folder.METRICS):
        return {}
    try:
        measured = run.metrics.get("evaluation", {}).get("metrics", [])
    except RunError:
        return {}
    return {one["label"]: one["text"] for one in measured if one.get("value") is not None}
