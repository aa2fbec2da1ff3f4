from __future__ import annotations

import torch
from tests.training.setups import rows, setup
from torch import nn

from netwright.training.batches import Batch
from netwright.training.loop import Position, training_steps
from netwright.training.losses import MSE
from netwright.training.optimizers import SGD


def test_the_loop_makes_the_updates_of_a_loop_written_by_hand() -> None:
    made = setup(epochs=3, optimizer=SGD(learning_rate=0.1), dropout=0.0)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Dropout(0.0), nn.Linear(16, 1))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for epoch in range(3):
        for batch in made.batches.epoch(epoch):
            loss = ((network(*batch.inputs)[:, 0] - batch.target) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    steps = list(training_steps(made.engine, made.batches, 3, Position()))
    assert len(steps) == 3 * made.batches.per_epoch
    for ours, theirs in zip(made.engine.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_steps_say_where_they_are() -> None:
    made = setup(epochs=2)
    steps = list(training_steps(made.engine, made.batches, 2, Position()))
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert [step.ends_epoch for step in steps].count(True) == 2
    assert sum(step.rows for step in steps) == 400
    assert Position.after(steps[-1]) == Position(len(steps), 2, 0)
    assert Position.after(steps[0]) == Position(1, 0, 1)


def test_a_batch_in_pieces_has_the_same_gradient() -> None:
    weighted = rows(60)
    weighted = Batch(weighted.inputs, weighted.target, torch.rand(60) + 0.1)
    gradients = []
    for pieces in (1, 4):
        made = setup(train=weighted, batch_size=60, dropout=0.0)
        made.engine.__dict__["pieces"] = pieces
        next(training_steps(made.engine, made.batches, 1, Position()))
        gradients.append([parameter.grad.clone() for parameter in made.engine.network.parameters()])
    for whole, pieced in zip(*gradients, strict=True):
        torch.testing.assert_close(whole, pieced)


def test_clipping_bounds_the_whole_gradient() -> None:
    made = setup()
    made.engine.__dict__["gradient_clip"] = 1e-3
    next(training_steps(made.engine, made.batches, 1, Position()))
    norm = torch.cat([parameter.grad.flatten() for parameter in made.engine.network.parameters()]).norm()
    assert norm <= 1e-3 * 1.001


def test_weights_and_repeated_rows_agree() -> None:
    batch = rows(20)
    weight = torch.tensor([1.0, 2.0] * 10)
    index = torch.arange(20).repeat_interleave(weight.long())
    made = setup()
    repeated = MSE().mean(made.engine.network.eval()(batch.inputs[0][index]), batch.target[index])
    weighted = MSE().mean(made.engine.network(batch.inputs[0]), batch.target, weight)
    torch.testing.assert_close(repeated, weighted)
