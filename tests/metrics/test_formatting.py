"""Scores are shown with the digits that tell something."""

from __future__ import annotations

import pytest

from netwright.metrics import decimals_of_difference, find_metric, format_score
from netwright.task import Task

AUC = find_metric(Task.BINARY, "roc_auc")
RMSE = find_metric(Task.REGRESSION, "rmse")
MAPE = find_metric(Task.REGRESSION, "mape")


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        (AUC, 0.92713, "0.927"),
        (AUC, 1.0, "1.000"),
        (AUC, 0.99996, "0.99996"),
        (AUC, 0.9999999, "1.000000"),
        (find_metric(Task.REGRESSION, "r2"), -0.00001, "0.000"),
        (find_metric(Task.BINARY, "log_loss"), 36.04365, "36.044"),
        (RMSE, 47176.3, "47,176"),
        (RMSE, 99.96, "100.0"),
        (RMSE, 53.36, "53.4"),
        (RMSE, 0.01234, "0.0123"),
        (RMSE, 0.0, "0"),
        (RMSE, 1.234e-7, "1.23e-07"),
        (RMSE, 1.2345e15, "1.23e+15"),
        (MAPE, 0.1234, "12.3 %"),
        (RMSE, None, "undefined"),
    ],
)
def test_digits(metric: object, value: float | None, text: str) -> None:
    assert format_score(metric, value) == text  # type: ignore[arg-type]


def test_a_difference_keeps_two_digits() -> None:
    assert decimals_of_difference(AUC, 0.0142) == 3
    assert decimals_of_difference(AUC, -0.00072, -0.001, -0.0002) == 5
    assert decimals_of_difference(AUC, 0.0) == 3


def test_a_difference_within_noise_keeps_fewer() -> None:
    assert decimals_of_difference(AUC, 0.000027, -0.0001, 0.0001) == 3


def test_ends_of_an_interval_share_their_digits_in_units() -> None:
    assert decimals_of_difference(RMSE, 4.26, -60.9, 67.0) == 1
    assert decimals_of_difference(MAPE, 0.01) == 1
