"""The tape: every layer and every operation between layers that a network performs for some rows.

A pass over concrete rows is written down as steps, each a function of values that earlier steps made.
The steps can be performed again one by one, and each can be differentiated on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils.rnn import PackedSequence
from torch.overrides import TorchFunctionMode, resolve_name

from netwright.errors import UserError
from netwright.nets.category_embeddings import Learned
from netwright.randomness import isolated

# Layers with parts inside that are shown as one step.
_WHOLE = (nn.MultiheadAttention, nn.RNNBase, Learned)

_OVERWRITING = {
    "__setitem__",
    *(
        f"__i{verb}__"
        for verb in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor"]
    ),
}


@dataclass(frozen=True)
class Ref:
    """A value of the tape, by its number."""

    number: int


@dataclass(frozen=True)
class Step:
    """One layer or one operation.

    Attributes:
        number: its place on the tape, from 0.
        name: of the layer, such as "hidden.1.linear", or of the operation, such as "add".
        module: the layer, or None for an operation between layers.
        call: what is called.
        arguments: positional and named arguments; values of the tape stand as `Ref`.
        result: what it makes, in the same form.
        in_place: whether the operation overwrites its first argument.
        use: how often the layer was used before in the same pass.
        path: where the layer is in the network; empty for the network itself.
    """

    number: int
    name: str
    module: nn.Module | None
    call: Callable[..., Any]
    arguments: tuple[tuple[Any, ...], dict[str, Any]]
    result: Any
    in_place: bool = False
    use: int = 0
    path: str = ""

    @property
    def reads(self) -> tuple[int, ...]:
        """Numbers of the values it reads, in order, each once."""
        return tuple(dict.fromkeys(refs_in(self.arguments)))

    @property
    def makes(self) -> tuple[int, ...]:
        """Numbers of the values it makes."""
        return tuple(refs_in(self.result))

    def perform(self, values: dict[int, Tensor]) -> Any:
        """Return what the call returns for these values; they are left as they are."""
        places, names = replace(self.arguments, lambda ref: values[ref.number])
        if self.in_place:
            places = (places[0].clone(), *places[1:])
        torch.manual_seed(self.number)  # so that a layer which draws lots draws the same ones each time
        returned = self.call(*places, **names)
        return places[0] if self.in_place else returned


@dataclass(frozen=True)
class Tape:
    """All steps of one pass.

    Attributes:
        network: what was run: a copy in float64 on the processor, in evaluation mode.
        steps: in the order in which they were performed.
        inputs: numbers of the values that were given.
        parameters: numbers of parameters that operations between layers read, with their names.
        given: the values that were there before the first step.
        output: what the network returned.
    """

    network: nn.Module
    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    parameters: dict[int, str]
    given: dict[int, Tensor]
    output: Any

    @property
    def answer(self) -> int:
        """The number of the value that the network returned; the first one if there are several."""
        return next(refs_in(self.output))

    def of_row(self, row: int) -> Tape:
        """Return the tape of a single row, written anew.

        Raises:
            UserError: when there is no such row.
        """
        rows = len(self.given[self.inputs[0]])
        if not 0 <= row < rows:
            raise UserError(f"trace: there is no row {row}; the rows that were traced are 0 to {rows - 1}.")
        return record(self.network, tuple(self.given[number][row : row + 1] for number in self.inputs))

    def replay(
        self, steps: Sequence[Step] | None = None, values: dict[int, Tensor] | None = None
    ) -> dict[int, Tensor]:
        """Perform steps one by one and return all values by number.

        Args:
            steps: all of them when left out.
            values: to begin with; those that were given when left out. They are not changed.
        """
        known = dict(self.given if values is None else values)
        with double_precision(), isolated(0):
            for step in self.steps if steps is None else steps:
                known.update(pairs(step.result, step.perform(known)))
        return known


def record(network: nn.Module, inputs: tuple[Tensor, ...]) -> Tape:
    """Run a network on rows and return the tape.

    Args:
        network: a copy that may be tampered with, see `netwright.trace.subject`.
        inputs: what it is called with.

    Raises:
        UserError: when it cannot process the rows, or hides changes of values from the tape.
    """
    recorder = _Recorder(network)
    given = [recorder.know(tensor) for tensor in inputs]
    try:
        with double_precision(), isolated(0), torch.no_grad(), recorder.watching(), recorder:
            returned = network(*inputs)
    except (RuntimeError, TypeError, IndexError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        shapes = " and ".join(f"{tuple(tensor.shape)} {tensor.dtype}" for tensor in inputs)
        raise UserError(
            f"trace: the network cannot process rows of shape {shapes} in float64: {error} "
            "Give the rows as it takes them, the first axis counting rows."
        ) from error
    output = recorder.refer(returned)
    if next(refs_in(output), None) is None:
        raise UserError("trace: the network returned nothing that it computed from the rows.")
    tape = Tape(network, tuple(recorder.steps), tuple(given), recorder.parameters, recorder.given, output)
    _check(tape, returned)
    return tape


@contextmanager
def double_precision() -> Iterator[None]:
    """Make new tensors float64 inside the block, and keep PyTorch from merging layers into one kernel."""
    before, merged = torch.get_default_dtype(), torch.backends.mha.get_fastpath_enabled()
    torch.set_default_dtype(torch.float64)
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):  # the others cannot be differentiated twice
            yield
    finally:
        torch.set_default_dtype(before)
        torch.backends.mha.set_fastpath_enabled(merged)


def is_whole(module: nn.Module) -> bool:
    """Return whether a module is shown as one step rather than by its parts."""
    parts = [name for name, _ in module.named_children() if name != "parametrizations"]
    return not parts or isinstance(module, _WHOLE)


def refs_in(value: Any) -> Iterator[int]:
    """Yield the numbers of all values of the tape inside nested arguments."""
    if isinstance(value, Ref):
        yield value.number
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from refs_in(item)
    elif isinstance(value, dict):
        yield from refs_in(tuple(value.values()))


def replace(value: Any, put: Callable[[Any], Any], kind: type = Ref) -> Any:
    """Return nested arguments with everything of a kind replaced."""
    if isinstance(value, kind):
        return put(value)
    if isinstance(value, PackedSequence):
        return PackedSequence(*(replace(item, put, kind) for item in value))
    if isinstance(value, tuple):
        items = [replace(item, put, kind) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [replace(item, put, kind) for item in value]
    if isinstance(value, dict):
        return {key: replace(item, put, kind) for key, item in value.items()}
    return value


def pairs(form: Any, value: Any) -> Iterator[tuple[int, Tensor]]:
    """Yield number and tensor of everything in a result, given its form."""
    if isinstance(form, Ref):
        yield form.number, value
    elif isinstance(form, (tuple, list)):
        for inner, item in zip(form, value, strict=True):
            yield from pairs(inner, item)
    elif isinstance(form, dict):
        for key, inner in form.items():
            yield from pairs(inner, value[key])


def _check(tape: Tape, returned: Any) -> None:
    """Raise UserError when the steps do not lead to what the network returned."""
    values = tape.replay()
    for number, tensor in pairs(tape.output, returned):
        if not torch.allclose(values[number], tensor, rtol=1e-9, atol=1e-12, equal_nan=True):
            raise UserError(
                "trace: performing the layers one by one does not give what the network returns. It "
                "overwrites part of a tensor in place; write the values into a new tensor instead."
            )


@dataclass(eq=False)
class _Recorder(TorchFunctionMode):
    """Writes down what is called while it is active."""

    network: nn.Module
    steps: list[Step] = field(default_factory=list)
    parameters: dict[int, str] = field(default_factory=dict)
    given: dict[int, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._inside = 0
        self._numbers: dict[int, int] = {}
        self._kept: list[Tensor] = []  # an address must not be used twice while the tape is written
        self._uses: dict[str, int] = {}
        self._names = {id(tensor): name for name, tensor in self.network.named_parameters()}

    def know(self, tensor: Tensor) -> int:
        """Return the number of a value that is given from outside."""
        number = self._number(tensor)
        self.given[number] = tensor.detach().clone()
        return number

    def refer(self, value: Any) -> Any:
        """Return nested arguments with values of the tape as `Ref`."""
        return replace(value, self._as_ref, Tensor)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let the layers report their calls inside the block."""
        layers = [
            (name, part)
            for name, part in self.network.named_modules()
            if is_whole(part) and (name or type(part).__module__.startswith("torch.nn."))
        ]
        for name, part in layers:
            part.forward = self._reporting(name, part, part.forward)
        try:
            yield
        finally:
            for _, part in layers:
                del part.forward

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self._inside:
            return func(*args, **kwargs)
        name = _operation(func)
        in_place = name in _OVERWRITING or (name.endswith("_") and not name.endswith("__"))
        arguments = self.refer((tuple(args), dict(kwargs)))
        returned = func(*args, **kwargs)
        if next(refs_in(arguments), None) is not None:
            self._write(name.strip("_"), None, func, arguments, args[0] if in_place else returned, in_place)
        return returned

    def _reporting(self, path: str, module: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return forward(*args, **kwargs)
            arguments = self.refer((args, kwargs))
            self._inside += 1
            try:
                returned = forward(*args, **kwargs)
            finally:
                self._inside -= 1
            if not any(returned is argument for argument in args):  # dropout and such do nothing here
                self._write(
                    path or type(module).__name__.lower(), module, forward, arguments, returned, path=path
                )
            return returned

        return call

    def _write(
        self,
        name: str,
        module: nn.Module | None,
        call: Any,
        arguments: Any,
        returned: Any,
        in_place: bool = False,
        path: str = "",
    ) -> None:
        result = replace(returned, lambda tensor: Ref(self._number(tensor)), Tensor)
        if next(refs_in(result), None) is None:
            return  # a shape or a plain number: nothing flows through it
        use = self._uses.get(name, 0)
        self._uses[name] = use + 1
        self.steps.append(Step(len(self.steps), name, module, call, arguments, result, in_place, use, path))

    def _number(self, tensor: Tensor) -> int:
        """Give a tensor a new number, also when it was overwritten."""
        self._kept.append(tensor)
        self._numbers[id(tensor)] = number = len(self._kept)
        return number

    def _as_ref(self, tensor: Tensor) -> Any:
        if id(tensor) in self._numbers:
            return Ref(self._numbers[id(tensor)])
        if id(tensor) in self._names:
            number = self.know(tensor)
            self.parameters[number] = self._names[id(tensor)]
            return Ref(number)
        return tensor


def _operation(func: Any) -> str:
    """Return the short name of an operation, such as "add"."""
    name = (resolve_name(func) or getattr(func, "__name__", "operation")).rpartition(".")[2]
    return str({"__get__": "part"}.get(name, name))
