"""Schedules: how the learning rate moves while the training goes on, step by step.

Lengths are given one way everywhere: below 1 as a share of the training, from 1 on in steps.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from netwright.parts import Part, parse_part
from netwright.training.plateau import Plateau


class Schedule(Part, family="schedule"):
    """A factor on the optimizer's learning rate at every step."""

    summary: ClassVar[str]
    equation: ClassVar[str]

    @abstractmethod
    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return what the learning rate is multiplied with.

        Args:
            progress: how much of the training is done, from 0 to 1.
            step: steps done, counted from 0.
            total_steps: steps of the whole training, as far as known.
        """

    def observer(self, *, larger_is_better: bool = False) -> Plateau | None:
        """Return what watches the validation score for this schedule, None for most.

        Its own factor is multiplied with this schedule's.
        """
        return None


class Constant(Schedule):
    """The learning rate stays as it is: f = 1.

    For short trials, and for optimizers that need no schedule.

    >>> Constant().factor(0.5, 50, 100)
    1.0
    """

    summary: ClassVar[str] = "The rate stays as it is."
    equation: ClassVar[str] = "f = 1"

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return 1."""
        return 1.0


class Step(Schedule):
    """The rate falls in stairs.

        f = gamma ^ floor(t / every)

    The classic for image networks: a tenth after each third of the training.

    Settings:
        every: length of a stair, below 1 as a share of the training, from 1 on in steps.
        gamma: factor from one stair to the next.

    >>> [round(Step(every=0.3).factor(t, 0, 100), 3) for t in (0.0, 0.29, 0.31, 0.95)]
    [1.0, 1.0, 0.1, 0.001]
    """

    summary: ClassVar[str] = "Falls in stairs, by gamma after every so many steps."
    equation: ClassVar[str] = "f = gamma ^ floor(t / every)"

    every: float = Field(default=0.3, gt=0)
    gamma: float = Field(default=0.1, gt=0, le=1)

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return gamma to the number of stairs gone down."""
        place = progress if self.every < 1 else step
        return float(self.gamma ** int(place / self.every + 1e-9))


class Exponential(Schedule):
    """The rate falls by the same share at every step, down to gamma at the end.

        f = gamma ^ progress

    The same as multiplying by gamma ^ (1 / steps) at each step, whatever the number of steps.

    Settings:
        gamma: the factor at the end of the training.

    >>> round(Exponential(gamma=0.01).factor(0.5, 50, 100), 3)
    0.1
    """

    summary: ClassVar[str] = "Falls by the same share at every step, to gamma at the end."
    equation: ClassVar[str] = "f = gamma ^ progress"

    gamma: float = Field(default=0.01, gt=0, le=1)

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return gamma to the progress."""
        return float(self.gamma**progress)


class Cosine(Schedule):
    """A rise over the warm-up, then half a cosine down, as often as there are cycles.

        f = (t + 1) / warmup                                 in the warm-up, t in steps
        f = floor + (1 - floor) (1 + cos(π u)) / 2           u: progress within the cycle

    The usual choice for long trainings. Each restart begins again at the full rate.

    Settings:
        warmup: below 1 a share of the training, from 1 on a number of steps.
        restarts: how many times to begin again; cycles are of equal length.
        floor: the smallest factor, reached at the end of a cycle.

    Source: Loshchilov, Hutter (2017), SGDR.

    >>> [round(Cosine().factor(t, 0, 100), 2) for t in (0.0, 0.5, 1.0)]
    [1.0, 0.5, 0.0]
    """

    summary: ClassVar[str] = "Warm-up, then half a cosine down, with restarts if asked."
    equation: ClassVar[str] = "f = floor + (1 - floor) (1 + cos(π u)) / 2"

    warmup: float = Field(default=0.0, ge=0)
    restarts: int = Field(default=0, ge=0)
    floor: float = Field(default=0.0, ge=0, le=1)

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return the rising line during the warm-up, the cosine afterwards."""
        share = _share(self.warmup, total_steps)
        if progress < share:
            return _rising(progress, share, total_steps)
        cycles = self.restarts + 1
        place = _after(progress, share) * cycles
        within = place - min(int(place), cycles - 1)
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * within)) / 2


class OneCycle(Schedule):
    """Up to the full rate and far down again, both along half a cosine.

        f from 1 / start_division up to 1 at `peak`, then down to 1 / (start_division · end_division)

    Fast training with large rates; the optimizer's learning rate is the peak. The factors are
    those of PyTorch's OneCycleLR with two phases.

    Settings:
        peak: share of the training at which the rate is highest.
        start_division: how many times smaller the first rate is than the highest.
        end_division: how many times smaller the last rate is than the first.

    Source: Smith, Topin (2018), super-convergence.

    >>> OneCycle().factor(0.3, 30, 100)
    1.0
    """

    summary: ClassVar[str] = "Up to the full rate and far down again; fast training with large rates."
    equation: ClassVar[str] = "f = a + (b - a) (1 - cos(π u)) / 2, up until the peak, then down"

    peak: float = Field(default=0.3, gt=0, lt=1)
    start_division: float = Field(default=25.0, ge=1)
    end_division: float = Field(default=1e4, ge=1)

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return the place on the cycle."""
        start = 1 / self.start_division
        if progress <= self.peak:
            return _half_cosine(start, 1.0, progress / self.peak)
        return _half_cosine(1.0, start / self.end_division, _after(progress, self.peak))


