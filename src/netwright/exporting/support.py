"""Which networks go to which target: refused before any work, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netwright.data.items import Form
from netwright.data.mixed import MixedPreparation
from netwright.data.preparation import Preparation
from netwright.data.text import TextPreparation
from netwright.errors import ExportError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.forecaster import Forecaster
from netwright.estimators.preparing import form_of
from netwright.exporting.forms import TABLES, WHOLES
from netwright.exporting.text_whole import can_be_read
from netwright.nets.bag_of_ngrams import NgramNetwork


def require_support(model: Any, targets: Sequence[str], quantization: str | None) -> None:
    """Raise ExportError, before any work, when a target does not take the model.

    Args:
        model: fitted.
        targets: their names.
        quantization: how files are made smaller, or None.
    """
    require_known(model)
    for target in targets:
        reason = refusal(model, target, quantization)
        if reason:
            raise ExportError(f"{target}: {reason}")


def require_known(model: Any) -> None:
    """Raise ExportError for a model of a kind that has no export."""
    if not isinstance(model, (NetworkEstimator, Ensemble, Forecaster)):
        raise ExportError(
            f"A {type(model).__name__} has no export; Classifier, Regressor, Ensemble and Forecaster have."
        )


def refusal(model: Any, target: str, quantization: str | None = None) -> str:
    """Return why a target does not take a model, "" where it does."""
    if target == "litert" and quantization in ("float16", "int8-static"):
        return f"LiteRT files are made smaller with int8 or int8-dynamic, not with {quantization}."
    if target in ("tensorrt", "coreml") and quantization == "int8-dynamic":
        return f"{target} measures activations beforehand: take int8 or int8-static."
    if isinstance(model, Ensemble):
        reasons = [_of_estimator(one, target) for one in model.models_]
        return next((reason for reason in reasons if reason), "") or _of_ensemble(model)
    return _of_estimator(model, target) if isinstance(model, NetworkEstimator) else ""


def _of_ensemble(model: Ensemble) -> str:
    form = form_of(model.models_[0].preparation_)
    if form in (Form.TEXTS, Form.MIXED):
        return "every member of this ensemble numbers words in its own way. Export one of its models_."
    return ""


def _of_estimator(model: NetworkEstimator, target: str) -> str:
    form, preparation = form_of(model.preparation_), model.preparation_
    if form not in (*WHOLES, *TABLES):
        return f"models of {form} have no export. Those of {', '.join((*TABLES, *WHOLES))} have."
    text = preparation.text if isinstance(preparation, MixedPreparation) else preparation
    if isinstance(text, TextPreparation) and not can_be_read(text, model.network_):
        return "byte pairs and tokenizer files need a library to cut texts. Train with words or characters."
    if target != "onnx" and any(isinstance(one, NgramNetwork) for one in model.network_.modules()):
        return "n-grams are looked up by whole numbers of 64 bits, which only onnx has. Take a text_cnn."
    table = preparation.table if isinstance(preparation, MixedPreparation) else preparation
    if isinstance(table, Preparation) and table.imputer.model is not None:
        return (
            f"gaps are filled by {table.imputer.model.kind}, which no target holds. Train with the "
            "imputation median."
        )
    if any(tensor.is_meta for tensor in model.network_.parameters()):
        return "the network has no weights."
    return ""
