"""Smaller ONNX files: weights and products in 8 bits, or weights in 16, and what that costs in accuracy."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from netwright.errors import ExportError, did_you_mean
from netwright.exporting.onnx_file import PRODUCTS, onnx_package
from netwright.exporting.parity import Feed
from netwright.exporting.session import onnxruntime_package

Quantization = Literal["int8", "int8-dynamic", "int8-static", "float16"]
"""int8 is the better of the two; dynamic measures activations as they come, static beforehand on rows."""

SMALLEST_WEIGHT = 512
"""Arrays with fewer numbers stay as they are: they would gain nothing."""

CALIBRATION_ROWS = 512
CALIBRATION_BATCH = 64

NETWORK = "answer."
"""What names of the network's own weights start with; the preparation's tables stay exact."""


def check_quantization(name: str | None) -> Quantization | None:
    """Return the quantisation of that name, None for none.

    Raises:
        ExportError: for an unknown one.
    """
    if name is not None and name not in get_args(Quantization):
        known = list(get_args(Quantization))
        raise ExportError(f"quantize: there is no quantisation {name!r}. {did_you_mean(name, known)}")
    return name  # type: ignore[return-value]


def dynamic_int8(model: Any) -> Any:
    """Return an ONNX graph whose products are of 8-bit numbers; activations are measured as they come."""
    onnxruntime_package()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _files(model) as (source, target), _quiet():
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            nodes_to_exclude=_without_weights(model),
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
        return _weights_in_8_bits(_read(target))


def static_int8(model: Any, feed: Feed, *, symmetric: bool = False) -> Any:
    """Return an ONNX graph whose products are of 8-bit numbers; the range of activations comes from rows.

    Args:
        model: the graph.
        feed: inputs of the calibration rows; the first 512 are used.
        symmetric: whether ranges lie evenly about 0, which GPUs ask for.
    """
    onnxruntime_package()
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Batches(CalibrationDataReader):  # type: ignore[misc]
        """The calibration rows, batch by batch."""

        def __init__(self) -> None:
            self.batches = _batches(feed)

        def get_next(self) -> Any:
            return next(self.batches, None)

    with _files(model) as (source, target), _quiet():
        quantize_static(
            source,
            target,
            Batches(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(PRODUCTS),
            nodes_to_exclude=_without_weights(model),
            per_channel=True,
            activation_type=QuantType.QInt8 if symmetric else QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            extra_options={"ActivationSymmetric": symmetric},
        )
        return _weights_in_8_bits(_read(target))


def float16(model: Any) -> Any:
    """Return an ONNX graph whose weights are stored in 16 bits and widened when they are used."""
    onnx = onnx_package()
    smaller = _copy(onnx, model)
    for tensor in _weights(onnx, smaller):
        values = onnx.numpy_helper.to_array(tensor)
        stored = f"{tensor.name}_16"
        limits = np.finfo(np.float16)
        narrow = np.clip(values, float(limits.min), float(limits.max))
        smaller.graph.initializer.remove(tensor)
        smaller.graph.initializer.append(onnx.numpy_helper.from_array(narrow.astype(np.float16), stored))
        widen = onnx.helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT)
        smaller.graph.node.insert(0, widen)
    return smaller


def _weights_in_8_bits(model: Any) -> Any:
    """Store the weights that are still in 32 bits as 8-bit numbers with a scale for each of their rows."""
    onnx = onnx_package()
    for tensor in _weights(onnx, model):
        values = onnx.numpy_helper.to_array(tensor)
        flat = values.reshape(values.shape[0], -1)
        scale = np.maximum(np.abs(flat).max(axis=1), 1e-12).astype(np.float32) / 127
        stored = np.rint(values / scale.reshape(-1, *[1] * (values.ndim - 1))).astype(np.int8)
        names = [f"{tensor.name}_{part}" for part in ("8", "scale", "zero")]
        arrays = (stored, scale, np.zeros(len(scale), dtype=np.int8))
        model.graph.initializer.remove(tensor)
        for name, array in zip(names, arrays, strict=True):
            model.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
        model.graph.node.insert(0, onnx.helper.make_node("DequantizeLinear", names, [tensor.name], axis=0))
    return model


def _weights(onnx: Any, model: Any) -> list[Any]:
    """Return the network's own 32-bit arrays that are worth making smaller."""
    return [
        tensor
        for tensor in model.graph.initializer
        if tensor.name.startswith(NETWORK)
        and tensor.data_type == onnx.TensorProto.FLOAT
        and len(tensor.dims) > 1
        and int(np.prod(tensor.dims)) >= SMALLEST_WEIGHT
    ]


def _without_weights(model: Any) -> list[str]:
    """Return the products that stay as they are: of two computed values, and of stacks of matrices.

    The weights of these are stored in 8 bits, but the runtime multiplies them in 32.
    """
    stored = {tensor.name for tensor in model.graph.initializer if len(tensor.dims) != 3}
    products = [node for node in model.graph.node if node.op_type in PRODUCTS]
    return [node.name for node in products if node.input[1] not in stored]


def _batches(feed: Feed) -> Iterator[dict[str, np.ndarray]]:
    rows = min(CALIBRATION_ROWS, len(next(iter(feed.values()))))
    for start in range(0, rows, CALIBRATION_BATCH):
        yield {name: array[start : min(rows, start + CALIBRATION_BATCH)] for name, array in feed.items()}


@contextlib.contextmanager
def _files(model: Any) -> Iterator[tuple[str, str]]:
    """Give the graph as a file, and the place of another: onnxruntime quantises files."""
    with tempfile.TemporaryDirectory(prefix="netwright-") as folder:
        source = Path(folder) / "model.onnx"
        source.write_bytes(model.SerializeToString())
        yield str(source), str(Path(folder) / "smaller.onnx")


def _read(path: str) -> Any:
    model = onnx_package().load(path)
    del model.graph.value_info[:]  # shapes of what is computed on the way; runtimes find them by themselves
    return model


def _copy(onnx: Any, model: Any) -> Any:
    return onnx.load_from_string(model.SerializeToString())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the advice of onnxruntime's tools to itself; the loss of accuracy is measured anyway."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
