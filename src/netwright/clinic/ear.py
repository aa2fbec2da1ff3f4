"""Hears when the model and its loss are called, and what with; the training loop need not say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from netwright.clinic.care import Care
from netwright.clinic.loss_calls import LossCalls
from netwright.clinic.rows import Rows, rows_of, tensors_in
from netwright.clinic.undisturbed import Precision
from netwright.clinic.wiring_subject import Call, CannotTellError, answers_of

PASSES = "the forward pass"

Attention = Literal["nothing", "calls", "all"]
"""What is heard: nothing, so that nothing is slowed down; when the model is called; what comes of it too."""


class Ear:
    """Keeps what the model was last called with, and tells when a backward pass begins and ends.

    Args:
        model: as the training loop calls it, wrapped or not.
        loss_function: heard as well where it is a module.
        care: runs what is done here.
        backward_begins: told before the first gradient of a pass is added, when `listening`.
        backward_ended: told after the last.

    Attributes:
        listening: whether the step is observed.
        number: observed calls so far.
        sizes: rows of the batches since they were last taken, where they are wanted.
        smaller_batch: told of a batch with fewer rows than one before.
        evaluated: told of every call without a gradient, and whether it was in training mode.
        training: whether the last observed call was in training mode.
        in_training: the parts that were, as long as `asks_modes`.
        asks_modes: whether they are of interest.
        precision: of the last observed call.
        output_attached: whether the output of the last observed call has a gradient.
        loss_function: the function that was heard to compute the loss, with its settings.
        loss_name: its name.
        target: what the loss was given as target.
        seen_shape: shape of the answers that it was given.
    """

    def __init__(
        self,
        model: nn.Module,
        loss_function: object,
        care: Care,
        backward_begins: Callable[[], None],
        backward_ended: Callable[[], None],
    ) -> None:
        self._model = model
        self._care = care
        self._backward_begins, self._backward_ended = backward_begins, backward_ended
        self._in_backward = False
        self._called: tuple[Any, Any] | None = None
        self._calls: list[RemovableHandle] = []
        self._rest: list[RemovableHandle] = []
        # Compiled code would be compiled again where a function mode listens, or hooks come and go.
        self._compiled = hasattr(model, "_orig_mod") or model._compiled_call_impl is not None
        self._loss_module = loss_function if isinstance(loss_function, nn.Module) else None
        self._losses: LossCalls | None = None
        if self._loss_module is None and not self._compiled:
            self._losses = LossCalls(self._function_called)
        self.attend("all")
        self.listening = True
        self.number = 0
        self.sizes: list[int] | None = None
        self._most_rows = 0
        self.smaller_batch: Callable[[], None] = lambda: None
        self.evaluated: Callable[[bool], None] = lambda training: None
        self.training = True
        self.in_training: frozenset[nn.Module] | None = None
        self.asks_modes = True
        self.precision = Precision()
        self.output_attached = True
        self.loss_function: Callable[..., Tensor] | None = None
        self.loss_name = ""
        self.target: Any = None
        self.seen_shape: tuple[int, ...] | None = None

    def attend(self, attention: Attention) -> None:
        """Hook into the model and its loss as far as it is needed: a module with a hook is called slowly."""
        if self._compiled:
            attention = "all"
        if attention != "nothing" and not self._calls:
            self._calls = [self._model.register_forward_pre_hook(self._before, with_kwargs=True)]
        if attention == "all" and not self._rest:
            self._rest = [self._model.register_forward_hook(self._after, with_kwargs=True)]
            if self._loss_module is not None:
                heard = self._loss_module.register_forward_pre_hook(self._loss_begins, with_kwargs=True)
                self._rest.append(heard)
        if attention == "nothing":
            _remove(self._calls)
        if attention != "all":
            _remove(self._rest)

    def rows(self) -> Rows | None:
        """Return the batch of the last call in training, or None."""
        if self._called is None:
            return None
        arguments, keywords = self._called
        return rows_of(Call(tuple(arguments), dict(keywords)), self.target, self.seen_shape)

    @property
    def batch_rows(self) -> int:
        """Rows of the last batch, 0 where it is not known."""
        if self._called is None:
            return 0
        arguments, keywords = self._called
        return _rows((*arguments, *keywords.values()))

    def say(self, target: Any, output: Any) -> None:
        """Take what the loop itself says about the loss."""
        self.target = target
        self.seen_shape = None if output is None else tuple(answers_of(output).shape)

    def forget(self) -> None:
        """Let go of the batch."""
        self._called, self.target = None, None

    def loss_is_over(self) -> None:
        """Stop listening for the loss: its gradient is known."""
        if self._losses is not None:
            self._losses.rest()

    def close(self) -> None:
        """Stop listening for good."""
        self.loss_is_over()
        _remove(self._calls)
        _remove(self._rest)

    def _before(self, module: nn.Module, arguments: Any, keywords: Any) -> None:
        if torch.compiler.is_compiling():
            self._compiled = True  # part of a larger compiled function
            return
        if not torch.is_grad_enabled():
            self._care.run("the loop's own evaluation", self.evaluated, module.training)
            return
        self._called = (arguments, keywords)
        if self.sizes is not None:
            self._measure(_rows(arguments), self.sizes)
        if self.listening:
            self._care.run(PASSES, self._look, module)

    def _measure(self, rows: int, sizes: list[int]) -> None:
        sizes.append(rows)
        if rows < self._most_rows:
            self.smaller_batch()
        self._most_rows = max(self._most_rows, rows)

    def _look(self, module: nn.Module) -> None:
        self.loss_is_over()
        self.number += 1
        self.training = module.training
        if self.asks_modes:
            self.in_training = frozenset(part for part in module.modules() if part.training)
        assert self._called is not None
        first = next(iter(tensors_in(self._called[0]) or tensors_in(self._called[1])), None)
        self.precision = Precision.now(first.device.type if first is not None else "cpu")

    def _after(self, module: nn.Module, arguments: Any, keywords: Any, output: Any) -> None:
        if self.listening and not torch.compiler.is_compiling() and torch.is_grad_enabled():
            self._care.run(PASSES, self._follow, output)

    def _follow(self, output: Any) -> None:
        attached = [tensor for tensor in tensors_in(output) if tensor.requires_grad]
        self.output_attached = bool(attached)
        for tensor in attached:
            tensor.register_hook(self._gradient_arrives)  # type: ignore[no-untyped-call]
        if self._losses is not None:
            self._losses.listen()

    def _gradient_arrives(self, gradient: Tensor) -> None:
        self._care.run("the backward pass", self._begin_backward)

    def _begin_backward(self) -> None:
        if self._in_backward or not self.listening:
            return
        self._in_backward = True
        self._backward_begins()
        torch.autograd.Variable._execution_engine.queue_callback(self._end_backward)

    def _end_backward(self) -> None:
        self._in_backward = False
        self._care.run("the backward pass", self._backward_ended)

    def _loss_begins(self, module: nn.Module, arguments: Any, keywords: Any) -> None:
        if self.listening and torch.is_grad_enabled() and not torch.compiler.is_compiling():
            self._care.run("the targets", self._hear_loss, arguments, keywords)

    def _function_called(self, again: Callable[..., Tensor], name: str, output: Any, target: Any) -> None:
        self._care.run("the loss", self._hear_function, again, name, output, target)

    def _hear_function(self, again: Callable[..., Tensor], name: str, output: Any, target: Any) -> None:
        if torch.is_grad_enabled() and isinstance(output, Tensor) and output.requires_grad:
            self.loss_function, self.loss_name = again, name
            self.target, self.seen_shape = target, tuple(output.shape)

    def _hear_loss(self, arguments: Any, keywords: Any) -> None:
        given = [*arguments, *keywords.values()]
        if len(given) > 1:
            self.target = given[1]
            try:
                self.seen_shape = tuple(answers_of(given[0]).shape)
            except CannotTellError:
                self.seen_shape = None


def _rows(arguments: tuple[Any, ...]) -> int:
    first = next((tensor for tensor in arguments if isinstance(tensor, Tensor) and tensor.dim()), None)
    return 0 if first is None else int(first.shape[0])


def _remove(handles: list[RemovableHandle]) -> None:
    for handle in handles:
        handle.remove()
    handles.clear()
