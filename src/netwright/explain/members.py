"""Several networks that answer together, as one module: each reads the row in its own preparation."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from netwright.data.preparation import Preparation
from netwright.data.target import Target
from netwright.errors import UserError
from netwright.estimators.assembly import shape_of
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.preparing import form_of
from netwright.task import Task
from netwright.training.objective import decode


class Together(nn.Module):
    """The weighted mean of what members answer, in people's units, each class in its place.

    Args:
        models: the members.
        weights: of each.
        target: of all together.
    """

    def __init__(self, models: tuple[NetworkEstimator, ...], weights: list[float], target: Target) -> None:
        super().__init__()
        self.networks = nn.ModuleList(model.network_ for model in models)
        self.reads = [partial(decoded, model) for model in models]
        self.weights = weights
        self.answers = max(1, len(target.classes))
        self.places = [_places(model.target_, target) for model in models]
        self.counts = [_inputs_taken(model) for model in models]

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return answers (n, k) for the inputs of all members, one after the other."""
        total = torch.zeros(len(inputs[0]), self.answers, dtype=torch.float64, device=inputs[0].device)
        start, parts = 0, zip(self.networks, self.reads, self.weights, self.places, self.counts, strict=True)
        for network, read, weight, places, count in parts:
            mine = inputs[start : start + count] if count else inputs[start:]
            answer = read(network(*mine)).double()
            total = total.index_add(1, torch.tensor(places, device=answer.device), weight * answer)
            start += count
        return total


def together(model: Ensemble) -> tuple[tuple[NetworkEstimator, ...], Together, partial[Tensor]]:
    """Return the members that count, their network, and how its outputs are read.

    Raises:
        UserError: when the members do not read the same columns.
    """
    used = [(one, float(w)) for one, w in zip(model.models_, model.weights_, strict=True) if w > 0]
    members = tuple(one for one, _ in used)
    known = [tuple((column.name, column.kind) for column in one.schema_.used) for one in members]
    for number, columns in enumerate(known):
        if columns != known[0]:
            other = sorted({name for name, _ in set(columns) ^ set(known[0])})
            raise UserError(
                f"explain: member {number + 1} of this ensemble reads other columns than the first "
                f"({', '.join(other)}), as the rows that it was trained on differ. Explain a member by "
                "itself: model.models_[0]."
            )
    network = Together(members, [weight for _, weight in used], model.target_)
    return members, network.eval(), partial(_as_it_is)


def decoded(model: NetworkEstimator, output: Tensor) -> Tensor:
    """Return what a model's network says (n, answers) as probabilities, or numbers in the target's unit."""
    answers = model.loss_.point(decode(model.loss_, output, shape_of(model.target_)))
    answers = answers.reshape(len(answers), -1)
    if model.target_.task is not Task.REGRESSION:
        return answers
    mean, scale = (torch.tensor(v, dtype=torch.float64) for v in (model.target_.mean, model.target_.scale))
    return answers.double() * scale.to(answers.device) + mean.to(answers.device)


def _places(member: Target, target: Target) -> list[int]:
    """Return where each answer of a member stands among those of all."""
    if not target.classes:
        return [0]
    known = {label: place for place, label in enumerate(target.classes)}
    return [known[label] for label in member.classes]


def _inputs_taken(model: NetworkEstimator) -> int:
    """Return how many tensors a member's rows are prepared as."""
    preparation = model.preparation_
    if isinstance(preparation, Preparation):
        return 2 if preparation.cardinalities else 1
    raise UserError(
        f"explain: this ensemble reads {form_of(preparation)}; ensembles are explained of tables. Explain a "
        "member by itself: model.models_[0]."
    )


def _as_it_is(output: Tensor) -> Tensor:
    return output
