"""The states of the trainings of a forecast, kept in files from which an interrupted one goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from netwright.training.history import Round
from netwright.training.state import TrainingState, load_state, save_state

WRITTEN_SECONDS = 5.0
"""States are written this far apart: a killed training loses no more than this and one round."""

PREFIX, ENDING = "checkpoint-", ".safetensors"


class ForecastStates:
    """The states of several trainings in one folder, each under its name.

    Args:
        folder: where the files lie.
        clock: returns seconds.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder, clock
        self._written: dict[str, float] = {}
        self._last: dict[str, TrainingState] = {}

    def resume(self, name: str) -> TrainingState | None:
        """Return the state in which a training was left, None where it was not begun.

        Raises:
            ArtifactError: when the file is damaged.
        """
        file = self._file(name)
        return load_state(file) if file.exists() else None

    def observe(self, name: str, finished: Round, state: TrainingState) -> None:
        """Take the state of a training after a round, and write it now and then."""
        self._last[name] = state
        if self._clock() - self._written.get(name, float("-inf")) >= WRITTEN_SECONDS:
            self.keep(name)

    def keep(self, name: str) -> None:
        """Write the last state of a training, if there is one that is not written yet."""
        state = self._last.pop(name, None)
        if state is not None:
            save_state(self._file(name), state)
            self._written[name] = self._clock()

    def clear(self) -> None:
        """Remove all files."""
        for file in self._folder.glob(f"{PREFIX}*{ENDING}"):
            file.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._folder / f"{PREFIX}{name}{ENDING}"
