"""Rows that are unlike the training rows."""

from __future__ import annotations

import numpy as np

from netwright.uncertainty.familiarity import RARE, Familiarity


def drawn(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    first = generator.normal(size=(rows, 1))
    numbers = np.hstack([first, first + 0.1 * generator.normal(size=(rows, 1))])
    codes = generator.choice([1, 2, 3], p=[0.6, 0.39, 0.01], size=(rows, 1))
    return numbers.astype(np.float32), codes.astype(np.int64)


LEARNT = Familiarity.fit(drawn(4000, 0), drawn(1000, 1), (4,))


def test_ordinary_rows_are_rarely_called_strange() -> None:
    values = LEARNT.p_values(*drawn(5000, 2))
    assert (values < RARE).mean() < 0.025
    assert 0.45 < values.mean() < 0.55


def test_a_pair_of_ordinary_numbers_that_do_not_go_together_is_strange() -> None:
    together, apart = np.array([[1.0, 1.0]], np.float32), np.array([[1.0, -1.0]], np.float32)
    codes = np.array([[1]])
    assert LEARNT.p_values(together, codes)[0] > 0.2
    assert LEARNT.p_values(apart, codes)[0] < RARE


def test_an_unknown_category_is_stranger_than_a_usual_one() -> None:
    numbers = np.zeros((2, 2), np.float32)
    unknown, usual = LEARNT.scores(numbers, np.array([[0], [1]]))
    assert unknown > usual + 5


def test_columns_that_are_copies_do_no_harm() -> None:
    numbers = np.repeat(np.random.default_rng(0).normal(size=(200, 1)), 3, axis=1).astype(np.float32)
    codes = np.empty((200, 0), dtype=np.int64)
    learnt = Familiarity.fit((numbers, codes), (numbers, codes), ())
    assert np.isfinite(learnt.p_values(numbers, codes)).all()


def test_what_is_kept_answers_the_same() -> None:
    again = Familiarity.from_state(*LEARNT.to_state())
    numbers, codes = drawn(50, 3)
    assert (again.p_values(numbers, codes) == LEARNT.p_values(numbers, codes)).all()
