"""Labels that are probably wrong, from what a model says of rows that it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FAR_OFF = 5.0
"""A number this many usual errors away from what is expected is suspected."""


@dataclass(frozen=True)
class LabelErrors:
    """Rows by how probable it is that their label is wrong.

    Attributes:
        doubt: of every row, higher for more suspicious ones (n,).
        suspects: rows whose label is probably wrong, the most suspicious first.
        likelier: what the label of each row should rather be: a class, or the expected number (n,).
        share: estimated share of wrong labels.
    """

    doubt: np.ndarray
    suspects: np.ndarray
    likelier: np.ndarray
    share: float


def wrong_classes(probabilities: np.ndarray, labels: np.ndarray) -> LabelErrors:
    """Return which classes are probably wrong.

    A row counts as class j when its probability reaches the mean probability of j among rows labelled j;
    so a class of which the model is never sure is not suspected as a whole. The counts of labels that say
    otherwise estimate how many are wrong; that many are suspected, those with the least probability of their
    own label first.

    Args:
        probabilities: from models that were not trained on the row (n, classes).
        labels: class indices (n,).

    Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels", 2021.

    >>> sure = np.tile([0.95, 0.05], (20, 1))
    >>> wrong_classes(np.vstack([sure, sure[:, ::-1]]), np.array([0] * 19 + [1] + [1] * 20)).suspects.tolist()
    [19]
    """
    rows, classes = probabilities.shape
    own = probabilities[np.arange(rows), labels]
    counts = np.bincount(labels, minlength=classes)
    threshold = np.bincount(labels, own, minlength=classes) / np.maximum(counts, 1)
    reached = np.where((probabilities >= threshold) & (counts > 0), probabilities, -1.0)
    confident = reached.max(axis=1) >= 0
    told = reached.argmax(axis=1)
    joint = np.zeros((classes, classes))
    np.add.at(joint, (labels[confident], told[confident]), 1)
    # Each label counts for as many rows as it has, however few of them the model is sure of.
    sums = joint.sum(axis=1, keepdims=True)
    joint = np.divide(joint, sums, out=np.zeros_like(joint), where=sums > 0) * counts[:, None]
    wrong = round(float(joint.sum() - np.trace(joint)))
    likelier = probabilities.argmax(axis=1)
    order = np.argsort(own, kind="stable")
    # Where the model itself holds the label for likeliest, there is nothing to doubt.
    suspects = order[likelier[order] != labels[order]][:wrong]
    return LabelErrors(1 - own, suspects, likelier, wrong / rows)


def wrong_numbers(expected: np.ndarray, values: np.ndarray) -> LabelErrors:
    """Return which numbers are probably wrong: they lie far from what is expected.

    Args:
        expected: from models that were not trained on the row (n,).
        values: numbers (n,).

    >>> values = np.arange(20.0)
    >>> wrong_numbers(np.append(values[:-1] + 0.1, 500.0), values).suspects.tolist()
    [19]
    """
    errors = values - expected
    middle = np.median(errors)
    usual = 1.4826 * float(np.median(np.abs(errors - middle))) or float(np.abs(errors).mean()) or 1.0
    doubt = np.abs(errors - middle) / usual
    order = np.argsort(-doubt, kind="stable")
    suspects = order[doubt[order] > FAR_OFF]
    return LabelErrors(doubt, suspects, expected, len(suspects) / len(values))
