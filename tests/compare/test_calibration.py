"""Calibrated probabilities are recognised as such, and others by their gap."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from netwright.compare.calibration import MOST_BINS, ROWS_OF_A_BIN, calibration, reliability
from netwright.metrics import Answers
from netwright.task import Task

GENERATOR = np.random.default_rng(0)


def test_true_probabilities_have_a_small_error_and_intervals_that_hold_them() -> None:
    promised = GENERATOR.random(20_000)
    curve = reliability(promised, GENERATOR.random(20_000) < promised, None, "rain")
    assert curve.error < 0.015
    assert len(curve.bins) == MOST_BINS
    held = [one.low <= one.predicted <= one.high for one in curve.bins]
    assert np.mean(held) >= 0.8


def test_overconfidence_is_the_error() -> None:
    happened = GENERATOR.random(10_000) < 0.7
    assert reliability(np.full(10_000, 0.9), happened, None, "rain").error == pytest.approx(0.2, abs=0.02)


def test_bins_are_scikit_learns_quantiles() -> None:
    promised = GENERATOR.permutation(3000) / 3000
    happened = GENERATOR.random(3000) < promised**2
    curve = reliability(promised, happened, None, "rain")
    observed, predicted = calibration_curve(happened, promised, n_bins=MOST_BINS, strategy="quantile")
    assert [one.observed for one in curve.bins] == pytest.approx(observed, abs=0.02)
    assert [one.predicted for one in curve.bins] == pytest.approx(predicted, abs=0.01)


def test_every_row_is_in_one_bin_and_equal_probabilities_stay_together() -> None:
    promised = GENERATOR.integers(0, 4, 500) / 4
    curve = reliability(promised, promised > 0.5, None, "rain")
    assert sum(one.count for one in curve.bins) == 500
    assert [one.predicted for one in curve.bins] == sorted({one.predicted for one in curve.bins})
    assert len(curve.bins) <= 4


def test_few_rows_are_one_bin() -> None:
    curve = reliability(np.linspace(0, 1, ROWS_OF_A_BIN), np.arange(ROWS_OF_A_BIN) > 9, None, "rain")
    assert len(curve.bins) == 1


def test_weights_count_and_rows_without_weight_are_left_out() -> None:
    promised = np.repeat([0.2, 0.8], 100)
    happened = np.repeat([False, True], 100)
    weights = np.repeat([0.0, 2.0], 100)
    curve = reliability(promised, happened, weights, "rain")
    assert [(one.predicted, one.observed, one.count) for one in curve.bins] == [
        (pytest.approx(0.8), 1.0, 100)
    ]
    assert reliability(promised, happened, np.zeros(200), "rain").bins == ()


def test_what_the_probability_is_of_depends_on_the_task() -> None:
    two = Answers(np.array([0, 1]), np.array([[0.9, 0.1], [0.4, 0.6]]))
    curve = calibration(Task.BINARY, np.array([0, 1]), two, positive="malignant")
    assert curve is not None
    assert (curve.about, curve.bins[0].predicted) == ("malignant", pytest.approx(0.35))
    three = Answers(np.array([0, 2]), np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]))
    curve = calibration(Task.MULTICLASS, np.array([0, 1]), three)
    assert curve is not None
    assert (curve.about, curve.bins[0].observed) == ("the predicted class", 0.5)
    assert curve.bins[0].predicted == pytest.approx(0.6)
    labels = Answers(np.array([[0, 1]]), np.array([[0.2, 0.8]]))
    curve = calibration(Task.MULTILABEL, np.array([[0, 1]]), labels, np.array([2.0]))
    assert curve is not None
    assert curve.bins[0].count == 2


def test_without_probabilities_there_is_no_curve() -> None:
    truth = np.array([0, 1])
    assert calibration(Task.REGRESSION, truth * 1.0, Answers(truth * 1.0)) is None
    assert calibration(Task.BINARY, truth, Answers(truth)) is None
    assert calibration(Task.BINARY, truth, Answers(truth, np.full((2, 2), np.nan))) is None
    assert calibration(Task.BINARY, truth[:0], Answers(truth[:0], np.empty((0, 2)))) is None
