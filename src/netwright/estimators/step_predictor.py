"""`StepPredictor`: a class or a number for every step of a sequence."""

from __future__ import annotations

import math
import os
from typing import Any, Literal, Self

import numpy as np
import polars as pl
import torch
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from torch import Tensor, nn

from netwright.data.items import Form, SequenceRows
from netwright.data.recognition import as_form
from netwright.data.sequences import SequencePreparation, Sequences
from netwright.data.split import holdout
from netwright.data.target import Target
from netwright.device import choose_device
from netwright.errors import DataError, RecipeError
from netwright.nets.lstm import LSTM
from netwright.nets.network import Network
from netwright.parts import parse_part
from netwright.randomness import derive_seed, isolated
from netwright.task import Task
from netwright.training.averaging import EMA, averaged_tensors
from netwright.training.batches import Batch, Batches
from netwright.training.early_stopping import EarlyStopping
from netwright.training.fit import Setup, fit
from netwright.training.history import Round
from netwright.training.loop import Engine
from netwright.training.losses import TargetShape, default_loss
from netwright.training.losses.per_step import _PerStep
from netwright.training.objective import Objective
from netwright.training.optimizers import AdamW, Optimizer, parameter_groups
from netwright.training.pace import Pace
from netwright.training.progress import show_progress
from netwright.training.schedules import Constant
from netwright.training.threads import threads_for
from netwright.training.validation import Validation

FEWEST_TO_HOLD_OUT = 20
HELD_OUT = 0.15


