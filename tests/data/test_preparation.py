"""Any mixture of rows becomes finite inputs of the promised shape, each row by itself."""

from __future__ import annotations

import datetime
import json
import pickle

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from netwright.data import preparation as module
from netwright.data.preparation import Preparation, PreparationOptions, Prepared
from netwright.data.scale import Scaling
from netwright.data.schema import Column, Kind, Schema
from netwright.errors import ArtifactError, DataError, RecipeError

SCHEMA = Schema(
    (
        Column("age", Kind.NUMBER, "numbers"),
        Column("id", Kind.IDENTIFIER, "each value once", used=False),
        Column("job", Kind.CATEGORY, "few words"),
        Column("member", Kind.YES_NO, "two words"),
        Column("since", Kind.DATETIME, "dates"),
        Column("height", Kind.NUMBER, "numbers"),
    )
)
TYPES = {
    "age": pl.Float64,
    "job": pl.String,
    "member": pl.String,
    "since": pl.Datetime("us"),
    "height": pl.Float64,
}

METHODS: list[Scaling] = ["standard", "robust", "quantile", "minmax", "none"]

finite = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))
row = st.tuples(
    st.none() | finite | st.integers(0, 3).map(float),
    st.none() | st.sampled_from(["cook", "judge", "pilot", "weaver"]) | st.text(max_size=3),
    st.sampled_from([None, "yes", "no", "perhaps"]),
    st.none() | moments,
    st.none() | finite,
)
options = st.builds(
    PreparationOptions,
    scaling=st.sampled_from(METHODS),
    imputation=st.sampled_from(["mean", "median", "zero"]),
    indicators=st.booleans(),
    max_categories=st.integers(1, 5),
    min_category_count=st.integers(1, 3),
)


def table(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TYPES, orient="row")


def mixed(rows: int, seed: int = 0) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    age = pl.Series(generator.normal(40, 10, rows))
    start = datetime.datetime(2020, 1, 1)
    minutes = generator.integers(0, 10**6, rows).tolist()
    return pl.DataFrame(
        {
            "age": age.set(pl.Series(generator.random(rows) < 0.2), None),
            "job": generator.choice(["cook", "judge", "pilot"], rows, p=[0.5, 0.3, 0.2]),
            "member": generator.choice(["yes", "no"], rows),
            "since": [start + datetime.timedelta(minutes=minute) for minute in minutes],
            "height": generator.lognormal(0, 1, rows),
        },
        schema_overrides=TYPES,
    )


def same(first: Prepared, second: Prepared) -> bool:
    return torch.equal(first.numbers, second.numbers) and torch.equal(first.codes, second.codes)


@given(st.lists(row, min_size=1, max_size=12), st.lists(row, min_size=1, max_size=6), options)
def test_inputs_are_finite_and_of_the_promised_shape(
    train: list[tuple[object, ...]], test: list[tuple[object, ...]], chosen: PreparationOptions
) -> None:
    preparation = Preparation.fit(table(train), SCHEMA, chosen)
    prepared = preparation.transform(table(test))
    assert prepared.numbers.dtype == torch.float32
    assert prepared.codes.dtype == torch.int64
    assert prepared.numbers.shape == (len(test), len(preparation.number_names))
    assert prepared.codes.shape == (len(test), len(preparation.cardinalities))
    assert torch.isfinite(prepared.numbers).all()
    assert (prepared.codes >= 0).all()
    assert (prepared.codes < torch.tensor(preparation.cardinalities)).all()


@given(st.lists(row, min_size=1, max_size=12), st.lists(row, min_size=1, max_size=9), options)
def test_each_row_is_prepared_by_itself(
    train: list[tuple[object, ...]],
    test: list[tuple[object, ...]],
    chosen: PreparationOptions,
) -> None:
    preparation = Preparation.fit(table(train), SCHEMA, chosen)
    whole = preparation.transform(table(test))
    for index in range(len(test)):
        alone = preparation.transform(table(test[index : index + 1]))
        assert torch.equal(alone.numbers[0], whole.numbers[index])
        assert torch.equal(alone.codes[0], whole.codes[index])


