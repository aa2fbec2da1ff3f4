"""What `predict` says of how sure an answer is: sets, intervals, "I don't know", rows unlike any seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from netwright.errors import RecipeError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.classifier import Classifier
from netwright.estimators.regressor import Regressor
from netwright.uncertainty.familiarity import RARE

NOTABLE = 3
"""How many times more rows than usual have to be unlike the training rows before that is said unasked."""


@dataclass(frozen=True)
class Certainty:
    """What was asked for beside the answers.

    Attributes:
        coverage: how often sets or intervals should hold the truth, or None for none.
        error_rate: the share of wrong answers that may be among the sure ones, or None.
        familiarity: whether rows are compared with the training rows.
    """

    coverage: float | None = None
    error_rate: float | None = None
    familiarity: bool = False


def certainty_columns(
    model: NetworkEstimator, frame: pl.DataFrame, asked: Certainty
) -> dict[str, np.ndarray | list[str]]:
    """Return the columns that were asked for, by name.

    They are: `set`, the classes that may be true, joined by " | "; or `low` and `high`, the ends of an
    interval; `sure`, whether to believe the answer; `familiarity` and `unusual`, see
    `NetworkEstimator.familiarity`.

    Raises:
        RecipeError: when the model does not know it, with the reason.
    """
    columns: dict[str, np.ndarray | list[str]] = {}
    if asked.coverage is not None:
        columns |= _ranges(model, frame, asked.coverage)
    if asked.error_rate is not None:
        if not isinstance(model, Classifier):
            raise RecipeError("--error-rate is for classes. For numbers ask for --coverage.")
        columns["sure"] = model.predict_if_sure(frame, asked.error_rate)[1]
    if asked.familiarity:
        values = model.familiarity(frame)
        columns |= {"familiarity": values, "unusual": values < RARE}
    return columns


def unusual_rows(model: NetworkEstimator, frame: pl.DataFrame) -> tuple[str, ...]:
    """Return a sentence where many rows are unlike the training rows, see `NOTABLE`."""
    known = getattr(model, "assurance_", None)
    if known is None or known.familiarity is None or frame.height == 0:
        return ()
    strange = np.flatnonzero(model.familiarity(frame) < RARE)
    if len(strange) <= max(1.0, NOTABLE * RARE * frame.height):
        return ()
    noun = "row is" if len(strange) == 1 else "rows are"
    return (
        f"{len(strange):,} of {frame.height:,} {noun} unlike the training rows, the first is row "
        f"{strange[0] + 1:,}: their answers are guesses; --familiarity marks them",
    )


def _ranges(
    model: NetworkEstimator, frame: pl.DataFrame, coverage: float
) -> dict[str, np.ndarray | list[str]]:
    if isinstance(model, Regressor):
        low, high = model.predict_interval(frame, coverage).T
        return {"low": low, "high": high}
    assert isinstance(model, Classifier)
    classes = [str(label) for label in model.classes_]
    sets = model.predict_set(frame, coverage)
    return {"set": [" | ".join(np.array(classes)[row]) for row in sets]}
