"""Preparation: aligned rows into what a network takes, fitted on the training rows, saved with the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
import torch
from pydantic import Field

from netwright.data.encode import Dates, Vocabulary, YesNo
from netwright.data.missing import Imputation, Imputer
from netwright.data.scale import Affine, QuantileMap, Scaler, Scaling, fit_scaler
from netwright.data.schema import Kind, Schema
from netwright.errors import ArtifactError, DataError
from netwright.parts import Part

CHUNK = 16_384
"""Rows prepared at once: what is needed on the way is then small, however long the table."""

Resampling = Literal["none", "under", "over", "smote"]

LARGEST_NUMBER = 1e100
"""Numbers are cut here before anything is computed, so that no square or sum overflows."""


class PreparationOptions(Part):
    """How raw columns become inputs.

    Attributes:
        scaling: "quantile" (normal scores), "robust" (median and quartiles, limited smoothly),
            "standard" (mean and deviation), "minmax" (0 to 1) or "none".
        imputation: what takes the place of missing numbers: the training "median" or "mean", "zero", what the
            "neighbours" of a row have (which keeps training rows in the model), or what a "forest" tells from
            its other numbers; "drop" leaves rows with missing numbers out of the training.
        indicators: whether columns with missing values get a second input, 1 where the value is missing.
        resampling: how classes of very different frequency are evened out, in training rows alone: "under"
            leaves rows of frequent classes out, "over" repeats those of rare ones, "smote" adds rows between
            neighbours of a rare class, "none" does nothing.
        max_categories: most categories that a column keeps; the rarest beyond are taken as unknown.
        min_category_count: categories with fewer training rows are taken as unknown.
    """

    scaling: Scaling = "quantile"
    imputation: Imputation = "median"
    indicators: bool = True
    resampling: Resampling = "none"
    max_categories: Annotated[int, Field(ge=1)] = 1_000
    min_category_count: Annotated[int, Field(ge=1)] = 2


@dataclass(frozen=True)
class Prepared:
    """What a network takes, on the CPU.

    Attributes:
        numbers: float32 (n, p), always finite.
        codes: category codes int64 (n, c), 0 for unknown or missing.
    """

    numbers: torch.Tensor
    codes: torch.Tensor


@dataclass(frozen=True)
class Preparation:
    """A fitted preparation. Inputs are ordered: numbers, dates' years, yes/no, dates' cycles, indicators.

    Holds statistics of the training rows (quantiles, categories), never a row unless neighbours fill gaps.

    Attributes:
        numbers: names of the number columns.
        dates: date columns by name.
        yes_no: yes/no columns by name.
        categories: category columns by name.
        imputer: fills numbers, years and yes/no columns.
        scaler: scales numbers and years.
    """

    numbers: tuple[str, ...]
    dates: Mapping[str, Dates]
    yes_no: Mapping[str, YesNo]
    categories: Mapping[str, Vocabulary]
    imputer: Imputer
    scaler: Scaler

    @classmethod
    def fit(cls, frame: pl.DataFrame, schema: Schema, options: PreparationOptions) -> Preparation:
        """Learn a preparation from the training rows.

        Args:
            frame: aligned training rows (n), see `align`.
            schema: the columns of the table.
            options: how to prepare.

        Raises:
            DataError: when no column is left to learn from.
        """
        if not schema.used:
            reasons = "; ".join(f"{column.name}: {column.reason}" for column in schema.columns)
            raise DataError(
                f"No input column is left to learn from ({reasons or 'the table has none'}). "
                "Overrule how a column was taken, or bring other columns."
            )
        by_kind = {kind: [c.name for c in schema.used if c.kind is kind] for kind in Kind}
        numbers = tuple(by_kind[Kind.NUMBER])
        dates = {name: Dates.fit(frame[name]) for name in by_kind[Kind.DATETIME]}
        yes_no = {name: YesNo.fit(frame[name]) for name in by_kind[Kind.YES_NO]}
        most, least = options.max_categories, options.min_category_count
        categories = {name: Vocabulary.fit(frame[name], most, least) for name in by_kind[Kind.CATEGORY]}
        assert len(numbers) + len(dates) + len(yes_no) + len(categories) == len(schema.used)
        values = _values(frame, numbers, dates, yes_no)
        imputer, scaler = _fit_values(values, len(numbers) + len(dates), options)
        return cls(numbers, dates, yes_no, categories, imputer, scaler)

    @classmethod
    def fit_matrix(
        cls, matrix: np.ndarray, options: PreparationOptions, names: Sequence[str] | None = None
    ) -> Preparation:
        """Learn a preparation from a matrix of numbers.

        Args:
            matrix: training rows (n, d), NaN where missing.
            options: how to prepare.
            names: of the columns; x0, x1, … where left out.

        Raises:
            DataError: for infinite values.

        >>> preparation = Preparation.fit_matrix(np.array([[1.0], [3.0]]), PreparationOptions("standard"))
        >>> preparation.transform_matrix(np.array([[4.0]])).numbers
        tensor([[2.]])
        """
        numbers = tuple(names) if names is not None else tuple(f"x{i}" for i in range(matrix.shape[1]))
        values = _checked_values(matrix, numbers, first_row=0)
        return cls(numbers, {}, {}, {}, *_fit_values(values, len(numbers), options))

    def transform(self, frame: pl.DataFrame) -> Prepared:
        """Return aligned rows (n) as a network takes them; each row is prepared by itself."""
        numbers = np.empty((frame.height, len(self.number_names)), dtype=np.float32)
        codes = np.empty((frame.height, len(self.categories)), dtype=np.int64)
        for start in range(0, frame.height, CHUNK):
            piece = frame.slice(start, CHUNK)
            here = slice(start, start + piece.height)
            values = _values(piece, self.numbers, self.dates, self.yes_no)
            self._write_numbers(values, numbers[here])
            position = len(self.numbers) + len(self.dates) + len(self.yes_no)
            for name, dates in self.dates.items():
                waves = dates.transform_cycles(piece.get_column(name).to_numpy())
                numbers[here, position : position + waves.shape[1]] = waves
                position += waves.shape[1]
            for column, (name, vocabulary) in enumerate(self.categories.items()):
                codes[here, column] = vocabulary.transform(piece.get_column(name))
        return Prepared(torch.from_numpy(numbers), torch.from_numpy(codes))

    def transform_matrix(self, matrix: np.ndarray) -> Prepared:
        """Return rows of numbers (n, d) as a network takes them; for tables with number columns only.

        Raises:
            DataError: for another number of columns, other kinds of columns, or infinite values.
        """
        if self.dates or self.yes_no or self.categories:
            raise DataError(
                "The model was trained on columns that are not numbers "
                f"({', '.join([*self.dates, *self.yes_no, *self.categories])}): give it a table with names."
            )
        if matrix.shape[1] != len(self.numbers):
            raise DataError(f"The model was trained on {len(self.numbers)} columns, got {matrix.shape[1]}.")
        numbers = np.empty((len(matrix), len(self.number_names)), dtype=np.float32)
        for start in range(0, len(matrix), CHUNK):
            here = slice(start, start + CHUNK)
            self._write_numbers(_checked_values(matrix[here], self.numbers, start), numbers[here])
        return Prepared(torch.from_numpy(numbers), torch.zeros((len(matrix), 0), dtype=torch.int64))

    @cached_property
    def number_names(self) -> tuple[str, ...]:
        """What each of the p number inputs is."""
        filled = (*self.numbers, *self.dates, *self.yes_no)
        cycles = [f"{name}: {cycle}" for name, dates in self.dates.items() for cycle in dates.names]
        return (*filled, *cycles, *(f"{filled[column]} is missing" for column in self.imputer.flagged))

    @cached_property
    def number_sources(self) -> tuple[str, ...]:
        """The column that each of the p number inputs comes from."""
        filled = (*self.numbers, *self.dates, *self.yes_no)
        cycles = [name for name, dates in self.dates.items() for _ in dates.names]
        return (*filled, *cycles, *(filled[column] for column in self.imputer.flagged))

    @property
    def category_names(self) -> tuple[str, ...]:
        """The column of each of the c codes."""
        return tuple(self.categories)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """How many values each of the c codes takes; 0 is unknown or missing."""
        return tuple(vocabulary.cardinality for vocabulary in self.categories.values())

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything that was learnt: plain data for JSON, and arrays."""
        state: dict[str, Any] = {
            "numbers": list(self.numbers),
            "dates": [[name, list(dates.cycles)] for name, dates in self.dates.items()],
            "yes_no": [[name, list(yes_no.words)] for name, yes_no in self.yes_no.items()],
            "categories": [[name, list(vocabulary.words)] for name, vocabulary in self.categories.items()],
        }
        state["imputer"], arrays = self.imputer.to_state()
        if isinstance(self.scaler, Affine):
            state["scaler"] = {"kind": "affine", "smooth": self.scaler.smooth, "bound": self.scaler.bound}
            arrays |= {"center": self.scaler.center, "spread": self.scaler.spread}
        else:
            state["scaler"] = {"kind": "quantile"}
            arrays |= {name: getattr(self.scaler, name) for name in ("knots", "below", "above")}
        return state, arrays

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Preparation:
        """Return the preparation that `to_state` described; its outputs are equal bit for bit.

        Raises:
            ArtifactError: when something is missing.
        """
        try:
            # Copies: what was read from a file may be read-only, which PyTorch does not take.
            arrays = {name: np.array(array) for name, array in arrays.items()}
            scaling = state["scaler"]
            scaler: Scaler
            if scaling["kind"] == "affine":
                scaler = Affine(arrays["center"], arrays["spread"], scaling["smooth"], scaling["bound"])
            else:
                scaler = QuantileMap(arrays["knots"], arrays["below"], arrays["above"])
            return cls(
                numbers=tuple(state["numbers"]),
                dates={name: Dates(tuple(cycles)) for name, cycles in state["dates"]},
                yes_no={name: YesNo(tuple(words)) for name, words in state["yes_no"]},
                categories={name: Vocabulary(tuple(words)) for name, words in state["categories"]},
                imputer=Imputer.from_state(state.get("imputer", ""), arrays),
                scaler=scaler,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"The preparation is damaged: {error!r}. Save the model again.") from error

    def _write_numbers(self, values: np.ndarray, out: np.ndarray) -> None:
        """Fill and scale values (n, m) into the inputs `out` (n, p), all but the dates' cycles."""
        scaled = len(self.numbers) + len(self.dates)
        filled, indicators = self.imputer.transform(values)
        out[:, :scaled] = self.scaler.transform(filled[:, :scaled])
        out[:, scaled : values.shape[1]] = filled[:, scaled:]
        out[:, out.shape[1] - indicators.shape[1] :] = indicators


