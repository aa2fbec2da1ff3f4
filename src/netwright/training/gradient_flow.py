"""Gradient flow: how large the gradient and the update of every layer are, from a few steps a round."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netwright.training.loop import Step


@dataclass(frozen=True)
class LayerFlow:
    """Sizes of one layer's numbers, averaged over the observed steps of a round.

    Attributes:
        gradient: Euclidean norm of the gradient.
        weight: Euclidean norm of the parameters.
        update: norm of the change one step makes, divided by `weight`.
    """

    gradient: float
    weight: float
    update: float


class FlowProbe:
    """Reads the layers at some steps; what it reads stays on the device until `collect`.

    Args:
        network: the module in training.
        steps_between: distance of the observed steps.
    """

    def __init__(self, network: nn.Module, steps_between: int) -> None:
        self._layers = _layers(network)
        self._steps_between = max(1, steps_between)
        self._before: list[Tensor] | None = None
        self._readings: list[Tensor] = []

    @torch.no_grad()
    def observe(self, step: Step) -> None:
        """Look at the step that was just made, or keep the weights for the next one."""
        if self._before is not None:
            self._readings.append(self._read(self._before))
            self._before = None
        elif step.number % self._steps_between == 0 or step.number == 1:
            self._before = [parameter.clone() for parameter in self._parameters()]

    def collect(self) -> dict[str, LayerFlow]:
        """Return the means of what was read since the last call, by layer."""
        self._before = None
        if not self._readings:
            return {}
        means = torch.stack(self._readings).mean(dim=0).tolist()
        self._readings = []
        return {name: LayerFlow(*sizes) for name, sizes in zip(self._layers, means, strict=True)}

    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self._layers.values() for parameter in group]

    def _read(self, before: list[Tensor]) -> Tensor:
        now = self._parameters()
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in now]
        gradient = _norms(gradients)
        weight = _norms(before)
        update = _norms(list(torch._foreach_sub(now, before)))
        rows, start = [], 0
        for group in self._layers.values():
            part = slice(start, start + len(group))
            sizes = [torch.linalg.vector_norm(norms[part]) for norms in (gradient, weight, update)]
            rows.append(torch.stack([sizes[0], sizes[1], sizes[2] / sizes[1].clamp_min(1e-12)]))
            start += len(group)
        return torch.stack(rows)


def _layers(network: nn.Module) -> dict[str, list[nn.Parameter]]:
    """Return the trainable parameters of every layer that has its own, by the layer's name."""
    layers: dict[str, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            layer = name.rpartition(".")[0].removesuffix(".linear") or "network"
            layers.setdefault(layer, []).append(parameter)
    return layers


def _norms(tensors: list[Tensor]) -> Tensor:
    return torch.stack([norm.float() for norm in torch._foreach_norm(tensors)])
