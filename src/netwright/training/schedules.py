"""Schedules: how the learning rate moves while the training goes on, step by step."""

from __future__ import annotations

import math
from typing import ClassVar

from pydantic import Field

from netwright.parts import Part


class Schedule(Part, family="schedule"):
    """A factor on the optimizer's learning rate at every step."""

    summary: ClassVar[str]
    equation: ClassVar[str]

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return what the learning rate is multiplied with.

        Args:
            progress: how much of the training is done, from 0 to 1.
            step: steps done, counted from 0.
            total_steps: steps of the whole training, as far as known.
        """
        raise NotImplementedError


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


class Cosine(Schedule):
    """A rise over the warm-up, then half a cosine down, as often as there are cycles.

        f = t / warmup                                       while t < warmup
        f = floor + (1 - floor) (1 + cos(π u)) / 2           u: progress within the cycle

    The usual choice for long trainings. Each restart begins again at the full rate.

    Settings:
        warmup: below 1 a share of the training, from 1 on a number of steps.
        restarts: how many times to begin again; cycles are of equal length.
        floor: the smallest factor, reached at the end of a cycle.

    Source: Loshchilov, Hutter (2017), SGDR.

    >>> [round(Cosine(warmup=0.0).factor(t, 0, 100), 2) for t in (0.0, 0.5, 1.0)]
    [1.0, 0.5, 0.0]
    """

    summary: ClassVar[str] = "Warm-up, then half a cosine down, with restarts if asked."
    equation: ClassVar[str] = "f = floor + (1 - floor) (1 + cos(π u)) / 2"

    warmup: float = Field(default=0.0, ge=0)
    restarts: int = Field(default=0, ge=0)
    floor: float = Field(default=0.0, ge=0, le=1)

    def factor(self, progress: float, step: int, total_steps: int) -> float:
        """Return the rising line during the warm-up, the cosine afterwards."""
        share = share_of_training(self.warmup, total_steps)
        if progress < share:
            return rising(progress, share, total_steps)
        left = min((progress - share) / max(1 - share, 1e-12), 1.0) * (self.restarts + 1)
        cycle = min(int(left), self.restarts)
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * (left - cycle))) / 2


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
        end = start / self.end_division
        return _half_cosine(1.0, end, min((progress - self.peak) / (1 - self.peak), 1.0))


def share_of_training(length: float, total_steps: int) -> float:
    """Return a length as a share of the training: below 1 it is one, from 1 on it counts steps.

    >>> share_of_training(0.1, 500), share_of_training(50, 500)
    (0.1, 0.1)
    """
    return length if length < 1 else length / max(total_steps, 1)


def rising(progress: float, share: float, total_steps: int) -> float:
    """Return the factor of a linear warm-up; its first step is not lost at a rate of 0."""
    return min((progress + 1 / max(total_steps, 1)) / share, 1.0)


def _half_cosine(start: float, end: float, place: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * place)) / 2
