"""What comes out of the network, decoded inside the graph: probabilities, or numbers in their own unit."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from netwright.data.target import Target
from netwright.estimators.assembly import shape_of
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.signature import Outlet
from netwright.task import Task
from netwright.training.losses import Loss
from netwright.training.objective import decode


class Answer(nn.Module):
    """A network with what makes answers of its outputs: the loss's decoding, and the target's own unit."""

    def __init__(self, network: nn.Module, loss: Loss, target: Target, dtype: torch.dtype) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).cpu().eval()
        self.loss, self.shape = loss, shape_of(target)
        self.numbers = target.task is Task.REGRESSION
        mean = torch.tensor(target.mean if self.numbers else (0.0,), dtype=dtype)
        scale = torch.tensor(target.scale if self.numbers else (1.0,), dtype=dtype)
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return answers (n, k) for what the network reads."""
        answers = self.loss.point(decode(self.loss, self.network(*inputs), self.shape))
        if not self.numbers:
            return answers
        scale, mean = self.get_buffer("scale"), self.get_buffer("mean")
        return answers.reshape(-1, len(scale)).to(scale.dtype) * scale + mean


def outlet_of(model: NetworkEstimator, dtype: torch.dtype) -> Outlet:
    """Return what the answers of a model are."""
    target = model.target_
    if target.task is Task.REGRESSION:
        says = f"the predicted {target.name}, in its own unit"
        return Outlet("prediction", "float64" if dtype == torch.float64 else "float32", target.names, says)
    labels = target.names if target.task is Task.MULTILABEL else target.classes
    if model.loss_.probabilities:
        return Outlet("probabilities", "float32", labels, f"the probability of each {_noun(target)}")
    return Outlet("scores", "float32", labels, f"a score of each {_noun(target)}; the highest is the answer")


def _noun(target: Target) -> str:
    return "label" if target.task is Task.MULTILABEL else f"class of {target.name}"
