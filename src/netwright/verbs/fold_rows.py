"""Which rows a training learns from and which it stops by, where folds may take both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import nn

from netwright.data.schema import Kind
from netwright.recipe.recipe import Recipe
from netwright.verbs.material import Material
from netwright.verbs.request import Request

FLAT = (Kind.NUMBER, Kind.CATEGORY, Kind.YES_NO, Kind.DATETIME)


@dataclass(frozen=True)
class FoldRows:
    """Row numbers of a training.

    Attributes:
        train: to learn from, or to divide into folds.
        held: to stop by; None where every fold holds out some of the others.
        groups: a number for each row of `train`, kept on one side of every division; or None.
    """

    train: np.ndarray
    held: np.ndarray | None
    groups: np.ndarray | None = None


def fold_rows(material: Material, recipe: Recipe, request: Request) -> FoldRows:
    """Return the rows to learn from and to stop by.

    With effort "thorough" a table's folds take all that is not the test part, unless the rows to stop by
    are the latest ones: learning from these would be learning from the future.

    Args:
        material: the rows and their split.
        recipe: as it was asked for.
        request: says which column holds groups or times.
    """
    split = material.split
    table = all(column.kind in FLAT for column in material.schema.used)
    own = isinstance(recipe.network, nn.Module) or recipe.body is not None
    if recipe.effort != "thorough" or not table or own or request.order_by is not None:
        return FoldRows(split.train, split.validation)
    rows = np.concatenate([split.train, split.validation])
    if request.group is None:
        return FoldRows(rows, None)
    keys = material.frame[request.group].gather(rows).rank("dense").fill_null(0).to_numpy()
    return FoldRows(rows, None, keys)
