"""The target TensorRT: an ONNX graph in 32 bits without words, and the line that builds the engine."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from netwright.errors import ExportError, listing
from netwright.exporting.job import Delivered, Job
from netwright.exporting.onnx_file import onnx_model, onnx_package
from netwright.exporting.onnx_target import measured_cost
from netwright.exporting.parity import Parity, require
from netwright.exporting.quantize import static_int8
from netwright.exporting.session import runner_of
from netwright.exporting.signature import Inlet

FILE, SCRIPT = "model.tensorrt.onnx", "build_tensorrt.sh"

BATCHES = {"min": 1, "opt": 64, "max": 1024}
STEPS = {"min": 1, "opt": 128, "max": 1024}

# Operations of the parser of TensorRT 10, from the list of the project onnx-tensorrt.
SUPPORTED = frozenset(
    [
        "Abs",
        "Add",
        "And",
        "ArgMax",
        "ArgMin",
        "AveragePool",
        "BatchNormalization",
        "Cast",
        "Ceil",
        "Clip",
        "Concat",
        "Constant",
        "ConstantOfShape",
        "Conv",
        "ConvTranspose",
        "Cos",
        "CumSum",
        "DepthToSpace",
        "DequantizeLinear",
        "Div",
        "Einsum",
        "Elu",
        "Equal",
        "Erf",
        "Exp",
        "Expand",
        "EyeLike",
        "Flatten",
        "Floor",
        "GRU",
        "Gather",
        "GatherElements",
        "GatherND",
        "Gelu",
        "Gemm",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "Greater",
        "GreaterOrEqual",
        "GroupNormalization",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "If",
        "InstanceNormalization",
        "IsInf",
        "IsNaN",
        "LSTM",
        "LayerNormalization",
        "LeakyRelu",
        "Less",
        "LessOrEqual",
        "Log",
        "LogSoftmax",
        "Loop",
        "MatMul",
        "Max",
        "MaxPool",
        "Mean",
        "Min",
        "Mish",
        "Mod",
        "Mul",
        "Neg",
        "NonZero",
        "Not",
        "OneHot",
        "Or",
        "PRelu",
        "Pad",
        "Pow",
        "QuantizeLinear",
        "RNN",
        "Range",
        "Reciprocal",
        "ReduceL1",
        "ReduceL2",
        "ReduceMax",
        "ReduceMean",
        "ReduceMin",
        "ReduceProd",
        "ReduceSum",
        "ReduceSumSquare",
        "Relu",
        "Reshape",
        "Resize",
        "Round",
        "Scan",
        "ScatterElements",
        "ScatterND",
        "Selu",
        "Shape",
        "Sigmoid",
        "Sign",
        "Sin",
        "Size",
        "Slice",
        "Softmax",
        "Softplus",
        "Split",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Sum",
        "Tan",
        "Tanh",
        "Tile",
        "TopK",
        "Transpose",
        "Trilu",
        "Unsqueeze",
        "Where",
        "Xor",
    ]
)

TYPES = ("FLOAT", "INT32", "INT64", "BOOL", "INT8", "UINT8", "FLOAT16")


def build(job: Job) -> Delivered:
    """Write a graph that TensorRT's parser takes, and the script that builds the engine.

    The graph is checked under onnxruntime; the engine is built and run where the GPU is.

    Raises:
        ExportError: when the graph holds what TensorRT has not, or does not answer as the model does.
    """
    whole = job.narrow
    graph = onnx_model(whole, words=False, about={"outputs": whole.outlet.to_json()})
    check_graph(graph)
    feed = job.feed(whole, whole.inlets)
    content = graph.SerializeToString()
    parity: Parity | None = require(job.compare(runner_of(content), feed), "tensorrt")
    full_bytes, lost, flags = len(content), None, ""
    notes = ["The graph was checked under onnxruntime; the engine is built by the script where the GPU is."]
    if job.quantize == "float16":
        flags = " --fp16"
        notes.append("Weights stay in 32 bits in the graph; the script builds the engine in 16.")
    elif job.quantize is not None:
        smaller = static_int8(graph, feed, symmetric=True)
        content, flags, parity = smaller.SerializeToString(), " --int8", None
        lost = measured_cost(job, runner_of(content)(feed))
        lost.require("tensorrt, int8-static", job.max_loss)
    (job.folder / FILE).write_bytes(content)
    (job.folder / SCRIPT).write_text(script(whole.inlets, flags), encoding="utf-8")
    return Delivered(
        target="tensorrt",
        file=FILE,
        inputs=whole.inlets,
        batch="dynamic",
        parity=parity,
        full_bytes=full_bytes,
        quantization="int8-static" if lost is not None else job.quantize,
        cost=lost,
        versions={one: version(one) for one in ("onnx", "onnxruntime", "torch")},
        notes=tuple(notes),
        others=(SCRIPT,),
    )


def check_graph(graph: Any) -> None:
    """Raise ExportError when a graph holds operations or types that TensorRT's parser has not."""
    onnx = onnx_package()
    unknown = sorted({node.op_type for node in graph.graph.node} - SUPPORTED)
    if unknown:
        raise ExportError(f"tensorrt: its parser has no {listing(unknown)}, which this network needs.")
    named = onnx.TensorProto.DataType.Name
    types = {named(tensor.data_type) for tensor in graph.graph.initializer}
    types |= {named(one.type.tensor_type.elem_type) for one in graph.graph.input}
    if wrong := sorted(types - set(TYPES)):
        raise ExportError(
            f"tensorrt: the graph holds numbers of the types {listing(wrong)}, which it has not."
        )


def script(inlets: tuple[Inlet, ...], flags: str) -> str:
    """Return the script that builds the engine for 1 to 1,024 rows.

    >>> "--minShapes=numbers:1x4" in script((Inlet("numbers", "float32", ("rows", 4), ""),), "")
    True
    """
    shapes = " \\\n  ".join(
        f"--{bound}Shapes=" + ",".join(f"{inlet.name}:{_sizes(inlet, bound)}" for inlet in inlets)
        for bound in BATCHES
    )
    return (
        "#!/bin/sh\n"
        "# Builds the engine on the machine with the GPU; needs trtexec of TensorRT 10 or newer.\n"
        "set -e\n"
        f"trtexec --onnx={FILE} --saveEngine=model.plan{flags} \\\n  {shapes}\n"
    )


def _sizes(inlet: Inlet, bound: str) -> str:
    axes = [
        BATCHES[bound] if axis == "rows" else STEPS[bound] if isinstance(axis, str) else axis
        for axis in inlet.shape
    ]
    return "x".join(map(str, axes))
