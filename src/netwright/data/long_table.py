"""A long table, one row a step, as sequences: `id, time, a, b, …, target`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from netwright.data.items import SequenceRows, objects
from netwright.data.sequence_files import LabelledRows
from netwright.errors import DataError, did_you_mean, listing


@dataclass(frozen=True)
class Steps:
    """Which columns of a long table hold what: kept with a model, so that it reads other tables alike.

    Attributes:
        sequence: says which sequence a step belongs to.
        time: orders the steps; "" where they stand in order.
        channels: numbers of each step, in the order in which the network reads them; empty where that is
            not known.

    >>> Steps.of(Steps("id", "t", ("x", "y")).written()).channels
    ('x', 'y')
    """

    sequence: str
    time: str = ""
    channels: tuple[str, ...] = ()

    def written(self) -> str:
        """Return all names in one line."""
        return "\t".join([self.sequence, self.time, *self.channels])

    @classmethod
    def of(cls, written: str) -> Steps:
        """Return what `written` wrote; of an empty line, no names."""
        sequence, _, rest = written.partition("\t")
        time, *channels = rest.split("\t")
        return cls(sequence, time, tuple(channels))


def sequences_of_table(
    frame: pl.DataFrame,
    target: str | None,
    sequence: str,
    time: str | None = None,
    group: str | None = None,
    channels: Sequence[str] = (),
) -> LabelledRows:
    """Return the sequences of a long table with the target of each.

    Args:
        frame: one row a step.
        target: the column to predict, the same at all steps of a sequence; None where it is not there.
        sequence: the column that says which sequence a step belongs to.
        time: the column by which steps are ordered; without it as they stand.
        group: the column that says which sequences belong together, such as those of one person.
        channels: the columns of numbers to read, in that order; all others when left out.

    Raises:
        DataError: for missing columns, channels that are no numbers, a target that changes within a
            sequence, or two steps at one time.

    >>> table = pl.DataFrame({"id": [1, 1, 2], "t": [2, 1, 1], "x": [5.0, 4.0, 9.0], "y": ["a", "a", "b"]})
    >>> read = sequences_of_table(table, "y", "id", "t")
    >>> read.target.to_list(), read.rows.values[0].tolist()
    (['a', 'b'], [[4.0], [5.0]])
    """
    for name in filter(None, (target, sequence, time, group, *channels)):
        if name not in frame.columns:
            raise DataError(f"There is no column {name!r}. {did_you_mean(name, frame.columns)}")
    known = channels or [name for name in frame.columns if name not in (target, sequence, time, group)]
    numbers = [name for name in known if frame[name].dtype.is_numeric() or frame[name].dtype == pl.Boolean]
    if not numbers:
        raise DataError(f"No column of numbers is left as a channel ({listing(known, 5) or 'none at all'}).")
    left_out = [name for name in known if name not in numbers]
    if channels and left_out:
        raise DataError(f"Column {left_out[0]!r}: expected numbers, got {frame[left_out[0]].dtype} values.")
    _check_known(frame, sequence, time)
    ordered = frame.sort([sequence, *([time] if time else [])], maintain_order=True)
    if time is not None:
        _check_times(ordered, sequence, time)
    groups = ordered.partition_by(sequence, maintain_order=True)
    arrays = [one.select(pl.col(numbers).cast(pl.Float32)).to_numpy() for one in groups]
    decisions = [
        f"{len(groups):,} sequences of {min(map(len, arrays)):,} to {max(map(len, arrays)):,} steps, "
        f"a step of {len(numbers)} channels: {listing(numbers, 5)}"
    ]
    if left_out:
        decisions.append(f"left out as no channels of numbers: {listing(left_out, 5)}")
    rows = SequenceRows(objects([np.ascontiguousarray(one) for one in arrays]), "a long table")
    names = tuple(str(one[sequence][0]) for one in groups)
    told = [tuple(_only(one, name, sequence) for one in groups) if name else () for name in (target, group)]
    labels = None if target is None else pl.Series(target, told[0])
    return LabelledRows(rows, labels, tuple(decisions), names, told[1], channels=tuple(numbers))


def _check_known(frame: pl.DataFrame, sequence: str, time: str | None) -> None:
    for name in (sequence, *([time] if time else [])):
        missing = frame[name].is_null()
        if missing.any():
            row = int(missing.arg_true()[0]) + 1
            raise DataError(
                f"Column {name!r}, row {row:,} is missing. Every step needs it; leave the row out."
            )


def _check_times(ordered: pl.DataFrame, sequence: str, time: str) -> None:
    twice = ordered.select(pl.struct([sequence, time]).is_duplicated()).to_series()
    if twice.any():
        row = ordered.row(int(twice.arg_true()[0]), named=True)
        raise DataError(
            f"Sequence {row[sequence]!r} has two steps at {time} = {row[time]}. Keep one, or average them."
        )


def _only(steps: pl.DataFrame, column: str, sequence: str) -> object:
    """Return the one value that a column has within a sequence."""
    known = steps[column].drop_nulls().unique(maintain_order=True)
    if len(known) != 1:
        several = " and also ".join(repr(one) for one in known.head(2))
        found = f"is {several}" if several else "is missing"
        raise DataError(
            f"{column!r} of {sequence} {steps[sequence][0]!r} {found}. Expected one value for a whole "
            "sequence."
        )
    return known[0]
