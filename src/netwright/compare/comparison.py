"""A whole comparison of models, with everything that is worth keeping of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from netwright.compare.plain import from_plain
from netwright.compare.standings import Absence, Standing, Standings
from netwright.metrics import Metric, find_metric
from netwright.task import Task


@dataclass(frozen=True)
class Comparison:
    """Models on the same folds, and the verdict.

    Attributes:
        verdict: which model to use and why, one sentence.
        use: the name of that model.
        task: what was asked.
        target: the column that is predicted.
        metric_name: by which it was decided.
        standings: who stands where.
        left_out: models that did not take part or did not finish, with the reason.
        remarks: what was shortened, one sentence each.
        folds: how the rows were divided, in words.
        rows: of the data.
        rows_used: of them in the comparison.
        columns: that models read.
        threads: that worked.
        seconds: that it took.
    """

    verdict: str
    use: str
    task: Task
    target: str
    metric_name: str
    standings: Standings
    left_out: tuple[Absence, ...]
    remarks: tuple[str, ...]
    folds: str
    rows: int
    rows_used: int
    columns: int
    threads: int
    seconds: float

    @property
    def metric(self) -> Metric:
        """By which it was decided."""
        return find_metric(self.task, self.metric_name)

    @property
    def models(self) -> tuple[Standing, ...]:
        """The models, the best first."""
        return self.standings.models

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "task": str(self.task)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Comparison:
        """Return what `to_json` described."""
        return from_plain(cls, data)

    def __str__(self) -> str:
        return self.verdict
