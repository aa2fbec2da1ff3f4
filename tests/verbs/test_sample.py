from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from netwright.data.samples import SAMPLES, sample
from netwright.errors import DataError, RunError
from netwright.verbs.sample import describe, list_samples, write_sample


def test_the_file_holds_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert write_sample("iris") == Path("iris.csv")
    assert pl.read_csv("iris.csv").equals(sample("iris"))


def test_the_same_content_is_left_and_other_content_is_kept(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    write_sample("iris", place)
    before = place.stat()
    assert write_sample("iris", place) == place
    assert place.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(RunError, match="--force"):
        write_sample("wine", place)
    assert pl.read_csv(place).equals(sample("iris"))
    write_sample("wine", place, force=True)
    assert pl.read_csv(place).height == sample("wine").height


def test_all_samples_are_described() -> None:
    assert [known.name for known in list_samples()] == list(SAMPLES)
    described = describe("breast_cancer")
    assert (described.rows, described.inputs, described.target) == (569, 30, "diagnosis")


def test_an_unknown_sample_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Did you mean 'iris'"):
        write_sample("irs", tmp_path / "x.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RunError, match="is a folder"):
        write_sample("iris", tmp_path / "folder")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
