"""How a model computes: the order of its layers, the activations after them, the branches around them.

Read from one forward pass of a few rows. Modules say which layer is at work; functions are heard through
PyTorch's function mode, so that `F.relu` counts as much as `nn.ReLU`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from netwright.clinic.layers import kind_of, layers_of
from netwright.clinic.wiring_subject import map_tensors

NAMES = (
    *("relu", "leaky_relu", "prelu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus"),
    *("sigmoid", "tanh", "relu6", "hardtanh", "hardsigmoid", "hardswish", "softsign", "logsigmoid"),
)
_DROPOUTS = frozenset(
    getattr(functional, name)
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
)
_ADDITIONS = frozenset({torch.add, Tensor.add, Tensor.__add__, Tensor.__radd__, Tensor.add_, Tensor.__iadd__})
_LINEAR = frozenset(
    (
        *("linear", "dropout", "batch_norm", "flatten", "reshape", "view", "squeeze", "unsqueeze"),
        *("transpose", "permute", "contiguous", "to", "float", "detach", "add", "add_", "sub"),
        *("size", "dim", "numel", "__get__"),
    )
)
"""Names of functions that leave a network linear in its inputs; normalisation over rows is so in use."""

PURE = {name: getattr(functional, name) for name in NAMES}
"""Every activation as a function that leaves its argument as it is."""

_HEARD = {
    getattr(home, spelling): name
    for name in NAMES
    for home in (functional, torch, Tensor)
    for spelling in (name, f"{name}_")
    if hasattr(home, spelling)
}

Listener = Callable[[str, str, Callable[[Tensor], Tensor], Tensor, str], None]
"""Told of every activation: its place, its name, its function, its argument, the kind of layer before it."""


@dataclass
class Structure:
    """What one pass showed.

    Attributes:
        order: names of layers with parameters in the order in which they were first called.
        after: name of the nonlinearity that follows a layer directly, by layer.
        sites: names of activations with the nonlinearity, in order.
        residual: layers on a branch that a skip connection goes around.
        averaged: values that each batch normalisation averages over, for each row of the batch.
        dropout: shares that dropout leaves out in training.
        bends: whether anything was called that need not be linear.
    """

    order: list[str] = field(default_factory=list)
    after: dict[str, str] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    residual: set[str] = field(default_factory=set)
    averaged: dict[str, float] = field(default_factory=dict)
    dropout: list[float] = field(default_factory=list)
    bends: bool = False


class Hearing(TorchFunctionMode):
    """Hears a forward pass: which layer is at work, and which functions are called.

    Args:
        model: the module whose pass is heard.
        rows: rows of the batch.
        listener: told of every activation, or None.
        trace: whether to follow which layers every tensor came through; this keeps all tensors.
    """

    def __init__(
        self, model: nn.Module, rows: int, listener: Listener | None = None, trace: bool = False
    ) -> None:
        super().__init__()
        self.structure = Structure()
        self._rows = rows
        self._listener = listener
        self._trace = trace
        self._modules = dict(model.named_modules())
        self._layers = {layer.name for layer in layers_of(model)}
        self._leaves = {name for name, module in self._modules.items() if name and not module._modules}
        self._leaves -= {name for name in self._layers if kind_of(self._modules[name]) != "activation"}
        self._at_work: list[str] = []
        self._since: list[str] = []  # the layer that spoke last, and normalisations after it
        self._last, self._family = "", ""
        self._came_through: dict[int, tuple[Any, frozenset[str]]] = {}

    @contextmanager
    def hooked(self) -> Iterator[Hearing]:
        """Hear what happens inside the block."""
        handles = []
        for name, module in self._modules.items():
            handles.append(module.register_forward_pre_hook(self._enter(name)))
            handles.append(module.register_forward_hook(self._leave(name)))
        try:
            with self:
                yield self
        finally:
            for handle in handles:
                handle.remove()

    def source(self, tensors: Any) -> None:
        """Mark what the model is called with: branches may start there."""
        map_tensors(tensors, lambda tensor: self._mark(tensor, frozenset({"<inputs>"})))

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        keywords = keywords or {}
        name = _HEARD.get(function)
        if name is not None and arguments and isinstance(arguments[0], Tensor):
            self._activation(name, arguments, keywords)
        elif function in _DROPOUTS:
            share = keywords.get("p", arguments[1] if len(arguments) > 1 else 0.5)
            self.structure.dropout.append(float(share))
        self.structure.bends |= getattr(function, "__name__", "") not in _LINEAR
        result = function(*arguments, **keywords)
        if self._trace:
            self._follow(function, arguments, keywords, result)
        return result

    def _activation(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        here = self._at_work[-1] if self._at_work else ""
        own = here in self._leaves and here not in self.structure.sites
        place = here if own else self._last or here
        for layer in self._since:
            self.structure.after.setdefault(layer, name)
        self.structure.sites.setdefault(place, name)
        if self._listener is not None:
            rest = tuple(value for value in arguments[1:] if not isinstance(value, bool))  # as "inplace" is
            named = {key: value for key, value in keywords.items() if key not in ("inplace", "training")}
            function = partial(_apply, name, rest, named)
            self._listener(place, name, function, arguments[0], self._family)

    def _hear_recurrence(self, name: str, module: nn.RNN, output: Any) -> None:
        """Tell of the nonlinearity inside a plain recurrent layer, whose last step only is seen."""
        function, hidden = module.nonlinearity, output[0]
        self.structure.after.setdefault(name, function)
        self.structure.sites.setdefault(name, function)
        if self._listener is not None and isinstance(hidden, Tensor):
            z = torch.atanh(hidden.clamp(-1 + 1e-6, 1 - 1e-6)) if function == "tanh" else hidden
            self._listener(name, function, PURE[function], z, "recurrent")

    def _enter(self, name: str) -> Callable[..., None]:
        def enter(module: nn.Module, arguments: Any) -> None:
            self._at_work.append(name)
            if name in self._layers and name not in self.structure.order:
                self.structure.order.append(name)
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and arguments:
                came = arguments[0]
                self.structure.averaged[name] = came.numel() / (came.shape[1] * max(1, self._rows))

        return enter

    def _leave(self, name: str) -> Callable[..., None]:
        def leave(module: nn.Module, arguments: Any, output: Any) -> None:
            self._at_work.pop()
            if name not in self._layers:
                return
            kind = kind_of(module)
            if isinstance(module, nn.RNN):
                self._hear_recurrence(name, module, output)
            normalizes = kind == "normalization"
            self._family = self._family if normalizes else kind
            self._since = [*self._since, name] if normalizes else [name]
            self._last = name
            if self._trace:
                through = self._through(arguments) | {name}
                map_tensors(output, lambda tensor: self._mark(tensor, through | self._through(tensor)))

        return leave

    def _follow(self, function: Any, arguments: Any, keywords: Any, result: Any) -> None:
        if function in _ADDITIONS and len(arguments) > 1:
            first, second = self._through(arguments[0]), self._through(arguments[1])
            if first & second:
                self.structure.residual |= (first ^ second) - {"<inputs>"}
        through = self._through((arguments, keywords))
        if through:
            map_tensors(result, lambda tensor: self._mark(tensor, through | self._through(tensor)))

    def _through(self, value: Any) -> frozenset[str]:
        found: list[frozenset[str]] = []

        def look(tensor: Tensor) -> Tensor:
            entry = self._came_through.get(id(tensor))
            found.append(entry[1] if entry is not None else frozenset())
            return tensor

        map_tensors(value, look)
        return frozenset().union(*found)

    def _mark(self, tensor: Tensor, through: frozenset[str]) -> Tensor:
        self._came_through[id(tensor)] = (tensor, through)
        return tensor


def _apply(name: str, rest: tuple[Any, ...], named: dict[str, Any], z: Tensor) -> Tensor:
    result: Tensor = PURE[name](z, *rest, **named)
    return result
