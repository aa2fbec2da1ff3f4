"""What is known before rows are held out, and the recipe with nothing left open that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import nn

from netwright.data.items import Form
from netwright.data.schema import Schema
from netwright.data.target import Target
from netwright.device import choose_device
from netwright.errors import RecipeError
from netwright.estimators.division import FEWEST_ROWS_TO_HOLD_OUT, Part
from netwright.estimators.looking import Sight
from netwright.estimators.transfer import Body
from netwright.recipe.choices import Facts, Resolved, resolve
from netwright.recipe.recipe import Recipe
from netwright.task import Task


@dataclass(frozen=True)
class Seen:
    """Rows that were read and looked at.

    Attributes:
        recipe: as it was given.
        sight: the rows, and what they are.
        body: the trained network to start from, or None.
    """

    recipe: Recipe
    sight: Sight
    body: Body | None

    def settle(self, schema: Schema, target: Target, rows: int, *, held: bool) -> Resolved:
        """Decide what was left open, with reasons.

        Args:
            schema: the columns.
            target: the kind of answer.
            rows: how many are trained on.
            held: whether others are held out.
        """
        device, device_reason = choose_device(self.recipe.device)
        facts = Facts(
            rows=rows,
            columns=len(schema.used),
            task=target.task,
            classes=len(target.classes),
            validation=held,
            device=str(device),
            device_reason=device_reason,
            own_network=isinstance(self.recipe.network, nn.Module),
            form=self.sight.form,
            extent=self.sight.extent,
            preparation=self.sight.preparation,
            flip=self.sight.flip,
            rarest=rows_of_rarest(self.sight.whole, target, rows),
        )
        return resolve(self.recipe, facts)

    @property
    def by_folds(self) -> bool:
        """Whether the effort is thorough and the rows are those of a table, and not too few for folds."""
        own = isinstance(self.recipe.network, nn.Module)
        enough = len(self.sight.whole.target) >= FEWEST_ROWS_TO_HOLD_OUT
        table = self.sight.form is Form.TABLE and self.body is None and not own
        return self.recipe.effort == "thorough" and table and enough

    @property
    def several(self) -> bool:
        """Whether more than one model is to be trained.

        Raises:
            RecipeError: when classical models are asked for that cannot read the rows.
        """
        if self.recipe.blend and self.sight.form is not Form.TABLE:
            raise RecipeError(
                f"blend: {' and '.join(self.recipe.blend)} read tables, and the rows are {self.sight.form}. "
                "Leave it out."
            )
        return self.by_folds or bool(self.recipe.blend)


def rows_of_rarest(whole: Part, target: Target, rows: int) -> int | None:
    """Return about how many of the training rows are of the rarer of two classes, None for other targets.

    Args:
        whole: training rows and those that may be held out of them.
        target: the kind of answer.
        rows: how many are trained on.
    """
    if target.task is not Task.BINARY:
        return None
    counts = np.bincount(target.encode(whole.target), minlength=2)
    return round(int(counts.min()) * rows / max(1, int(counts.sum())))
