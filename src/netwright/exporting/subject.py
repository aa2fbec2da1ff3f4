"""What an export needs of a model, whatever it does: one module, rows to check on, its answers for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.data.items import Form
from netwright.data.target import Target
from netwright.exporting.check_rows import CheckRows
from netwright.exporting.signature import Whole


@dataclass(frozen=True)
class Subject:
    """A fitted model as exports see it.

    Attributes:
        form: what its rows are.
        target: what it predicts.
        kind: what it is, in words.
        networks: the networks in it.
        whole: the model as one module; called with the type of numbers that come in, and whether 8 bits
            follow, for which a rougher preparation is enough.
        checks: rows to check on, made of those that were given and where they come from.
        answers: what the model answers for check rows (n, k).
        raw: check rows one by one, as the reader takes them.
        columns: name, kind and what is known of each, for people.
        reliability: what else held-out rows told: thresholds, temperature, sets and intervals.
        notes: for people who use the files, one sentence each.
    """

    form: Form
    target: Target
    kind: str
    networks: tuple[nn.Module, ...]
    whole: Callable[[torch.dtype, bool], Whole]
    checks: Callable[[Any, str], CheckRows]
    answers: Callable[[Any], np.ndarray]
    raw: Callable[[Any], list[Any]]
    columns: tuple[tuple[str, str, str], ...]
    reliability: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def weights(self) -> int:
        """How many weights the networks have."""
        return sum(parameter.numel() for one in self.networks for parameter in one.parameters())
