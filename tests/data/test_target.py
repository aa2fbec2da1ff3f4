"""What is predicted: the task found, the classes kept as given, numbers there and back."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.target import Target
from netwright.errors import DataError
from netwright.task import Task


def series(*values: object) -> pl.Series:
    return pl.Series("y", list(values))


@pytest.mark.parametrize(
    ("column", "task", "classes"),
    [
        (series("yes", "no", "no"), Task.BINARY, ("no", "yes")),
        (series(True, False, True), Task.BINARY, (False, True)),
        (series(2, 1, 2), Task.BINARY, (1, 2)),
        (series(-1.0, 1.0, 1.0), Task.BINARY, (-1.0, 1.0)),
        (series("c", "a", "b", "a", "b", "c"), Task.MULTICLASS, ("a", "b", "c")),
        (pl.Series("y", [3, 1, 2] * 10), Task.MULTICLASS, (1, 2, 3)),
        (pl.Series("y", [3.0, 1.0, 2.0] * 10), Task.MULTICLASS, (1.0, 2.0, 3.0)),
        (pl.Series("y", ["10", "9", "1"] * 10), Task.MULTICLASS, ("1", "10", "9")),
        (pl.Series("y", [chr(65 + i % 26) for i in range(100)]), Task.MULTICLASS, None),
        (pl.Series("y", ["b", "a", "b"], dtype=pl.Categorical), Task.BINARY, ("a", "b")),
        (series(1, 2, 3, 4), Task.REGRESSION, ()),
        (pl.Series("y", range(500)), Task.REGRESSION, ()),
        (pl.Series("y", [1.5, 2.0, 2.5] * 10), Task.REGRESSION, ()),
        (pl.Series("y", ["1.5", "2.0", "2.5"] * 10), Task.REGRESSION, ()),
        (pl.Series("y", [f"{i}" for i in range(100)]), Task.REGRESSION, ()),
    ],
)
def test_task_and_classes(column: pl.Series, task: Task, classes: tuple[object, ...] | None) -> None:
    target = Target.infer(column)
    assert target.task is task
    assert target.reason
    if classes is not None:
        assert target.classes == classes
        assert [type(label) for label in target.classes] == [type(label) for label in classes]
    if task.is_classification:
        assert np.array_equal(target.labels, np.unique(column.cast(pl.String).to_numpy())) or (
            np.array_equal(target.labels, np.unique(column.to_numpy()))
        )


def test_classes_come_back_as_they_were_given() -> None:
    for column in (series("b", "a", "b"), series(5, 3, 5), series(True, False, True), series(0.0, 2.0, 0.0)):
        target = Target.infer(column)
        back = target.decode_classes(target.encode(column))
        assert back.tolist() == column.to_list()
        assert type(back.tolist()[0]) is type(column[0])


def test_python_objects_are_taken_as_what_they_are() -> None:
    whole = pl.Series("y", np.array([1, 2, 1], dtype=object))
    assert Target.infer(whole).classes == (1, 2)
    with pytest.raises(DataError, match="different kinds"):
        Target.infer(pl.Series("y", np.array([1, "b", 2], dtype=object)))


def test_large_integer_classes_stay_exact() -> None:
    column = series(2**53, 2**53 + 1, 2**53)
    target = Target.infer(column)
    assert target.classes == (2**53, 2**53 + 1)
    assert target.encode(column).tolist() == [0, 1, 0]
    assert target.encode(pl.Series([str(2**53 + 1)])).tolist() == [1]


@pytest.mark.parametrize(
    ("trained_on", "evaluated_on"),
    [
        (series(0, 1, 0), series("0", "1.0", " 1")),
        (series("0", "1", "0"), series(0.0, 1.0, 1.0)),
        (series(True, False, True), series("false", "TRUE", "True")),
        (series("False", "True", "True"), series(False, True, True)),
        (series(0.0, 1.0, 0.0), series(0, 1, 1)),
    ],
)
def test_the_same_labels_in_another_type_are_found(trained_on: pl.Series, evaluated_on: pl.Series) -> None:
    assert Target.infer(trained_on).encode(evaluated_on).tolist() == [0, 1, 1]


def test_labels_of_the_same_meaning_are_told_apart_exactly() -> None:
    target = Target.infer(series("1", "01", "1"), "classification")
    assert target.encode(series("01", "1")).tolist() == [0, 1]
    with pytest.raises(DataError, match="row 1"):
        target.encode(series(1, 1))


@pytest.mark.parametrize("task", [Task.MULTICLASS, "classification"])
def test_classes_asked_for(task: Task) -> None:
    target = Target.infer(pl.Series("y", [i % 30 for i in range(90)]), task)
    assert target.task is Task.MULTICLASS
    assert len(target.classes) == 30


def test_classification_asked_for_is_binary_with_two_classes() -> None:
    assert Target.infer(series(1, 0, 1), "classification").task is Task.BINARY


def test_regression_asked_for() -> None:
    target = Target.infer(series("1", "0", "1", "3"), Task.REGRESSION)
    assert target.task is Task.REGRESSION
    assert target.integer
    assert not Target.infer(series(1.5, 0.0, 1.0), Task.REGRESSION).integer


@given(
    st.lists(st.floats(-1e300, 1e300, allow_subnormal=False), min_size=2, max_size=30, unique=True),
)
def test_numbers_there_and_back(values: list[float]) -> None:
    column = pl.Series("y", values)
    target = Target.infer(column, Task.REGRESSION)
    encoded = target.encode(column)
    assert encoded.dtype == np.float32
    assert np.isfinite(encoded).all()
    spread = max(np.abs(values)) + target.scale[0]
    assert np.allclose(target.decode_numbers(encoded) / spread, column.to_numpy() / spread, atol=1e-5)


def test_standardised_numbers_have_mean_zero_and_deviation_one() -> None:
    values = np.random.default_rng(0).gamma(2.0, 3.0, 1000) + 100
    target = Target.infer(pl.Series("y", values))
    encoded = target.encode(pl.Series("y", values))
    assert target.mean == pytest.approx((values.mean(),))
    assert target.scale == pytest.approx((values.std(),))
    assert encoded.mean() == pytest.approx(0, abs=1e-5)
    assert encoded.std() == pytest.approx(1, abs=1e-5)


def test_mean_and_spread_may_come_from_the_training_part() -> None:
    whole = Target.infer(pl.Series("y", [1.0, 2.0, 4.5, 100.0]))
    part = whole.standardised_on(pl.Series("y", [1.0, 2.0, 4.5]))
    assert part.mean == pytest.approx((2.5,))
    assert part.reason == whole.reason
    classes = Target.infer(series("a", "b", "a"))
    assert classes.standardised_on(series("a", "a")) is classes


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (series("a", None, "b", None), r"2 values are missing \(row 2, 4\).*Drop these rows, or fill"),
        (series("a", " ", "b"), r"1 value is missing \(row 2\)"),
        (series(1.0, float("nan"), 3.0), r"1 value is missing \(row 2\)"),
        (series(1.0, 2.0, float("inf")), r"1 value is infinite \(row 3\)"),
        (series(None, None), "all 2 values are missing"),
        (pl.Series("y", [float("nan")] * 3), "all 3 values are missing"),
        (series("a", "a", "a"), "only one class .1 class.*'a'"),
        (series(1.5, 1.5, 1.5), "only one class .1 class.*1.5"),
        (pl.Series("y", [f"id{i}" for i in range(30)]), "identifier or a number"),
        (pl.Series("y", [], dtype=pl.Float64), "no rows"),
        (pl.Series("y", ["2024-01-01", "2024-01-02"]).str.to_date(), "type Date; expected numbers"),
    ],
)
def test_targets_that_cannot_be_learnt(column: pl.Series, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        Target.infer(column)
    assert "'y'" in str(caught.value)


@pytest.mark.parametrize(
    ("column", "task", "message"),
    [
        (series(1.5, 1.5, 1.5), Task.REGRESSION, "constant: every row is 1.5"),
        (series(1.5), Task.REGRESSION, "1 sample"),
        (series("1", "two", "3"), Task.REGRESSION, r"row 2: expected a number, got 'two' \(1 such rows\)"),
        (series("1", "inf", "3"), Task.REGRESSION, "row 2"),
        (series(0.5, 0.7, 0.9), "classification", "Unknown label type: .* continuous"),
        (series("a", "b", "c"), Task.BINARY, "needs two classes, got 3: a, b, c"),
        (series(0, 1, 0), Task.MULTILABEL, "several 0/1 columns"),
        (pl.Series("y", range(100)), Task.MULTICLASS, "100 classes in 100 rows"),
    ],
)
def test_tasks_that_do_not_fit(column: pl.Series, task: Task, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Target.infer(column, task)


def test_unseen_class_names_row_and_nearest() -> None:
    target = Target.infer(series("setosa", "virginica", "setosa"))
    with pytest.raises(DataError, match=r"row 2: 'virginca'.*1 such rows.*Did you mean 'virginica'"):
        target.encode(series("setosa", "virginca"))


def test_missing_values_in_evaluation_data_are_refused() -> None:
    target = Target.infer(series(1.5, 2.5, 3.5))
    with pytest.raises(DataError, match=r"missing \(row 2\)"):
        target.encode(np.array([1.0, np.nan]))


def test_few_rows_with_few_classes_are_fine() -> None:
    assert Target.infer(series("a", "b", "a", "c", "b")).classes == ("a", "b", "c")


def test_several_labels_at_once() -> None:
    matrix = np.array([[0, 1, 0], [1, 1, 0], [0, 0, 0]])
    target = Target.infer_matrix(matrix, ["a", "b", "c"])
    assert target.task is Task.MULTILABEL
    assert target.name == "a, b, c"
    assert np.array_equal(target.encode(matrix), matrix.astype(np.float32))
    with pytest.raises(DataError, match="0 and 1 only"):
        Target.infer_matrix(matrix + 1, ["a", "b", "c"], "classification")
    with pytest.raises(DataError, match="0 and 1 only"):
        Target.infer_matrix(matrix, ["a", "b", "c"], Task.MULTICLASS)


def test_several_numbers_at_once() -> None:
    matrix = np.random.default_rng(0).normal([5, -3], [2, 100], (50, 2))
    target = Target.infer_matrix(matrix, ["a", "b"])
    assert target.task is Task.REGRESSION
    encoded = target.encode(matrix)
    assert encoded.shape == (50, 2)
    assert np.allclose(encoded.std(axis=0), 1, atol=1e-5)
    assert np.allclose(target.decode_numbers(encoded), matrix, rtol=1e-4, atol=1e-4)
    with pytest.raises(DataError, match=r"'b'.*missing \(row 3\)"):
        target.encode(np.where((np.arange(50)[:, None] == 2) & [False, True], np.nan, matrix))
    with pytest.raises(DataError, match="'b' is constant"):
        Target.infer_matrix(matrix * [1, 0] + [0, 7], ["a", "b"])


def test_one_column_of_a_matrix_is_a_plain_target() -> None:
    target = Target.infer_matrix(np.array([[1.5], [2.5], [3.5]]), ["y"])
    assert target == Target.infer(series(1.5, 2.5, 3.5))
    assert target.decode_numbers(np.zeros((2, 1))).shape == (2,)


@pytest.mark.parametrize(
    "target",
    [
        Target.infer(series("b", "a", "b")),
        Target.infer(series(1, 2, 1)),
        Target.infer(series(1.0, 2.0, 1.0)),
        Target.infer(series(True, False, True)),
        Target.infer(series(0.1, 0.2, 0.4)),
        Target.infer_matrix(np.eye(3), ["a", "b", "c"]),
    ],
)
def test_saved_and_loaded(target: Target) -> None:
    loaded = Target.from_json(json.loads(json.dumps(target.to_json())))
    assert loaded == target
    assert [type(label) for label in loaded.classes] == [type(label) for label in target.classes]


def test_whole_numbers_past_the_exact_ones_are_no_amounts() -> None:
    values = pl.Series("key", [2**53 + row for row in range(100)])
    with pytest.raises(DataError, match=r"key.*row 2.*2\^53"):
        Target.infer(values, Task.REGRESSION)