@pytest.mark.parametrize("scaling", METHODS)
def test_one_row_equals_the_same_row_among_thousands(scaling: Scaling) -> None:
    rows = mixed(5000)
    preparation = Preparation.fit(rows, SCHEMA, PreparationOptions(scaling))
    whole = preparation.transform(rows)
    for index in range(0, 5000, 83):
        assert torch.equal(preparation.transform(rows[index]).numbers[0], whole.numbers[index])


@pytest.mark.parametrize("scaling", ["quantile", "robust", "minmax", "none"])
def test_the_order_of_rows_does_not_matter(scaling: Scaling) -> None:
    rows = mixed(400)
    order = np.random.default_rng(1).permutation(400)
    first = Preparation.fit(rows, SCHEMA, PreparationOptions(scaling))
    second = Preparation.fit(rows[order], SCHEMA, PreparationOptions(scaling))
    probe, shuffled = first.transform(rows), second.transform(rows[order])
    assert torch.equal(probe.numbers[order], shuffled.numbers)
    assert torch.equal(probe.codes[order], shuffled.codes)


def test_every_input_has_a_name_and_a_source() -> None:
    preparation = Preparation.fit(mixed(300), SCHEMA, PreparationOptions())
    assert preparation.number_names == (
        "age",
        "height",
        "since",
        "member",
        *(f"since: {cycle} {wave}" for cycle in ("month", "weekday", "hour") for wave in ("sine", "cosine")),
        "age is missing",
    )
    assert preparation.number_sources == ("age", "height", "since", "member", *["since"] * 6, "age")
    assert preparation.category_names == ("job",)
    assert preparation.cardinalities == (4,)


def test_values_are_what_the_names_say() -> None:
    rows = mixed(300)
    preparation = Preparation.fit(rows, SCHEMA, PreparationOptions("standard", imputation="mean"))
    numbers = dict(zip(preparation.number_names, preparation.transform(rows).numbers.T.numpy(), strict=True))
    age = rows["age"].to_numpy()
    expected = np.where(np.isnan(age), 0, (age - np.nanmean(age)) / np.nanstd(age))
    assert np.allclose(numbers["age"], expected, atol=1e-6)
    assert np.array_equal(numbers["age is missing"], np.isnan(age))
    assert np.array_equal(numbers["member"], rows["member"] == "yes")
    assert np.corrcoef(numbers["since"], rows["since"].dt.epoch("s"))[0, 1] == pytest.approx(1)
    codes = preparation.transform(rows).codes[:, 0]
    assert codes.tolist() == [("cook", "judge", "pilot").index(job) + 1 for job in rows["job"]]


def test_nothing_of_later_rows_is_learnt() -> None:
    rows = mixed(300)
    before = Preparation.fit(rows[:200], SCHEMA, PreparationOptions()).to_state()
    later = rows[200:].with_columns(pl.lit("spy").alias("job"), pl.col("height") * 1e6)
    preparation = Preparation.fit(rows[:200], SCHEMA, PreparationOptions())
    preparation.transform(later)
    after = preparation.to_state()
    assert before[0] == after[0]
    assert all(np.array_equal(before[1][name], after[1][name]) for name in before[1])
    assert (preparation.transform(later).codes == 0).all()


@given(options)
def test_saved_and_loaded_preparations_agree_bit_for_bit(chosen: PreparationOptions) -> None:
    preparation = Preparation.fit(mixed(120), SCHEMA, chosen)
    state, arrays = preparation.to_state()
    stored = {name: array.copy() for name, array in arrays.items()}
    for array in stored.values():
        array.flags.writeable = False
    loaded = Preparation.from_state(json.loads(json.dumps(state)), stored)
    probe = mixed(50, seed=2).vstack(table([(None, None, None, None, 1e308), (-1e308, "x", "y", None, None)]))
    assert same(preparation.transform(probe), loaded.transform(probe))
    assert loaded.number_names == preparation.number_names
    assert loaded.cardinalities == preparation.cardinalities


def test_a_preparation_survives_pickling_after_use() -> None:
    preparation = Preparation.fit(mixed(120), SCHEMA, PreparationOptions())
    prepared = preparation.transform(mixed(2000))
    assert same(pickle.loads(pickle.dumps(preparation)).transform(mixed(2000)), prepared)


