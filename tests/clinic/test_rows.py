"""Rows that are kept, cut and joined."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from netwright.clinic.rows import Rows, deviation_shift, held_out, pair_of, rows_of
from netwright.clinic.wiring_subject import Call, CannotTellError
from netwright.errors import UserError


def table(count: int, start: int = 0) -> Rows:
    numbers = torch.arange(start, start + count).float()
    return rows_of(Call((numbers[:, None],), {"mask": numbers > 3}), numbers.repeat_interleave(2))


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_first_rows_with_all_that_belongs_to_them() -> None:
    few = table(6).first(2)
    assert few.count == 2
    assert few.call.arguments[0].tolist() == [[0.0], [1.0]]
    assert few.call.keywords["mask"].tolist() == [False, False]
    assert few.target.tolist() == [0.0, 0.0, 1.0, 1.0]


def test_copies_share_no_memory() -> None:
    rows = table(3)
    copy = rows.first(3)
    rows.call.arguments[0].zero_()
    assert copy.call.arguments[0].tolist() == [[0.0], [1.0], [2.0]]


def test_chosen_rows() -> None:
    chosen = table(6).take(torch.tensor([4, 1]))
    assert chosen.call.arguments[0].tolist() == [[4.0], [1.0]]
    assert chosen.target.tolist() == [4.0, 4.0, 1.0, 1.0]


def test_joined_rows() -> None:
    both = table(2).joined(table(3, 10))
    assert both.count == 5
    assert both.target.tolist() == [0, 0, 1, 1, 10, 10, 11, 11, 12, 12]
    assert both.call.keywords["mask"].tolist() == [False, False, True, True, True]


def test_rows_of_other_shapes_are_not_joined() -> None:
    other = rows_of(Call((torch.zeros(2, 5),)), torch.zeros(4))
    with pytest.raises(CannotTellError):
        table(2).joined(other)


def test_held_out_rows_of_many_forms() -> None:
    inputs, target = np.zeros((9, 2), np.float32), np.arange(9)
    pair = held_out((inputs, target), 100, generator())
    batches = held_out([(inputs[:5], target[:5]), (inputs[5:], target[5:])], 100, generator())
    assert pair is not None
    assert batches is not None
    assert torch.equal(pair.target, batches.target)
    assert held_out(None, 100, generator()) is None


def test_of_many_held_out_rows_a_random_choice_is_kept() -> None:
    rows = held_out((torch.zeros(1000, 1), torch.arange(1000)), 50, generator())
    assert rows is not None
    assert rows.count == 50
    assert rows.target.max() > 500
    assert (rows.target.diff() > 0).all()


def test_no_rows_at_all() -> None:
    with pytest.raises(UserError, match="validation has no rows"):
        held_out((torch.zeros(0, 3), torch.zeros(0)), 100, generator())
    with pytest.raises(UserError, match="validation has no rows"):
        held_out([], 100, generator())


def test_what_is_no_pair() -> None:
    with pytest.raises(TypeError, match="3 parts"):
        held_out((1, 2, 3), 100, generator())
    with pytest.raises(TypeError, match="a Tensor"):
        held_out(torch.zeros(3), 100, generator())
    with pytest.raises(UserError, match="3 rows of inputs and 4 of targets"):
        pair_of((torch.zeros(3, 1), torch.zeros(4)), "data")


def test_held_out_features_of_another_scale() -> None:
    numbers = torch.randn(300, 4, generator=generator())
    assert deviation_shift(rows_of(Call((numbers,))), rows_of(Call((20 * numbers,)))) == pytest.approx(20)
    codes = rows_of(Call((torch.zeros(3, 2, dtype=torch.long),)))
    assert deviation_shift(codes, codes) is None


def test_sequences_are_compared_without_what_fills_them_up() -> None:
    numbers = torch.randn(16, 10, 3, generator=torch.Generator().manual_seed(0))
    filled = torch.cat([numbers, torch.zeros(16, 90, 3)], 1)
    assert deviation_shift(rows_of(Call((filled,))), rows_of(Call((numbers,)))) == pytest.approx(1)
    assert deviation_shift(rows_of(Call((numbers,))), rows_of(Call((20 * filled,)))) == pytest.approx(20)
    nothing = rows_of(Call((torch.zeros(4, 5, 2),)))
    assert deviation_shift(nothing, nothing) is None
