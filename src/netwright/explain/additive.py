"""Games of table networks whose first layer adds up: each column's share is computed once, then only added.

Every feature of a table's embedding is made of one column, so W e(x) + b = start + sum over players of what
each adds, whoever takes part. And the answer of a network with members is their mean, so its Shapley values
are the means of theirs: each member plays games of its own. That costs no more, and walks that are
independent tell more than one walk for all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from netwright.explain.game import Game, differing, twins_of
from netwright.explain.subject import Subject, device_of
from netwright.nets.members import MemberLinear
from netwright.nets.mlp import DenseBlock, DenseNetwork
from netwright.training.products import linear
from netwright.training.validation import evaluating

AT_ONCE = 2_048
STEP = 256
"""Mixtures are filled up to a multiple of so many: oneDNN compiles, and keeps, a product for each shape."""

ROUNDING = 1e-5


def additive_game(
    subject: Subject,
    inputs: Sequence[Tensor],
    references: Sequence[Tensor],
    owners: Sequence[np.ndarray],
    chosen: np.ndarray,
    players: int,
) -> Game | None:
    """Return the game of prepared rows with a reference for each member, or None where that does not hold.

    Whether the first layer adds up, and whether the answer is the members' mean, is checked on the rows and
    the references. The arguments are those of `tensor_game`.
    """
    network = subject.network
    if not isinstance(network, DenseNetwork) or not len(network.hidden):
        return None
    block = network.hidden[0]
    if not isinstance(block, DenseBlock) or block.residual:
        return None
    owned = [torch.from_numpy(np.asarray(owner)) for owner in owners]
    both = tuple(torch.cat([one, other]) for one, other in zip(inputs, references, strict=True))
    with evaluating(network), torch.inference_mode():
        start = tuple(other[:1] for other in references)
        shares = _shares(network, both, start, owned, players)
        beginning = _first(network, start)[0]
        adds_up = torch.allclose(
            beginning + shares.sum(dim=2), _first(network, both), rtol=ROUNDING, atol=10 * ROUNDING
        )
    if not adds_up:
        return None
    layer = _FirstLayer(subject, shares, beginning, len(inputs[0]), chosen)
    return _game(layer, inputs, references, owned, both, players)


class _FirstLayer:
    """What each player of each row and reference adds to the first layer, for every member.

    Attributes:
        shares: one vector after the other (items x members x players, units), the rows before the references;
            where each member starts is in those of the first player, who always is there once.
    """

    def __init__(
        self, subject: Subject, shares: Tensor, start: Tensor, rows: int, chosen: np.ndarray
    ) -> None:
        self.subject, self.rows, self.chosen = subject, rows, chosen
        self.members, self.players = shares.shape[1:3]
        shares = shares.clone()
        shares[:, :, 0] += start
        self.shares = shares.flatten(0, 2)

    def evaluate(self, row: np.ndarray, world: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Return the answers (n,) as `Game.evaluate`; a world is a reference with a member."""
        found = np.empty(len(row))
        reference, member = np.divmod(world, self.members)
        own = torch.from_numpy((row * self.members + member) * self.players)
        other = torch.from_numpy(((self.rows + reference) * self.members + member) * self.players)
        mask, by = torch.from_numpy(present), torch.from_numpy(member)
        with evaluating(self.subject.network), torch.inference_mode():
            for start in range(0, len(row), AT_ONCE):
                here = slice(start, start + AT_ONCE)
                index = torch.where(mask[here], own[here, None], other[here, None])
                answers = self._answers(index + torch.arange(self.players), by[here])
                found[here] = answers[np.arange(len(answers)), self.chosen[row[here]]]
        return found

    def _answers(self, index: Tensor, member: Tensor) -> np.ndarray:
        """Return what members (n,) answer (n, answers) when shares (n, players) come together."""
        network = self.subject.network
        assert isinstance(network, DenseNetwork)
        count = len(index)
        index = functional.pad(index, (0, 0, 0, -count % STEP))
        hidden = functional.embedding_bag(index.to(self.shares.device), self.shares, mode="sum")
        first, *others = network.hidden
        assert isinstance(first, DenseBlock)
        hidden = first.activation(first.normalization(hidden))
        for block in others:
            assert isinstance(block, DenseBlock)
            hidden = _through(block, hidden)
        hidden = hidden[:count]
        output = network.output
        if isinstance(output, MemberLinear):
            # All members' outputs cost less than a look for each row's own weights.
            every = functional.linear(hidden, output.weight.flatten(0, 1), output.bias.flatten())
            every = every.view(len(hidden), self.members, -1)
            answers = every[torch.arange(len(hidden)), member.to(hidden.device)]
        else:
            answers = output(hidden)
        return self.subject.read(answers).cpu().double().numpy()

    def every(self, items: int) -> np.ndarray:
        """Return all answers of the first items as they are (items, members, answers)."""
        every = torch.arange(items * self.members)
        index = every[:, None] * self.players + torch.arange(self.players)
        with evaluating(self.subject.network), torch.inference_mode():
            found = [
                self._answers(index[start : start + AT_ONCE], every[start : start + AT_ONCE] % self.members)
                for start in range(0, len(every), AT_ONCE)
            ]
        return np.concatenate(found).reshape(items, self.members, -1)