def test_a_damaged_state_is_refused() -> None:
    state, arrays = Preparation.fit(mixed(20), SCHEMA, PreparationOptions()).to_state()
    with pytest.raises(ArtifactError, match="damaged: KeyError"):
        Preparation.from_state(state, {name: arrays[name] for name in arrays if name != "knots"})
    with pytest.raises(ArtifactError, match="damaged"):
        Preparation.from_state({**state, "dates": 3}, arrays)


def test_no_training_row_is_kept() -> None:
    rows = mixed(50_000)
    _, arrays = Preparation.fit(rows, SCHEMA, PreparationOptions()).to_state()
    assert sum(array.size for array in arrays.values()) < 10_000


def test_long_tables_are_prepared_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = mixed(100)
    preparation = Preparation.fit(rows, SCHEMA, PreparationOptions())
    whole = preparation.transform(rows)
    numbers = rows.select("height").to_numpy()
    matrix = Preparation.fit_matrix(numbers, PreparationOptions())
    whole_matrix = matrix.transform_matrix(numbers)
    monkeypatch.setattr(module, "CHUNK", 7)
    assert same(preparation.transform(rows), whole)
    assert same(matrix.transform_matrix(numbers), whole_matrix)


@pytest.mark.parametrize("scaling", METHODS)
def test_a_matrix_gives_what_a_table_gives(scaling: Scaling) -> None:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(200, 3)) * [1, 100, 0] + [0, 5, 2]
    matrix[generator.random((200, 3)) < 0.1] = np.nan
    frame = pl.DataFrame(matrix, schema=["x0", "x1", "x2"]).fill_nan(None)
    schema = Schema(tuple(Column(name, Kind.NUMBER, "numbers") for name in frame.columns))
    by_table = Preparation.fit(frame, schema, PreparationOptions(scaling))
    by_matrix = Preparation.fit_matrix(matrix, PreparationOptions(scaling))
    assert by_table.number_names == by_matrix.number_names
    assert same(by_table.transform(frame), by_matrix.transform_matrix(matrix))
    assert same(by_table.transform_matrix(matrix), by_matrix.transform(frame))
    single = by_matrix.transform_matrix(matrix.astype(np.float32))
    assert torch.allclose(single.numbers, by_matrix.transform_matrix(matrix).numbers, atol=0.02)


def test_the_matrix_given_is_not_changed() -> None:
    matrix = np.array([[1e300, np.nan], [0.0, 1.0]], order="F")
    before = matrix.copy()
    Preparation.fit_matrix(matrix, PreparationOptions()).transform_matrix(matrix)
    assert np.array_equal(matrix, before, equal_nan=True)


def test_matrices_that_do_not_fit_are_refused() -> None:
    preparation = Preparation.fit_matrix(np.eye(3), PreparationOptions(), names=["a", "b", "c"])
    with pytest.raises(DataError, match="trained on 3 columns, got 2"):
        preparation.transform_matrix(np.eye(2))
    with pytest.raises(DataError, match="'b', row 2: expected a finite number"):
        preparation.transform_matrix(np.array([[1, 1, 1], [1, np.inf, 1]]))
    with pytest.raises(DataError, match="'x1', row 1"):
        Preparation.fit_matrix(np.array([[1, -np.inf]]), PreparationOptions())
    with pytest.raises(DataError, match=r"not numbers \(since, member, job\)"):
        Preparation.fit(mixed(20), SCHEMA, PreparationOptions()).transform_matrix(np.eye(5))


def test_a_table_without_usable_columns_is_refused() -> None:
    schema = Schema((Column("id", Kind.IDENTIFIER, "each value once", used=False),))
    with pytest.raises(DataError, match=r"No input column is left.*id: each value once"):
        Preparation.fit(pl.DataFrame(), schema, PreparationOptions())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scaling": "log"}, "scaling"),
        ({"max_categories": 0}, "max_categories"),
        ({"imputaton": "mean"}, "Did you mean 'imputation'"),
    ],
)
def test_impossible_options_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        PreparationOptions(**settings)
