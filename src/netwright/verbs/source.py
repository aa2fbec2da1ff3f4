"""Where rows come from: a table, sequences, or pictures and sounds in folders, archives and by path."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from netwright.data.addresses import Broken
from netwright.data.image_size import choose_images
from netwright.data.images import Images, unreadable
from netwright.data.items import ImageRows, SoundRows, objects
from netwright.data.long_table import sequences_of_table
from netwright.data.picture_folders import IMAGE, LABEL, holds_picture_files, read_pictures
from netwright.data.read import read_table
from netwright.data.recognition import PICTURE_ENDINGS, WAVE_ENDINGS, holds_pictures, holds_sounds
from netwright.data.schema import Kind
from netwright.data.sequence_files import LabelledRows, read_ts
from netwright.data.sound_folders import GROUP, broken_sounds, holds_sound_files, read_sounds
from netwright.estimators.looking import broken_pictures
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe

MANY_BROKEN = 0.2
"""Share of broken files from which on something is wrong with the source."""

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
        channels: names of the channels of sequences, where they have any.
    """

    frame: pl.DataFrame
    test: pl.DataFrame | None = None
    target: str = ""
    decisions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @property
    def whole(self) -> pl.DataFrame:
        """All rows, those for the test at the end."""
        return self.frame if self.test is None else pl.concat([self.frame, self.test])


@dataclass(frozen=True)
class Readable:
    """Rows without those whose files cannot be used, and a finding that names these."""

    frame: pl.DataFrame
    test: pl.DataFrame | None
    findings: tuple[Finding, ...] = ()


def read_steps(
    path: str | os.PathLike[str],
    target: str | None,
    sequence: str | None,
    time: str | None,
    *,
    group: str | None = None,
    channels: Sequence[str] = (),
    named: bool = False,
    labelled: bool = True,
) -> Source | None:
    """Read sequences or sounds: a .ts file, wave files, or a long table; None for anything else.

    Args:
        path: the file, folder or zip archive.
        target: the column to predict of a long table, or None.
        sequence: the column that says which sequence a step belongs to, or None.
        time: the column that orders steps, or None.
        group: the column that says which sequences belong together, or None.
        channels: the columns of a long table to read, in that order; empty for all of them.
        named: whether the name of each sequence or sound is a column as well.
        labelled: whether there has to be something to predict.
    """
    if sequence is not None:
        table = read_table(path)
        there = target if target in table.frame.columns or labelled else None
        kept = group if group in table.frame.columns or labelled else None
        read = sequences_of_table(table.frame, there, sequence, time, kept, channels)
        read = replace(read, decisions=(*table.decisions, *read.decisions))
    elif str(path).lower().endswith(".ts"):
        read = read_ts(path)
    elif holds_sound_files(path):
        read = read_sounds(path, labelled=labelled)
    else:
        return None
    return _as_source(read, group or GROUP, named=named)


def _as_source(read: LabelledRows, group: str, *, named: bool) -> Source:
    """Return sequences or sounds as a table, with columns of what is to be predicted, of groups and names."""
    name = "sound" if isinstance(read.rows, SoundRows) else "sequence"
    values = [one if isinstance(one, str) else one.tolist() for one in read.rows.values]
    kind = pl.String if name == "sound" else pl.List(pl.List(pl.Float32))
    columns = [pl.Series(name, values, dtype=kind), *([] if read.target is None else [read.target])]
    if read.groups:
        columns.append(pl.Series(group, read.groups))
    if named and read.names:
        columns.append(pl.Series(NAME, read.names))
    found = "" if read.target is None else read.target.name
    frame, test = pl.DataFrame(columns), pl.Series(read.test, dtype=pl.Boolean)
    if not len(test):
        return Source(frame, None, found, read.decisions, read.channels)
    return Source(frame.filter(~test), frame.filter(test), found, read.decisions, read.channels)


