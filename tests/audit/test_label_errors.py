"""Which labels are probably wrong."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netwright.audit.label_errors import wrong_classes, wrong_numbers


def planted(seed: int, rows: int = 400, classes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return probabilities of a good model, labels of which a tenth is wrong, and which these are."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, size=rows)
    logits = generator.normal(size=(rows, classes))
    logits[np.arange(rows), truth] += 4
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wrong = generator.random(rows) < 0.1
    return probabilities, np.where(wrong, (truth + 1) % classes, truth), wrong


def test_planted_errors_are_found_first() -> None:
    probabilities, labels, wrong = planted(0)
    found = wrong_classes(probabilities, labels)
    assert wrong[found.suspects].mean() > 0.85
    assert wrong[found.suspects].sum() > 0.7 * wrong.sum()
    assert abs(found.share - wrong.mean()) < 0.04


@given(st.integers(0, 500))
def test_suspects_are_ordered_by_doubt_and_never_those_the_model_agrees_with(seed: int) -> None:
    probabilities, labels, _ = planted(seed, rows=80)
    found = wrong_classes(probabilities, labels)
    assert (np.diff(found.doubt[found.suspects]) <= 0).all()
    assert (found.likelier[found.suspects] != labels[found.suspects]).all()
    assert ((found.doubt >= 0) & (found.doubt <= 1)).all()


def test_a_model_that_is_never_sure_of_a_class_does_not_suspect_it_as_a_whole() -> None:
    probabilities = np.tile([0.6, 0.4], (100, 1))
    found = wrong_classes(probabilities, np.array([0] * 50 + [1] * 50))
    assert len(found.suspects) <= 50
    rare = np.vstack([np.tile([0.95, 0.05], (95, 1)), np.tile([0.7, 0.3], (5, 1))])
    assert not len(wrong_classes(rare, np.array([0] * 95 + [1] * 5)).suspects)


def test_a_class_without_rows_is_no_obstacle() -> None:
    probabilities, labels, _ = planted(1)
    with_empty = np.column_stack([probabilities, np.zeros(len(labels))])
    assert (
        wrong_classes(with_empty, labels).suspects.tolist()
        == wrong_classes(probabilities, labels).suspects.tolist()
    )


def test_numbers_far_from_what_is_expected_are_suspected() -> None:
    generator = np.random.default_rng(2)
    expected = generator.normal(size=300)
    values = expected + 0.1 * generator.normal(size=300)
    values[[10, 200]] += [5, -9]
    found = wrong_numbers(expected, values)
    assert found.suspects.tolist() == [200, 10]
    assert found.share == 2 / 300


def test_numbers_that_a_model_always_misses_by_as_much_are_no_errors() -> None:
    values = np.arange(100.0)
    assert not len(wrong_numbers(values + 3, values).suspects)
