"""Why a model answers as it does: scores that add up, effects, what would change it, and how far to trust
that."""

from netwright.explain.check import Check, check
from netwright.explain.columns import importance
from netwright.explain.counterfactuals import Change, Counterfactual, counterfactuals
from netwright.explain.effects import Effects, effects
from netwright.explain.explanation import Explanation, RowExplanation
from netwright.explain.interactions import Interaction, interactions
from netwright.explain.lime import lime
from netwright.explain.saliency import Saliency, saliency
from netwright.explain.shap import shap
from netwright.explain.shuffling import Importance, PermutationImportance

__all__ = [
    "Change",
    "Check",
    "Counterfactual",
    "Effects",
    "Explanation",
    "Importance",
    "Interaction",
    "PermutationImportance",
    "RowExplanation",
    "Saliency",
    "check",
    "counterfactuals",
    "effects",
    "importance",
    "interactions",
    "lime",
    "saliency",
    "shap",
]
