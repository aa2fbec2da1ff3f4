"""Muon: the momentum of hidden matrices made orthogonal, AdamW for everything else."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from netwright.training.optimizers.base import LearningRate, Optimizer, Share, as_torch, can_fuse
from netwright.training.optimizers.groups import ParameterGroup
from netwright.training.optimizers.recurrence import Recurrence

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(Optimizer):
    """Momentum whose matrices are made nearly orthogonal, so that every direction moves alike.

        m ← b m + (1 - b) g,    u = b m + (1 - b) g  (Nesterov)
        w ← (1 - rate · decay) w - rate · 0.2 √max(rows, columns) · orthogonal(u)

    The factor 0.2 √max gives updates the size that AdamW's have, so one learning rate serves both:
    hidden matrices go by Muon; first and last layer, biases, embeddings and the rest by AdamW.
    Often needs fewer steps than AdamW; each costs five small matrix products a layer.

    Settings:
        learning_rate: as for AdamW, usual 0.0003 to 0.003.
        momentum: b.
        steps: Newton-Schulz iterations; five are enough.
        weight_decay: decoupled decay, on weights only.
        betas: of AdamW for the rest.

    Source: Jordan et al. (2024), Muon; Liu et al. (2025), Muon is scalable for LLM training.

    >>> Muon().momentum
    0.95
    """

    summary: ClassVar[str] = "Orthogonal steps for hidden matrices, AdamW for the rest."
    equation: ClassVar[str] = "w ← (1 - rate decay) w - rate 0.2 √max(rows, columns) orthogonal(u)"
    elementwise: ClassVar[bool] = False

    learning_rate: LearningRate = 1e-3
    momentum: Share = 0.95
    steps: int = Field(default=5, ge=1, le=20)
    weight_decay: float = Field(default=0.01, ge=0)
    betas: tuple[Share, Share] = (0.9, 0.999)

    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> torch.optim.Optimizer:
        """Return the running optimizer over both kinds of groups."""
        matrices = [group for group in groups if group.matrix]
        rest = [group for group in groups if not group.matrix]
        adamw = (
            torch.optim.AdamW(
                as_torch(rest, self.learning_rate, self.weight_decay),
                betas=self.betas,
                fused=fused and can_fuse(rest),
            )
            if rest
            else None
        )
        return _Muon(
            as_torch(matrices, self.learning_rate, self.weight_decay), adamw, self.momentum, self.steps
        )


class _Muon(Recurrence):
    """Muon over its own groups, with an AdamW whose groups and state it shares."""

    def __init__(
        self, matrices: list[dict[str, Any]], rest: torch.optim.AdamW | None, momentum: float, steps: int
    ) -> None:
        self._rest = rest
        own = [{**group, "muon": True, "momentum": momentum, "steps": steps} for group in matrices]
        super().__init__([*own, *(rest.param_groups if rest else [])], {"muon": False})
        self._share()

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update the matrices, then the rest."""
        loss = super().step(closure)
        if self._rest is not None:
            self._rest.step()
        return loss

    def update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        """Update hidden matrices; the other groups belong to AdamW."""
        if not group["muon"]:
            return
        momenta = self.memory(parameters, "momentum")
        torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
        updates = torch._foreach_lerp(gradients, momenta, group["momentum"])
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        for parameter, update in zip(parameters, updates, strict=True):
            matrix = update.flatten(1)
            size = 0.2 * math.sqrt(max(matrix.shape))
            step = orthogonal(matrix, group["steps"]).view_as(parameter)
            parameter.add_(step, alpha=-group["lr"] * size)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a saved state; AdamW's share of it as well."""
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        if self._rest is not None:
            self._rest.param_groups = [group for group in self.param_groups if not group["muon"]]
            self._rest.state = self.state


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """Return nearly U Vᵀ of a matrix's singular value decomposition, by Newton-Schulz iteration.

        X ← a X + (b A + c A²) X,    A = X Xᵀ

    Singular values end between about 0.7 and 1.2, which serves as well as 1 exactly. On CUDA it is
    computed in bfloat16, elsewhere in the matrix's own precision.

    >>> values = torch.linalg.svdvals(orthogonal(torch.diag(torch.tensor([1.0, 2.0, 3.0]))))
    >>> bool(((values > 0.6) & (values < 1.3)).all())
    True
    """
    a, b, c = _COEFFICIENTS
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    result = wide.bfloat16() if wide.is_cuda else wide
    result = result / result.norm().clamp_min(1e-7)
    for _ in range(steps):
        gram = result @ result.T
        result = torch.addmm(result, torch.addmm(gram, gram, gram, beta=b, alpha=c), result, beta=a)
    return (result if matrix.shape[0] <= matrix.shape[1] else result.T).to(matrix.dtype)
