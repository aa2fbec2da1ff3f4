"""A committee's gradient, written by hand."""

from __future__ import annotations

import torch
from torch import nn

from netwright.nets.committee import Committee
from netwright.nets.mlp import MLP
from netwright.nets.network import TableShape
from netwright.training.committee_chain import CommitteeChain, chain_of


def committee() -> Committee:
    torch.manual_seed(0)
    part = MLP(hidden=(8, 6), members=2, dropout=0.0)
    return Committee([part.build(TableShape(numbers=3), outputs=2) for _ in range(3)])


def test_answers_and_gradients_are_autograds() -> None:
    network, twin = committee(), committee()
    chain, rows = chain_of(network), torch.randn(5, 3)
    assert isinstance(chain, CommitteeChain)
    answer, expected = chain(rows), twin(rows)
    assert answer.shape == (5, 6, 2)
    torch.testing.assert_close(answer, expected)
    answer.square().mean().backward()
    chain.backward()
    expected.square().mean().backward()
    for one, other in zip(network.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)
    torch.testing.assert_close(chain.infer(rows), expected.detach())


def test_a_member_that_is_no_chain_makes_it_none() -> None:
    assert chain_of(Committee([nn.Linear(3, 2), nn.Conv1d(1, 1, 1)])) is None
