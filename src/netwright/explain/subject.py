"""The model as an explanation sees it: prepared tensors in, answers in people's units out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.data.long_table import Steps
from netwright.data.schema import Kind, Schema
from netwright.data.sequences import SequencePreparation
from netwright.errors import UserError, did_you_mean
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.forecaster import Forecaster
from netwright.estimators.intake import Rows, read_rows
from netwright.estimators.preparing import AnyPreparation, form_of, inputs_of, prepare
from netwright.explain.members import decoded, together
from netwright.task import Task
from netwright.training.validation import evaluating, outputs

Scale = Literal["answer", "log-odds"]

LEAST_PROBABILITY = 1e-6
"""Probabilities are cut here before their logarithm is taken."""

AT_ONCE = 2_048
"""Rows that are answered at a time."""


@dataclass(frozen=True)
class Subject:
    """A model that is explained.

    Attributes:
        network: the module; called with prepared tensors.
        read: makes answers (n, answers) of its outputs, probabilities or numbers in the target's unit.
        answers: a name for each of them.
        task: what is asked, or None for a plain module.
        form: what its rows are.
        target: name of what is predicted.
        model: the estimator, or None for a plain module.
        members: the estimators that answer together in an ensemble; one alone, or none of a plain module.
        forecaster: the model, where it forecasts series.
    """

    network: nn.Module
    read: Callable[[Tensor], Tensor]
    answers: tuple[str, ...]
    task: Task | None
    form: Form
    target: str
    model: NetworkEstimator | Ensemble | None = None
    members: tuple[NetworkEstimator, ...] = ()
    forecaster: Forecaster | None = None

    @property
    def schema(self) -> Schema:
        """The columns that the model was trained on."""
        return self.members[0].schema_

    @property
    def preparations(self) -> tuple[AnyPreparation, ...]:
        """What makes tensors of raw rows, one for each member."""
        return tuple(member.preparation_ for member in self.members)

    def channels(self, count: int) -> list[str]:
        """Return what so many channels of sequences are called: as in their table, or by number.

        Behind the channels themselves come those that say where one is missing.
        """
        first = self.preparations[0] if self.members else None
        known: list[str] = []
        if isinstance(first, SequencePreparation):
            formats = [column.format for column in self.schema.used if column.kind is Kind.SEQUENCE]
            known = list(Steps.of(next(iter(formats), "")).channels)
            known += [f"{known[channel]} missing" for channel in first.flagged if known]
        return known if len(known) >= count else [f"channel {number + 1}" for number in range(count)]

    def predict(self, inputs: tuple[Tensor, ...]) -> np.ndarray:
        """Return the answers (n, answers), in float64, for prepared rows."""
        device = device_of(self.network)
        parts = []
        for start in range(0, len(inputs[0]), AT_ONCE):
            chunk = tuple(tensor[start : start + AT_ONCE].to(device) for tensor in inputs)
            parts.append(self.read(outputs(self.network, chunk)).cpu())
        return torch.cat(parts).double().numpy()

    def differentiable(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return the answers (n, answers) with their way back to the inputs."""
        with evaluating(self.network):
            return self.read(self.network(*inputs))

    def rows(self, given: Any) -> Rows:
        """Return raw rows as the preparation takes them; those of a plain module are tensors."""
        first = self.members[0]
        return first._aligned(read_rows(given, form_of(first.preparation_)))

    def prepared(self, rows: Rows) -> tuple[Tensor, ...]:
        """Return aligned rows as the network takes them, those of all members one after the other."""
        return tuple(tensor for one in self.preparations for tensor in inputs_of(prepare(one, rows)))

    def inputs(self, given: Any) -> tuple[Tensor, ...]:
        """Return raw rows as the network takes them, pictures as real numbers."""
        if self.model is None:
            several = given if isinstance(given, (tuple, list)) and _arrays(given) else (given,)
            return tuple(_tensor(one) for one in several)
        tensors = self.prepared(self.rows(given))
        return tuple(one.float() if one.dtype == torch.uint8 else one for one in tensors)

    def chosen(self, answers: np.ndarray, wanted: Any = None) -> np.ndarray:
        """Return which answer is explained, for every row (n,).

        Args:
            answers: of the rows (n, answers).
            wanted: a class, label or target by name; the second of two classes, the likeliest of
                several, and the first number when left out.

        Raises:
            UserError: when there is no such answer.
        """
        if wanted is not None:
            if str(wanted) not in self.answers:
                hint = did_you_mean(str(wanted), self.answers)
                raise UserError(f"There is no answer {wanted!r} to explain. {hint}")
            return np.full(len(answers), self.answers.index(str(wanted)))
        if self.task in (Task.MULTICLASS, Task.MULTILABEL):
            return np.asarray(answers.argmax(axis=1))
        return np.full(len(answers), 1 if self.task is Task.BINARY else 0)

    def answered(self, answers: np.ndarray) -> np.ndarray:
        """Return which class the model says (n,): the likeliest, or as its threshold has it."""
        if self.model is None or self.task is not Task.BINARY or len(self.members) > 1:
            return np.asarray(answers.argmax(axis=1))
        return self.model.target_.chosen(answers)

    def scaled(self, scale: Scale) -> Subject:
        """Return the subject with probabilities as logarithms of odds, where that is asked for.

        Raises:
            UserError: when the answers are no probabilities.
        """
        if scale == "answer":
            return self
        if scale != "log-odds":
            raise UserError(f"scale: expected 'answer' or 'log-odds', got {scale!r}.")
        if self.task in (None, Task.REGRESSION) or not all(
            member.loss_.probabilities for member in self.members
        ):
            raise UserError("scale='log-odds' is for probabilities; this model's answers are none.")
        return replace(self, read=partial(_log_odds, self.read))


