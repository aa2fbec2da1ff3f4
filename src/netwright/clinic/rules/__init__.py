"""The rules of the clinic, in the order in which they are asked: data, wiring, optimisation, outcome."""

from __future__ import annotations

from netwright.clinic.rules import (
    certainty,
    data,
    ending,
    gradients,
    labels,
    learning,
    modes,
    outcome,
    path,
    restraints,
    splits,
    steps,
    units,
    wiring,
)
from netwright.clinic.rules.base import Need, Rule, found

RULES: tuple[Rule, ...] = (
    *data.RULES,
    *labels.RULES,
    *certainty.RULES,
    *splits.RULES,
    *wiring.RULES,
    *path.RULES,
    *modes.RULES,
    *steps.RULES,
    *restraints.RULES,
    *gradients.RULES,
    *units.RULES,
    *learning.RULES,
    *outcome.RULES,
    *ending.RULES,
)

__all__ = ["RULES", "Need", "Rule", "found"]