def _values(
    frame: pl.DataFrame, numbers: Sequence[str], dates: Mapping[str, Dates], yes_no: Mapping[str, YesNo]
) -> np.ndarray:
    """Return numbers, years and yes/no columns as float64 (n, m), NaN where missing, columns contiguous."""
    columns = np.empty((len(numbers) + len(dates) + len(yes_no), frame.height))
    for position, name in enumerate(numbers):
        columns[position] = frame.get_column(name).to_numpy()
    for position, (name, date) in enumerate(dates.items(), start=len(numbers)):
        columns[position] = date.transform_years(frame.get_column(name).to_numpy())
    for position, (name, words) in enumerate(yes_no.items(), start=len(numbers) + len(dates)):
        columns[position] = words.transform(frame.get_column(name))
    return np.clip(columns, -LARGEST_NUMBER, LARGEST_NUMBER, out=columns).T


def _checked_values(matrix: np.ndarray, names: Sequence[str], first_row: int) -> np.ndarray:
    """Return a matrix (n, d) as float64, columns contiguous; infinite values are refused."""
    values = np.array(matrix, dtype=np.float64, order="F")
    infinite = np.isinf(values)
    if infinite.any():
        row, column = np.argwhere(infinite)[0].tolist()
        raise DataError(
            f"Column {names[column]!r}, row {first_row + row + 1:,}: expected a finite number, got infinity. "
            "Give the true value, or NaN if it is not known."
        )
    return np.clip(values, -LARGEST_NUMBER, LARGEST_NUMBER, out=values)


def _fit_values(values: np.ndarray, scaled: int, options: PreparationOptions) -> tuple[Imputer, Scaler]:
    """Fit the imputer on all columns and the scaler on the first `scaled` ones, on values that are there."""
    imputer = Imputer.fit(values, options.imputation, indicators=options.indicators)
    return imputer, fit_scaler(values[:, :scaled], options.scaling)
