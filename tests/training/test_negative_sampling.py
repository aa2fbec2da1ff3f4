"""Skip-gram and CBOW: gradients against automatic differentiation, steps against formulas."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import softplus

from netwright.training.negative_sampling import (
    RUN,
    NegativeSampling,
    Pieces,
    Table,
    _cbow,
    _skip_gram,
    runs_of,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("architecture", ["skip_gram", "cbow"])
def test_gradients_are_those_of_the_loss(architecture: str, groups: int) -> None:
    torch.manual_seed(0)
    skip, share = architecture == "skip_gram", 0.7
    sizes = [(2, 5), (2, 9)] if skip else [(2, 9), (2, 5)]
    source, right, wrong = (
        torch.randn(*size, 3, dtype=torch.float64, requires_grad=True) for size in [*sizes, (groups, 4)]
    )
    band = (torch.rand(2, 5, 9) < 0.4).double()
    learn = _skip_gram if skip else _cbow
    gradients, measure = learn(source.detach(), right.detach(), wrong.detach(), band, share)
    noise = wrong.repeat_interleave(2 // groups, dim=0)
    if skip:
        read, weights, scores = source, band, source @ right.transpose(1, 2)
        wrong_weights = band.sum(dim=2, keepdim=True) * share
    else:
        read = band @ source / band.sum(dim=2, keepdim=True).clamp_min(1)
        weights, scores = (band.sum(dim=2, keepdim=True) > 0).double(), (read * right).sum(2, keepdim=True)
        wrong_weights = weights * share
    total = (softplus(-scores) * weights).sum()
    total = total + (softplus(read @ noise.transpose(1, 2)) * wrong_weights).sum()
    total.backward()
    for found, given in zip(gradients, (source, right, wrong), strict=True):
        torch.testing.assert_close(found, given.grad)
    torch.testing.assert_close(measure(), (total / weights.sum()).detach())


def test_rows_that_come_twice_take_the_sum_once() -> None:
    table = Table(torch.zeros(3, 2))
    table.step(torch.tensor([1, 1]), torch.tensor([[1.0, 0.0], [2.0, 0.0]]), rate=0.1)
    torch.testing.assert_close(table.squares, torch.tensor([0.0, 4.5, 0.0]))
    torch.testing.assert_close(table.vectors[1], torch.tensor([-0.1 * 3 / 4.5**0.5, 0.0]))
    assert not table.vectors[[0, 2]].any()
    table.step(torch.tensor([2]), torch.tensor([[1.0, 1.0]]), rate=0.1)
    torch.testing.assert_close(table.vectors[2], torch.tensor([-0.1, -0.1]))
    torch.testing.assert_close(table.squares, torch.tensor([0.0, 4.5, 1.0]))


def model(architecture: str = "skip_gram", pieces: Pieces | None = None, rows: int = 10) -> NegativeSampling:
    start = torch.randn(rows, 4, generator=generator())
    noise = torch.arange(1, 11) / 10
    noise[-1] = 2
    return NegativeSampling(
        Table(start),
        Table(torch.zeros(10, 4)),
        noise,
        2,
        5,
        architecture,
        pieces,  # type: ignore[arg-type]
    )


def test_contexts_stay_in_their_sentence_and_window() -> None:
    words, sentences = torch.arange(10).repeat(6), torch.arange(60) // 7
    for some, belongs in runs_of(words, sentences, 2, 3, generator()):
        band = model()._band(some, belongs, generator())
        for run, centre, place in band.nonzero().tolist():
            assert 0 < abs(place - (centre + 2)) <= 2
            assert belongs[run, place] == belongs[run, centre + 2] >= 0
            assert some[run, place] >= 0


def test_runs_hold_the_whole_text_once() -> None:
    words = torch.arange(RUN * 3 + 5)
    centres = [some[:, 2 : 2 + RUN].flatten() for some, _ in runs_of(words, words * 0, 2, 2, generator())]
    found = torch.cat(centres)
    assert found[found >= 0].sort().values.tolist() == words.tolist()


@pytest.mark.parametrize("architecture", ["skip_gram", "cbow"])
def test_the_loss_falls(architecture: str) -> None:
    # Words 0 to 4 stand together, and so do 5 to 9.
    words = torch.cat([torch.randint(0, 5, (320,), generator=generator()) + 5 * (k % 2) for k in range(6)])
    sentences, trained, draws = torch.arange(6).repeat_interleave(320), model(architecture), generator()
    losses = [
        float(trained.step(*run, 0.3, draws)())
        for _ in range(8)
        for run in runs_of(words, sentences, 2, 8, draws)
    ]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_words_are_the_mean_of_their_pieces() -> None:
    pieces = Pieces(torch.tensor([0, 10, 11, *range(1, 10)]), torch.tensor([0, 3, *range(4, 13)]))
    trained = model(pieces=pieces, rows=12)
    before = trained.inputs.vectors.clone()
    read, _ = trained._read(torch.tensor([3, 0, 3]))
    torch.testing.assert_close(read[1], before[[0, 10, 11]].mean(dim=0))
    torch.testing.assert_close(read[0], before[3])
    trained.step(torch.zeros(1, RUN + 4, dtype=torch.int64), torch.zeros(1, RUN + 4), 0.1, generator())
    trained.step(torch.zeros(1, RUN + 4, dtype=torch.int64), torch.zeros(1, RUN + 4), 0.1, generator())
    moved = (trained.inputs.vectors != before).any(dim=1)
    assert moved.nonzero().flatten().tolist() == [0, 10, 11]
