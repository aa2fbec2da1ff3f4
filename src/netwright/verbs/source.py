"""Where rows come from: a table, or pictures in folders, archives and beside a table of their paths."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from netwright.data.image_size import choose_images
from netwright.data.images import Images, unreadable
from netwright.data.items import ImageRows, SoundRows, objects
from netwright.data.long_table import sequences_of_table
from netwright.data.picture_folders import IMAGE, LABEL, holds_picture_files, read_pictures
from netwright.data.pictures import Broken
from netwright.data.read import read_table
from netwright.data.recognition import PICTURE_ENDINGS, holds_pictures
from netwright.data.schema import Kind
from netwright.data.sequence_files import is_sound_folder, read_sound_folder, read_ts
from netwright.estimators.looking import broken_pictures
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe

MANY_BROKEN = 0.2
"""Share of broken pictures from which on something is wrong with the source."""

NAME = "name"
"""What the column is called that names sequences and sounds."""


@dataclass(frozen=True)
class Source:
    """Rows as they were read.

    Attributes:
        frame: the rows to train on; of pictures their paths.
        test: rows that the source keeps for the test, or None.
        target: the column to predict where nobody says, "" for none.
        decisions: how it was read, one plain sentence each.
    """

    frame: pl.DataFrame
    test: pl.DataFrame | None = None
    target: str = ""
    decisions: tuple[str, ...] = ()

    @property
    def whole(self) -> pl.DataFrame:
        """All rows, those for the test at the end."""
        return self.frame if self.test is None else pl.concat([self.frame, self.test])


@dataclass(frozen=True)
class Readable:
    """Rows without those whose pictures cannot be used, and a finding that names these."""

    frame: pl.DataFrame
    test: pl.DataFrame | None
    findings: tuple[Finding, ...] = ()


def read_steps(
    path: str | os.PathLike[str],
    target: str | None,
    sequence: str | None,
    time: str | None,
    *,
    named: bool = False,
    labelled: bool = True,
) -> Source | None:
    """Read sequences or sounds: a .ts file, a folder of wave files, or a long table; None for anything else.

    Args:
        path: the file or folder.
        target: the column to predict of a long table, or None.
        sequence: the column that says which sequence a step belongs to, or None.
        time: the column that orders steps, or None.
        named: whether the name of each sequence or sound is a column as well.
        labelled: whether there has to be something to predict.
    """
    if sequence is not None:
        table = read_table(path)
        there = target if target in table.frame.columns or labelled else None
        read = sequences_of_table(table.frame, there, sequence, time)
        read = replace(read, decisions=(*table.decisions, *read.decisions))
    elif str(path).lower().endswith(".ts"):
        read = read_ts(path)
    elif is_sound_folder(path):
        read = read_sound_folder(path, labelled=labelled)
    else:
        return None
    name = "sound" if isinstance(read.rows, SoundRows) else "sequence"
    values = [one if isinstance(one, str) else one.tolist() for one in read.rows.values]
    kind = pl.String if name == "sound" else pl.List(pl.List(pl.Float32))
    columns = [pl.Series(name, values, dtype=kind), *([] if read.target is None else [read.target])]
    if named and read.names:
        columns.append(pl.Series(NAME, read.names))
    found = "" if read.target is None else read.target.name
    return Source(pl.DataFrame(columns), None, found, read.decisions)


def read_source(path: str | os.PathLike[str], kinds: Mapping[str, Kind], *, labelled: bool = True) -> Source:
    """Read rows from a file or a folder.

    Args:
        path: a table in any form, a folder or zip archive of pictures, a folder of idx files, or a picture.
        kinds: what columns are known to be.
        labelled: whether classes of pictures are looked for.

    Raises:
        DataError: when there is nothing to be read.
    """
    steps = read_steps(path, "", None, None)
    if steps is not None:
        return steps
    if Path(path).suffix.lower() in PICTURE_ENDINGS:
        return Source(pl.DataFrame({IMAGE: [Path(path).absolute().as_posix()]}))
    empty = Path(path).is_dir() and not any(Path(path).iterdir())
    if not (holds_picture_files(path) or empty):
        table = read_table(path, overrides=kinds)
        return Source(_with_places(table.frame, Path(path)), decisions=table.decisions)
    pictures = read_pictures(path, labelled=labelled)
    frame, test = pictures.frame, pictures.test
    kept = frame.filter(pl.Series(test)) if test.any() else None
    target = LABEL if LABEL in frame.columns else ""
    return Source(frame.filter(pl.Series(~test)), kept, target, pictures.decisions)


def files_of(path: str) -> Iterator[bytes]:
    """Yield a digest of every file of a source: of its content, or of a folder's names, sizes and times."""
    place = Path(path)
    if place.is_file():
        with place.open("rb") as file:
            yield hashlib.file_digest(file, "blake2b").digest()
    elif place.is_dir():
        for inner in sorted(one for one in place.rglob("*") if one.is_file()):
            told = inner.stat()
            yield f"{inner.relative_to(place)} {told.st_size} {told.st_mtime_ns}\n".encode()


