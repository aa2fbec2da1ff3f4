"""The first look at a model is small where a look is dear and the training short."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from netwright.clinic.care import Care
from netwright.clinic.examiner import Examiner
from netwright.clinic.record import Facts, Record
from netwright.clinic.rows import pair_of

GIVEN: list[int] = []
"""How many rows each call was given; copies of the model write here, too."""


class Counting(nn.Linear):
    """A layer that writes down how many rows it was given."""

    def forward(self, rows: Tensor) -> Tensor:
        GIVEN.append(len(rows))
        return super().forward(rows)


def looked_at(clock: Callable[[], float], *, steps: int | None, limited: bool) -> list[int]:
    """Return the rows of the looks at a model when batches of 16 are trained on."""
    torch.manual_seed(0)
    GIVEN.clear()
    model = Counting(4, 3)
    record = Record(Facts(steps_planned=steps))
    examiner = Examiner(
        model,
        nn.CrossEntropyLoss(),
        [torch.optim.SGD(model.parameters(), lr=0.1)],
        None,
        record,
        Care(clock, record.gaps),
        0,
        limited=limited,
    )
    examiner.collect(pair_of((torch.randn(256, 4), torch.arange(256) % 3), "data"))
    examiner.begin(16)
    assert record.wiring is not None
    assert record.wiring.initial_loss is not None
    assert record.probes[0].accuracy is not None
    return list(GIVEN)


@pytest.mark.parametrize(
    ("steps", "limited", "most"), [(10, True, 32), (500, True, 160), (10, False, 256), (100_000, True, 256)]
)
def test_a_slow_model_is_looked_at_with_rows_that_fit_its_training(
    steps: int, limited: bool, most: int
) -> None:
    ticks = itertools.count()
    given = looked_at(lambda: next(ticks) * 1.0, steps=steps, limited=limited)
    # The structure is looked at first, from all rows at hand: that tells how dear a look is.
    assert max(given[1:]) == most


def test_a_fast_model_is_looked_at_with_all_rows() -> None:
    assert max(looked_at(lambda: 0.0, steps=10, limited=True)[1:]) == 256
