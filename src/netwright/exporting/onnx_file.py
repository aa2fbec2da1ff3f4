"""A module traced into an ONNX graph, with words as inputs where there are any."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import torch

import netwright
from netwright.errors import ExportError, needing
from netwright.exporting.signature import Inlet, Whole, Words, example
from netwright.nets.bag_of_ngrams import NgramNetwork

OPSET, BITS_OPSET = 17, 18
"""The second where operations on bits are needed, which the first has not."""

PRODUCTS = ("MatMul", "Gemm", "Conv")
"""Operations that keep a name: quantisation may leave some of them out by it."""

LABELS_OPSET = 2
"""Of ai.onnx.ml, which maps words to numbers."""


def onnx_package() -> Any:
    """Return the package `onnx`.

    Raises:
        MissingExtraError: when it is not installed.
    """
    with needing("onnx", "export", "exporting to ONNX"):
        import onnx
    return onnx


def onnx_model(whole: Whole, *, words: bool, about: Mapping[str, Any]) -> Any:
    """Return a model as an ONNX graph.

    Args:
        whole: the model as one module.
        words: whether categories, and yes and no, are given as strings.
        about: what is written into the file's metadata.

    Raises:
        ExportError: when the network cannot be traced.
        MissingExtraError: when `onnx` is not installed.
    """
    onnx = onnx_package()
    graph = onnx.load_from_string(_traced(whole))
    if words and whole.words is not None:
        _graft_words(onnx, graph, whole.words, whole.inlets)
    _fold_transposed(onnx, graph)
    _shorten(graph)
    graph.producer_name, graph.producer_version = "netwright", netwright.__version__
    onnx.helper.set_model_props(graph, {name: json.dumps(value) for name, value in about.items()})
    onnx.checker.check_model(graph)
    return graph


def inlets_of(whole: Whole, *, words: bool) -> tuple[Inlet, ...]:
    """Return what the graph of `onnx_model` is called with."""
    if not words or whole.words is None:
        return whole.inlets
    others = [one for one in whole.inlets if one.name not in ("numbers", "codes")]
    return (*whole.words.inlets, *others)


def _traced(whole: Whole) -> bytes:
    names = [inlet.name for inlet in whole.inlets]
    axes = {
        inlet.name: {place: axis for place, axis in enumerate(inlet.shape) if isinstance(axis, str)}
        for inlet in whole.inlets
    }
    axes[whole.outlet.name] = {0: "rows"}
    buffer = io.BytesIO()
    bits = any(isinstance(one, NgramNetwork) for one in whole.module.modules())
    try:
        with warnings.catch_warnings(), torch.no_grad(), _operations():
            # The tracer warns of every shape that it takes as a constant; the check on rows finds wrong ones.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                whole.module,
                example(whole.inlets),
                buffer,  # type: ignore[arg-type]
                dynamo=False,
                opset_version=BITS_OPSET if bits else OPSET,
                input_names=names,
                output_names=[whole.outlet.name],
                dynamic_axes=axes,
                # Runtimes fold constants when they load; folded here, tables would be in the file twice.
                do_constant_folding=False,
            )
    except Exception as error:
        # The exporter raises a dozen kinds of errors for what it has no operation for.
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise ExportError(
            f"onnx: the network cannot be traced: {first}. A module of your own must be made of operations "
            "that ONNX knows, without Python conditions on values."
        ) from error
    return buffer.getvalue()


@contextlib.contextmanager
def _operations() -> Iterator[None]:
    """Let the tracer see operations that ONNX has: single ones of attention, and the exclusive or of bits."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    tracer: Any = torch.onnx  # its type hints leave these two functions out
    tracer.register_custom_op_symbolic("aten::__xor_", _exclusive_or, BITS_OPSET)
    try:
        yield
    finally:
        tracer.unregister_custom_op_symbolic("aten::__xor_", BITS_OPSET)
        torch.backends.mha.set_fastpath_enabled(fast)


def _exclusive_or(graph: Any, first: Any, second: Any) -> Any:
    return graph.op("BitwiseXor", first, second)


