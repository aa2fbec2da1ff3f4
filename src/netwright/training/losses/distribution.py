"""Losses that describe how the target spreads: quantiles, counts, mean with variance."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Annotated, ClassVar

import torch
from pydantic import AfterValidator
from torch import Tensor
from torch.nn import functional

from netwright.errors import RecipeError
from netwright.task import Task
from netwright.training.losses.base import Loss, TargetShape, column_means, constants, full_precision
from netwright.training.losses.regression import column_quantiles, flat


def _increasing(levels: tuple[float, ...]) -> tuple[float, ...]:
    if not levels or any(not 0 < level < 1 for level in levels):
        raise ValueError("levels have to lie between 0 and 1, such as (0.05, 0.5, 0.95)")
    if sorted(set(levels)) != list(levels):
        raise ValueError("levels have to increase, each once, such as (0.05, 0.5, 0.95)")
    return levels


class Quantile(Loss):
    """The pinball loss at several levels at once: prediction intervals.

        l = max(level · e, (level - 1) · e),    e = y - z,    averaged over levels

    The answer at level 0.9 is a number that the target stays under nine times in ten; (0.05, 0.5,
    0.95) gives a median with a 90 % interval. Levels that cross are sorted when decoded.

    Settings:
        levels: increasing, between 0 and 1.

    Source: Koenker, Bassett (1978); Chernozhukov, Fernández-Val, Galichon (2010) for the sorting.

    >>> loss = Quantile(levels=(0.1, 0.9))
    >>> loss.decode(torch.tensor([[3.0, 1.0]]))
    tensor([[1., 3.]])
    """

    summary: ClassVar[str] = "Prediction intervals: several quantiles of the target at once."
    equation: ClassVar[str] = "l = max(level · e, (level - 1) · e), e = y - z"
    tasks: ClassVar[frozenset[Task]] = frozenset({Task.REGRESSION})

    levels: Annotated[tuple[float, ...], AfterValidator(_increasing)] = (0.05, 0.5, 0.95)

    @property
    def central(self) -> int:
        """The place of the level nearest one half, whose answer stands for the prediction."""
        return min(range(len(self.levels)), key=lambda place: abs(self.levels[place] - 0.5))

    def outputs(self, target: TargetShape) -> int:
        """Return one output a level and target column; a column's levels lie side by side."""
        return target.width * len(self.levels)

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row, averaged over levels and target columns."""
        scores = self._by_column(output)
        error = target.reshape(scores.shape[:2]).unsqueeze(2) - scores
        levels = constants(self.levels, scores.dtype, scores.device)
        return torch.maximum(levels * error, (levels - 1) * error).mean((1, 2))

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return the weighted quantiles of every target column."""
        return column_quantiles(target, weight, self.levels).flatten()

    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return quantiles in order, (n, levels), for several columns (n, k, levels)."""
        return flat(self._by_column(output).sort(dim=-1).values)

    def point(self, answers: Tensor) -> Tensor:
        """Return the answers of the level nearest one half."""
        return answers[..., self.central] if len(self.levels) > 1 else answers

    def interval(self, output: Tensor, coverage: float) -> tuple[Tensor, Tensor]:
        """Return the answers of the two levels that leave out half of the rest on either side."""
        rest = (1 - coverage) / 2
        places = [
            place
            for wanted in (rest, 1 - rest)
            for place, level in enumerate(self.levels)
            if math.isclose(level, wanted, abs_tol=1e-9)
        ]
        if len(places) != 2:
            raise RecipeError(
                f"loss: an interval of {coverage:.0%} needs the levels {rest:g} and {1 - rest:g}, but "
                f"it has {self.levels}. Train with Quantile(levels=({rest:g}, 0.5, {1 - rest:g}))."
            )
        answers = self.decode(output)
        return answers[..., places[0]], answers[..., places[1]]

    def _by_column(self, output: Tensor) -> Tensor:
        return full_precision(output).reshape(output.shape[0], -1, len(self.levels))


class Poisson(Loss):
    """The likelihood of counts, with the logarithm of the expected count as output.

        l = exp(z) - y z

    For counts and other targets that are never negative and vary more where they are large.

    Source: Nelder, Wedderburn (1972).

    >>> Poisson().decode(torch.tensor([[0.0]]))
    tensor([1.])
    """

    summary: ClassVar[str] = "Counts: Poisson likelihood with a logarithmic link."
    equation: ClassVar[str] = "l = exp(z) - y z"
    tasks: ClassVar[frozenset[Task]] = frozenset({Task.REGRESSION})
    standardize_target: ClassVar[bool] = False

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row, averaged over its target columns."""
        scores = full_precision(output)
        losses = functional.poisson_nll_loss(scores, target.view_as(scores), reduction="none")
        return losses.mean(1)

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return the logarithm of the mean of every target column."""
        return column_means(target, weight).clamp_min(0.5 / (len(target) + 1)).log()

    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return expected counts, (n,) for one target column and (n, k) for several."""
        return flat(full_precision(output).exp())

    def check_target(self, target: Tensor, shape: TargetShape) -> None:
        """Raise RecipeError for targets that are not finite or below 0."""
        super().check_target(target, shape)
        if bool((target < 0).any()):
            raise RecipeError(
                f"loss: Poisson needs targets of 0 and above, got {float(target.min()):g}. "
                "Use MSE() or Huber() for numbers that can be negative."
            )


class GaussianLikelihood(Loss):
    """The likelihood of normal noise whose size the network answers as well.

        l = (log v + (y - m)² / v + log 2π) / 2,    z = (m, log v)

    For targets that are surer in some rows than in others: mean m and variance v for each row.
    Log variances are held between -12 and 12, so that no single row blows up.

    Source: Nix, Weigend (1994).

    >>> GaussianLikelihood().deviation(torch.tensor([[5.0, 0.0]]))
    tensor([1.])
    """

    summary: ClassVar[str] = "Numbers with a spread of their own in every row: mean and variance."
    equation: ClassVar[str] = "l = (log v + (y - m)² / v + log 2π) / 2"
    tasks: ClassVar[frozenset[Task]] = frozenset({Task.REGRESSION})

    def outputs(self, target: TargetShape) -> int:
        """Return two outputs a target column: first all means, then all log variances."""
        return 2 * target.width

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row, averaged over its target columns."""
        mean, log_variance = self._split(output)
        squared = (target.view_as(mean) - mean).square()
        losses = log_variance + squared * torch.exp(-log_variance) + math.log(2 * math.pi)
        return losses.mean(1) / 2

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return mean and log variance of every target column."""
        table = target.reshape(len(target), -1)
        mean = column_means(table, weight)
        variance = column_means((table - mean).square(), weight)
        return torch.cat([mean, variance.log().clamp(-_LOG_VARIANCE, _LOG_VARIANCE)])

    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return means, (n,) for one target column and (n, k) for several."""
        return flat(self._split(output)[0])

    def deviation(self, output: Tensor) -> Tensor:
        """Return standard deviations, in the shape of `decode`."""
        return flat(torch.exp(self._split(output)[1] / 2))

    def interval(self, output: Tensor, coverage: float) -> tuple[Tensor, Tensor]:
        """Return mean - q · deviation and mean + q · deviation, q the normal quantile."""
        reach = NormalDist().inv_cdf((1 + coverage) / 2) * self.deviation(output)
        return self.decode(output) - reach, self.decode(output) + reach

    def _split(self, output: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = full_precision(output).chunk(2, dim=1)
        return mean, log_variance.clamp(-_LOG_VARIANCE, _LOG_VARIANCE)


_LOG_VARIANCE = 12.0
