from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from netwright.training import batches as module
from netwright.training.batches import Batch, Batches, joined


def numbered(count: int) -> Batch:
    return Batch((torch.arange(count).unsqueeze(1).float(),), torch.arange(count), torch.ones(count))


@given(st.integers(1, 300), st.integers(1, 64), st.integers(0, 3))
def test_every_row_is_visited_once_an_epoch(count: int, size: int, epoch: int) -> None:
    made = list(Batches(numbered(count), size, seed=0).epoch(epoch))
    visited = torch.cat([batch.target for batch in made])
    assert sorted(visited.tolist()) == list(range(count))
    assert len(made) == Batches(numbered(count), size, seed=0).per_epoch


@given(st.integers(2, 200), st.integers(2, 50))
def test_no_batch_has_a_single_row_unless_asked_for(count: int, size: int) -> None:
    made = list(Batches(numbered(count), size, seed=0).epoch(0))
    assert min(batch.rows for batch in made) > 1


def test_a_later_start_gives_the_rest_of_the_same_epoch() -> None:
    batches = Batches(numbered(100), 8, seed=3)
    whole = [batch.target.tolist() for batch in batches.epoch(2)]
    assert [batch.target.tolist() for batch in batches.epoch(2, start=5)] == whole[5:]


def test_inputs_target_and_weight_stay_together() -> None:
    for batch in Batches(numbered(50), 7, seed=1).epoch(0):
        assert batch.inputs[0][:, 0].long().tolist() == batch.target.tolist()


def test_epochs_and_seeds_differ() -> None:
    orders = {
        tuple(torch.cat([b.target for b in Batches(numbered(64), 8, seed=seed).epoch(epoch)]).tolist())
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    assert len(orders) == 4


def test_blocks_do_not_change_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = Batches(numbered(100), 8, seed=0)
    whole = [batch.target.tolist() for batch in batches.epoch(0)]
    monkeypatch.setattr(module, "BLOCK_BYTES", 300)
    assert [batch.target.tolist() for batch in batches.epoch(0)] == whole


def test_balanced_sampling_draws_by_weight() -> None:
    weight = torch.cat([torch.full((90,), 1 / 90), torch.full((10,), 1 / 10)])
    drawn = torch.cat([b.target for b in Batches(numbered(100), 10, seed=0, sampling_weight=weight).epoch(0)])
    assert 0.3 < (drawn >= 90).double().mean() < 0.7


def test_parts_are_joined_in_their_order_and_weighted_where_all_are() -> None:
    first = Batch((torch.zeros(2, 3), torch.zeros(2, 1)), torch.tensor([0, 1]), torch.ones(2))
    second = Batch((torch.ones(1, 3), torch.ones(1, 1)), torch.tensor([2]), torch.full((1,), 0.5))
    both = joined([first, second])
    assert [tensor.shape[0] for tensor in both.inputs] == [3, 3]
    assert both.target.tolist() == [0, 1, 2]
    assert both.weight is not None
    assert both.weight.tolist() == [1.0, 1.0, 0.5]
    assert joined([first, Batch(second.inputs, second.target)]).weight is None