def picture_column(frame: pl.DataFrame) -> str | None:
    """Return the column that holds paths of pictures, None where there is none."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    found = (name for name in texts if name == IMAGE or holds_pictures(frame[name]))
    return next(found, None)


def leave_out_broken(frame: pl.DataFrame, test: pl.DataFrame | None, recipe: Recipe) -> Readable:
    """Return rows without those whose pictures cannot be read; a finding names the paths.

    Raises:
        DataError: when no picture can be read.
    """
    column = picture_column(frame)
    if column is None:
        return Readable(frame, test)
    given = recipe.preparation if isinstance(recipe.preparation, Images) else Images()
    rows = _pictures(frame, column)
    options, _ = choose_images(rows, given, recipe.effort)
    broken = list(broken_pictures(rows, options).values())
    if len(broken) == frame.height:
        raise unreadable(broken)
    left, left_test = _without(frame, broken), test
    if test is not None:
        others = list(broken_pictures(_pictures(test, column), options).values())
        left_test, broken = _without(test, others), broken + others
    return Readable(left, left_test, _findings(broken, frame.height, column))


def readable(frame: pl.DataFrame, column: str, options: Images) -> tuple[np.ndarray, list[Broken]]:
    """Return the numbers of the rows whose pictures can be read, and what is the matter with the others."""
    broken = broken_pictures(_pictures(frame, column), options)
    return np.setdiff1d(np.arange(frame.height), list(broken)), list(broken.values())


def _pictures(frame: pl.DataFrame, column: str) -> ImageRows:
    return ImageRows(objects(frame[column].to_list()))


def _without(frame: pl.DataFrame, broken: list[Broken]) -> pl.DataFrame:
    kept = np.setdiff1d(np.arange(frame.height), [one.place for one in broken])
    return frame[kept] if broken else frame


def _findings(broken: list[Broken], rows: int, column: str) -> tuple[Finding, ...]:
    if not broken:
        return ()
    noun = "picture" if len(broken) == 1 else "pictures"
    verb = "is" if len(broken) == 1 else "are"
    shown = "; ".join(str(one) for one in broken[:20])
    more = f"; and {len(broken) - 20:,} more" if len(broken) > 20 else ""
    finding = Finding(
        rule="broken pictures",
        severity="alarm" if len(broken) > MANY_BROKEN * rows else "note",
        message=f"{len(broken):,} {noun} of {rows:,} cannot be used and {verb} left out: {shown}{more}.",
        remedy="Mend or remove these files; the others are trained.",
        columns=(column,),
        evidence={"broken": len(broken), "paths": [one.address for one in broken]},
    )
    return (finding,)


def _with_places(frame: pl.DataFrame, source: Path) -> pl.DataFrame:
    """Return a table whose column of picture paths starts from the folder of the file."""
    column = picture_column(frame)
    if column is None:
        return frame
    folder = source.absolute().parent
    paths = [None if one is None else (folder / one).as_posix() for one in frame[column].to_list()]
    return frame.with_columns(pl.Series(column, paths, dtype=pl.String))