class StepPredictor(BaseEstimator):  # type: ignore[misc]
    """A network that answers every step of a sequence: a class or a number for each.

    Settings:
        network: any network for sequences with `pooling`; it is set to "none".
        preparation: how steps become inputs.
        optimizer: how the weights are updated.
        epochs: how often all sequences are visited at most.
        batch_size: sequences of an update.
        patience: epochs without a better validation loss until training ends.
        seed: of all random numbers.
        device: auto, cpu, cuda, mps.
        progress: True, False, or "auto" to show it on a terminal only.

    >>> X = [np.array([0.0, 1.0, 0.0]), np.array([1.0, 1.0])]
    >>> model = StepPredictor(network=LSTM(hidden=4), epochs=1).fit(X, [["no", "yes", "no"], ["yes", "yes"]])
    >>> [len(one) for one in model.predict(X)]
    [3, 2]
    """

    def __init__(
        self,
        *,
        network: Any = "auto",
        preparation: Sequences | None = None,
        optimizer: Any = "auto",
        epochs: int = 40,
        batch_size: int = 16,
        patience: int = 8,
        seed: int = 0,
        device: str = "auto",
        progress: bool | Literal["auto"] = "auto",
    ) -> None:
        self.network = network
        self.preparation = preparation
        self.optimizer = optimizer
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.seed = seed
        self.device = device
        self.progress = progress

    def fit(self, X: Any, y: Any) -> Self:
        """Train on sequences.

        Args:
            X: sequences: a list of arrays (length,) or (length, channels).
            y: for each of them a class or a number for every step.

        Raises:
            DataError: when a sequence and its answers differ in length; names the row.
            RecipeError: when the network cannot answer every step.
        """
        self.part_ = self._part()
        rows = _sequences(X)
        answers = _answers(rows, y)
        self.target_ = Target.infer(pl.Series("y", np.concatenate(answers).tolist()))
        if self.target_.task is Task.REGRESSION:
            self.target_ = self.target_.standardised_on(pl.Series("y", np.concatenate(answers).tolist()))
        train, held = self._division(len(rows))
        options = self.preparation if self.preparation is not None else Sequences()
        self.preparation_: SequencePreparation = options.fit(rows[train])
        inner = default_loss(self.target_.task)
        shape = TargetShape(self.target_.task, len(self.target_.classes))
        several = self.target_.task is Task.MULTICLASS
        self.loss_ = _PerStep(loss=inner, width=inner.outputs(shape), several=several)
        batch = Batch(self.preparation_.transform(rows), self._targets(answers))
        with isolated(derive_seed(self.seed, "steps")):
            self.network_: nn.Module = self.part_.build(self.preparation_.shape, self.loss_.width, ())
            setup = self._setup(shape, batch.take(torch.from_numpy(train)), batch, held)
            with threads_for(self.network_, self.batch_size), show_progress(setup, self.progress) as line:
                self.outcome_ = fit(setup, [line.round] if line else [])
        self.history_: tuple[Round, ...] = self.outcome_.rounds
        if self.outcome_.interrupted:
            raise KeyboardInterrupt
        return self

    def predict(self, X: Any) -> list[np.ndarray]:
        """Return for each sequence the class or number of every step."""
        self._check_fitted()
        steps, lengths = self.preparation_.transform(_sequences(X))
        device = next(self.network_.parameters()).device
        with torch.inference_mode():
            output = self.network_.eval()(steps.to(device), lengths.to(device)).cpu()
        shape = TargetShape(self.target_.task, len(self.target_.classes))
        decoded = self.loss_.decode(output, shape).numpy()
        if self.target_.task is Task.REGRESSION:
            values = self.target_.decode_numbers(decoded)
        else:
            places = (decoded > 0.5).astype(int) if decoded.ndim == 1 else decoded.argmax(axis=1)
            values = np.array(self.target_.classes, dtype=object)[places]
        table = values.reshape(len(lengths), -1)
        return [row[:length] for row, length in zip(table, lengths.tolist(), strict=True)]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a file, from which `netwright.load` reads it again.

        Raises:
            RunError: when the file cannot be written.
        """
        from netwright.estimators.step_saving import save_step_predictor

        self._check_fitted()
        save_step_predictor(self, path)

    def _check_fitted(self) -> None:
        if not hasattr(self, "network_"):
            raise NotFittedError("This StepPredictor instance is not fitted yet: call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def _part(self) -> Network:
        part: Network = (
            LSTM(bidirectional=True) if self.network == "auto" else parse_part(Network, self.network)
        )
        if Form.SEQUENCES not in part.forms or "pooling" not in type(part).model_fields:
            raise RecipeError(f"network: {part.kind} does not answer every step. Use lstm, gru, rnn or tcn.")
        members = {"members": 1} if "members" in type(part).model_fields else {}
        return part.edited(pooling="none", **members)

    def _division(self, rows: int) -> tuple[np.ndarray, np.ndarray | None]:
        if rows < FEWEST_TO_HOLD_OUT:
            return np.arange(rows), None
        split = holdout(rows, HELD_OUT, seed=self.seed)
        return split.train, split.validation

    def _targets(self, answers: list[np.ndarray]) -> Tensor:
        """Return encoded answers float32 (n, longest), NaN behind each end."""
        target = torch.full((len(answers), max(map(len, answers))), math.nan)
        for row, one in enumerate(answers):
            encoded = self.target_.encode(pl.Series("y", one.tolist()))
            target[row, : len(one)] = torch.from_numpy(np.array(encoded)).float()
        return target

    def _setup(self, shape: TargetShape, train: Batch, whole: Batch, held: np.ndarray | None) -> Setup:
        device = torch.device(choose_device(self.device)[0])
        network, loss = self.network_.to(device), self.loss_
        batches = Batches(train, min(self.batch_size, train.rows), self.seed, device=device)
        optimizer = AdamW(learning_rate=4e-3) if self.optimizer == "auto" else self.optimizer
        optimizer = parse_part(Optimizer, optimizer, AdamW)
        validation = None
        if held is not None:
            rows = whole.take(torch.from_numpy(held)).to(device)
            validation = Validation(rows, loss, shape, lambda answers, truth: {})
        return Setup(
            engine=Engine(
                network=network,
                objective=Objective(loss),
                optimizer=optimizer.build(parameter_groups(network, optimizer.layer_rates)),
                pace=Pace.of(Constant(), self.epochs * batches.per_epoch, None, larger_is_better=False),
                gradient_clip=1.0,
            ),
            batches=batches,
            epochs=self.epochs,
            validation=validation,
            early_stopping=EarlyStopping(patience=self.patience) if held is not None else None,
            average=EMA(decay=0.99).average(averaged_tensors(network)),
        )


def _sequences(X: Any) -> SequenceRows:
    rows = as_form(X, Form.SEQUENCES)
    if not isinstance(rows, SequenceRows):
        raise DataError(f"X: expected a list of arrays (length, channels), got {type(X).__name__}.")
    return rows


def _answers(rows: SequenceRows, y: Any) -> list[np.ndarray]:
    answers = [np.asarray(one) for one in y]
    if len(answers) != len(rows):
        raise DataError(f"X has {len(rows):,} sequences and y has {len(answers):,} rows of answers.")
    for row, (steps, one) in enumerate(zip(rows.values, answers, strict=True)):
        if one.ndim != 1 or len(one) != len(steps):
            came = f"{len(one):,}" if one.ndim == 1 else f"an array of shape {one.shape}"
            raise DataError(f"Row {row + 1:,}: expected {len(steps):,} answers, one a step, got {came}.")
    return answers
