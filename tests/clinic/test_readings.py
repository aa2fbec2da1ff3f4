"""Reductions over many tensors at once."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.clinic.readings import SAMPLED_ENTRIES, Changes, dense, fetch, norms_of, sample


def test_scalars_of_several_types_come_back_in_order() -> None:
    scalars = [torch.tensor(1.5), torch.tensor(2.0, dtype=torch.float64), torch.tensor(3), torch.tensor(4.5)]
    assert fetch(scalars) == [1.5, 2.0, 3.0, 4.5]
    assert fetch([]) == []


def test_norms_and_counts() -> None:
    tensors = [torch.tensor([3.0, 4.0]), torch.tensor([[0.0, 0.0], [0.0, 2.0]])]
    assert fetch(norms_of(tensors)) == [5.0, 2.0]
    assert fetch(norms_of(tensors, 0)) == [2.0, 1.0]
    assert norms_of([]) == []


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(1, 900), columns=st.integers(1, 900))
def test_samples_are_large_enough_and_reach_every_part(rows: int, columns: int) -> None:
    tensor = torch.arange(rows * columns, dtype=torch.float32).view(rows, columns)
    chosen = sample(tensor)
    if tensor.numel() <= 2 * SAMPLED_ENTRIES:
        assert chosen.numel() == tensor.numel()
        return
    assert SAMPLED_ENTRIES // 4 <= chosen.numel() <= 1.5 * SAMPLED_ENTRIES
    seen = (chosen.long() % columns).unique().numel()
    assert seen >= 0.9 * min(columns, chosen.numel())


def test_samples_of_channels_last_weights_are_views() -> None:
    weight = torch.randn(16, 8, 3, 3).to(memory_format=torch.channels_last)
    assert sample(weight).untyped_storage().data_ptr() == weight.untyped_storage().data_ptr()


def test_sparse_gradients_are_read_by_their_rows() -> None:
    gradient = torch.sparse_coo_tensor(
        torch.tensor([[1, 1, 3]]), torch.ones(3, 2), (5, 2), check_invariants=True
    )
    assert dense(gradient).tolist() == [[2.0, 2.0], [1.0, 1.0]]


def test_changes_are_those_since_the_start() -> None:
    tensors = [torch.zeros(4), torch.zeros(300, 300)]
    changes = Changes(tensors)
    tensors[0][1] = 2.0
    tensors[1] += 0.5
    assert fetch(changes.norms()) == [2.0, pytest.approx(150.0, rel=1e-3)]
