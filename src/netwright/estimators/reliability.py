"""What the held-out rows tell of a network that was just trained; see `netwright.uncertainty`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from netwright.data.preparation import Preparation
from netwright.data.scale import QuantileMap
from netwright.errors import RecipeError
from netwright.estimators.intake import Rows
from netwright.estimators.preparing import inputs_of, prepare
from netwright.estimators.ready import Ready
from netwright.metrics.threshold import Threshold, choose_threshold
from netwright.nets.output import divide_output
from netwright.task import Task
from netwright.training.batches import Batch
from netwright.training.losses import CrossEntropy, Loss, TargetShape
from netwright.training.objective import decode
from netwright.training.validation import outputs
from netwright.uncertainty import conformal, familiarity
from netwright.uncertainty.abstention import Abstention
from netwright.uncertainty.assurance import Assurance
from netwright.uncertainty.conformal import Thresholds, set_scores
from netwright.uncertainty.familiarity import Familiarity
from netwright.uncertainty.temperature import chances_at, fit_temperature

MOST_ROWS = 50_000
"""Held-out rows that are looked at: more say no more."""

FAR = 0.5
"""Numbers farther outside than this share of the range that was seen make a row unlike all."""

IMPOSSIBLE = 0.001
"""The p-value of a row with a number far beyond all that were seen, however few rows were held out."""

NO_ROWS = "no rows were held out from training"


def learn_assurance(network: nn.Module, ready: Ready, answers: Tensor | None = None) -> Assurance:
    """Return what is known of a network's reliability; a temperature that helps is put into its output layer.

    Args:
        network: trained.
        ready: what it was trained on, and the held-out rows.
        answers: raw outputs for the held-out rows (n, ...), where they come from networks that did not see
            them; those of the network when left out.
    """
    if ready.held is None or ready.held.rows == 0:
        return Assurance(missing=dict.fromkeys(("temperature", "sets", "intervals", "abstention"), NO_ROWS))
    held = _some(ready.held)
    if answers is None:
        found = outputs(network, tuple(one.to(_device(network)) for one in held.inputs)).cpu()
    else:
        found = answers[_chosen(ready.held)]
    task = ready.target.task
    if task in (Task.BINARY, Task.MULTICLASS) and ready.loss.probabilities:
        known = _of_classes(network, ready, found, held)
    elif task is Task.REGRESSION and len(ready.target.names) == 1:
        known = _of_numbers(ready, found, held)
    else:
        known = Assurance(missing={"sets": "for chances of classes only", "intervals": "for one number only"})
    familiar = learn_familiarity(ready)
    why = {} if familiar else {"familiarity": "the rows are no table, or too few were held out"}
    return replace(known, familiarity=familiar, missing={**(known.missing or {}), **why})


def answers_of_held(network: nn.Module, ready: Ready) -> Tensor | None:
    """Return the raw outputs for the held-out rows (n, ...), on the CPU; None without such rows."""
    if ready.held is None or ready.held.rows == 0:
        return None
    return outputs(network, tuple(one.to(_device(network)) for one in ready.held.inputs)).cpu()


def interval_ends(loss: Loss, shape: TargetShape, output: Tensor, coverage: float) -> Tensor:
    """Return the ends of the interval that a network gives by itself (n, 2), of no width where it gives none.

    Args:
        loss: a loss that gives intervals, such as `Quantile`, or any other.
        shape: of the target.
        output: raw outputs (n, outputs) or (n, members, outputs), decoded by this.
        coverage: how often it should hold the true number.
    """
    members = output.unbind(1) if output.dim() == 3 else (output,)
    try:
        pairs = [torch.stack(loss.interval(one, coverage), dim=1) for one in members]
        return torch.stack(pairs).mean(dim=0)
    except RecipeError:
        middle = loss.point(decode(loss, output, shape)).reshape(-1, 1)
        return middle.expand(-1, 2)


def _some(held: Batch) -> Batch:
    return held if held.rows <= MOST_ROWS else held.take(_chosen(held))


def _chosen(held: Batch) -> Tensor:
    return torch.arange(0, held.rows, -(-held.rows // MOST_ROWS), device=held.device)


def _of_classes(network: nn.Module, ready: Ready, found: Tensor, held: Batch) -> Assurance:
    truth = held.target.long().cpu().numpy()
    logits = (found if found.dim() == 3 else found.unsqueeze(1)).double().numpy()
    if logits.shape[2] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=2)
    missing, temperature = {}, None
    if not ready.recipe.calibrate:
        missing["temperature"] = "not asked for"
    elif type(ready.loss) is not CrossEntropy:
        missing["temperature"] = f"{type(ready.loss).__name__} does not answer by logits"
    else:
        temperature = fit_temperature(logits, truth, ready.recipe.seed)
    if temperature is None:
        missing.setdefault("temperature", f"{len(truth)} held-out rows are too few")
    elif temperature.kept and not divide_output(network, temperature.value):
        temperature, missing["temperature"] = None, "the network has no layer called output to divide"
    chances = (
        chances_at(logits, 1.0 if temperature is None else temperature.value)
        if type(ready.loss) is CrossEntropy
        else decode(ready.loss, found, ready.shape).numpy()
    )
    threshold = _threshold(ready.recipe.threshold, truth, chances)
    if len(truth) < conformal.LEAST_ROWS:
        few = f"{len(truth)} held-out rows are too few"
        missing |= {"sets": few, "abstention": few}
        return Assurance(temperature, threshold=threshold, missing=missing)
    # What is said with a threshold is not always the likeliest class.
    target = ready.target if threshold is None else replace(ready.target, threshold=threshold.value)
    chosen = target.chosen(chances)
    sure, right = chances[np.arange(len(truth)), chosen], chosen == truth
    scores = set_scores(chances, truth)
    return Assurance(
        temperature,
        Thresholds.of(scores),
        abstention=Abstention.of(sure, right),
        threshold=threshold,
        missing=missing,
    )


def _threshold(
    wish: str | Mapping[str, float] | None, truth: np.ndarray, chances: np.ndarray
) -> Threshold | None:
    """Return the threshold that is best on the held-out rows for a metric or for costs."""
    if wish is None:
        return None
    metric, costs = (wish, None) if isinstance(wish, str) else (None, wish)
    return choose_threshold(truth, chances, metric=metric, costs=costs)


def _of_numbers(ready: Ready, found: Tensor, held: Batch) -> Assurance:
    truth = held.target.reshape(-1).cpu().numpy()
    if len(truth) < conformal.LEAST_ROWS:
        return Assurance(missing={"intervals": f"{len(truth)} held-out rows are too few"})
    ends = partial(interval_ends, ready.loss, ready.shape, found)

    def scores(coverage: float) -> np.ndarray:
        low, high = ends(coverage).double().numpy().T
        outside: np.ndarray = np.maximum(low - truth, truth - high)
        return outside

    return Assurance(intervals=Thresholds.by_coverage(scores, len(truth)))


def learn_familiarity(ready: Ready) -> Familiarity | None:
    """Return what the training rows look like beside the held-out ones; None for too few, or no table."""
    preparation = ready.preparation
    if not isinstance(preparation, Preparation) or ready.held is None:
        return None
    if ready.held.rows < familiarity.LEAST_ROWS:
        return None
    some, held = _some(ready.train), _some(ready.held)
    return Familiarity.fit(plain_rows(some.inputs), plain_rows(held.inputs), preparation.cardinalities)


def likeness(learnt: Familiarity, preparation: Preparation, rows: Rows) -> np.ndarray:
    """Return how much each aligned row of a table is like the training rows, a p-value (n,)."""
    values = learnt.p_values(*plain_rows(inputs_of(prepare(preparation, rows))))
    return np.where(_far_outside(preparation, rows), np.minimum(values, IMPOSSIBLE), values)


def _far_outside(preparation: Preparation, rows: Rows) -> np.ndarray:
    """Return which aligned rows hold a number far beyond all that were seen in training (n,).

    Normal scores end where the training rows end, so that prepared numbers no longer tell.
    """
    scaler, names = preparation.scaler, preparation.numbers
    if not isinstance(scaler, QuantileMap) or not names:
        return np.zeros(len(rows), dtype=bool)
    raw = rows.select(names).to_numpy() if isinstance(rows, pl.DataFrame) else rows
    values = np.asarray(raw, dtype=np.float64)
    knots = scaler.knots[: len(names)]
    low, high = knots[:, 0], np.where(np.isfinite(knots), knots, -np.inf).max(axis=1)
    reach = FAR * (high - low)
    outside: np.ndarray = ((values < low - reach) | (values > high + reach)).any(axis=1)
    return outside


def plain_rows(inputs: tuple[Tensor, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the prepared numbers (n, p) and category codes (n, c) of a table."""
    numbers, *codes = (tensor.cpu().numpy() for tensor in inputs)
    return numbers, codes[0] if codes else np.empty((len(numbers), 0), dtype=np.int64)


def _device(network: nn.Module) -> torch.device:
    first = next(network.parameters(), None)
    return torch.device("cpu") if first is None else first.device
