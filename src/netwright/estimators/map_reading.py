"""Transfer to few labels: a linear discriminant on the body's maps answers beside the fine-tuned network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from sklearn.covariance import ledoit_wolf
from torch import nn

from netwright.estimators.ready import Ready
from netwright.estimators.transfer import Body
from netwright.nets.cnn import CNN, PictureNetwork
from netwright.nets.map_reader import quartered
from netwright.nets.resnet import ResNet
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.training.batches import Batch
from netwright.training.fit import Outcome
from netwright.training.losses import CrossEntropy

FEW_LABELS = 1_000
"""Labelled rows up to which the discriminant answers as well."""

LEAST_OF_A_CLASS = 10
"""Pictures of each class from which on it does: spread within classes is not to be had from two or three."""


def read_beside(recipe: Recipe, body: Body | None, rows: int, task: Task) -> Recipe:
    """Return a recipe whose network has a second answer where it starts from a body and has few labels."""
    network = recipe.network
    if body is None or body.model is None or not isinstance(network, (CNN, ResNet)):
        return recipe
    few = rows <= FEW_LABELS and task in (Task.BINARY, Task.MULTICLASS)
    return recipe.edited(network=network.edited(beside=few))


def fit_beside(network: nn.Module, ready: Ready, outcome: Outcome) -> Outcome:
    """Fit the second answer of a network to its training rows; return the outcome with a word on that.

    Linear discriminant analysis in closed form; S is the covariance within classes, with the shrinkage of
    Ledoit and Wolf, and s makes its answers to the training rows spread as far as the network's own:

        z = s (S^-1 m_k · x - m_k S^-1 m_k / 2 + log p_k)

    Networks without a second answer, losses that weigh classes, rows of unequal weight, and classes of which
    there are fewer than `LEAST_OF_A_CLASS` pictures are left as they are.

    Args:
        network: trained.
        ready: what it was trained on.
        outcome: how the training went.

    Source: Ledoit, Wolf (2004), A well-conditioned estimator for large-dimensional covariance matrices.
    """
    loss = ready.loss
    equal = type(loss) is CrossEntropy and loss.class_weights is None and ready.train.weight is None
    if not isinstance(network, PictureNetwork) or network.beside is None or outcome.interrupted or not equal:
        return outcome
    truth = ready.train.target.long().cpu().numpy().ravel()
    if np.bincount(truth, minlength=max(2, ready.shape.classes)).min() < LEAST_OF_A_CLASS:
        return outcome
    _fit(network, ready.train, truth)
    told = (
        f"a linear discriminant of {len(truth)} pictures, on the maps before the last stage, answers as well"
    )
    return replace(outcome, afterwards=(*outcome.afterwards, told))


@torch.no_grad()
def _fit(network: PictureNetwork, train: Batch, truth: np.ndarray) -> None:
    assert network.beside is not None
    was = network.training
    network.eval()
    parts = torch.split(train.inputs[0].to(network.output.weight.device), network.chunk_rows)
    read = torch.cat([quartered(network.lower_maps(part)) for part in parts]).double().cpu().numpy()
    own = torch.cat([network(part) for part in parts]).double().cpu().numpy()
    network.train(was)
    spread = read.std(axis=0) + 1e-6
    weight, bias = discriminant(read / spread, truth)
    if own.shape[1] == 1:
        weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
    found = (read / spread) @ weight.T + bias
    share = _reach(own) / max(_reach(found), 1e-12)
    network.beside.set(torch.from_numpy(share * weight / spread), torch.from_numpy(share * bias))


def discriminant(values: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (classes, columns) and biases (classes,) of the shrunken linear discriminant.

    Args:
        values: (rows, columns).
        truth: classes (rows,) from 0; each occurs.
    """
    counts = np.bincount(truth)
    means = np.stack([values[truth == one].mean(axis=0) for one in range(len(counts))])
    within, _ = ledoit_wolf(values - means[truth], assume_centered=True)
    weight = np.linalg.solve(within, means.T).T
    return weight, np.log(counts / counts.sum()) - (weight * means).sum(axis=1) / 2


def _reach(logits: np.ndarray) -> float:
    """Return how far answers (rows, outputs) lie apart, the mean square root over rows."""
    apart = logits if logits.shape[1] == 1 else logits - logits.mean(axis=1, keepdims=True)
    return float(np.sqrt((apart**2).mean()))
