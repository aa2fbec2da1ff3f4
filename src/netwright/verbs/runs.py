"""A run with what can be done to it next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import netwright.run as folder

if TYPE_CHECKING:
    import polars as pl

    from netwright.treatment.history import Treatment


class Run(folder.Run):
    """A run folder, opened; what was trained on rows in memory knows them until the process ends."""

    frame: pl.DataFrame | None = None

    def treat(self, budget: float = 3.0, told: Callable[[str], object] = lambda sentence: None) -> Treatment:
        """Mend the training, see `netwright.verbs.treat.treat`; the folder then holds the better model.

        Args:
            budget: what the treatment may cost, in trainings like this one.
            told: told of every sentence on the way.
        """
        from netwright.verbs.treat import treat

        return treat(self, budget=budget, told=told)
