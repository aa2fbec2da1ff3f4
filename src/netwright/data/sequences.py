"""Sequences on their way into a network: missing steps filled, channels scaled, padded to one length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from netwright.data.items import Form, Items
from netwright.data.row_options import RowOptions
from netwright.data.shapes import SequenceShape
from netwright.errors import ArtifactError, DataError

MOST_BYTES = 4 * 2**30
"""Padded sequences may take this much memory."""

LARGEST_NUMBER = 1e15
"""Numbers are cut here before anything is computed, so that no square overflows."""


class Sequences(RowOptions):
    """How sequences become inputs.

    Settings:
        scaling: "standard" gives each channel mean 0 and deviation 1 over the training steps, "each" does
            so within every sequence by itself, "none" leaves the numbers as they are.
        indicators: whether channels with missing steps get a second channel, 1 where the step is missing.
        longest: steps that are kept of a sequence, its last ones; None for all.
    """

    form: ClassVar[Form] = Form.SEQUENCES

    scaling: Literal["standard", "each", "none"] = "standard"
    indicators: bool = True
    longest: int | None = Field(default=None, ge=1)

    def fit(self, rows: Items) -> SequencePreparation:
        """Return the preparation fitted to training sequences.

        Raises:
            DataError: for an empty sequence, infinite numbers, or a channel without any number.
        """
        sequences = checked(rows)
        count = sequences[0].shape[1]
        center, spread, flagged = moments(sequences)
        if self.scaling != "standard":
            center, spread = np.zeros(count), np.ones(count)
        longest = max(len(one) for one in sequences)
        longest = longest if self.longest is None else min(longest, self.longest)
        return SequencePreparation(
            center=center,
            spread=spread,
            flagged=flagged if self.indicators else np.zeros(0, dtype=np.int64),
            each=self.scaling == "each",
            length=longest,
            longest=self.longest,
        )


@dataclass(frozen=True)
class SequencePreparation:
    """A fitted preparation of sequences; holds statistics of the training steps, never a step.

    Attributes:
        center: mean of each channel.
        spread: deviation of each channel.
        flagged: channels whose missing steps are told to the network.
        each: whether every sequence is scaled by itself.
        length: steps of the longest training sequence.
        longest: steps that are kept at most, or None.
    """

    center: np.ndarray
    spread: np.ndarray
    flagged: np.ndarray
    each: bool
    length: int
    longest: int | None = None

    form: ClassVar[Form] = Form.SEQUENCES

    @property
    def shape(self) -> SequenceShape:
        """What a network needs to know."""
        return SequenceShape(len(self.center) + len(self.flagged), self.length)

    def transform(self, rows: Any) -> tuple[Tensor, Tensor]:
        """Return steps float32 (n, longest of them, channels), zero behind each end, and lengths (n,).

        A missing number takes the value of the step before it; before the first that is known, the mean.

        Raises:
            DataError: for another number of channels, empty sequences or infinite numbers.
        """
        sequences = checked(rows, len(self.center))
        kept = [one if self.longest is None else one[-self.longest :] for one in sequences]
        prepared = [self._one(one) for one in kept]
        return padded(prepared, self.shape.channels)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything that was learnt: plain data for JSON, and arrays."""
        state = {
            "kind": str(self.form),
            "each": self.each,
            "length": self.length,
            "longest": self.longest,
        }
        return state, {"center": self.center, "spread": self.spread, "flagged": self.flagged}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> SequencePreparation:
        """Return the preparation that `to_state` described.

        Raises:
            ArtifactError: when something is missing.
        """
        try:
            learnt = {name: np.array(arrays[name]) for name in ("center", "spread", "flagged")}
            return cls(**learnt, each=state["each"], length=state["length"], longest=state["longest"])
        except (KeyError, TypeError) as error:
            raise ArtifactError(f"The preparation is damaged: {error!r}. Save the model again.") from error

    def _one(self, sequence: np.ndarray) -> np.ndarray:
        missing = np.isnan(sequence)
        center, spread = self.center, self.spread
        if self.each:
            center, spread, _ = moments([sequence], refuse_empty=False)
        scaled = (np.clip(sequence, -LARGEST_NUMBER, LARGEST_NUMBER) - center) / spread
        filled = carried_forward(scaled)
        return np.concatenate([filled, missing[:, self.flagged]], axis=1).astype(np.float32)


