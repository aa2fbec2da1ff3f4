"""The subject of experiments: a copy of a model with its loss and one batch, which may be spoilt."""

from __future__ import annotations

import copy
import random
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.randomness import isolated

LossFunction = Callable[[Any, Any], Tensor]

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class CannotTellError(Exception):
    """An experiment that cannot be made here; its message says why, in a few words."""


@dataclass(frozen=True)
class Call:
    """What a model is called with.

    Attributes:
        arguments: by position.
        keywords: by name.
    """

    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(inputs: Any) -> Call:
        """Return the call for a tensor, a sequence of arguments or a mapping of keywords."""
        if isinstance(inputs, Call):
            return inputs
        if isinstance(inputs, Mapping):
            return Call(keywords=dict(inputs))
        return Call(tuple(inputs)) if isinstance(inputs, (tuple, list)) else Call((inputs,))

    def map(self, change: Callable[[Tensor], Tensor]) -> Call:
        """Return the call with every tensor changed."""
        return Call(
            tuple(map_tensors(value, change) for value in self.arguments),
            {name: map_tensors(value, change) for name, value in self.keywords.items()},
        )

    @property
    def tensors(self) -> list[Tensor]:
        """All tensors, in order."""
        return tensors_in([*self.arguments, *self.keywords.values()])


def map_tensors(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Return a nest of tuples, lists and mappings with every tensor in it changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, Mapping):
        changed = {key: map_tensors(item, change) for key, item in value.items()}
        return type(value)(**changed) if hasattr(value, "to_tuple") else changed
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_tensors(item, change) for item in value))
    if isinstance(value, (tuple, list)):
        return type(value)(map_tensors(item, change) for item in value)
    return value


