"""What keeps the clinic from doing harm: its time is measured, and its faults never reach the training."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    import torch


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


KEPT = 15
"""Lengths of what is done again and again from which the usual one is told."""


def clock_of(device: torch.device) -> Callable[[], float]:
    """Return the clock by which a training on a device is timed.

    On the processor it is the time that this thread was at work: on a busy machine both the training and the
    clinic wait, and who waits longer is chance. Where another device works, the time that passes counts.

    >>> import torch
    >>> clock_of(torch.device("cpu")) is time.thread_time
    True
    """
    return time.thread_time if device.type == "cpu" else time.perf_counter


class Care:
    """Runs everything that the clinic does inside somebody's training.

    Args:
        clock: returns seconds.
        gaps: where a fault is written down, once for every part.

    Attributes:
        spent: seconds that the clinic was at work.
        slowdown: seconds by which the training itself took longer, as far as it can be told.
    """

    def __init__(self, clock: Callable[[], float], gaps: list[str]) -> None:
        self._clock = clock
        self._gaps = gaps
        # To read the clock of a thread takes longer than what is brief.
        self._brief = time.perf_counter if clock is time.thread_time else clock
        self._lengths: deque[float] = deque(maxlen=KEPT)
        self._started = clock()
        self._busy = False
        self._failed: set[str] = set()
        self._ended: float | None = None
        self.spent = 0.0
        self.slowdown = 0.0

    def run(
        self,
        part: str,
        action: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Result | None:
        """Return what the action returns; None when it fails now, or the part failed before.

        Args:
            part: what cannot be seen without the action, as the subject of a sentence.
            action: what is to be done; its time is counted.
            arguments: what it is given.
            keywords: what it is given by name.
        """
        if part in self._failed:
            return None
        nested, self._busy = self._busy, True
        before = self._clock()
        try:
            return action(*arguments, **keywords)
        except Exception as error:  # noqa: BLE001 - the watched training must go on whatever happens here
            self._failed.add(part)
            self.gap(f"{part} could not be seen: {type(error).__name__}: {error}")
            return None
        finally:
            if not nested:
                self._busy = False
                self.spent += self._clock() - before

    def failed(self, part: str) -> bool:
        """Return whether a part has failed, and is left alone since."""
        return part in self._failed

    def gap(self, sentence: str) -> None:
        """Write down once what cannot be seen."""
        if sentence not in self._gaps:
            self._gaps.append(sentence)

    def now(self) -> float:
        """Return the seconds of the clock."""
        return self._clock()

    def brief(self) -> float:
        """Return the seconds of a clock for what is brief, to `charge` from."""
        return self._brief()

    def charge(self, since: float, times: int) -> None:
        """Count what was done since then so many times: it was done that often, and timed once.

        An interruption is no part of it: the median of the last ones counts.
        """
        self._lengths.append(self._brief() - since)
        self.spent += times * median(self._lengths)

    def end(self) -> None:
        """Stop the clock: the training is over."""
        self._ended = self._clock()

    @property
    def cost(self) -> float:
        """Seconds that watching took so far, all told."""
        return self.spent + self.slowdown

    @property
    def trained(self) -> float:
        """Seconds since the start that the clinic was not at work."""
        return max(0.0, (self._clock() if self._ended is None else self._ended) - self._started - self.spent)

    @property
    def share(self) -> float:
        """Seconds that watching took over the seconds that the training would have taken alone."""
        alone = self.trained - self.slowdown
        return self.cost / alone if alone > 0 else 0.0
