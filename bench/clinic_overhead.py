"""What watching costs: the same training with and without the clinic, epoch by epoch in turns.

The network of the engine benchmark, 54 → 256 → 256 → 256 → 7 with batches of 256 of 40,000 rows, and a small
convolutional network, both in plain PyTorch loops with held-out rows; then netwright's own training. The
weights must become the same, bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

import netwright as nw
from common import announce, arguments, row
from engine_contenders import network, tables

BOUNDS = {50: 0.02, 10: 0.05}
"""Largest overhead by the interval of the observed steps."""


class Stopwatch:
    """A clock that stands still while another training has its turn."""

    def __init__(self) -> None:
        self._total = 0.0
        self._since: float | None = None

    def __call__(self) -> float:
        return self._total + (0.0 if self._since is None else time.perf_counter() - self._since)

    def run(self, turn: Callable[[], object]) -> None:
        """Let the clock run during one turn."""
        self._since = time.perf_counter()
        turn()
        self._total, self._since = self(), None


@dataclass(frozen=True)
class Training:
    """A plain training loop.

    Attributes:
        name: in the printed table.
        model: returns a fresh network.
        rows: inputs and classes.
        held: held-out inputs and classes.
        epochs: visits of all rows.
        batch: rows of a batch.
    """

    name: str
    model: Callable[[], nn.Module]
    rows: tuple[Tensor, Tensor]
    held: tuple[Tensor, Tensor]
    epochs: int
    batch: int

    def begin(self, interval: int | None, clock: Stopwatch, made: dict[str, Any]) -> Iterator[None]:
        """Train, pausing after every epoch; what was made is left in `made`."""
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = self.model()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
        loss_function, (inputs, target) = nn.CrossEntropyLoss(), self.rows
        watched = (
            nullcontext()
            if interval is None
            else self._watch(model, optimizer, loss_function, interval, clock)
        )
        made["model"] = model
        generator = torch.Generator().manual_seed(1)
        with watched as clinic:
            for _ in range(self.epochs):
                order = torch.randperm(len(inputs), generator=generator)
                for start in range(0, len(inputs), self.batch):
                    index = order[start : start + self.batch]
                    loss = loss_function(model(inputs[index]), target[index])
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    if clinic is not None:
                        clinic.step(loss)
                yield
        made["own"] = 0.0 if clinic is None else clinic.overhead

    def _watch(
        self, model: nn.Module, optimizer: Any, loss: nn.Module, interval: int, clock: Stopwatch
    ) -> Any:
        steps = -(-len(self.rows[0]) // self.batch)
        limits = {"interval": interval, "budget": BOUNDS[interval], "epoch_steps": steps}
        return nw.watch(model, optimizer, loss, validation=self.held, announce=None, clock=clock, **limits)


def perceptron(epochs: int) -> Training:
    X, y, held, truth = (torch.from_numpy(array) for array in tables())
    return Training("54-256-256-256-7", network, (X, y), (held, truth), epochs, 256)


def convolutional(epochs: int) -> Training:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(9_000, 1, 16, 16, generator=generator)
    classes = images.flatten(1)[:, :64].unflatten(1, (8, 8)).sum(2).argmax(1)

    def build() -> nn.Module:
        layers = [nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU()]
        return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 36, 8))

    rows, held = (images[:8_000], classes[:8_000]), (images[8_000:], classes[8_000:])
    return Training("small CNN", build, rows, held, epochs, 64)


def overhead(training: Training, interval: int) -> tuple[float, float]:
    """Return the share of time that watching adds, and the share that the clinic measured itself."""
    clocks, made = (Stopwatch(), Stopwatch()), ({}, {})
    turns = [
        training.begin(wish, clock, result)
        for wish, clock, result in zip((None, interval), clocks, made, strict=True)
    ]
    for epoch in range(training.epochs + 1):  # the last turn leaves the block
        for place in ((0, 1), (1, 0))[epoch % 2]:
            clocks[place].run(lambda turn=turns[place]: next(turn, None))
    alone, seen = (result["model"].state_dict().values() for result in made)
    if not all(torch.equal(first, second) for first, second in zip(alone, seen, strict=True)):
        raise SystemExit(f"{training.name}: watching changed the weights.")
    return clocks[1]() / clocks[0]() - 1, made[1]["own"]


def plain_loops(epochs: int, repeats: int) -> None:
    """Measure the loops that engineers write."""
    for training in (perceptron(epochs), convolutional(epochs)):
        for interval, bound in BOUNDS.items():
            overhead(replace(training, epochs=1), interval)
            measured = [overhead(training, interval) for _ in range(repeats)]
            name = f"{training.name}, interval {interval}"
            row(f"{name}: overhead", [share for share, _ in measured], at_most=bound, digits=4)
            row("  as the clinic measured it", [own for _, own in measured], at_most=bound, digits=4)


def own_setup(epochs: int):
    """Return netwright's own training of the same network, with all that makes it fast."""
    from netwright.task import Task
    from netwright.training.batches import Batch, Batches
    from netwright.training.dense_chain import DenseChain
    from netwright.training.fit import Setup
    from netwright.training.flat import flatten
    from netwright.training.loop import Engine
    from netwright.training.losses import CrossEntropy, TargetShape
    from netwright.training.objective import Objective
    from netwright.training.optimizers.groups import parameter_groups
    from netwright.training.pace import Pace
    from netwright.training.validation import Validation

    X, y, held, truth = (torch.from_numpy(array) for array in tables())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = network()
    batches = Batches(Batch((X,), y), 256, seed=0)
    pace = Pace.of(nw.schedules.Constant(), epochs * batches.per_epoch, None, larger_is_better=False)
    chain = DenseChain.of(model)
    optimizer = nw.optimizers.AdamW(learning_rate=1e-3).build(flatten(parameter_groups(model)))
    shape = TargetShape(Task.MULTICLASS, 7)
    validation = Validation(Batch((held,), truth), CrossEntropy(), shape, lambda answers, target: {})
    engine = Engine(model, Objective(CrossEntropy()), optimizer, pace, chain=chain, flat=True)
    return Setup(engine, batches, epochs, validation)


def own_training(epochs: int, repeats: int) -> None:
    """Measure netwright's own training of the same network."""
    from netwright.clinic.attach import attach
    from netwright.training.fit import fit

    shares, own = [], []
    for repeat in range(repeats + 1):
        seconds, weights = {}, {}
        for watched in (False, True) if repeat % 2 else (True, False):
            setup = own_setup(epochs if repeat else 1)
            start = time.perf_counter()
            clinic = attach(setup) if watched else None
            fit(setup, [] if clinic is None else [clinic.round_ended])
            if clinic is not None:
                clinic.close()
                own.append(clinic.overhead)
            seconds[watched] = time.perf_counter() - start
            weights[watched] = list(setup.engine.network.parameters())
        if not all(map(torch.equal, weights[True], weights[False])):
            raise SystemExit("netwright's own training: watching changed the weights.")
        shares.append(seconds[True] / seconds[False] - 1)
    row("netwright's own, interval 50: overhead", shares[1:], at_most=BOUNDS[50], digits=4)
    row("  as the clinic measured it", own[1:], at_most=BOUNDS[50], digits=4)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--threads", type=int, help="of PyTorch")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    announce("Clinic: overhead of watching")
    plain_loops(options.epochs, options.repeats)
    own_training(options.epochs, options.repeats)


if __name__ == "__main__":
    main()
