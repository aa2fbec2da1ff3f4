from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from netwright.training.threads import SMALL_STEP, threads_for
from netwright.training.validation import outputs


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("members", "rows", "expected"), [(1, 1.0, 1), (1, 1.1, 2), (8, 0.1, 1), (8, 0.2, 2)]
)
def test_one_thread_for_a_small_step(two_threads: None, members: int, rows: float, expected: int) -> None:
    network = nn.Linear(99, 10)
    network.members = members
    with threads_for(network, batch_size=int(rows * SMALL_STEP / 1000) - 1):
        assert torch.get_num_threads() == expected
    assert torch.get_num_threads() == 2


def test_few_rows_are_answered_by_one_thread(two_threads: None) -> None:
    seen = []
    network = nn.Linear(4, 2)
    network.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
    outputs(network, (torch.zeros(1, 4),))
    assert seen == [1]


def test_as_many_as_before_after_a_mistake(two_threads: None) -> None:
    with pytest.raises(ZeroDivisionError), threads_for(nn.Linear(1, 1), batch_size=1):
        raise ZeroDivisionError
    assert torch.get_num_threads() == 2
