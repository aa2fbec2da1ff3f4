"""Confusion, scores by class and curves agree with scikit-learn, and stay small."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as sk

from netwright.compare.curves import (
    MOST_CONFUSED,
    MOST_CURVES,
    MOST_POINTS,
    class_scores,
    confusion,
    precision_recall,
    roc,
    thinned,
)
from netwright.metrics import Answers, Rows, answers_from
from netwright.task import Task

GENERATOR = np.random.default_rng(0)


def two_classes(rows: int) -> Rows:
    truth = GENERATOR.integers(0, 2, rows)
    chance = 1 / (1 + np.exp(-GENERATOR.normal(truth * 1.5, 1)))
    return Rows(truth, answers_from(Task.BINARY, np.column_stack([1 - chance, chance])))


def test_confusion_is_scikit_learns() -> None:
    truth, said = GENERATOR.integers(0, 5, (2, 300))
    found = confusion(truth, said, list("abcde"))
    assert np.array_equal(found.counts, sk.confusion_matrix(truth, said))
    assert found.labels == tuple("abcde")


def test_rare_classes_are_counted_together() -> None:
    truth = np.concatenate([np.arange(60), np.repeat(np.arange(30), 5)])
    found = confusion(truth, truth, [f"c{index}" for index in range(60)])
    assert len(found.labels) == MOST_CONFUSED
    assert found.labels[-1] == "21 rarer classes"
    assert np.sum(found.counts) == len(truth)
    assert set(found.labels[:30]) == {f"c{index}" for index in range(30)}


def test_class_scores_are_scikit_learns_and_none_where_nothing_was_named() -> None:
    truth, said = np.array([0, 0, 1, 1, 3]), np.array([0, 1, 1, 0, 1])
    found = class_scores(truth, said, ["a", "b", "c", "d"])
    precision, recall, f1, count = sk.precision_recall_fscore_support(
        truth, said, labels=range(4), zero_division=0
    )
    assert [one.count for one in found] == list(count)
    assert [one.recall or 0.0 for one in found] == pytest.approx(recall)
    assert [one.precision or 0.0 for one in found] == pytest.approx(precision)
    assert [one.f1 or 0.0 for one in found] == pytest.approx(f1)
    assert found[2].precision is found[2].recall is found[2].f1 is found[3].precision is None


def test_labels_have_scores_of_their_own() -> None:
    truth = np.array([[1, 0], [1, 1], [0, 0]])
    found = class_scores(truth, np.array([[1, 0], [0, 1], [0, 0]]), ["sun", "wind"])
    assert [(one.label, one.count, one.recall) for one in found] == [("sun", 2, 0.5), ("wind", 1, 1.0)]


def test_curves_of_two_classes_are_of_the_second() -> None:
    rows = two_classes(5000)
    (curve,) = roc(rows, ["no", "yes"])
    assert curve.name == "yes"
    assert len(curve.x) <= MOST_POINTS
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    assert curve.area == pytest.approx(sk.roc_auc_score(rows.truth, rows.probabilities[:, 1]))
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area, abs=0.002)
    (curve,) = precision_recall(rows, ["no", "yes"])
    assert len(curve.x) <= MOST_POINTS
    assert list(curve.x) == sorted(curve.x)
    assert curve.area == pytest.approx(sk.average_precision_score(rows.truth, rows.probabilities[:, 1]))
    assert curve.share == pytest.approx(rows.truth.mean())


def test_of_many_classes_the_most_frequent_have_curves() -> None:
    truth = np.concatenate([np.repeat(np.arange(2, 14), 20), [0, 1]])
    chance = GENERATOR.random((len(truth), 14))
    rows = Rows(truth, answers_from(Task.MULTICLASS, chance / chance.sum(axis=1, keepdims=True)))
    names = [curve.name for curve in roc(rows, [f"c{index}" for index in range(14)])]
    assert len(names) == MOST_CURVES
    assert "c0" not in names
    assert names[0] == "c2"


def test_no_probabilities_or_a_single_class_is_no_curve() -> None:
    truth = np.zeros(5, dtype=np.int64)
    assert roc(Rows(truth, Answers(truth)), ["a", "b"]) == ()
    assert precision_recall(Rows(truth, Answers(truth, np.full((5, 2), 0.5))), ["a", "b"]) == ()
    assert roc(Rows(truth, Answers(truth, np.full((5, 2), np.nan))), ["a", "b"]) == ()


def test_thinning_keeps_both_ends_and_the_shape() -> None:
    x = np.linspace(0, 1, 10_000)
    thin_x, thin_y = thinned(x, np.sqrt(x))
    assert len(thin_x) <= MOST_POINTS
    assert (thin_x[0], thin_x[-1], thin_y[-1]) == (0, 1, 1)
    assert np.abs(np.interp(x, thin_x, thin_y) - np.sqrt(x)).max() < 0.01
    assert thinned(x[:5], x[:5]) == (tuple(x[:5]), tuple(x[:5]))
