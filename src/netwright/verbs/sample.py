"""`sample`: tables of real rows to try things on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from netwright.data.samples import SAMPLES, sample
from netwright.errors import RunError
from netwright.files import write_atomically


@dataclass(frozen=True)
class Sample:
    """What a sample table holds.

    Attributes:
        name: by which it is asked for.
        rows: how many it has.
        inputs: how many input columns.
        target: the column to predict.
    """

    name: str
    rows: int
    inputs: int
    target: str


def list_samples() -> tuple[Sample, ...]:
    """Return what samples there are."""
    return tuple(describe(name) for name in SAMPLES)


def describe(name: str) -> Sample:
    """Return what one sample holds.

    Raises:
        DataError: for a sample that does not exist, with the nearest one that does.

    >>> describe("iris")
    Sample(name='iris', rows=150, inputs=4, target='species')
    """
    frame = sample(name)
    return Sample(name, frame.height, frame.width - 1, frame.columns[-1])


def write_sample(name: str, out: str | os.PathLike[str] | None = None, *, force: bool = False) -> Path:
    """Write a sample table as CSV and return where it is.

    A file that holds just that already is left as it is.

    Args:
        name: of the sample, such as "iris".
        out: the file; NAME.csv in the working folder when left out.
        force: whether another file of that name may be replaced.

    Raises:
        DataError: for a sample that does not exist, with the nearest one that does.
        RunError: when the file exists with other content, or cannot be written.
    """
    content = sample(name).write_csv().encode()
    place = Path(f"{name}.csv" if out is None else out)
    if place.is_dir():
        raise RunError(f"{place} is a folder. Name a file for the sample with --out.")
    if place.exists():
        if place.read_bytes() == content:
            return place
        if not force:
            raise RunError(
                f"{place} exists and holds something else. Replace it with --force, "
                "or choose another file with --out."
            )
    write_atomically(place, content)
    return place
