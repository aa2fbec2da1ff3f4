"""Sequences and sounds for evidence: what of a sequence a classical model can read."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from netwright.data.items import SoundRows, objects
from netwright.data.schema import Column, Kind, Schema
from netwright.data.sequences import carried_forward, checked
from netwright.data.sound import Sounds

POINTS = 24
"""Values along a sequence that a classical model reads of each channel, where there are few channels."""

FEW_CHANNELS = 6


def column_of(schema: Schema) -> Column | None:
    """Return the column of sequences or sounds that a network reads, None where it reads something else."""
    return next((one for one in schema.used if one.kind in (Kind.SEQUENCE, Kind.SOUND)), None)


def summaries(values: pl.Series, kind: Kind) -> pl.DataFrame:
    """Return sequences as a table: of each channel mean, spread, ends, and some values along it.

    Args:
        values: sequences as lists, or paths of sounds, of which the bands are summed up.
        kind: which of the two.
    """
    rows = [_summary(one) for one in _sequences(values.to_list(), kind)]
    return pl.DataFrame(np.array(rows), schema=[f"summary{number}" for number in range(len(rows[0]))])


def _sequences(values: list[Any], kind: Kind) -> list[np.ndarray]:
    if kind is Kind.SOUND:
        rows = SoundRows(objects(list(values)))
        return [one.double().numpy() for one in Sounds().fit(rows).spectra(rows)]
    return checked([np.array(one, dtype=np.float64) for one in values])


def _summary(steps: np.ndarray) -> np.ndarray:
    steps = carried_forward(steps)
    parts = [steps.mean(axis=0), steps.std(axis=0), steps.min(axis=0), steps.max(axis=0)]
    if steps.shape[1] <= FEW_CHANNELS:
        places = np.linspace(0, len(steps) - 1, POINTS)
        parts += [np.interp(places, np.arange(len(steps)), channel) for channel in steps.T]
    return np.concatenate([*parts, [len(steps)]])