def _through(block: DenseBlock, hidden: Tensor) -> Tensor:
    """Return what a layer answers, by the fastest product that there is on a processor."""
    if hidden.device.type != "cpu":
        return block(hidden)  # type: ignore[no-any-return]
    product = linear(hidden, block.linear.weight, block.linear.bias)
    answer: Tensor = block.activation(block.normalization(product))
    return hidden + answer if block.residual else answer


def _game(
    layer: _FirstLayer,
    inputs: Sequence[Tensor],
    references: Sequence[Tensor],
    owned: Sequence[Tensor],
    both: tuple[Tensor, ...],
    players: int,
) -> Game | None:
    """Return the game, or None when the answer is not the mean of the members'."""
    rows, count, members, chosen = layer.rows, len(references[0]), layer.members, layer.chosen
    every, whole = layer.every(rows + count), layer.subject.predict(both)
    if not np.allclose(every.mean(axis=1), whole, rtol=ROUNDING, atol=ROUNDING * max(1, np.abs(whole).max())):
        return None
    differs = differing(inputs, references, owned, players)
    twins = twins_of(references, owned, players)
    worlds = twins[:, None] * members + np.arange(members)[None, :, None]
    return Game(
        differs=np.repeat(differs, members, axis=1),
        full=whole[np.arange(rows), chosen],
        empty=every[rows:, :, chosen].reshape(count * members, rows).T,
        evaluate=layer.evaluate,
        known_twins=worlds.reshape(count * members, players),
        known_fulls=np.tile(every[np.arange(rows), :, chosen], (1, count)),
        members=members,
    )


def _first(network: DenseNetwork, inputs: tuple[Tensor, ...]) -> Tensor:
    """Return the first layer before its activation (rows, members, units)."""
    device = device_of(network)
    features = network.scaling(network.embedding(*(one.to(device) for one in inputs)))
    block = network.hidden[0]
    assert isinstance(block, DenseBlock)
    hidden: Tensor = block.linear(features)
    return hidden.reshape(len(hidden), network.members, -1)


def _shares(
    network: DenseNetwork,
    inputs: tuple[Tensor, ...],
    start: tuple[Tensor, ...],
    owners: Sequence[Tensor],
    players: int,
) -> Tensor:
    """Return what each player adds (rows, members, players, units), the others being those of the start."""
    before, found = _first(network, start), []
    for player in range(players):
        mixed = tuple(
            torch.where(owner == player, one, other)
            for one, other, owner in zip(inputs, start, owners, strict=True)
        )
        found.append(_first(network, mixed) - before)
    return torch.stack(found, dim=2)
