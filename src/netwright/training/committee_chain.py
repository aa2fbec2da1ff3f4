"""A committee of dense networks with its gradient written by hand: its members' chains, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from netwright.nets.committee import Committee, side_by_side
from netwright.training.dense_chain import DenseChain


class CommitteeChain:
    """Called like a committee in training, with the same answers; see `DenseChain`.

    Args:
        chains: of the members, in their order.
    """

    def __init__(self, chains: Sequence[DenseChain]) -> None:
        self._chains = tuple(chains)

    def __call__(self, *inputs: Tensor) -> Tensor:
        """Return what the committee answers; after the gradient of that is known, call `backward`."""
        return side_by_side([chain(*inputs) for chain in self._chains])

    def infer(self, *inputs: Tensor) -> Tensor:
        """Return what the committee answers, with nothing kept for a gradient."""
        return side_by_side([chain.infer(*inputs) for chain in self._chains])

    def backward(self) -> None:
        """Add the gradients of the parameters, from that of the last answer."""
        for chain in self._chains:
            chain.backward()


def chain_of(network: nn.Module) -> DenseChain | CommitteeChain | None:
    """Return the chain of a network or of a committee, or None where it holds what a chain does not know.

    >>> from netwright.nets.committee import committee_of
    >>> together = committee_of(lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)), 2)
    >>> type(chain_of(together)).__name__
    'CommitteeChain'
    """
    if type(network) is not Committee or network._forward_hooks or network._forward_pre_hooks:
        return DenseChain.of(network)
    chains = [DenseChain.of(one) for one in network.networks]
    found = [chain for chain in chains if chain is not None]
    return CommitteeChain(found) if len(found) == len(chains) else None