class OnPlateau(Schedule):
    """The rate falls when the validation score has stopped getting better.

        f = gamma ^ (times that the score stood still for more than `patience` observations)

    For trainings of unknown length. The observer that it hands out keeps count.

    Settings:
        gamma: factor at each fall.
        patience: observations (epochs) without improvement that are let pass.
        threshold: share of the best score by which a new one has to be better.
        floor: the smallest factor.

    >>> watcher = OnPlateau(patience=0).observer()
    >>> [watcher.observe(score) for score in (1.0, 0.5, 0.6)]
    [1.0, 1.0, 0.1]
    """

    summary: ClassVar[str] = "Falls when the validation score stands still."
    equation: ClassVar[str] = "f = gamma ^ (number of plateaus)"

    gamma: float = Field(default=0.1, gt=0, lt=1)
    patience: int = Field(default=10, ge=0)
    threshold: float = Field(default=1e-4, ge=0, lt=1)
    floor: float = Field(default=0.0, ge=0, le=1)

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return 1; the falls are the observer's."""
        return 1.0

    def observer(self, *, larger_is_better: bool = False) -> Plateau:
        """Return a fresh count of plateaus."""
        return Plateau(
            gamma=self.gamma,
            patience=self.patience,
            threshold=self.threshold,
            floor=self.floor,
            larger_is_better=larger_is_better,
        )


class CosineLog(Schedule):
    """Several cosine waves, each about twice as long as the one before; begins and ends at 0.

        f = (1 - cos(2π log2(1 + (2^cycles - 1) progress))) / 2

    The schedule of the tabular recipe RealMLP ("coslog4" with four cycles): many early trials of
    large and small rates, one long quiet end.

    Settings:
        cycles: number of waves.

    Source: Holzmüller, Grinsztajn, Steinwart (2024), Better by default.

    >>> [round(CosineLog().factor(t, 0, 100), 3) for t in (0.0, 1 / 15, 1.0)]
    [0.0, 0.0, 0.0]
    """

    summary: ClassVar[str] = "Cosine waves of doubling length; the tabular recipe's schedule."
    equation: ClassVar[str] = "f = (1 - cos(2π log2(1 + (2^cycles - 1) progress))) / 2"

    cycles: int = Field(default=4, ge=1, le=16)

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return the height of the wave."""
        place = math.log2(1 + (2**self.cycles - 1) * progress)
        return (1 - math.cos(2 * math.pi * place)) / 2


def _schedule(value: Any) -> Schedule:
    return parse_part(Schedule, value)


class Warmup(Schedule):
    """A rise in a straight line, then any other schedule over what is left.

        f = (t + 1) / length        in the warm-up, t in steps

    Settings:
        length: below 1 a share of the training, from 1 on a number of steps.
        then: the schedule that follows, with its own progress from 0 to 1.

    Source: Goyal et al. (2017).

    >>> warmup = Warmup(length=10, then=Exponential(gamma=0.01))
    >>> [round(warmup.factor(step / 100, step, 100), 2) for step in (0, 9, 10, 100)]
    [0.1, 1.0, 1.0, 0.01]
    """

    summary: ClassVar[str] = "Rises in a straight line, then follows another schedule."
    equation: ClassVar[str] = "f = (t + 1) / length, then the other's"

    length: float = Field(default=0.05, gt=0)
    then: Annotated[Schedule, BeforeValidator(_schedule)] = Field(default_factory=Constant)

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return the rising line, then the other schedule's factor."""
        share = _share(self.length, total_steps)
        if progress < share:
            return _rising(progress, share, total_steps)
        begun = round(share * total_steps)
        return self.then.factor(_after(progress, share), max(step - begun, 0), max(total_steps - begun, 1))

    def observer(self, *, larger_is_better: bool = False) -> Plateau | None:
        """Return the other schedule's observer."""
        return self.then.observer(larger_is_better=larger_is_better)


def _share(length: float, total_steps: int) -> float:
    """Return a length as a share of the training, at most all of it."""
    return length if length < 1 else min(length / max(total_steps, 1), 1.0)


def _rising(progress: float, share: float, total_steps: int) -> float:
    """Return the factor of a linear warm-up; no step is lost at a rate of 0."""
    return min((progress + 1 / max(total_steps, 1)) / share, 1.0)


def _after(progress: float, share: float) -> float:
    """Return the progress through what follows the first share of the training."""
    return min((progress - share) / (1 - share), 1.0) if share < 1 else 1.0


def _half_cosine(start: float, end: float, place: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * place)) / 2
