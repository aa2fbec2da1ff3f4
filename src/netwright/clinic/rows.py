"""Rows on which a model is looked at: what it is called with, what was wanted, cut to a number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.clinic.wiring_subject import Call, CannotTellError, answers_of, map_tensors, present
from netwright.errors import UserError


@dataclass(frozen=True)
class Rows:
    """Some rows.

    Attributes:
        call: what the model is called with.
        target: what was wanted, None where that is not known.
        count: how many rows.
        seen_shape: the shape in which the loss was given the answers, where that was seen.
    """

    call: Call
    target: Any = None
    count: int = 0
    seen_shape: tuple[int, ...] | None = None

    def first(self, count: int) -> Rows:
        """Return a copy of the first rows, none of whose memory is shared."""
        return self._cut(lambda tensor, times: tensor[: count * times], min(count, self.count))

    def take(self, index: Tensor) -> Rows:
        """Return the rows that `index` names."""

        def pick(tensor: Tensor, times: int) -> Tensor:
            places = index.to(tensor.device)
            if times == 1:
                return tensor.index_select(0, places)
            together = tensor.reshape(self.count, times, *tensor.shape[1:])
            return together.index_select(0, places).flatten(0, 1)

        return self._cut(pick, len(index))

    def answers(self, output: Any) -> Any:
        """Return what a model returned, in the form in which the loss wants it.

        Raises:
            CannotTellError: when that form is not known.
        """
        if self.seen_shape is not None:
            return present(answers_of(output), self.seen_shape)
        return output

    def joined(self, other: Rows) -> Rows:
        """Return both together.

        Raises:
            CannotTellError: when they differ in more than the number of rows.
        """
        theirs = iter([*other.call.tensors, *tensors_in(other.target)])
        own, others = self.count, other.count

        def join(tensor: Tensor) -> Tensor:
            second = next(theirs, None)
            if second is None or tensor.shape[1:] != second.shape[1:] or tensor.dtype != second.dtype:
                raise CannotTellError("batches differ in shape")
            if tensor.dim() == 0 or tensor.shape[0] % own or second.shape[0] % others:
                return tensor
            return torch.cat([tensor, second.to(tensor.device)])

        call = self.call.map(join)
        return replace(self, call=call, target=map_tensors(self.target, join), count=own + others)

    def _cut(self, cut: Callable[[Tensor, int], Tensor], count: int) -> Rows:
        def change(tensor: Tensor) -> Tensor:
            times, rest = divmod(tensor.shape[0], self.count) if tensor.dim() and self.count else (0, 1)
            return (tensor if rest or not times else cut(tensor, times)).detach().clone()

        call = self.call.map(change)
        return replace(self, call=call, target=map_tensors(self.target, change), count=count)


def tensors_in(value: Any) -> list[Tensor]:
    """Return all tensors in a nest of tuples, lists and mappings."""
    found: list[Tensor] = []
    map_tensors(value, lambda tensor: found.append(tensor) or tensor)  # type: ignore[func-returns-value]
    return found


def rows_of(call: Call, target: Any = None, seen_shape: Sequence[int] | None = None) -> Rows:
    """Return the rows of a batch, counted along the first axis of the first tensor."""
    first = next((tensor for tensor in call.tensors if tensor.dim()), None)
    seen = None if seen_shape is None else tuple(seen_shape)
    return Rows(call, target, 0 if first is None else int(first.shape[0]), seen)


def held_out(validation: Any, most: int, generator: torch.Generator) -> Rows | None:
    """Return the rows held out for validation, a random choice where there are many.

    Args:
        validation: (inputs, target), of tensors or arrays; or batches of that form, such as a `DataLoader`.
        most: rows to be kept.
        generator: makes the choice.

    Raises:
        UserError: when there are no rows.
        TypeError: when it has another form.
    """
    if validation is None:
        return None
    is_pair = isinstance(validation, tuple)
    rows = pair_of(validation, "validation") if is_pair else _from_batches(validation, most)
    if rows is None or rows.count == 0:
        raise UserError(
            "validation has no rows. Give the clinic held-out rows as validation=(inputs, target), "
            "or leave it out."
        )
    if rows.count <= most:
        return rows.first(rows.count)
    return rows.take(torch.randperm(rows.count, generator=generator)[:most].sort().values)


def deviation_shift(rows: Rows, held_out: Rows) -> float | None:
    """Return how much more widely held-out features are spread than training features, for numbers.

    Of rows (n, features) and pictures, the ratio of the median deviations of the features. Sequences
    (n, steps, channels) are filled up with zeros to one length, by more in one batch than in the next:
    of these, the ratio of the ranges of the middle half of all numbers but zeros.
    """
    spreads = []
    for part in (rows, held_out):
        first = next(iter(part.call.tensors), None)
        if first is None or not first.is_floating_point() or part.count < 2 or first.dim() < 2:
            return None
        numbers = first.detach().float()
        spreads.append(_middle_half(numbers) if numbers.dim() == 3 else _median_deviation(numbers))
    return spreads[1] / spreads[0] if spreads[0] > 0 else None


def _median_deviation(numbers: Tensor) -> float:
    return float(numbers.flatten(1).std(0).median())


def _middle_half(numbers: Tensor) -> float:
    known = numbers[(numbers != 0) & numbers.isfinite()].numpy(force=True)
    low, high = np.quantile(known, (0.25, 0.75)) if len(known) else (0.0, 0.0)
    return float(high - low)


def device_of(model: nn.Module) -> torch.device:
    """Return where the parameters of a model are."""
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def move(rows: Rows, device: torch.device) -> Rows:
    """Return the rows on a device."""
    call = rows.call.map(lambda tensor: tensor.to(device))
    return replace(rows, call=call, target=map_tensors(rows.target, lambda tensor: tensor.to(device)))


def pair_of(pair: Any, name: str) -> Rows | None:
    """Return the rows of (inputs, target), None for None.

    Raises:
        UserError: when inputs and target have different numbers of rows.
        TypeError: when it is no pair.
    """
    if pair is None:
        return None
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        got = f"{len(pair)} parts" if isinstance(pair, (tuple, list)) else f"a {type(pair).__name__}"
        raise TypeError(f"{name} must be (inputs, target); it is {got}.")
    inputs, target = (_as_tensors(part) for part in pair)
    rows = rows_of(Call.of(inputs), target)
    targets = next(iter(tensors_in(target)), None)
    if targets is not None and targets.dim() and rows.count and targets.shape[0] % rows.count:
        raise UserError(
            f"{name} has {rows.count:,} rows of inputs and {targets.shape[0]:,} of targets. "
            "Give both for the same rows."
        )
    return rows


def _from_batches(batches: Iterable[Any], most: int) -> Rows:
    if not isinstance(batches, Iterable) or isinstance(batches, (Tensor, np.ndarray, str)):
        raise TypeError(
            f"validation must be (inputs, target) or batches of that form; it is a {type(batches).__name__}."
        )
    found: Rows | None = None
    for batch in batches:
        part = pair_of(batch, "every batch of validation")
        if part is not None:
            found = part if found is None else found.joined(part)
            if found.count >= most:
                break
    return found if found is not None else Rows(Call())


def _as_tensors(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.astype(np.float32) if value.dtype == np.float64 else value)
    if isinstance(value, (tuple, list)) and any(isinstance(part, (np.ndarray, Tensor)) for part in value):
        return type(value)(_as_tensors(part) for part in value)
    return value
