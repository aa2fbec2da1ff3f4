"""Classical models that answer beside the network: boosted trees and a linear model, as plain tensors."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array, hstack
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor, nn

from netwright.estimators.ready import Ready
from netwright.estimators.reliability import plain_rows
from netwright.nets.additive import Additive
from netwright.nets.trees import CATEGORIES, Trees
from netwright.task import Task
from netwright.training.batches import Batch
from netwright.training.objective import batch_loss
from netwright.training.validation import outputs

ROUNDS_AT_ONCE = 10
PATIENCE = 3
"""Looks at the held-out rows without a better loss before no more trees are grown."""

MOST_TREES = 3_000
"""Of all classes together: more make a file of many megabytes."""

DEEPEST = 10
LEAVES = 31
ITERATIONS_AT_ONCE, MOST_ITERATIONS = 25, 500

NEVER = -20.0
"""The sum of a class that the rows do not hold."""

Clock = Callable[[], float]


def fit_boosting(ready: Ready, deadline: float | None = None, clock: Clock = time.perf_counter) -> Trees:
    """Return gradient boosting on prepared rows, with as many rounds as the held-out rows ask for.

    Args:
        ready: the rows to learn from, and those held out.
        deadline: on the clock, when no more trees are grown; None for no end.
        clock: returns seconds.

    Source: Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree.
    """
    rows, codes = plain_rows(ready.train.inputs)
    cardinalities = _cardinalities(ready)
    few = np.array([False] * rows.shape[1] + [size <= CATEGORIES - 1 for size in cardinalities])
    classes = ready.target.task is not Task.REGRESSION
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = kind(
        early_stopping=False,
        warm_start=True,
        max_depth=DEEPEST,
        max_leaf_nodes=LEAVES,
        categorical_features=few if few.any() else None,
        random_state=ready.recipe.seed % 2**32,
    )
    matrix = np.hstack([rows.astype(np.float64), codes.astype(np.float64)])
    truth, weight = _truth(ready), _weight(ready.train)
    most = max(ROUNDS_AT_ONCE, MOST_TREES // max(1, len(ready.target.classes) if classes else 1))
    best, least, waited, rounds = None, np.inf, 0, 0
    while rounds < most and waited < PATIENCE:
        begun, rounds = clock(), rounds + ROUNDS_AT_ONCE
        with threadpool_limits(limits=torch.get_num_threads()):
            model.set_params(max_iter=rounds).fit(matrix, truth, weight)
        trees = Trees(_arrays(model, _outputs(ready)))
        loss = _held_loss(trees, ready)
        if loss < least:
            best, least, waited = trees, loss, 0
        else:
            waited += 1
        if deadline is not None and 2 * clock() - begun > deadline:
            break
    assert best is not None
    return best


def fit_linear(ready: Ready, deadline: float | None = None, clock: Clock = time.perf_counter) -> Additive:
    """Return logistic or ridge regression on prepared numbers and one input a category.

    Args:
        ready: the rows to learn from.
        deadline: on the clock, when no more iterations are made; None for no end.
        clock: returns seconds.
    """
    rows, codes = plain_rows(ready.train.inputs)
    cardinalities = _cardinalities(ready)
    matrix = hstack([csr_array(rows.astype(np.float64)), *_one_hot(codes, cardinalities)], format="csr")
    truth, weight = _truth(ready), _weight(ready.train)
    if ready.target.task is Task.REGRESSION:
        model: Any = Ridge(solver="lsqr").fit(matrix, truth, weight)
    else:
        model = LogisticRegression(warm_start=True, max_iter=ITERATIONS_AT_ONCE)
        for _ in range(MOST_ITERATIONS // ITERATIONS_AT_ONCE):
            begun = clock()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(matrix, truth, weight)
            late = deadline is not None and 2 * clock() - begun > deadline
            if late or model.n_iter_.max() < ITERATIONS_AT_ONCE:
                break
    return _additive(model, rows.shape[1], cardinalities, _outputs(ready))


def _additive(model: Any, numbers: int, cardinalities: tuple[int, ...], width: int) -> Additive:
    module = Additive(numbers, cardinalities, width)
    learnt = torch.from_numpy(np.atleast_2d(model.coef_)).float()
    places, bias = _places(model, width)
    bias[places] = np.atleast_1d(model.intercept_)
    with torch.no_grad():
        module.weight[places] = learnt[:, :numbers]
        module.addends[:, places] = learnt[:, numbers:].T
        module.bias.copy_(torch.from_numpy(bias))
    return module.eval()


def _one_hot(codes: np.ndarray, cardinalities: tuple[int, ...]) -> list[csr_array]:
    """Return a matrix of ones for each column of codes."""
    rows = np.arange(len(codes))
    return [
        csr_array((np.ones(len(codes)), (rows, codes[:, place])), shape=(len(codes), size))
        for place, size in enumerate(cardinalities)
    ]


def _arrays(model: Any, width: int) -> Mapping[str, Tensor]:
    """Return the trees of a fitted scikit-learn model as flat arrays, see `Trees`.

    Args:
        model: fitted.
        width: sums that the trees are to give.
    """
    grown = [tree for round_ in model._predictors for tree in round_]
    sizes = [len(tree.nodes) for tree in grown]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    nodes = np.concatenate([tree.nodes for tree in grown])
    own, base = np.arange(len(nodes)), np.repeat(starts, sizes)
    leaf = nodes["is_leaf"].astype(bool)
    columns, categories = _columns(model)
    choice, goes_left = _choices(grown, categories)
    grown_baseline = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)
    places, baseline = _places(model, width)
    baseline[places] = grown_baseline
    # Sums of no tree look at one more leaf, which adds nothing.
    roots = np.full((len(model._predictors), width), len(nodes))
    roots[:, places] = starts.reshape(-1, len(places))
    nothing = {
        "feature": 0,
        "threshold": 0.0,
        "left": len(nodes),
        "right": len(nodes),
        "value": 0.0,
        "choice": 0,
    }
    arrays = {
        "feature": np.where(leaf, 0, columns[np.where(leaf, 0, nodes["feature_idx"])]),
        "threshold": _rounded_down(np.where(leaf | (choice > 0), 0.0, nodes["num_threshold"])),
        "left": np.where(leaf, own, nodes["left"].astype(np.int64) + base),
        "right": np.where(leaf, own, nodes["right"].astype(np.int64) + base),
        "value": np.where(leaf, nodes["value"], 0.0).astype(np.float32),
        "choice": choice,
    }
    arrays = {name: np.append(array, array.dtype.type(nothing[name])) for name, array in arrays.items()}
    arrays |= {
        "goes_left": goes_left,
        "roots": roots,
        "baseline": baseline.astype(np.float32),
        "depth": np.array(int(nodes["depth"].max())),
    }
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}


def _places(model: Any, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which of the sums a model gives, and what stands in those that it does not give (width,).

    A class without rows has next to no chance; of two classes that are all there is of many, a model
    gives the second's sum, and the first's is 0.
    """
    if width == 1:
        return np.arange(1), np.zeros(1)
    rest = np.full(width, NEVER)
    present = np.asarray(model.classes_)
    rest[present] = 0.0
    return present[1:] if len(present) == 2 else present, rest


