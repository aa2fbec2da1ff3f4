"""Sequences and sounds for evidence: what of a sequence a classical model can read."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from netwright.data.items import SoundRows, objects
from netwright.data.schema import Column, Kind, Schema
from netwright.data.sequences import carried_forward, checked
from netwright.data.sound import Sounds
from netwright.report.contents import SequenceSample

POINTS = 24
"""Values along a sequence that a classical model reads of each channel, where there are few channels."""

FEW_CHANNELS = 6

LOOKED_AT = 500
"""Training rows among which some are drawn."""

OF_A_CLASS = 3


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


def samples(values: pl.Series, labels: pl.Series, rows: np.ndarray, kind: Kind) -> list[SequenceSample]:
    """Return some sequences with what they show, a few of every class; of a sound its loudness.

    Args:
        values: sequences as lists, or paths of sounds (n,).
        labels: what each shows (n,); of numbers, sequences of any are drawn together.
        rows: their numbers in the data (n,).
        kind: sequences or sounds.
    """
    shown = labels.cast(pl.String) if not labels.dtype.is_float() else pl.Series(["any"] * len(labels))
    found: list[SequenceSample] = []
    for label in shown.drop_nulls().unique(maintain_order=True).sort():
        places = (shown == label).arg_true()[:OF_A_CLASS]
        for place, steps in zip(places, _sequences(values.gather(places).to_list(), kind), strict=True):
            loudness = kind is Kind.SOUND
            line = steps.mean(axis=1) if loudness else steps[:, 0]
            channel = "mean loudness of the bands" if loudness else "the first channel"
            found.append(SequenceSample(f"row {rows[place] + 1:,}", label, channel, line.tolist()))
    return found


def _sequences(values: list[Any], kind: Kind) -> list[np.ndarray]:
    if kind is Kind.SOUND:
        rows, options = SoundRows(objects(list(values))), Sounds()
        return [one.double().numpy() for one in options.fit(rows).spectra(rows)]
    return checked([np.array(one, dtype=np.float64) for one in values])


def _summary(steps: np.ndarray) -> np.ndarray:
    steps = carried_forward(steps)
    parts = [steps.mean(axis=0), steps.std(axis=0), steps.min(axis=0), steps.max(axis=0)]
    if steps.shape[1] <= FEW_CHANNELS:
        places = np.linspace(0, len(steps) - 1, POINTS)
        parts += [np.interp(places, np.arange(len(steps)), channel) for channel in steps.T]
    return np.concatenate([*parts, [len(steps)]])