def tensors_in(value: Any) -> list[Tensor]:
    """Return all tensors in a nest of tuples, lists and mappings, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    return (
        [tensor for item in value for tensor in tensors_in(item)] if isinstance(value, (tuple, list)) else []
    )


def answers_of(output: Any) -> Tensor:
    """Return the tensor of answers in what a model returned: its logits, or the first floating tensor.

    Raises:
        CannotTellError: when there is none.
    """
    logits = output.get("logits") if isinstance(output, Mapping) else getattr(output, "logits", None)
    if isinstance(logits, Tensor):
        return logits
    floating = [tensor for tensor in tensors_in(output) if tensor.is_floating_point()]
    # A loss that the model computed itself is a single number beside the answers.
    if not floating:
        raise CannotTellError("the model returns no tensor of numbers")
    return next((tensor for tensor in floating if tensor.ndim), floating[0])


def put_answers(output: Any, answers: Tensor) -> Any:
    """Return what a model returned with other answers in it."""
    old = answers_of(output)
    return map_tensors(output, lambda tensor: answers if tensor is old else tensor)


@dataclass(frozen=True)
class Subject:
    """A model that may be spoilt, its loss, and one batch.

    Attributes:
        model: a copy.
        loss_function: takes the model's output and the target.
        call: the inputs of the batch.
        target: the answers that were wanted; a tensor, or a nest of tensors.
        rows: rows of the batch, None where inputs and target do not agree on it.
        axis: the axis of the inputs along which the rows lie.
        places: entries of a flattened target for each row: a loss over all steps of a sequence.
        seen_shape: the shape in which the loss really gets the answers, where it was seen.
        seed: of all that is drawn.
        voice: makes of what the model returns what counts as its output, such as the mean over members.
    """

    model: nn.Module
    loss_function: LossFunction
    call: Call
    target: Any
    rows: int | None
    axis: int
    places: int
    seen_shape: tuple[int, ...] | None
    seed: int
    voice: Callable[[Any], Any] | None = None

    def run(self, call: Call | None = None, *, training: bool = False) -> Any:
        """Return the output for the batch, or for another call; the same call, the same output."""
        self.model.train(training)
        inputs = (call or self.call).map(lambda tensor: tensor.detach().clone())
        torch.manual_seed(self.seed)
        output = self.model(*inputs.arguments, **inputs.keywords)
        return output if self.voice is None else self.voice(output)

    def loss(self, output: Any, target: Any = None) -> Tensor:
        """Return the loss of an output, a single number.

        Raises:
            CannotTellError: when the loss function can be called in no known way.
        """
        target = self.target if target is None else target
        failures = []
        for attempt in self._presentations(output):
            try:
                value = self.loss_function(attempt, map_tensors(target, torch.clone))
                return value if value.ndim == 0 else value.mean()
            except (TypeError, AttributeError, ValueError, RuntimeError, IndexError) as error:
                failures.append(f"{type(error).__name__}: {error}".splitlines()[0])
        raise CannotTellError(f"the loss cannot be computed from the output ({failures[0]})")

    def choose(self, rows: Tensor) -> Subject:
        """Return the subject with some rows of the batch only."""
        return replace(
            self, call=self.chosen_call(rows), target=self.chosen_target(rows), rows=int(rows.numel())
        )

    def chosen_call(self, rows: Tensor) -> Call:
        """Return the inputs of some rows."""
        return self.call.map(lambda tensor: _pick(tensor, rows, self.axis, self.known_rows))

    def chosen_target(self, rows: Tensor) -> Any:
        """Return the targets of some rows."""
        count, places = self.known_rows, self.places

        def pick(tensor: Tensor) -> Tensor:
            if places > 1 and tensor.ndim and tensor.shape[0] == count * places:
                by_row = tensor.reshape(count, places, *tensor.shape[1:])
                return by_row.index_select(0, rows.to(tensor.device)).flatten(0, 1)
            return _pick(tensor, rows, 0, count)

        return map_tensors(self.target, pick)

    @property
    def known_rows(self) -> int:
        """The rows of the batch.

        Raises:
            CannotTellError: when inputs and target do not agree on it.
        """
        if self.rows is None:
            raise CannotTellError("inputs and target do not have the same number of rows")
        return self.rows

    def _presentations(self, output: Any) -> Iterator[Any]:
        """Yield the output in the ways in which a loss may want it, the one that was seen first."""
        if self.seen_shape is not None:
            yield present(answers_of(output), self.seen_shape)
            return
        yield output
        if not isinstance(output, Tensor):
            yield answers_of(output)
        answers = answers_of(output)
        if answers.ndim > 2:
            yield answers.flatten(0, -2)


def present(answers: Tensor, seen: tuple[int, ...]) -> Tensor:
    """Return answers in the shape in which the loss was seen to get them, but for the number of rows.

    Raises:
        CannotTellError: when it cannot be told how one became the other.
    """
    rest = seen[1:]
    if len(seen) == answers.ndim and tuple(answers.shape[1:]) == rest:
        return answers
    if answers.ndim == 3 and (answers.shape[2], answers.shape[1]) == rest:
        return answers.transpose(1, 2)
    entries = int(np.prod(rest)) if rest else 1
    if rest in ((), (1,)) or (answers.ndim > 1 and answers.shape[-1] == entries):
        if answers.ndim == 3 and rest and answers.shape[0] == seen[0]:
            raise CannotTellError("it is not known which step of the sequence the loss is given")
        return answers.reshape(-1, *rest)
    raise CannotTellError("what stands between the model and the loss is not known")


def prepare(
    model: nn.Module,
    loss_function: LossFunction,
    inputs: Any,
    target: Any,
    *,
    seen_shape: Sequence[int] | None = None,
    seed: int = 0,
    voice: Callable[[Any], Any] | None = None,
) -> Subject:
    """Return the subject for experiments on a model, which is copied.

    Raises:
        CannotTellError: when the model cannot be copied.
    """
    call = Call.of(inputs).map(lambda tensor: tensor.detach())
    target = map_tensors(target, lambda tensor: tensor.detach())
    rows, axis, places = _layout(call, target)
    loss_copy = copied(loss_function) if isinstance(loss_function, nn.Module) else loss_function
    seen = None if seen_shape is None else tuple(seen_shape)
    return Subject(copied(model), loss_copy, call, target, rows, axis, places, seen, seed, voice)


def copied(model: nn.Module) -> nn.Module:
    """Return a copy of a model without hooks, except those that PyTorch itself computes weights with.

    Raises:
        CannotTellError: when the model cannot be copied.
    """
    model = getattr(model, "_orig_mod", model)
    if type(model).__name__ in ("DataParallel", "DistributedDataParallel"):
        model = model.module  # type: ignore[assignment]
    memory: dict[int, Any] = {}
    for module in model.modules():
        for name in _HOOKS:
            hooks = getattr(module, name)
            memory[id(hooks)] = OrderedDict((key, hook) for key, hook in hooks.items() if _computes(hook))
    try:
        copy_of_it = copy.deepcopy(model, memory)
    except Exception as error:
        raise CannotTellError(f"the model cannot be copied ({type(error).__name__}: {error})") from error
    for parameter in copy_of_it.parameters():
        parameter.grad = None
    return copy_of_it


@contextmanager
def undisturbed(seed: int) -> Iterator[None]:
    """Keep every global random state as it is outside of the block, and be quiet about warnings."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with isolated(seed), warnings.catch_warnings(), torch.enable_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def _computes(hook: object) -> bool:
    return type(hook).__module__.startswith("torch.nn.utils")


def _pick(tensor: Tensor, rows: Tensor, axis: int, count: int) -> Tensor:
    if tensor.ndim > axis and tensor.shape[axis] == count:
        return tensor.index_select(axis, rows.to(tensor.device))
    return tensor


def _layout(call: Call, target: Any) -> tuple[int | None, int, int]:
    """Return the number of rows, the axis of the inputs on which they lie, and target entries for each."""
    wanted = tensors_in(target)
    shaped = [tensor for tensor in call.tensors if tensor.ndim]
    if not shaped or not wanted or not wanted[0].ndim:
        return None, 0, 1
    first, rows = shaped[0], int(wanted[0].shape[0])
    if first.shape[0] == rows:
        return rows, 0, 1
    if first.ndim > 1 and first.shape[1] == rows:
        return rows, 1, 1
    if first.ndim > 1 and first.shape[0] * first.shape[1] == rows:
        return int(first.shape[0]), 0, int(first.shape[1])
    return None, 0, 1