def _columns(model: Any) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the input that each of the trees' features is, and the codes of those that are categories.

    Features stand with the categories in front, each counted anew by the codes that the rows had.
    """
    flags = model.is_categorical_
    if flags is None or not flags.any():
        return np.arange(model.n_features_in_), []
    columns = np.concatenate([np.flatnonzero(flags), np.flatnonzero(~flags)])
    encoder = model._preprocessor.named_transformers_["encoder"]
    return columns, [found.astype(np.int64) for found in encoder.categories_]


def _choices(grown: Sequence[Any], categories: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return for each node the row of the table it asks, and the table of which codes go left."""
    table, choice = [np.zeros(CATEGORIES, dtype=np.uint8)], []
    for tree in grown:
        for node in tree.nodes:
            if node["is_leaf"] or not node["is_categorical"]:
                choice.append(0)
                continue
            known = categories[node["feature_idx"]]
            bits = tree.raw_left_cat_bitsets[node["bitset_idx"]]
            places = np.arange(len(known))
            # A code that the rows never had goes the way of a missing value.
            row = np.full(CATEGORIES, node["missing_go_to_left"], dtype=np.uint8)
            row[known] = (bits[places // 32] >> (places % 32).astype(np.uint32)) & 1
            choice.append(len(table))
            table.append(row)
    return np.array(choice, dtype=np.int64), np.stack(table)


def _rounded_down(thresholds: np.ndarray) -> np.ndarray:
    """Return thresholds in 32 bits that are never above: numbers in 32 bits then fall as in 64."""
    near = np.clip(thresholds, np.finfo(np.float32).min, np.finfo(np.float32).max).astype(np.float32)
    below: np.ndarray = np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near)
    return below


def _held_loss(module: nn.Module, ready: Ready) -> float:
    assert ready.held is not None
    found = outputs(module, ready.held.inputs)
    return float(batch_loss(ready.loss, found, ready.held.target, ready.held.weight))


def _cardinalities(ready: Ready) -> tuple[int, ...]:
    return tuple(getattr(ready.preparation, "cardinalities", ()))


def _outputs(ready: Ready) -> int:
    return ready.loss.outputs(ready.shape)


def _truth(ready: Ready) -> np.ndarray:
    truth = ready.train.target.reshape(-1).cpu().numpy()
    return truth.astype(np.float64) if ready.target.task is Task.REGRESSION else truth.astype(np.int64)


def _weight(batch: Batch) -> np.ndarray | None:
    return None if batch.weight is None else batch.weight.cpu().numpy().astype(np.float64)
