"""Which networks go to which target: refused before any work, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from netwright.data.items import Form
from netwright.errors import ExportError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.preparing import form_of
from netwright.exporting.forms import WHOLES
from netwright.exporting.text_whole import can_be_read
from netwright.nets.bag_of_ngrams import NgramNetwork


def require_support(model: NetworkEstimator, targets: Sequence[str], quantization: str | None) -> None:
    """Raise ExportError, before any work, when a target does not take the model.

    Args:
        model: fitted.
        targets: their names.
        quantization: how files are made smaller, or None.
    """
    for target in targets:
        reason = refusal(model, target, quantization)
        if reason:
            raise ExportError(f"{target}: {reason}")


def refusal(model: NetworkEstimator, target: str, quantization: str | None = None) -> str:
    """Return why a target does not take a model, "" where it does."""
    form = form_of(model.preparation_)
    if form is Form.SOUNDS:
        return "sounds are made spectrograms outside the network, which no target holds. Export none."
    if target == "litert" and quantization in ("float16", "int8-static"):
        return f"LiteRT files are made smaller with int8 or int8-dynamic, not with {quantization}."
    if target in ("tensorrt", "coreml") and quantization == "int8-dynamic":
        return f"{target} measures activations beforehand: take int8 or int8-static."
    if form is Form.TEXTS and not can_be_read(model):
        return "byte pairs and tokenizer files need a library to cut texts. Train with words or characters."
    if target != "onnx" and any(isinstance(one, NgramNetwork) for one in model.network_.modules()):
        return "n-grams are looked up by whole numbers of 64 bits, which only onnx has. Take a text_cnn."
    if form in WHOLES and form is not Form.TABLE and target in ("litert", "coreml"):
        return f"models of {form} have not been checked with this converter. Take onnx or tensorrt."
    if form not in WHOLES:
        return f"models of {form} have no export. Those of {', '.join(WHOLES)} have."
    if isinstance(model.network_, nn.Module) and any(
        tensor.is_meta for tensor in model.network_.parameters()
    ):
        return "the network has no weights."
    return ""
