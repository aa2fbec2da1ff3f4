"""What the numbers mean, in one sentence each that a manager understands and an expert accepts."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.errors import RecipeError
from netwright.metrics import find_metric, format_score
from netwright.pages.wording import NOTHING, number, shorten
from netwright.report.measurements import Estimate
from netwright.task import Task

INTERVAL = (
    "How far the number may be off by the luck of which rows were measured: of 100 intervals made like this, "
    "about 95 hold the value that endlessly many rows would give."
)

_MEANINGS = {
    "roc_auc": "Take one row of each class at random: how often the network ranks the two the right way "
    "round. 0.5 is guessing, 1 is perfect.",
    "roc_auc_ovr": "Take one row of a class and one of any other: how often the network ranks the two the "
    "right way round, averaged over the classes. 0.5 is guessing, 1 is perfect.",
    "average_precision": "How pure the top of the list is when rows are sorted by predicted probability, "
    "averaged over all cut-offs. 1 is perfect; guessing gives the share of the class.",
    "macro_average_precision": "How pure the top of the list is when rows are sorted by predicted "
    "probability, averaged over cut-offs and labels. 1 is perfect.",
    "accuracy": "Share of rows that get the right class.",
    "subset_accuracy": "Share of rows in which every label is right.",
    "balanced_accuracy": "Share of rows that get the right class, computed class by class and averaged, so "
    "that a small class counts as much as a large one.",
    "f1": "Balance of how many alarms are right (precision) and how many cases are found (recall). "
    "1 is perfect.",
    "macro_f1": "Balance of precision and recall, computed class by class and averaged. 1 is perfect.",
    "log_loss": "Penalty for probabilities that miss: being sure and wrong costs most. 0 is perfect, lower "
    "is better.",
    "brier": "Mean squared gap between predicted probability and what happened. 0 is perfect, 0.25 is "
    "always saying fifty-fifty.",
    "rmse": "Typical size of an error in the target's own unit; large errors count more. 0 is perfect.",
    "mae": "Mean distance between prediction and truth, in the target's own unit. 0 is perfect.",
    "median_absolute_error": "Half of the predictions are closer to the truth than this.",
    "r2": "Share of the ups and downs of the target that is explained. 1 is perfect, 0 is no better than "
    "always answering the mean.",
    "mape": "Mean error as a share of the true value. 0 is perfect.",
    "loss": "What training makes small: the penalty of the recipe's objective. Lower is better.",
}


@dataclass(frozen=True)
class MetricText:
    """How a metric is shown: its label, its meaning and its direction (None when unknown)."""

    name: str
    label: str
    meaning: str
    higher_is_better: bool | None

    @property
    def title(self) -> str:
        """The label with a capital letter."""
        return self.label[:1].upper() + self.label[1:]

    @property
    def direction(self) -> str:
        """Which way is better, as a phrase."""
        return {True: "higher is better", False: "lower is better", None: ""}[self.higher_is_better]


def describe_metric(task: Task, name: str) -> MetricText:
    """Return how a metric is shown; an unknown one keeps its name.

    >>> describe_metric(Task.BINARY, "roc_auc").label
    'ROC AUC'
    >>> describe_metric(Task.BINARY, "profit_per_row").title
    'Profit per row'
    """
    meaning = _MEANINGS.get(name, "")
    try:
        metric = find_metric(task, name)
    except RecipeError:
        return MetricText(
            name, shorten(name, 40).replace("_", " "), meaning, False if name == "loss" else None
        )
    return MetricText(name, metric.label, meaning, metric.higher_is_better)


def value_text(task: Task, name: str, value: float | None) -> str:
    """Return the value of a metric with the digits that tell something."""
    try:
        return NOTHING if value is None else format_score(find_metric(task, name), value)
    except RecipeError:
        return number(value)


def interval_text(task: Task, name: str, estimate: Estimate) -> str:
    """Return the 95 % interval as "low to high", or nothing without one.

    >>> interval_text(Task.BINARY, "roc_auc", Estimate(0.99, 0.98, 1.0))
    '0.980 to 1.000'
    """
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{value_text(task, name, estimate.low)} to {value_text(task, name, estimate.high)}"
