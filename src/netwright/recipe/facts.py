"""What the choices of a recipe depend on, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from netwright.data.items import Form
from netwright.recipe.recipe import ResolvedRecipe
from netwright.task import Task


@dataclass(frozen=True)
class Facts:
    """What the choices depend on.

    Attributes:
        rows: training rows, validation rows not counted.
        columns: input columns that the network reads.
        task: what is asked.
        classes: how many there are, 0 for numbers.
        validation: whether rows are held out.
        device: type of the device, such as "cpu".
        device_reason: why that device.
        own_network: whether the network is a PyTorch module of the user's own.
        form: what the rows are.
        extent: of a typical row: (channels, height, width) of pictures, (words,) of texts, (channels,
            length) of sequences; empty for tables.
        preparation: what was decided for these rows already, and why, or None.
        flip: whether mirrored pictures keep their answer, and how that was found, or None.
        rarest: training rows of the rarest class, about; None where it is not known or nothing is classified.
    """

    rows: int
    columns: int
    task: Task
    classes: int
    validation: bool
    device: str
    device_reason: str
    own_network: bool = False
    form: Form = Form.TABLE
    extent: tuple[int, ...] = ()
    preparation: tuple[Any, str] | None = None
    flip: tuple[bool, str] | None = None
    rarest: int | None = None


@dataclass(frozen=True)
class Resolved:
    """A recipe with nothing left open.

    Attributes:
        recipe: every field decided.
        reasons: why, for the fields that were left to us.
    """

    recipe: ResolvedRecipe
    reasons: dict[str, str] = field(default_factory=dict)
