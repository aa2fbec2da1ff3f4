"""Several models that answer together as one module: raw inputs to the weighted mean of their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.data.preparation import Preparation
from netwright.data.target import Target
from netwright.errors import ExportError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.preparing import form_of
from netwright.exporting.forms import whole_of
from netwright.exporting.signature import Whole
from netwright.exporting.table_columns import (
    category_columns,
    number_columns,
    pairs_needed,
    table_inlets,
    width_of,
    words_of,
)
from netwright.exporting.table_whole import table_whole

Column = Mapping[str, Any]


class EnsembleWhole(nn.Module):
    """The weighted mean of what members answer, each class in its place."""

    def __init__(
        self, members: Sequence[nn.Module], weights: Sequence[float], places: Sequence[Tensor]
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.weights = [float(weight) for weight in weights]
        for number, place in enumerate(places):
            self.register_buffer(f"place_{number}", place)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return answers (n, k)."""
        total = torch.zeros(())
        for number, (member, weight) in enumerate(zip(self.members, self.weights, strict=True)):
            answer = member(*inputs)
            # A member that never saw a class gives it no chance: its column is one of zeros.
            answer = torch.cat([answer, torch.zeros_like(answer[:, :1])], dim=1)
            total = total + weight * answer.index_select(1, self.get_buffer(f"place_{number}"))
        return total


class MemberColumns(nn.Module):
    """A model for tables that is given the columns of all members, with common numbers of categories."""

    def __init__(
        self, whole: nn.Module, numbers: Tensor | None, codes: list[tuple[int, Tensor]] | None
    ) -> None:
        super().__init__()
        self.whole, self.count = whole, len(codes or ())
        self.numbers = numbers is not None
        if numbers is not None:
            self.register_buffer("chosen", numbers)
        self.places = [place for place, _ in codes or ()]
        for number, (_, known) in enumerate(codes or ()):
            self.register_buffer(f"known_{number}", known)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the member's answers for the numbers and codes of all members."""
        given = []
        if self.numbers:
            given.append(inputs[0].index_select(1, self.get_buffer("chosen")))
        if self.count:
            codes = inputs[-1].long()
            mine = [
                self.get_buffer(f"known_{number}")[codes[:, place]]
                for number, place in enumerate(self.places)
            ]
            given.append(torch.stack(mine, dim=1))
        return self.whole(*given)  # type: ignore[no-any-return]


def ensemble_whole(model: Ensemble, dtype: torch.dtype, rough: bool = False) -> Whole:
    """Return a fitted ensemble as one module.

    Raises:
        ExportError: when its members do not read rows alike.
    """
    members, weights = members_of(model)
    if form_of(members[0].preparation_) is Form.TABLE:
        wholes = _tables(members, dtype, rough)
    else:
        wholes = [whole_of(one, dtype, rough) for one in members]
        if any(one.inlets != wholes[0].inlets for one in wholes):
            raise ExportError("the members of this ensemble number words or measure rows differently.")
    places = [_places(one.target_, model.target_) for one in members]
    module = EnsembleWhole([one.module for one in wholes], weights, places).eval()
    first = wholes[0]
    outlet = type(first.outlet)(
        first.outlet.name, first.outlet.dtype, labels_of(model.target_), first.outlet.says
    )
    return Whole(module, first.inlets, outlet, first.reader, first.words)


def members_of(model: Ensemble) -> tuple[list[NetworkEstimator], list[float]]:
    """Return the members that count, and how much."""
    used = [(one, float(w)) for one, w in zip(model.models_, model.weights_, strict=True) if w > 0]
    return [one for one, _ in used], [weight for _, weight in used]


def labels_of(target: Target) -> tuple[Any, ...]:
    """Return what the columns of the answers are."""
    return target.classes or target.names


def _places(member: Target, target: Target) -> Tensor:
    """Return for each answer of the ensemble its column among a member's, the last for what it never saw."""
    mine = {label: place for place, label in enumerate(labels_of(member))}
    if not target.classes:
        return torch.arange(len(mine))
    return torch.tensor([mine.get(label, len(mine)) for label in target.classes])


def _tables(members: Sequence[NetworkEstimator], dtype: torch.dtype, rough: bool) -> list[Whole]:
    """Return members for tables that are all called with the columns of all."""
    prepared = [one.preparation_ for one in members if isinstance(one.preparation_, Preparation)]
    pairs = dtype == torch.float32 and any(pairs_needed(one) for one in prepared)
    numbers = _union([number_columns(one, dtype, pairs) for one in prepared])
    codes = _all_codes([category_columns(one) for one in prepared])
    # Yes and no come last: where the target holds strings they are put behind the numbers.
    numbers.sort(key=lambda column: column["kind"] == "yes/no")
    starts, start = {}, 0
    for column in numbers:
        starts[column["name"]] = start
        start += width_of(column)
    inlets, words = table_inlets(numbers, codes, dtype), words_of(numbers, codes)
    found = []
    for one in members:
        whole = table_whole(one, dtype, rough=rough, pairs=pairs)
        module = _member(whole, starts, codes, dtype, one.preparation_, pairs)
        found.append(Whole(module, inlets, whole.outlet, whole.reader, words))
    return found


def _member(
    whole: Whole,
    starts: Mapping[str, int],
    codes: Sequence[Column],
    dtype: torch.dtype,
    preparation: Any,
    pairs: bool,
) -> MemberColumns:
    """Return a member that picks its own of all columns."""
    picked = [
        starts[column["name"]] + step
        for column in number_columns(preparation, dtype, pairs)
        for step in range(width_of(column))
    ]
    names = [column["name"] for column in codes]
    known = []
    for column in category_columns(preparation):
        place = names.index(column["name"])
        mine = [0, *(column["codes"].get(word, 0) for word in codes[place]["codes"])]
        known.append((place, torch.tensor(mine)))
    return MemberColumns(whole.module, torch.tensor(picked) if picked else None, known or None)


def _union(several: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return every column once.

    Raises:
        ExportError: when members take a column for different things.
    """
    found: dict[str, dict[str, Any]] = {}
    for columns in several:
        for column in columns:
            if found.setdefault(column["name"], column) != column:
                raise ExportError(
                    f"the members of this ensemble read the column {column['name']!r} differently."
                )
    return list(found.values())


def _all_codes(several: Sequence[Sequence[Column]]) -> list[dict[str, Any]]:
    """Return every column of categories once, with the words that any member knows."""
    words: dict[str, dict[str, int]] = {}
    for columns in several:
        for column in columns:
            known = words.setdefault(column["name"], {})
            for word in column["codes"]:
                known.setdefault(word, len(known) + 1)
    return [{"name": name, "kind": "code", "codes": known} for name, known in words.items()]