def checked(rows: Any, channels: int | None = None) -> list[np.ndarray]:
    """Return sequences as float64 arrays (length, channels).

    Raises:
        DataError: for an empty sequence, another number of channels, or an infinite number.
    """
    values = rows.values if isinstance(rows, Items) else rows
    sequences = [np.asarray(one, dtype=np.float64) for one in values]
    if not sequences:
        raise DataError("There is no sequence. Give at least one.")
    sequences = [one[:, None] if one.ndim == 1 else one for one in sequences]
    wanted = sequences[0].shape[1] if channels is None else channels
    for row, one in enumerate(sequences):
        if one.shape[1] != wanted:
            raise DataError(
                f"Row {row + 1:,}: expected {wanted} channels at every step, got {one.shape[1]}. "
                "Sequences may differ in length, but each needs the same channels."
            )
        if not len(one):
            raise DataError(f"Row {row + 1:,}: the sequence has no steps. Leave it out, or give its steps.")
        infinite = np.isinf(one)
        if infinite.any():
            step, channel = np.argwhere(infinite)[0].tolist()
            raise DataError(
                f"Row {row + 1:,}, step {step + 1:,}, channel {channel + 1}: expected a finite number, got "
                "infinity. Give the true value, or NaN if it is not known."
            )
    return sequences


def moments(
    sequences: list[np.ndarray], *, refuse_empty: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and deviation of each channel over all steps, and the channels with missing steps.

    Raises:
        DataError: for a channel without any number, unless empty ones are taken as 0.

    >>> mean, deviation, missing = moments([np.array([[1.0], [3.0]]), np.array([[2.0]])])
    >>> mean.tolist(), missing.tolist()
    ([2.0], [])
    """
    steps = np.clip(np.concatenate(sequences), -LARGEST_NUMBER, LARGEST_NUMBER)
    known = ~np.isnan(steps)
    counts = known.sum(axis=0)
    if refuse_empty and not counts.all():
        channel = int(np.flatnonzero(counts == 0)[0]) + 1
        raise DataError(f"Channel {channel} holds no number in any sequence. Leave it out.")
    counts = np.maximum(counts, 1)
    center = np.where(known, steps, 0).sum(axis=0) / counts
    spread = np.sqrt(np.where(known, np.square(steps - center), 0).sum(axis=0) / counts)
    spread[spread <= 1e-12 * np.maximum(1, np.abs(center))] = 1.0
    return center, spread, np.flatnonzero(~known.all(axis=0))


def carried_forward(steps: np.ndarray) -> np.ndarray:
    """Return steps (length, channels) in which a missing number is that of the step before it, 0 at first.

    >>> carried_forward(np.array([[np.nan], [2.0], [np.nan]])).flatten().tolist()
    [0.0, 2.0, 2.0]
    """
    missing = np.isnan(steps)
    if not missing.any():
        return steps
    last = np.where(missing, -1, np.arange(len(steps))[:, None])
    last = np.maximum.accumulate(last, axis=0)
    filled = np.take_along_axis(steps, np.maximum(last, 0), axis=0)
    return np.where(last < 0, 0.0, filled)


def padded(sequences: list[np.ndarray], channels: int) -> tuple[Tensor, Tensor]:
    """Return sequences (length, channels) as one tensor (n, longest, channels), and their lengths (n,).

    Raises:
        DataError: when they would not fit into memory.
    """
    lengths = [len(one) for one in sequences]
    longest = max(lengths)
    needed = 4 * len(sequences) * longest * channels
    if needed > MOST_BYTES:
        raise DataError(
            f"{len(sequences):,} sequences padded to the longest, {longest:,} steps of {channels} channels, "
            f"take {needed / 2**30:.1f} GiB; {MOST_BYTES / 2**30:.0f} GiB is the most. Cut long ones with "
            "preparation=Sequences(longest=...), or keep fewer steps a second."
        )
    steps = torch.zeros((len(sequences), longest, channels))
    for row, one in enumerate(sequences):
        steps[row, : len(one)] = torch.from_numpy(np.ascontiguousarray(one))
    return steps, torch.tensor(lengths)
