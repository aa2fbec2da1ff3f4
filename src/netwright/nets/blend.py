"""A blend: models of different kinds whose answers are averaged with weights, as one module."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

Means = Literal["chances", "numbers"]


class Blend(nn.Module):
    """Several models on the same prepared rows, averaged with weights.

        chances    z = log Σ_m w_m p_m / T      (of two classes the logarithm of their ratio)
        numbers    z = Σ_m w_m z_m

    What comes out are raw outputs again, so that a loss decodes them as those of one network: averages are
    of probabilities, never of logits.

    Args:
        networks: called with the same inputs; give (n, outputs), or (n, members, outputs).
        weights: one each, from 0 on, 1 in all.
        means: of what the average is taken.

    Source: Caruana, Niculescu-Mizil, Crew, Ksikes (2004), Ensemble selection from libraries of models.

    >>> blend = Blend([nn.Linear(3, 2), nn.Linear(3, 2)], [0.25, 0.75], "chances")
    >>> blend(torch.zeros(5, 3)).exp().sum(dim=1).round(decimals=4).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """

    weights: nn.Parameter
    temperature: Tensor

    def __init__(self, networks: Sequence[nn.Module], weights: Sequence[float], means: Means) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.means = means
        self.weights = nn.Parameter(torch.tensor(list(weights), dtype=torch.float32), requires_grad=False)
        self.register_buffer("temperature", torch.ones(()))

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return raw outputs (n, outputs)."""
        answers = [network(*inputs) for network in self.networks]
        return blended(answers, self.weights.unbind(), self.means) / self.temperature


def blended(answers: Sequence[Tensor], weights: Sequence[Tensor | float], means: Means) -> Tensor:
    """Return the raw outputs (n, outputs) of an average of raw outputs.

    Args:
        answers: of each model, (n, outputs) or (n, members, outputs).
        weights: one each.
        means: of what the average is taken.

    >>> half = blended([torch.tensor([[20.0]]), torch.tensor([[-20.0]])], [0.5, 0.5], "chances")
    >>> torch.sigmoid(half).item()
    0.5
    """
    if means == "numbers":
        return sum(
            (_members(answer).mean(dim=1) * weight for answer, weight in zip(answers, weights, strict=True)),
            start=torch.zeros(()),
        )
    logs = torch.stack(
        [_log_chances(answer) + _log(weight) for answer, weight in zip(answers, weights, strict=True)]
    ).logsumexp(dim=0)
    return logs if answers[0].shape[-1] > 1 else logs[:, 1:] - logs[:, :1]


def _log_chances(answer: Tensor) -> Tensor:
    """Return the logarithm of a model's mean probabilities (n, classes)."""
    members = _members(answer)
    if members.shape[2] == 1:
        logs = nn.functional.logsigmoid(torch.cat([-members, members], dim=2))
    else:
        logs = members.log_softmax(dim=2)
    return logs.logsumexp(dim=1) - math.log(members.shape[1])


def _members(answer: Tensor) -> Tensor:
    return answer if answer.dim() == 3 else answer.unsqueeze(1)


def _log(weight: Tensor | float) -> Tensor:
    return torch.as_tensor(weight, dtype=torch.float32).log()