def read_source(path: str | os.PathLike[str], kinds: Mapping[str, Kind], *, labelled: bool = True) -> Source:
    """Read rows from a file or a folder.

    Args:
        path: a table in any form, a folder or zip archive of pictures or sounds, a .ts file, a folder of idx
            files, or a single picture or wave file.
        kinds: what columns are known to be.
        labelled: whether classes of pictures are looked for.

    Raises:
        DataError: when there is nothing to be read.
    """
    steps = read_steps(path, "", None, None, labelled=labelled)
    if steps is not None:
        return steps
    if Path(path).suffix.lower() in PICTURE_ENDINGS:
        return Source(pl.DataFrame({IMAGE: [Path(path).absolute().as_posix()]}))
    if Path(path).suffix.lower() in WAVE_ENDINGS:
        return Source(pl.DataFrame({Kind.SOUND.value: [Path(path).absolute().as_posix()]}))
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


def file_column(frame: pl.DataFrame) -> str | None:
    """Return the column that holds paths of pictures or sounds, None where there is none."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    found = (
        name for name in texts if name == IMAGE or holds_pictures(frame[name]) or holds_sounds(frame[name])
    )
    return next(found, None)


def leave_out_broken(frame: pl.DataFrame, test: pl.DataFrame | None, recipe: Recipe) -> Readable:
    """Return rows without those whose pictures or sounds cannot be read; a finding names the paths.

    Raises:
        DataError: when none can be read.
    """
    column = file_column(frame)
    if column is None:
        return Readable(frame, test)
    options: Images | None = None
    if not holds_sounds(frame[column]):
        given = recipe.preparation if isinstance(recipe.preparation, Images) else Images()
        options, _ = choose_images(_pictures(frame, column), given, recipe.effort)
    broken = readable(frame, column, options)[1]
    left, left_test = _without(frame, broken), test
    if test is not None:
        others = readable(test, column, options)[1]
        left_test, broken = _without(test, others), broken + others
    noun = "sound" if options is None else "picture"
    if not left.height:
        raise unreadable(broken, noun)
    return Readable(left, left_test, _findings(broken, frame.height, column, noun))


def readable(frame: pl.DataFrame, column: str, options: Images | None) -> tuple[np.ndarray, list[Broken]]:
    """Return the numbers of the rows whose files can be read, and what is the matter with the others.

    Args:
        frame: the rows.
        column: of the paths.
        options: how pictures are read; None for sounds.
    """
    if options is None:
        broken = broken_sounds(SoundRows(objects(frame[column].to_list())))
    else:
        broken = broken_pictures(_pictures(frame, column), options)
    return np.setdiff1d(np.arange(frame.height), list(broken)), list(broken.values())


def _pictures(frame: pl.DataFrame, column: str) -> ImageRows:
    return ImageRows(objects(frame[column].to_list()))


def _without(frame: pl.DataFrame, broken: list[Broken]) -> pl.DataFrame:
    kept = np.setdiff1d(np.arange(frame.height), [one.place for one in broken])
    return frame[kept] if broken else frame


def _findings(broken: list[Broken], rows: int, column: str, noun: str) -> tuple[Finding, ...]:
    if not broken:
        return ()
    nouns, verb = (noun, "is") if len(broken) == 1 else (f"{noun}s", "are")
    shown = "; ".join(str(one) for one in broken[:20])
    more = f"; and {len(broken) - 20:,} more" if len(broken) > 20 else ""
    finding = Finding(
        rule=f"broken {noun}s",
        severity="alarm" if len(broken) > MANY_BROKEN * rows else "note",
        message=f"{len(broken):,} {nouns} of {rows:,} cannot be used and {verb} left out: {shown}{more}.",
        remedy="Mend or remove these files; the others are trained.",
        columns=(column,),
        evidence={"broken": len(broken), "paths": [one.address for one in broken]},
    )
    return (finding,)


def _with_places(frame: pl.DataFrame, source: Path) -> pl.DataFrame:
    """Return a table whose column of paths starts from the folder of the file."""
    column = file_column(frame)
    if column is None:
        return frame
    folder = source.absolute().parent
    paths = [None if one is None else (folder / one).as_posix() for one in frame[column].to_list()]
    return frame.with_columns(pl.Series(column, paths, dtype=pl.String))