def subject_of(model: Any) -> Subject:
    """Return a model as explanations see it.

    Args:
        model: a fitted `Classifier`, `Regressor`, `Ensemble` or `Forecaster`, trained just now or loaded; or
            any PyTorch module, which is called with tensors and whose outputs are explained as they are.

    Raises:
        TypeError: for anything else.
        NotFittedError: when it is not trained yet.
    """
    if isinstance(model, (NetworkEstimator, Ensemble)):
        model._check_fitted()
        members, network, read = (
            ((model,), model.network_, partial(decoded, model))
            if isinstance(model, NetworkEstimator)
            else together(model)
        )
        target = model.target_
        return Subject(
            network=network,
            read=read,
            answers=tuple(map(str, target.classes or target.names)),
            task=target.task,
            form=form_of(members[0].preparation_),
            target=target.name,
            model=model,
            members=members,
        )
    if isinstance(model, Forecaster):
        model._check_fitted()
        return Subject(
            network=model.network_,
            read=_flat,
            answers=(),
            task=Task.REGRESSION,
            form=Form.SERIES,
            target=" and ".join(model.preparation_.columns.target),
            forecaster=model,
        )
    if isinstance(model, nn.Module):
        return Subject(model, _flat, (), None, Form.ARRAY, "output")
    raise TypeError(
        "explain: expected a Classifier, a Regressor, an Ensemble, a torch.nn.Module or a "
        f"Forecaster, got {type(model).__name__}."
    )


def with_names(subject: Subject, count: int) -> Subject:
    """Return a plain module's subject with a number as the name of each of its outputs."""
    if subject.answers:
        return subject
    names = tuple(str(number) for number in range(count))
    return replace(subject, answers=names)


def device_of(network: nn.Module) -> torch.device:
    """Return where a network is."""
    parameter = next(network.parameters(), None)
    return torch.device("cpu") if parameter is None else parameter.device


def _log_odds(read: Callable[[Tensor], Tensor], output: Tensor) -> Tensor:
    probabilities = read(output).double().clamp(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return torch.logit(probabilities)


def _flat(output: Tensor) -> Tensor:
    return output.reshape(len(output), -1)


def _arrays(items: Any) -> bool:
    return bool(items) and all(isinstance(item, (Tensor, np.ndarray)) for item in items)


def _tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach().cpu()
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise UserError(
            "explain: a PyTorch module is called with numbers; give a tensor or an array of them."
        )
    tensor = torch.from_numpy(np.array(array))
    return tensor.to(torch.get_default_dtype()) if tensor.is_floating_point() else tensor
