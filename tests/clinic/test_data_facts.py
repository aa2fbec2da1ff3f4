"""What rows say before any training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, load_wine
from sklearn.model_selection import train_test_split

from netwright.clinic.data_facts import gather
from netwright.clinic.row_facts import DataFacts
from netwright.errors import DataError


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype(np.float32), y


def test_scales_classes_and_counts() -> None:
    x, y = load_wine(return_X_y=True)
    facts = gather(x, y)
    assert (facts.rows, facts.whole, facts.input_kind, facts.classes) == (178, True, "numbers", 3)
    assert facts.class_counts == (71, 59, 48)
    deviations = x.std(axis=0)
    assert facts.deviation_ratio == pytest.approx(deviations.max() / np.median(deviations), rel=1e-4)
    assert facts.largest_input == pytest.approx(x.max())
    assert facts.target_mean is None


def test_flags_and_constants_have_no_scale() -> None:
    generator = np.random.default_rng(0)
    rare = (generator.random((5000, 4)) < 0.0005).astype(float)
    facts = gather(np.column_stack([generator.normal(size=(5000, 2)), rare, np.ones(5000)]), rare[:, 0])
    assert facts.deviation_ratio == pytest.approx(1, abs=0.1)


def test_numbers_as_target() -> None:
    y = torch.tensor([1000.0, 2000.0, 3000.0, 4000.0])
    facts = gather(torch.randn(4, 2), y[:, None])
    assert facts.classes == 0
    assert facts.target_mean == pytest.approx(2500)
    assert facts.target_deviation == pytest.approx(float(y.std(correction=0)))


@pytest.mark.parametrize(
    ("target", "counts"),
    [
        (torch.tensor([0.0, 1.0, 1.0, 1.0]), (3, 1)),
        (torch.tensor([[0, 1.0], [1, 0], [1, 0], [1, 0]]), (3, 1)),
        (torch.tensor([True, False, True, True]), (3, 1)),
        (torch.tensor([[3, 3, -100], [3, 3, 3], [5, 5, 3], [3, 3, 3]]), (9, 2)),
    ],
)
def test_classes_in_every_form(target: torch.Tensor, counts: tuple[int, ...]) -> None:
    assert gather(torch.randn(4, 2), target).class_counts == counts


def test_several_labels_a_row_are_neither_classes_nor_numbers() -> None:
    facts = gather(torch.randn(3, 2), torch.tensor([[1.0, 1, 0], [0, 0, 0], [1, 0, 1]]))
    assert facts.classes == 0
    assert facts.target_deviation is None


def test_entries_that_are_not_finite() -> None:
    x = np.zeros((6, 2))
    x[3, 1], x[5, 0] = np.nan, np.inf
    facts = gather(x, np.array([0.0, np.nan, 2, 3, 4, 5]))
    assert facts.nonfinite_inputs == (2, 3)
    assert facts.nonfinite_targets == (1, 1)
    assert facts.largest_input == 0


def test_kinds_of_inputs() -> None:
    y = torch.arange(20) % 2
    images = gather(torch.rand(20, 3, 4, 4), y)
    assert (images.input_kind, images.deviation_ratio) == ("images", 1)
    tokens = gather(torch.randint(0, 9, (20, 5)), y)
    assert (tokens.input_kind, tokens.largest_input) == ("tokens", None)
    table = gather((torch.randn(20, 2), torch.randint(0, 9, (20, 3))), y)
    assert table.input_kind == "numbers"
    named = gather({"x": torch.randn(20, 2)}, y)
    assert named.rows == 20


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0.05), (0.2, 0.15, 0.3), (0.4, 0.45, 0.7)])
def test_labels_against_their_neighbours(
    digits: tuple[np.ndarray, np.ndarray], share: float, low: float, high: float
) -> None:
    x, y = digits
    generator = np.random.default_rng(0)
    wrong = generator.random(len(y)) < share
    noisy = np.where(wrong, generator.integers(0, 10, len(y)), y)
    facts = gather(x, noisy)
    assert facts.neighbour_disagreement is not None
    assert low <= facts.neighbour_disagreement <= high
    assert facts.shuffled_disagreement is not None
    assert facts.shuffled_disagreement > 0.85
    suspects = np.array(facts.suspect_labels, dtype=int)
    assert len(suspects) >= 0.35 * (noisy != y).sum()
    if share:
        assert (noisy[suspects] != y[suspects]).mean() > 0.97
    else:
        assert len(suspects) < 10


def test_shuffled_labels_are_unrelated(digits: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = digits
    facts = gather(x, np.random.default_rng(0).permutation(y))
    assert facts.neighbour_disagreement is not None
    assert facts.shuffled_disagreement is not None
    assert facts.neighbour_disagreement > 0.95 * facts.shuffled_disagreement


def test_few_rows_and_coloured_pictures_have_no_neighbours() -> None:
    y = torch.arange(200) % 2
    assert gather(torch.randn(40, 3), y[:40]).neighbour_disagreement is None
    assert gather(torch.rand(200, 3, 4, 4), y).neighbour_disagreement is None


def split_digits(digits: tuple[np.ndarray, np.ndarray], copies: int, noise: float) -> DataFacts:
    x, y = digits
    generator = np.random.default_rng(0)
    many = np.concatenate([x + noise * generator.normal(size=x.shape) for _ in range(copies)])
    train, held_out, known, truth = train_test_split(
        many.astype(np.float32), np.tile(y, copies), random_state=0
    )
    return gather(train, known, (held_out, truth))


def test_healthy_parts_are_alike(digits: tuple[np.ndarray, np.ndarray]) -> None:
    facts = split_digits(digits, 1, 0)
    assert facts.duplicate_rows == (0, 0)
    assert facts.near_duplicates is None  # pixels of 17 values lie in groups by nature
    assert facts.validation_shift == pytest.approx(0.5, abs=0.1)
    assert facts.deviation_shift == pytest.approx(1, abs=0.05)
    assert facts.validation_rows == 450


def test_copies_made_before_the_split(digits: tuple[np.ndarray, np.ndarray]) -> None:
    assert (split_digits(digits, 4, 0.01).near_duplicates or 0) > 0.9
    exact = split_digits(digits, 4, 0).duplicate_rows
    assert exact is not None
    assert exact[0] > 0.9


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_rows_of_few_dimensions_are_near_by_chance(width: int) -> None:
    x = np.random.default_rng(0).normal(size=(2000, width))
    facts = gather(x[:1500], x[:1500, 0], (x[1500:], x[1500:, 0]))
    assert facts.near_duplicates is not None
    assert facts.near_duplicates < 0.07


def test_a_validation_prepared_in_another_way(digits: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = digits
    facts = gather(x[:1300], y[:1300], (20 * x[1300:], y[1300:]))
    assert facts.deviation_shift == pytest.approx(20, rel=0.1)
    assert facts.validation_shift is not None
    assert facts.validation_shift > 0.95


def test_a_feature_that_is_the_answer() -> None:
    x, y = load_wine(return_X_y=True)
    with_target = np.column_stack([x, y])
    names = [f"x{place}" for place in range(13)] + ["answer"]
    assert gather(with_target, y, names=names).leak == ("answer", 1.0)
    assert gather(with_target, y).leak == ("feature 13", 1.0)
    assert gather(x, y).leak is None


def test_an_empty_validation_is_no_validation() -> None:
    facts = gather(torch.randn(30, 2), torch.randn(30), (torch.randn(0, 2), torch.randn(0)))
    assert facts.validation_rows is None


def test_a_part_of_the_rows() -> None:
    assert gather(torch.randn(30, 2), torch.randn(30), whole=False).rows is None
    assert gather(torch.randn(30, 2), torch.randn(30), whole=False, rows=900).rows == 900


def test_inputs_and_target_of_different_length() -> None:
    with pytest.raises(DataError, match="The inputs have 3 rows, the target 2"):
        gather(torch.randn(3, 2), torch.randn(2))
    with pytest.raises(DataError, match="hold no rows"):
        gather(torch.randn(0, 2), torch.randn(2))


def test_nothing_is_drawn_from_global_generators(digits: tuple[np.ndarray, np.ndarray]) -> None:
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    first, second = (split_digits(digits, 1, 0) for _ in range(2))
    assert first == second
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]


def test_copies_of_counts_to_which_noise_was_added_are_seen() -> None:
    generator = np.random.default_rng(0)
    train = generator.poisson(2.0, size=(600, 12)).astype(np.float32)
    target = train.sum(1)
    copies = train[:200] + 0.05 * generator.normal(size=(200, 12)).astype(np.float32)
    others = generator.poisson(2.0, size=(200, 12)).astype(np.float32)
    near, far = (gather(train, target, (held, target[:200])).near_duplicates for held in (copies, others))
    assert near is not None
    assert near > 0.5
    assert far is None
