"""Opens and closes the observation of single steps, whatever the order in which a loop does things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from netwright.clinic.care import Care
from netwright.clinic.facts import held_by
from netwright.clinic.mixture import Mixture
from netwright.clinic.record import Observation
from netwright.clinic.scaling import Scaling
from netwright.clinic.sitting import Sitting

STEPS = "the optimizer's step"


@dataclass
class _Open:
    """A step that is being observed.

    Attributes:
        step: its number.
        sitting: what reads it.
        rest: what is known of it beside the sizes, once its loss was given.
    """

    step: int
    sitting: Sitting
    rest: Observation | None = None


class Observer:
    """Reads steps that were opened, through hooks of the optimizers.

    Args:
        model: unwrapped.
        optimizers: that train it.
        care: runs what is done here.
        scaling: of the loss, for float16 gradients.
        before_update: told the step, while everything still is as the backward pass left it.
        done: told of every observation.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizers: Sequence[torch.optim.Optimizer],
        care: Care,
        scaling: Scaling,
        before_update: Callable[[int, Sitting], None],
        done: Callable[[Observation], None],
    ) -> None:
        self._model = model
        self._optimizers = list(optimizers)
        self._care = care
        self._scaling = scaling
        self._before_update = before_update
        self._done = done
        self._open: _Open | None = None
        self._reading: set[int] = set()  # optimizers whose closure was called in this step
        self._handles: list[RemovableHandle] = []
        self._attend()
        self.mixture = Mixture()
        self.rescaled: bool | None = None
        self.updates = 0  # seen while attentive, as at the beginning

    @property
    def observing(self) -> bool:
        """Whether a step is being observed."""
        return self._open is not None

    def open(self, step: int) -> None:
        """Observe the step that comes next."""
        self._attend()
        self._open = _Open(step, Sitting(self._model, self._scaling.factor, self._scaling.doubtful))

    def rest(self) -> None:
        """Leave the optimizers alone until a step is opened; not to be called out of their hooks."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def backward_begins(self) -> None:
        """Told by the ear; of several passes in one step, as L-BFGS makes them, the first counts."""
        if self._open is not None and self._open.rest is None and not self._reading:
            self._open.sitting.backward_begins()

    def backward_ended(self) -> None:
        """Told by the ear."""
        if self._open is not None and self._open.rest is None and not self._reading:
            self._open.sitting.backward_ended()

    def given(self, rest: Observation) -> None:
        """Take the loss of the step and all else that is known of it; end the observation if it was made."""
        if self._open is None:
            return
        if self._open.rest is not None or self._open.sitting.stepped:
            self._close(self._open.rest or rest)
        else:
            self._open.rest = rest

    def close(self) -> None:
        """Stop reading for good; a step whose loss is known is still written down."""
        if self._open is not None and self._open.rest is not None:
            self._close(self._open.rest)
        self.rest()

    def _attend(self) -> None:
        if not self._handles:
            for optimizer in self._optimizers:
                self._handles.append(optimizer.register_step_pre_hook(self._step_begins))
                self._handles.append(optimizer.register_step_post_hook(self._step_ended))

    def _step_begins(
        self, optimizer: torch.optim.Optimizer, arguments: Any, keywords: Any
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Read before the weights change: at once, or after the closure that computes the gradient."""
        if self._open is None:
            return None
        closure = arguments[1] if len(arguments) > 1 else keywords.get("closure")
        if closure is None:
            self._care.run(STEPS, self._begin, optimizer, self._open)
            return None

        def heard() -> Any:
            result = closure()
            if self._open is not None and id(optimizer) not in self._reading:
                self._reading.add(id(optimizer))
                self._care.run(STEPS, self._begin, optimizer, self._open)
            return result

        named = {name: value for name, value in keywords.items() if name != "closure"}
        return (arguments[0], heard, *arguments[2:]), named

    def _begin(self, optimizer: torch.optim.Optimizer, opened: _Open) -> None:
        opened.sitting.step_begins(optimizer, held_by([optimizer]))
        self._before_update(opened.step, opened.sitting)

    def _step_ended(self, optimizer: torch.optim.Optimizer, arguments: Any, keywords: Any) -> None:
        self._reading.discard(id(optimizer))
        if optimizer is self._optimizers[0]:
            self.updates += 1
        if self._open is not None:
            self._care.run(STEPS, self._end, optimizer, self._open)

    def _end(self, optimizer: torch.optim.Optimizer, opened: _Open) -> None:
        opened.sitting.step_ended(optimizer)
        if opened.rest is not None and len(opened.sitting.stepped) == len(self._optimizers):
            self._close(opened.rest)

    def _close(self, rest: Observation) -> None:
        assert self._open is not None
        sitting, self._open = self._open.sitting, None
        sizes = sitting.sizes()
        self.rescaled = sizes.rescaled
        learning_rate = self._optimizers[0].param_groups[0]["lr"]
        self._done(
            replace(
                rest,
                learning_rate=float(learning_rate),
                layers=sizes.layers,
                gradient_norm=sizes.gradient_norm,
                clipped_to=sizes.clipped_to,
                stale_gradients=sizes.stale,
                output_attached=rest.output_attached and sizes.gradient_norm is not None,
            )
        )
