"""Planted leaks are found; columns that are merely strong are left in peace."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.metrics import matthews_corrcoef, r2_score

from netwright.data.leaks import Leak, find_leaks, score


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def ranks(matrix: np.ndarray) -> np.ndarray:
    return np.column_stack([np.unique(column, return_inverse=True)[1] + 1 for column in matrix.T])


def leaks_in(matrix: np.ndarray, y: np.ndarray, classes: int, words: int = 0) -> list[Leak]:
    ordered = np.arange(matrix.shape[1]) >= words
    return find_leaks(ranks(matrix), ordered, y, classes=classes, seed=0)


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
def test_strong_columns_of_healthy_tables_are_no_leaks(load: object) -> None:
    data = load()
    assert leaks_in(data.data, data.target, len(data.target_names)) == []


def test_a_healthy_table_of_numbers() -> None:
    data = load_diabetes()
    assert leaks_in(data.data, data.target, 0) == []


def test_a_class_that_every_column_tells_is_no_leak() -> None:
    data = load_iris()
    assert leaks_in(data.data, (data.target == 0).astype(int), 2) == []


@pytest.mark.parametrize("wrong", [0.0, 0.01])
def test_a_copy_of_the_classes_is_found_with_its_mistakes(
    generator: np.random.Generator, wrong: float
) -> None:
    data = load_breast_cancer()
    weak = data.data[:, :4] + generator.normal(size=(569, 4)) * data.data[:, :4].std(axis=0)
    flipped = generator.random(569) < wrong
    planted = np.column_stack([np.where(flipped, 1 - data.target, data.target), weak])
    (leak,) = leaks_in(planted, data.target, 2, words=1)
    assert leak.column == 0
    assert leak.score > 0.93
    assert (leak.others is None) == (wrong == 0)


def test_an_exact_copy_is_found_even_where_the_answer_is_easy() -> None:
    data = load_wine()
    planted = np.column_stack([data.data, np.array([7, 3, 5])[data.target]])
    assert leaks_in(planted, data.target, 3) == [Leak(13, 1.0, None)]


def test_a_number_that_hides_the_classes_is_found(generator: np.random.Generator) -> None:
    y = generator.integers(0, 4, 2000)
    noise = generator.normal(size=(2000, 5))
    planted = np.column_stack([noise, y + generator.normal(size=2000) * 0.1])
    (leak,) = leaks_in(planted, y, 4)
    assert leak.column == 5
    assert leak.score > 0.99
    assert leak.others is not None
    assert leak.others < 0.2


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.05])
def test_a_noisy_multiple_of_a_number_is_found(generator: np.random.Generator, noise: float) -> None:
    data = load_diabetes()
    y = data.target + generator.normal(size=442) * 1e-3
    planted = np.column_stack([data.data, -2 * y + generator.normal(size=442) * 2 * y.std() * noise])
    (leak,) = leaks_in(planted, y, 0)
    assert leak.column == 10
    assert leak.score > 0.97
    assert (leak.others is None) == (noise == 0)


def test_a_curve_of_the_target_is_found_whatever_its_tail(generator: np.random.Generator) -> None:
    y = generator.lognormal(0, 2, 1000)
    planted = np.column_stack([np.log(y), generator.normal(size=1000)])
    assert [leak.column for leak in leaks_in(planted, y, 0)] == [0]


def test_missing_values_can_be_the_leak(generator: np.random.Generator) -> None:
    y = generator.integers(0, 2, 600)
    noted = np.where(y == 1, generator.integers(1, 400, 600), 0)
    leaks = find_leaks(
        np.column_stack([noted, ranks(generator.normal(size=(600, 1)))]),
        np.array([True, True]),
        y,
        classes=2,
        seed=0,
    )
    assert [leak.column for leak in leaks] == [0]


def test_a_name_for_each_row_is_no_leak(generator: np.random.Generator) -> None:
    y = generator.integers(0, 2, 500)
    assert leaks_in(np.arange(500)[:, None], y, 2, words=1) == []


def test_a_value_that_names_a_patient_is_no_leak(generator: np.random.Generator) -> None:
    patients = generator.integers(0, 2, 60)
    weight = generator.normal(70, 10, 60)
    planted = np.column_stack([np.repeat(weight, 10), generator.normal(size=600)])
    assert leaks_in(planted, np.repeat(patients, 10), 2) == []


def test_few_rows_prove_nothing() -> None:
    y = np.arange(12) % 2
    assert leaks_in(y[:, None].astype(float), y, 2) == []


def test_rare_classes_are_not_hidden_by_the_frequent_one(generator: np.random.Generator) -> None:
    y = (generator.random(5000) < 0.02).astype(int)
    strong = np.where(generator.random(5000) < 0.5, y, 0)
    assert leaks_in(np.column_stack([strong, generator.normal(size=5000)]), y, 2) == []
    assert [leak.column for leak in leaks_in(np.column_stack([y, strong]), y, 2)] == [0]


def test_very_many_classes(generator: np.random.Generator) -> None:
    y = generator.integers(0, 300, 5000)
    planted = np.column_stack([y * 3.5, generator.normal(size=5000)])
    assert [leak.column for leak in leaks_in(planted, y, 300)] == [0]


def test_one_answer_only_has_no_leak() -> None:
    assert leaks_in(np.ones((30, 1)), np.zeros(30, dtype=int), 2) == []


def test_scores_equal_scikit_learn(generator: np.random.Generator) -> None:
    y, told = generator.integers(0, 4, 300), generator.integers(0, 4, 300)
    told[:200] = y[:200]
    assert score(told, y, 4) == pytest.approx(matthews_corrcoef(y, told))
    assert score(np.zeros(300, dtype=int), y, 4) == 0
    numbers = generator.normal(size=300)
    assert score(numbers + 0.1, numbers, 0) == pytest.approx(r2_score(numbers, numbers + 0.1))
