"""From what a treatment left in the run folder to the plain data of the report."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from netwright.findings import Finding
from netwright.report.contents import BranchLoss, TreatmentFacts, Trial
from netwright.run import BEFORE, METRICS, TREATMENT, Run


def treatment_facts(run: Run) -> TreatmentFacts | None:
    """Return how the training was mended, or why not; None where there was nothing to treat."""
    if not run.has(TREATMENT):
        return None
    told = run.treatment
    if not told["history"] and not told["rows"]:
        return None
    tried = [done for done in told["experiments"] if done["branches"]]
    kept = any(one["kept"] for one in told["history"])
    visits = sum(done["visits"] for done in told["experiments"])
    return TreatmentFacts(
        told["verdict"],
        told["change"],
        [_trial(one, told) for one in told["history"]],
        [_branches(done) for done in tried],
        [done["steps"] for done in tried],
        told["cost"],
        branch_cost=_cost(visits, told) or 0.0,
        visits=told["visits"],
        before=_alarms(told) if kept else (),
        scores=scores_on_test(run.path) if kept else None,
        rows=told["rows"],
    )


def scores_on_test(run: str | os.PathLike[str]) -> tuple[str, str, str] | None:
    """Return the first measure of a treated run, before and after on the test part; None without both."""
    opened = Run.open(run)
    try:
        before, after = (
            json.loads((opened.path / place / METRICS).read_text(encoding="utf-8"))["evaluation"]
            for place in (BEFORE, ".")
        )
        old, new = before["metrics"][0], after["metrics"][0]
        return str(new["label"]), str(old["text"]), str(new["text"])
    except (OSError, ValueError, KeyError, IndexError):
        return None  # it broke down before it could be measured


def _trial(one: Mapping[str, Any], told: Mapping[str, Any]) -> Trial:
    compared = one["comparison"]
    return Trial(
        one["remedy"],
        one["cause"],
        one["change"],
        compared and compared["before"],
        compared and compared["after"],
        one["kept"],
        one["reason"],
        _cost(one["visits"], told),
    )


def _cost(visits: int, told: Mapping[str, Any]) -> float | None:
    """Return what so many visited rows are, in trainings like the one that was treated."""
    return visits / told["visits"] * told["cost"] if told["visits"] else None


def _branches(done: Mapping[str, Any]) -> list[BranchLoss]:
    return [
        BranchLoss("nothing", "", float(np.mean(done["control"]))),
        *(BranchLoss(b["remedy"], b["cause"] or "", float(np.mean(b["losses"]))) for b in done["branches"]),
    ]


def _alarms(told: Mapping[str, Any]) -> list[Finding]:
    found = [Finding.from_json(finding) for finding in told["findings"]]
    return [finding for finding in found if finding.severity == "alarm"]
