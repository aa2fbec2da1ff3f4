"""The case history: what was found, what was tried, how it was judged, what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from netwright.estimators.base import NetworkEstimator
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import Experiment
from netwright.treatment.judgement import Comparison


@dataclass(frozen=True)
class Attempt:
    """One remedy, trained in full.

    Attributes:
        remedy: what was done, in words.
        cause: what it answers, "" for a return to the automatic choice as a whole.
        change: the recipe's lines that differ from the training before treatment.
        comparison: with the training that it was to better; None when it broke down.
        remaining: what is still found, worst first.
        kept: whether its model took the place of the earlier one.
        reason: why it was kept, or not.
        visits: rows that its trainings visited.
    """

    remedy: str
    cause: str
    change: str
    comparison: Comparison | None
    remaining: tuple[Finding, ...]
    kept: bool
    reason: str
    visits: int

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        comparison = None if self.comparison is None else self.comparison.to_json()
        return {**asdict(self), "comparison": comparison}


@dataclass(frozen=True)
class Treatment:
    """What a treatment came to.

    Attributes:
        verdict: in a sentence or two.
        cured: whether a better model was found and what was wrong is gone.
        findings: what was wrong before, worst first.
        history: the attempts in order.
        experiments: the branches that led to them.
        model: the kept model: the treated one, or the one from before; None when there never was one.
        recipe: of the kept model, as a user would write it.
        change: the lines of the recipe that differ between before and after, "" when nothing was kept.
        cost: of the whole treatment, in trainings like the one before it; never above the budget.
        visits: rows that the whole treatment visited.
        rows: rows of the data that should be looked at, where the fault lies in them, counted from 0.
    """

    verdict: str
    cured: bool
    findings: tuple[Finding, ...]
    history: tuple[Attempt, ...]
    experiments: tuple[Experiment, ...]
    model: NetworkEstimator | None
    recipe: Recipe
    change: str = ""
    cost: float = 0.0
    visits: int = 0
    rows: tuple[int, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def kept(self) -> Attempt | None:
        """The last attempt whose model was kept."""
        return next((attempt for attempt in reversed(self.history) if attempt.kept), None)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON: all but the model."""
        return {
            "verdict": self.verdict,
            "cured": self.cured,
            "findings": [finding.to_json() for finding in self.findings],
            "history": [attempt.to_json() for attempt in self.history],
            "experiments": [experiment.to_json() for experiment in self.experiments],
            "recipe": self.recipe.to_plain(),
            "change": self.change,
            "cost": self.cost,
            "visits": self.visits,
            "rows": list(self.rows),
            "scores": dict(self.scores),
        }