def _graft_words(onnx: Any, model: Any, words: Words, inlets: tuple[Inlet, ...]) -> None:
    """Put what reads words before a graph that reads numbers and codes, in place."""
    make = onnx.helper.make_node
    yes_no, codes = len(words.yes_no), len(words.codes)
    named = [f"word_{place}" for place in range(yes_no + codes)]
    nodes = [_split(onnx, model, named)]
    numbers = [one.name for one in inlets if one.name == "numbers"]
    for place, mapping in enumerate(words.yes_no):
        nodes.append(_labels(onnx, named[place], f"yes_no_{place}_32", mapping, float("nan")))
        nodes.append(make("Cast", [f"yes_no_{place}_32"], [f"yes_no_{place}"], to=onnx.TensorProto.DOUBLE))
    for place, codes_of in enumerate(words.codes):
        nodes.append(_labels(onnx, named[yes_no + place], f"code_{place}", codes_of, 0))
    plain = [one.name for one in words.inlets if one.name == "numbers"]
    if numbers and yes_no:
        parts = [*(["numbers"] if plain else []), *(f"yes_no_{place}" for place in range(yes_no))]
        nodes.append(make("Concat", parts, ["all_numbers"], axis=1))
        _rename_input(model, "numbers", "all_numbers")
    if codes:
        nodes.append(make("Concat", [f"code_{place}" for place in range(codes)], ["codes"], axis=1))
    body = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *body])
    others = [one for one in model.graph.input if one.name not in ("numbers", "codes")]
    del model.graph.input[:]
    types = {"float64": onnx.TensorProto.DOUBLE, "string": onnx.TensorProto.STRING}
    model.graph.input.extend(
        onnx.helper.make_tensor_value_info(one.name, types[one.dtype], one.shape) for one in words.inlets
    )
    model.graph.input.extend(others)
    model.opset_import.append(onnx.helper.make_opsetid("ai.onnx.ml", LABELS_OPSET))


def _split(onnx: Any, model: Any, names: list[str]) -> Any:
    """Return what cuts the words into their columns."""
    if len(names) == 1:
        return onnx.helper.make_node("Identity", ["words"], names)
    sizes = onnx.numpy_helper.from_array(torch.ones(len(names), dtype=torch.int64).numpy(), "word_sizes")
    model.graph.initializer.append(sizes)
    return onnx.helper.make_node("Split", ["words", "word_sizes"], names, axis=1)


def _labels(onnx: Any, source: str, name: str, mapping: Mapping[str, float], default: float) -> Any:
    """Return what maps the words of one column to numbers, int64 or float32 as the default is."""
    whole = isinstance(default, int)
    values: dict[str, Any] = {
        "keys_strings": list(mapping),
        "values_int64s" if whole else "values_floats": list(mapping.values()),
        "default_int64" if whole else "default_float": default,
    }
    return onnx.helper.make_node("LabelEncoder", [source], [name], domain="ai.onnx.ml", **values)


def _fold_transposed(onnx: Any, model: Any) -> None:
    """Store weights in the order in which they are used: products in 8 bits need that."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    uses = [name for node in model.graph.node for name in node.input]
    for node in [one for one in model.graph.node if one.op_type == "Transpose"]:
        source = node.input[0]
        if source not in stored or uses.count(source) > 1:
            continue
        order = next(iter(node.attribute)).ints
        turned = onnx.numpy_helper.to_array(stored[source]).transpose(order)
        stored[source].CopyFrom(onnx.numpy_helper.from_array(turned.copy(), source))
        name = node.output[0]
        model.graph.node.remove(node)
        for other in model.graph.node:
            for place, used in enumerate(other.input):
                if used == name:
                    other.input[place] = source


def _shorten(model: Any) -> None:
    """Give what is computed on the way short names: the tracer's tell of modules and fill a small file."""
    if any(attribute.HasField("g") for node in model.graph.node for attribute in node.attribute):
        return  # what is computed inside a loop or branch may be named in the graph around it
    kept = {one.name for one in [*model.graph.input, *model.graph.output, *model.graph.initializer]}
    short: dict[str, str] = {}
    constants: dict[bytes, str] = {}
    for number, node in enumerate(list(model.graph.node)):
        node.name, node.doc_string = (f"n{number}" if node.op_type in PRODUCTS else ""), ""
        if node.op_type == "Constant":
            first = constants.setdefault(node.attribute[0].SerializeToString(), node.output[0])
            if first != node.output[0]:
                short[node.output[0]] = short.get(first, first)
                model.graph.node.remove(node)
                continue
        for place, name in enumerate(node.input):
            node.input[place] = short.get(name, name)
        for place, name in enumerate(node.output):
            if name and name not in kept:
                node.output[place] = short.setdefault(name, f"v{len(short)}")
    del model.graph.value_info[:]


def _rename_input(model: Any, old: str, new: str) -> None:
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name == old:
                node.input[place] = new
