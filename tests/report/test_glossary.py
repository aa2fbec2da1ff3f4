"""Every number of the page is explained."""

from __future__ import annotations

import pytest

from netwright.metrics import Metric, metrics_of
from netwright.report.glossary import describe_metric, interval_text, value_text
from netwright.report.measurements import Estimate
from netwright.task import Task

EVERY = [(task, metric) for task in Task for metric in metrics_of(task)]


@pytest.mark.parametrize(("task", "metric"), EVERY, ids=lambda item: getattr(item, "name", str(item)))
def test_every_metric_is_explained(task: Task, metric: Metric) -> None:
    text = describe_metric(task, metric.name)
    assert text.meaning.endswith(".")
    assert text.title[0].isupper()
    assert text.direction == ("higher is better" if metric.higher_is_better else "lower is better")


def test_an_unknown_metric_keeps_its_name() -> None:
    text = describe_metric(Task.BINARY, "profit_per_row")
    assert (text.title, text.meaning, text.direction) == ("Profit per row", "", "")
    assert value_text(Task.BINARY, "profit_per_row", 1234.5) == "1,234"


def test_the_loss_is_better_when_lower() -> None:
    assert describe_metric(Task.REGRESSION, "loss").direction == "lower is better"


def test_intervals() -> None:
    assert interval_text(Task.BINARY, "accuracy", Estimate(0.9, 0.85, 0.94)) == "0.850 to 0.940"
    assert interval_text(Task.BINARY, "accuracy", Estimate(0.9)) == ""
    assert value_text(Task.REGRESSION, "rmse", None) == "–"
