"""Where epochs end, and the losses of every step."""

from __future__ import annotations

from math import log

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from netwright.clinic.losses import Losses
from netwright.clinic.mixture import Mixture, expected_entropy
from netwright.clinic.rounds import ROUND_STEPS, Rounds


def test_known_epochs() -> None:
    rounds = Rounds(10, None)
    assert [step for step in range(1, 31) if rounds.over(step)] == [10, 20, 30]
    assert rounds.left(13) == 7
    assert rounds.epoch(25) == 2.5
    assert not rounds.in_doubt


def test_unknown_epochs_are_rounds() -> None:
    assert Rounds(None, None).over(ROUND_STEPS)
    assert not Rounds(None, None).over(ROUND_STEPS - 1)
    assert Rounds(None, 100).over(5)


def test_told_epochs() -> None:
    rounds = Rounds(None, None)
    rounds.told()
    assert not rounds.over(10_000)
    rounds.end(12)
    assert rounds.epoch(12) == 1.0


def test_a_smaller_batch_ends_the_epoch() -> None:
    rounds = Rounds(None, None)
    for rows in (32, 32, 32, 7, 32):
        rounds.batch(rows)
    assert rounds.epoch_steps == 4


def test_an_evaluation_is_told_from_passes_that_belong_to_the_training() -> None:
    rounds = Rounds(None, None)
    assert rounds.evaluates(30)
    assert rounds.evaluates(30), "more batches of the same evaluation"
    assert not any(rounds.evaluates(step) for step in range(31, 60)), "a pass at every step is none"
    assert rounds.evaluates(90)


def test_losses_of_batches_make_one_of_an_update() -> None:
    kept: list[float] = []
    losses = Losses(kept, 2)
    assert [losses.add(torch.tensor(float(value))) for value in range(6)] == [False, True] * 3
    assert kept == [0.5, 2.5, 4.5]
    assert losses.count == 3
    losses.go_back(1)
    assert kept == [0.5]


@pytest.mark.parametrize("loss", [2.0, torch.tensor(2.0), torch.tensor([1.0, 3.0]), torch.tensor(2.0).half()])
def test_losses_of_many_forms(loss: object) -> None:
    kept: list[float] = []
    assert Losses(kept, 1).add(loss)  # type: ignore[arg-type]
    assert kept == [2.0]


def test_the_ratio_to_the_first_loss() -> None:
    losses = Losses([], 1)
    for value in (2.0, 10.0):
        losses.add(value)
    assert losses.ratio() == 5.0
    losses.add(float("nan"))
    assert losses.ratio() is None
    negative = Losses([], 1)
    negative.add(-1.0)
    assert negative.ratio() is None


def test_sorted_and_mixed_batches() -> None:
    generator = torch.Generator().manual_seed(0)
    classes = torch.arange(10).repeat_interleave(100)
    mixed, ordered = Mixture(), Mixture()
    shuffled = classes[torch.randperm(1000, generator=generator)]
    for start in range(0, 1000, 20):
        last_mixed = mixed.observe(shuffled[start : start + 20])
        last_ordered = ordered.observe(classes[start : start + 20])
    assert last_mixed is not None
    assert last_mixed > 0.85
    assert last_ordered == 0.0


def test_targets_that_are_no_classes() -> None:
    assert Mixture().observe(torch.randn(5)) is None
    assert Mixture().observe(None) is None
    assert Mixture().observe(torch.zeros(5, dtype=torch.long)) is None


@given(st.lists(st.integers(1, 50), min_size=2, max_size=5), st.integers(1, 60))
def test_the_entropy_of_few_rows_is_below_that_of_all(counts: list[int], rows: int) -> None:
    shares = tuple(count / sum(counts) for count in counts)
    whole = -sum(share * log(share) for share in shares)
    assert expected_entropy(shares, rows) <= whole + 1e-9
    assert expected_entropy(shares, 100_000) == pytest.approx(whole)
