"""What a training is given of sounds and sequences: groups kept whole, broken files left out."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.data.long_table import Steps
from netwright.data.schema import Kind
from netwright.errors import DataError
from netwright.verbs.material import Material, gather
from netwright.verbs.request import Request
from netwright.verbs.source import read_source

SPEAKERS = ("ann", "bob", "cid", "dan", "eve", "fay")


def sounds(folder: Path) -> Path:
    folder.mkdir()
    generator = np.random.default_rng(0)
    for word in ("no", "yes"):
        for speaker in SPEAKERS:
            for number in range(2):
                with wave.open(str(folder / f"{word}_{speaker}_{number}.wav"), "wb") as file:
                    file.setparams((1, 2, 8000, 0, "NONE", ""))
                    file.writeframes(generator.integers(-900, 900, 400).astype("<i2").tobytes())
    return folder


def in_parts(material: Material, column: str) -> list[set[object]]:
    parts = (material.split.train, material.split.validation, material.split.test)
    return [set(material.frame[column].gather(part)) for part in parts]


def test_speakers_are_kept_in_one_part_and_broken_files_are_said(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "words")
    (folder / "no_ann_9.wav").write_bytes(b"RIFF no sound")
    material = gather(Request(str(folder), "", group="group"), seed=0)
    train, validation, test = in_parts(material, "group")
    assert not train & validation
    assert not (train | validation) & test
    assert train | validation | test == set(SPEAKERS)
    assert [column.kind for column in material.schema.used] == [Kind.SOUND]
    assert material.frame.height == 2 * 2 * len(SPEAKERS)
    (finding,) = (one for one in material.findings if one.rule == "broken sounds")
    assert "no_ann_9.wav" in finding.message
    assert "1 sound of 25" in finding.message


def test_without_a_group_the_network_reads_the_sounds_alone(tmp_path: Path) -> None:
    material = gather(Request(str(sounds(tmp_path / "words")), ""), seed=0)
    assert [column.name for column in material.schema.used] == ["sound"]
    assert "beside the sounds" in next(one.reason for one in material.schema.columns if one.name == "group")


def test_nothing_but_broken_files(tmp_path: Path) -> None:
    for name in ("a_1.wav", "b_1.wav"):
        (tmp_path / name).write_bytes(b"RIFF no sound")
    with pytest.raises(DataError, match="2 sounds cannot be used"):
        gather(Request(str(tmp_path), ""), seed=0)


def test_a_table_with_paths_of_sounds(tmp_path: Path) -> None:
    names = sorted(path.name for path in sounds(tmp_path / "words").iterdir())
    table = pl.DataFrame({"file": [f"words/{name}" for name in names], "loudness": range(len(names))})
    table.write_csv(tmp_path / "table.csv")
    source = read_source(tmp_path / "table.csv", {})
    assert source.frame["file"][0] == (tmp_path / "words" / names[0]).as_posix()
    material = gather(Request(str(tmp_path / "table.csv"), "loudness"), seed=0)
    assert [column.kind for column in material.schema.used] == [Kind.SOUND]


def test_persons_of_a_long_table_are_kept_in_one_part(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    rows = [(number, step) for number in range(42) for step in range(4)]
    table = pl.DataFrame(rows, schema=["id", "t"], orient="row").with_columns(
        x=pl.Series(generator.normal(size=len(rows))),
        who=pl.Series([f"p{number % 7}" for number, _ in rows]),
        y=pl.Series(["ab"[number % 2] for number, _ in rows]),
    )
    table.write_csv(tmp_path / "steps.csv")
    request = Request(str(tmp_path / "steps.csv"), "y", sequence="id", time="t", group="who")
    material = gather(request, seed=0)
    train, validation, test = in_parts(material, "who")
    assert not train & validation
    assert not (train | validation) & test
    (column,) = material.schema.used
    assert column.kind is Kind.SEQUENCE
    assert Steps.of(column.format) == Steps("id", "t", ("x",))
    mixed = table.with_columns(who=pl.col("t").cast(pl.String))
    mixed.write_csv(tmp_path / "steps.csv")
    with pytest.raises(DataError, match="one value for a whole"):
        gather(request, seed=0)


def test_a_single_wave_file_is_a_row(tmp_path: Path) -> None:
    source = read_source(tmp_path / "word.wav", {})
    assert source.frame["sound"].to_list() == [(tmp_path / "word.wav").as_posix()]


def test_a_file_for_the_test_may_hold_its_channels_in_another_order(tmp_path: Path) -> None:
    steps = pl.DataFrame({"id": np.repeat(np.arange(40), 3), "a": np.arange(120.0), "b": -np.arange(120.0)})
    steps = steps.with_columns(y=pl.when(pl.col("id") % 2 == 0).then(pl.lit("even")).otherwise(pl.lit("odd")))
    steps.write_csv(tmp_path / "train.csv")
    steps.head(30).select("b", "y", "a", pl.lit(5).alias("new"), "id").write_csv(tmp_path / "test.csv")
    request = Request(str(tmp_path / "train.csv"), "y", test=str(tmp_path / "test.csv"), sequence="id")
    material = gather(request, seed=0)
    (column,) = material.schema.used
    assert Steps.of(column.format).channels == ("a", "b")
    tested = material.frame[column.name].gather(material.split.test)
    assert all(a >= 0 and a == -b for steps in tested.to_list() for a, b in steps)
