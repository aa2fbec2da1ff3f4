"""One observed step: what is read before the backward pass, after it, and around the optimizer's step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import hypot, isfinite, sqrt

import torch
from torch import Tensor, nn

from netwright.clinic.layers import layers_of
from netwright.clinic.readings import Changes, dense, fetch, norms_of, sample
from netwright.clinic.record import LayerReading


@dataclass(frozen=True)
class Sizes:
    """What one observed step showed, as numbers.

    Attributes:
        layers: readings by name of the layer; those without trainable parameters are left out.
        gradient_norm: of the whole gradient before clipping, None when there was none.
        clipped_to: after clipping, None when it was not clipped.
        stale: whether gradients of an earlier update still stood when the backward pass began.
        rescaled: whether gradients changed between backward pass and step, where that is in doubt, else None.
        extra: numbers that were asked for besides.
    """

    layers: dict[str, LayerReading]
    gradient_norm: float | None
    clipped_to: float | None
    stale: bool
    rescaled: bool | None
    extra: list[float]


_COLUMNS = ("gradient", "nonzero", "stepped_with", "weight", "change")


@dataclass(slots=True)
class _Parameter:
    """The sizes of one parameter on its device, and those that were brought over as numbers."""

    tensor: Tensor
    layer: str
    gradient: Tensor | None = None
    nonzero: Tensor | None = None
    share: float = 1.0
    stepped_with: Tensor | None = None
    weight: Tensor | None = None
    change: Tensor | None = None
    settled: bool = False
    found: dict[str, float] = field(default_factory=dict)


@dataclass
class Sitting:
    """Reads the parameters at one step; `sizes` ends it.

    Attributes:
        model: unwrapped; what is in it when the step begins is read.
        scale: returns the factor by which the loss was multiplied for float16 gradients, or None.
        doubtful: whether the loss may have been multiplied by a factor that is not known.
        backward_passes: passes whose gradients have been added up since the last update.
        stepped: ids of the optimizers that have made their step.
    """

    model: nn.Module
    scale: Callable[[], Tensor | None]
    doubtful: Callable[[], bool] = lambda: False
    backward_passes: int = 0
    stepped: set[int] = field(default_factory=set)
    _changes: list[tuple[list[_Parameter], Changes]] = field(default_factory=list)
    _standing: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    _stale: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    @cached_property
    def _parameters(self) -> list[_Parameter]:
        return [
            _Parameter(tensor, layer.name)
            for layer in layers_of(self.model)
            for tensor in layer.parameters
            if tensor.requires_grad
        ]

    def backward_begins(self) -> None:
        """Look for gradients that should not be there any more."""
        self.backward_passes += 1
        if self.stepped:
            return
        if self.backward_passes > 1:
            self._forget_what_was_cleared()
            return
        standing = [p.tensor for p in self._parameters if p.tensor.grad is not None]
        self._standing = list(zip(standing, _plain_norms(standing), strict=True))

    def backward_ended(self) -> None:
        """Read the gradients as the backward pass left them."""
        if self._standing:
            # Gradients that stand but get nothing more, as of another optimizer's parameters, do no harm.
            now = _plain_norms([tensor for tensor, _ in self._standing])
            pairs = zip(now, self._standing, strict=True)
            self._stale = [
                (tensor, ((after != before) & (before != 0)).float()) for after, (tensor, before) in pairs
            ]
            self._standing = []
        self._read_gradients([p for p in self._parameters if not p.settled], self.scale())

    def step_begins(self, optimizer: torch.optim.Optimizer, moves: Callable[[Tensor], bool]) -> None:
        """Read what the optimizer gets, and keep what it is about to change.

        Args:
            optimizer: whose step begins.
            moves: whether the optimizer holds a parameter.
        """
        moved = [p for p in self._parameters if moves(p.tensor) and not p.settled]
        scale = getattr(optimizer, "grad_scale", None)  # fused optimizers undo the scaling themselves
        with_gradient = [p for p in moved if p.tensor.grad is not None]
        for parameter, norm in zip(with_gradient, _gradient_norms(with_gradient, scale), strict=True):
            parameter.stepped_with = norm
        self._read_gradients([p for p in with_gradient if p.gradient is None], scale)
        self._keep(moved)

    def keep(self) -> None:
        """Keep what the coming step is about to change, where no optimizer says that it begins."""
        self._keep(self._parameters)

    def step_ended(self, optimizer: torch.optim.Optimizer) -> None:
        """Read how far the parameters moved."""
        self.stepped.add(id(optimizer))
        for moved, changes in self._changes:
            for parameter, norm in zip(moved, changes.norms(), strict=True):
                parameter.change, parameter.settled = norm, True
        self._changes = []

    def gradients_finite(self) -> bool:
        """Return whether the gradient that the optimizer gets is finite; this waits for the device."""
        return all(
            map(isfinite, fetch([p.stepped_with for p in self._parameters if p.stepped_with is not None]))
        )

    def sizes(self, extra: Sequence[Tensor] = ()) -> Sizes:
        """Bring all that was read over from the device at once.

        Args:
            extra: other scalars to bring along.
        """
        without_weight = [p for p in self._parameters if p.weight is None]
        for parameter, norm in zip(
            without_weight, norms_of([p.tensor.detach() for p in without_weight]), strict=True
        ):
            parameter.weight = norm
        sizes = [(p, column, getattr(p, column)) for p in self._parameters for column in _COLUMNS]
        read = [entry for entry in sizes if entry[2] is not None]
        numbers = fetch([size for _, _, size in read] + [flag for _, flag in self._stale] + list(extra))
        for (p, column, _), number in zip(read, numbers, strict=False):
            p.found[column] = number
        found = [p.found for p in self._parameters]
        rescaled = _set_right(found) if self.doubtful() else None
        whole, clipped = _whole(found)
        members: dict[str, list[_Parameter]] = {}
        for p in self._parameters:
            members.setdefault(p.layer, []).append(p)
        layers = {name: _reading(its) for name, its in members.items()}
        rest = numbers[len(read) :]
        stale, asked = rest[: len(self._stale)], rest[len(self._stale) :]
        return Sizes(layers, whole, clipped, any(stale), rescaled, asked)

    def _forget_what_was_cleared(self) -> None:
        """Leave out old gradients that were set to zero before another pass: no update follows them.

        So it is in a GAN, where the generator's pass goes through the judge as well.
        """
        left = [(tensor, flag) for tensor, flag in self._stale if tensor.grad is not None]
        norms = _plain_norms([tensor for tensor, _ in left])
        self._stale = [(tensor, flag * (norm != 0)) for (tensor, flag), norm in zip(left, norms, strict=True)]

    def _keep(self, moved: list[_Parameter]) -> None:
        for parameter, norm in zip(moved, norms_of([p.tensor.detach() for p in moved]), strict=True):
            parameter.weight = norm
        self._changes.append((moved, Changes([p.tensor for p in moved])))

    def _read_gradients(self, parameters: Sequence[_Parameter], scale: Tensor | None) -> None:
        there = [p for p in parameters if p.tensor.grad is not None]
        stored = [dense(p.tensor.grad) for p in there if p.tensor.grad is not None]
        samples = [sample(gradient) for gradient in stored]
        zipped = zip(there, stored, samples, _gradient_norms(there, scale), norms_of(samples, 0), strict=True)
        for parameter, gradient, looked_at, norm, nonzero in zipped:
            parameter.gradient, parameter.nonzero = norm, nonzero
            named = (
                gradient.numel() / parameter.tensor.numel()
            )  # of a sparse gradient only some rows are stored
            parameter.share = named / max(1, looked_at.numel())


def _plain_norms(tensors: Sequence[Tensor]) -> list[Tensor]:
    return norms_of([dense(tensor.grad) for tensor in tensors if tensor.grad is not None])


def _gradient_norms(parameters: Sequence[_Parameter], scale: Tensor | None) -> list[Tensor]:
    norms = _plain_norms([p.tensor for p in parameters])
    return norms if scale is None else [norm / scale.to(norm.device) for norm in norms]


def _set_right(found: Sequence[dict[str, float]]) -> bool:
    """Count gradients as the optimizer got them; return whether they had been others before."""
    both = [entry for entry in found if "gradient" in entry and "stepped_with" in entry]
    rescaled = any(
        abs(entry["gradient"] - entry["stepped_with"]) > 1e-3 * entry["gradient"] for entry in both
    )
    for entry in both:
        entry["gradient"] = entry["stepped_with"]
    return rescaled


def _whole(found: Sequence[dict[str, float]]) -> tuple[float | None, float | None]:
    """Return the norm of the whole gradient, and that after clipping if it was clipped."""
    both = [entry for entry in found if "gradient" in entry]
    if not both:
        return None, None
    before = hypot(*(entry["gradient"] for entry in both))
    stepped = [entry for entry in both if "stepped_with" in entry]
    until = hypot(*(entry["gradient"] for entry in stepped))
    after = hypot(*(entry["stepped_with"] for entry in stepped))
    return before, after if stepped and after < 0.999 * until else None


def _reading(parameters: Sequence[_Parameter]) -> LayerReading:
    entries = sum(p.tensor.numel() for p in parameters)
    with_gradient, nonzero, norms = 0, 0.0, []
    for p in parameters:
        if "gradient" in p.found:
            size = p.tensor.numel()
            with_gradient += size
            nonzero += p.found["nonzero"] * p.share * size
            norms.append(p.found["gradient"])
    gradient = hypot(*norms) / sqrt(max(1, with_gradient))
    weight = hypot(*(p.found["weight"] for p in parameters))
    change = hypot(*(p.found.get("change", 0.0) for p in parameters))
    return LayerReading(
        gradient=gradient,
        weight=weight,
        # Weights that begin at zero are, after the step, the change itself.
        update=change / weight if weight else float(change > 0),
        zero_gradients=1 - nonzero / with_gradient if with_gradient else 0.0,
        missing_gradient=not norms and entries > 0,
        finite=all(map(isfinite, (gradient, weight, change))),
    )
