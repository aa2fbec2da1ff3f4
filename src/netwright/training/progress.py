"""Progress of a training for people: one live line on a terminal, a plain log elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TextIO

from netwright.training.fit import Setup
from netwright.training.history import Round
from netwright.training.loop import Step
from netwright.training.state import TrainingState

REDRAW_SECONDS = 0.2
LOG_SECONDS = 2.0


class ProgressLine:
    """Writes what a training is doing.

    Args:
        setup: the training.
        stream: where to write.
        live: redraw one line, or write a line now and then.
        clock: returns seconds.
    """

    def __init__(
        self, setup: Setup, stream: TextIO, live: bool, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._setup, self._stream, self._live, self._clock = setup, stream, live, clock
        self._total = setup.epochs * setup.batches.per_epoch
        self._started = self._drawn = clock()
        self._first_step: int | None = None
        self._scores = ""
        self._width = 0

    def step(self, step: Step) -> None:
        """Redraw the live line when it is time to."""
        if self._first_step is None:
            self._first_step = step.number - 1
        now = self._clock()
        if self._live and now - self._drawn >= REDRAW_SECONDS:
            self._drawn = now
            self._draw(self._line(step.number, now))

    def round(self, finished: Round, state: TrainingState) -> None:
        """Take in the scores of a round; in a log, write a line when the last one is old enough."""
        scores = [f"train loss {finished.train_loss:.4g}"]
        scores += [f"validation {name.replace('_', ' ')} {v:.4g}" for name, v in finished.validation.items()]
        self._scores = ", ".join(scores) + (" (best)" if finished.best else "")
        now = self._clock()
        if not self._live and (now - self._drawn >= LOG_SECONDS or finished.number == 1):
            self._drawn = now
            print(self._line(finished.step, now), file=self._stream, flush=True)

    def close(self, ended: str) -> None:
        """Write the last scores and why the training ended."""
        if self._live:
            self._draw("")
            self._stream.write("\r")
        seconds = self._clock() - self._started
        print(f"  trained {seconds:.1f} s, {ended}; {self._scores}", file=self._stream, flush=True)

    def _line(self, number: int, now: float) -> str:
        epoch = min(self._setup.epochs, number / self._setup.batches.per_epoch)
        text = f"  epoch {epoch:.1f} of at most {self._setup.epochs}, {self._left(number, now)}"
        return f"{text}; {self._scores}" if self._scores else text

    def _left(self, number: int, now: float) -> str:
        spent = now - self._started
        made = number - (self._first_step or 0)
        left = spent / max(1, made) * (self._total - number)
        if self._setup.seconds is not None:
            left = min(left, self._setup.seconds - spent)
        return f"at most {_span(max(0.0, left))} left"

    def _draw(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)


@contextmanager
def show_progress(setup: Setup, wish: bool | Literal["auto"]) -> Iterator[ProgressLine | None]:
    """Show the training's progress on standard error inside the block.

    Args:
        setup: the training; its steps are listened to.
        wish: True, False, or "auto" for only when standard error is a terminal.
    """
    terminal = sys.stderr.isatty()
    if wish is False or (wish == "auto" and not terminal):
        yield None
        return
    line = ProgressLine(setup, sys.stderr, live=terminal)
    setup.on_step = line.step
    yield line


def _span(seconds: float) -> str:
    """Return a time span for people.

    >>> _span(42.4), _span(200.0)
    ('42 s', '3 min 20 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
