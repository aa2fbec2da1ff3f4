"""The samples are scikit-learn's data under names that can be read."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

from netwright.data.kinds import infer_schema
from netwright.data.read import read_table
from netwright.data.samples import SAMPLES, sample
from netwright.data.schema import Kind
from netwright.errors import DataError

LOADERS = {
    "breast_cancer": (load_breast_cancer, "diagnosis"),
    "wine": (load_wine, "cultivar"),
    "diabetes": (lambda: load_diabetes(scaled=False), "progression"),
    "digits": (load_digits, "digit"),
    "iris": (load_iris, "species"),
}


def test_all_samples_are_tested() -> None:
    assert set(SAMPLES) == set(LOADERS)


@pytest.mark.parametrize("name", SAMPLES)
def test_values_are_those_of_scikit_learn(name: str) -> None:
    loader, target = LOADERS[name]
    frame, bunch = sample(name), loader()
    assert frame.columns[-1] == target
    np.testing.assert_array_equal(frame.drop(target).to_numpy(), bunch.data)
    _, codes = np.unique(frame[target].to_numpy(), return_inverse=True)
    _, expected = np.unique(
        np.asarray(bunch.target_names)[bunch.target] if "target_names" in bunch else bunch.target,
        return_inverse=True,
    )
    np.testing.assert_array_equal(codes, expected)


@pytest.mark.parametrize("name", SAMPLES)
def test_names_can_be_typed(name: str) -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column) for column in sample(name).columns)


@pytest.mark.parametrize("name", SAMPLES)
def test_written_and_read_back(name: str, tmp_path: Path) -> None:
    frame = sample(name)
    frame.write_csv(tmp_path / "sample.csv")
    table = read_table(tmp_path / "sample.csv")
    assert table.frame.equals(frame)
    kinds = {column.kind for column in infer_schema(frame, target=frame.columns[-1]).columns}
    assert kinds <= {Kind.NUMBER, Kind.CONSTANT}


def test_words_of_the_targets() -> None:
    assert sorted(sample("breast_cancer")["diagnosis"].unique()) == ["benign", "malignant"]
    assert sample("diabetes").head(1).select("age", "blood_pressure", "progression").row(0) == (
        59,
        101.0,
        151.0,
    )
    assert sample("digits")["digit"].dtype == pl.Int64


def test_unknown_sample() -> None:
    with pytest.raises(DataError, match="Did you mean 'wine'"):
        sample("wines")
