"""Resamples draw as many rows as there are; small classes keep their number."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netwright.metrics import draw_counts, strata_of


@given(st.integers(1, 50), st.integers(1, 20), st.integers(0, 1000))
def test_every_resample_draws_as_many_rows(rows: int, resamples: int, seed: int) -> None:
    counts = draw_counts(np.random.default_rng(seed), rows, resamples)
    assert counts.shape == (resamples, rows)
    assert (counts.sum(axis=1) == rows).all()
    assert (counts >= 0).all()


def test_rows_are_drawn_alike_often_and_with_the_right_spread() -> None:
    counts = draw_counts(np.random.default_rng(0), rows=50, resamples=20_000)
    assert np.allclose(counts.mean(axis=0), 1.0, atol=0.05)
    # The count of a row is binomial with n trials of 1/n.
    assert np.allclose(counts.var(axis=0), 1 - 1 / 50, atol=0.05)


def test_strata_keep_their_number_of_rows() -> None:
    strata = np.array([2, 0, 0, 1, 0, 1])
    counts = draw_counts(np.random.default_rng(0), 6, 500, strata)
    for kind, size in ((0, 3), (1, 2), (2, 1)):
        assert (counts[:, strata == kind].sum(axis=1) == size).all()
    assert counts[:, 1].std() > 0


def test_blocks_of_one_generator_are_one_stream() -> None:
    whole = draw_counts(np.random.default_rng(1), 7, 5)
    generator = np.random.default_rng(1)
    parts = [draw_counts(generator, 7, count) for count in (1, 4)]
    assert np.array_equal(whole, np.vstack(parts))


def test_only_small_classes_are_resampled_one_by_one() -> None:
    large = np.repeat([0, 1], 100)
    assert strata_of(large) is None
    small = np.array([0] * 100 + [1] * 3)
    assert strata_of(small) is small
    assert strata_of(np.array([0.5, 1.5])) is None
    assert strata_of(np.zeros((5, 2), dtype=np.int64)) is None
    assert strata_of(np.empty(0, dtype=np.int64)) is None
