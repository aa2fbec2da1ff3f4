"""The batch size: as many rows as still make a step better, by the noise of the gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from netwright.randomness import derive_seed, isolated, torch_generator
from netwright.training.batches import Batch
from netwright.training.fit import Setup
from netwright.training.loop import Position, training_steps
from netwright.training.memory import available_bytes, step_bytes
from netwright.training.objective import Objective
from netwright.tune.trial import Trial, trial_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WARM_STEPS = 100
"""Updates before the noise is measured: at the very start all rows still pull the same way."""

DRAWS = 24
PARTS = 16
"""A large batch consists of this many small ones."""

SMALL_ROWS = 16
FEWEST_UPDATES = 8
"""An epoch is to hold at least this many updates."""

SMALLEST = 8


@dataclass(frozen=True)
class BatchSize:
    """What is known about a good batch size.

    Attributes:
        noise_scale: B = tr(S) / |G|², the rows at which noise and gradient are of the same size.
        gradient: |G|², the squared length of the gradient itself.
        noise: tr(S), the variance of the gradients of single rows.
        largest: the most rows that fit into memory; None where the system does not tell.
        suggestion: the batch size to use, a power of 2.
        reason: why.
    """

    noise_scale: float
    gradient: float
    noise: float
    largest: int | None
    suggestion: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return asdict(self)

    def figure(self) -> Figure:
        """Return a figure: steps and rows that a training needs, over the batch size."""
        from netwright.tune.figure import batch_figure

        sizes = [2**power for power in range(2, 17)]
        return batch_figure(
            sizes, [1 + self.noise_scale / size for size in sizes], self.noise_scale, self.suggestion
        )


def find_batch_size(model: Any, X: Any, y: Any = None) -> BatchSize:
    """Find a batch size for a model's network and data.

    A step with B rows gains 1 / (1 + noise scale / B) of what a step with all rows would: far below the
    noise scale twice the rows halve the steps, far above they bring nothing. The suggestion is the power of
    2 next to it, within what memory holds and so that an epoch still has some updates. Change the learning
    rate together with the batch size.

    Args:
        model: a Classifier or a Regressor, fitted or not; it is not changed.
        X: rows.
        y: target values, or the name of the target column in X.

    Source: McCandlish, Kaplan, Amodei (2018), An Empirical Model of Large-Batch Training.
    """
    trial = trial_of(model, X, y)
    setup = trial.setup(trial.recipe.seed)
    _warm(setup, trial)
    rows = trial.train.rows
    small = max(1, min(SMALL_ROWS, rows // PARTS))
    gradient, noise = measure_noise(
        setup.engine.network,
        Objective(trial.loss),
        trial.train.to(setup.batches.device),
        small,
        trial.recipe.seed,
    )
    scale = noise / gradient if gradient > 0 else math.inf
    largest = _largest(trial, setup)
    suggestion, reason = _suggest(scale, rows, largest)
    return BatchSize(scale, gradient, noise, largest, suggestion, reason)


def measure_noise(
    network: torch.nn.Module, objective: Objective, data: Batch, small: int, seed: int, draws: int = DRAWS
) -> tuple[float, float]:
    """Return |G|² and tr(S) from gradients of small batches and of large ones made of them.

        |G|² = (B |G_B|² - b |G_b|²) / (B - b)        tr(S) = (|G_b|² - |G_B|²) / (1/b - 1/B)

    Both are free of bias; means over many draws go into each. The network is in evaluation mode, so that it
    is the noise of the rows alone.

    Args:
        network: where to measure; it is not changed.
        objective: what is differentiated.
        data: the rows.
        small: rows of a small batch, b; a large one, B, has 16 times as many.
        seed: of the draws.
        draws: how many large batches.
    """
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    was_training = network.training
    network.eval()
    small_squares, large_squares = [], []
    for pieces in islice(_pieces(data, small, seed), draws):
        total: list[Tensor] | None = None
        for piece in pieces:
            loss = objective(network, piece, 0)
            found = torch.autograd.grad(loss, parameters, allow_unused=True)
            gradients = [
                torch.zeros_like(one) if slope is None else slope
                for slope, one in zip(found, parameters, strict=True)
            ]
            small_squares.append(_square(gradients))
            total = gradients if total is None else list(torch._foreach_add(total, gradients))
        assert total is not None
        large_squares.append(_square(total) / PARTS**2)
    network.train(was_training)
    of_small, of_large = (math.fsum(squares) / len(squares) for squares in (small_squares, large_squares))
    large = PARTS * small
    gradient = (large * of_large - small * of_small) / (large - small)
    return gradient, (of_small - of_large) / (1 / small - 1 / large)


def _pieces(data: Batch, small: int, seed: int) -> Iterator[list[Batch]]:
    """Yield large batches as small ones, rows drawn with replacement, so that all are independent."""
    generator = torch_generator(seed, "gradient noise")
    while True:
        rows = torch.randint(data.rows, (PARTS, small), generator=generator).to(data.target.device)
        yield [data.take(row) for row in rows]


def _square(gradients: list[Tensor]) -> float:
    return float(torch.stack([gradient.double().square().sum() for gradient in gradients]).sum())


def _warm(setup: Setup, trial: Trial) -> None:
    """Train for a few steps."""
    with isolated(derive_seed(trial.recipe.seed, "warm")):
        steps = training_steps(setup.engine, setup.batches, setup.epochs, Position())
        for _ in islice(steps, WARM_STEPS):
            pass


def _largest(trial: Trial, setup: Setup) -> int | None:
    """Return the most rows of a batch that fit into memory, the weights being there already."""
    free = available_bytes(setup.batches.device)
    if free is None:
        return None
    network, optimizer, example = setup.engine.network, trial.recipe.optimizer, trial.train.slice(0, 1).inputs
    one, many = (step_bytes(network, example, rows, optimizer) for rows in (1, 1025))
    row = max(1.0, (many - one) / 1024)
    return max(1, int((free - one) / row))


def _suggest(scale: float, rows: int, largest: int | None) -> tuple[int, str]:
    """Return a power of 2 near the noise scale, within bounds, and the reason."""
    wanted = 2 ** round(math.log2(min(max(scale, 1.0), 2**20)))
    told = (
        f"the gradient's noise is as large as itself at {scale:,.0f} rows"
        if math.isfinite(scale)
        else ("the gradient cannot be told from its noise: the more rows the better")
    )
    most = max(1, 2 ** int(math.log2(max(1, rows // FEWEST_UPDATES))))
    if wanted > most:
        wanted, told = most, f"{told}; {rows:,} rows are to give {FEWEST_UPDATES} updates an epoch"
    if wanted < min(SMALLEST, most):
        wanted, told = (
            min(SMALLEST, most),
            f"{told}; with fewer than {SMALLEST} the processor has too little to do",
        )
    if largest is not None and wanted > largest:
        wanted, told = 2 ** int(math.log2(largest)), f"{told}; memory holds {largest:,}"
    return wanted, told
