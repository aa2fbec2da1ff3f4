"""All that a model knows of its own reliability, learnt from held-out rows and kept with the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np

from netwright.errors import RecipeError
from netwright.metrics.threshold import Threshold
from netwright.uncertainty.abstention import Abstention
from netwright.uncertainty.conformal import Thresholds
from netwright.uncertainty.familiarity import Familiarity
from netwright.uncertainty.temperature import Temperature

Found = TypeVar("Found")


@dataclass(frozen=True)
class Assurance:
    """What held-out rows told of a model.

    Attributes:
        temperature: of the chances; None where there were none or too few rows.
        sets: thresholds of the sets of classes, or None.
        intervals: how far intervals reach for each coverage, or None.
        abstention: the confidence from which on rows are answered, or None.
        familiarity: what the training rows looked like, or None.
        threshold: between two classes, chosen for a metric or costs, or None for one half.
        missing: why something is None, a sentence for each name.
    """

    temperature: Temperature | None = None
    sets: Thresholds | None = None
    intervals: Thresholds | None = None
    abstention: Abstention | None = None
    familiarity: Familiarity | None = None
    threshold: Threshold | None = None
    missing: Mapping[str, str] | None = None

    def why(self, name: str) -> str:
        """Return why something is not there."""
        return (self.missing or {}).get(name, "no rows were held out from training")

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return plain data for JSON, and arrays whose sizes do not depend on the rows."""
        state: dict[str, Any] = {"missing": dict(self.missing or {})}
        arrays: dict[str, np.ndarray] = {}
        if self.temperature is not None:
            state["temperature"] = self.temperature.to_json()
        if self.threshold is not None:
            state["threshold"] = self.threshold.to_json()
        for name in _AS_ARRAYS:
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name).to_array()
        if self.familiarity is not None:
            state["familiarity"], learnt = self.familiarity.to_state()
            arrays |= {f"familiarity/{name}": array for name, array in learnt.items()}
        return state, arrays

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Return what `to_state` described."""
        found: dict[str, Any] = {"missing": dict(state["missing"])}
        if "temperature" in state:
            found["temperature"] = Temperature.from_json(state["temperature"])
        if "threshold" in state:
            found["threshold"] = Threshold.from_json(state["threshold"])
        found |= {name: kind.from_array(arrays[name]) for name, kind in _AS_ARRAYS.items() if name in arrays}
        if "familiarity" in state:
            learnt = {
                name.removeprefix("familiarity/"): array
                for name, array in arrays.items()
                if name.startswith("familiarity/")
            }
            found["familiarity"] = Familiarity.from_state(state["familiarity"], learnt)
        return cls(**found)


def known(found: Found | None, asked: str, why: str) -> Found:
    """Return what was learnt.

    Raises:
        RecipeError: when there is nothing, with the reason.
    """
    if found is None:
        raise RecipeError(
            f"{asked}: not known of this model: {why}. Train with held-out rows, which is the default."
        )
    return found


_AS_ARRAYS: dict[str, Any] = {"sets": Thresholds, "intervals": Thresholds, "abstention": Abstention}
