"""What is done for a request: read it, check it, have it answered with others, count it."""

from __future__ import annotations

import asyncio
import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl

from netwright.data.images import ImagePreparation
from netwright.data.sequences import SequencePreparation
from netwright.errors import UserError
from netwright.exporting.check_rows import made_rows
from netwright.files import finite
from netwright.serving.answers import labels_of
from netwright.serving.batching import Batcher
from netwright.serving.cells import Cells, Row, check_sequences
from netwright.serving.counters import Counters
from netwright.serving.drift import Drift
from netwright.serving.engine import Engine
from netwright.serving.limits import Limits, RefusedError
from netwright.serving.memory import give_back
from netwright.serving.picture_cells import PictureCells
from netwright.serving.served import Served

BACKGROUND_ROWS = 50
"""Rows that stand in for what is not known when an answer is explained."""


class Service:
    """A model that is served."""

    def __init__(self, served: Served, engine: Engine, limits: Limits) -> None:
        self.served, self.engine, self.limits = served, engine, limits
        columns = tuple(column.name for column in served.schema.used)
        self.cells = _cells_of(served)
        self.drift = Drift(served.tables)
        target = served.target
        self.counters = Counters(self.drift, columns, tuple(str(label) for label in target.classes))
        self.batcher = Batcher(self._compute, limits, self.counters.batches.observe, engine.at_once)
        self._explaining = ThreadPoolExecutor(1, thread_name_prefix="netwright-explanations")

    async def answers(self, rows: list[Row]) -> np.ndarray:
        """Return the answers for checked rows (n, k)."""
        return await self.batcher.answers(rows)

    async def explanations(self, rows: list[Row]) -> list[dict[str, Any]]:
        """Return why each row gets its answer, as plain data.

        Raises:
            RefusedError: 422 when an answer cannot be explained, 504 when the time is over.
        """
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._explaining, self._explain, rows)
        try:
            return await asyncio.wait_for(work, 3 * self.limits.seconds)
        except TimeoutError as error:
            raise RefusedError(504, "The explanation takes too long. Ask for fewer rows.") from error
        except UserError as error:
            raise RefusedError(422, str(error)) from error

    async def close(self) -> None:
        """Finish what was accepted."""
        await self.batcher.close()
        self._explaining.shutdown(wait=True, cancel_futures=True)

    def read(self, body: bytes, content_type: str, most: int, *, csv: bool) -> list[Row]:
        """Return the checked rows of a request.

        Raises:
            RefusedError: 400, 413, 415 or 422.
        """
        kind = content_type.split(";")[0].strip().lower()
        if isinstance(self.cells, PictureCells) and kind.startswith("image/"):
            return self.cells.of_file(body)
        if csv and kind in ("text/csv", "application/csv"):
            return self._read_csv(body, most)
        if kind not in ("application/json", ""):
            known = "application/json or text/csv" if csv else "application/json"
            raise RefusedError(415, f"The content type is {kind!r}; expected {known}.")
        rows = _rows_of(body)
        _check_count(len(rows), most)
        found = self.cells.checked(rows)
        if isinstance(self.served.preparation, SequencePreparation):
            check_sequences(found, self.served.schema.used[0].name, len(self.served.preparation.center))
        return found

    def _read_csv(self, body: bytes, most: int) -> list[Row]:
        try:
            # As text: what the schema takes for a category, such as 007, must keep its zeros.
            frame = pl.read_csv(io.BytesIO(body), infer_schema=False)
        except (pl.exceptions.PolarsError, ValueError, OSError) as error:
            raise RefusedError(422, f"The body is no CSV file with a header: {_first_line(error)}") from error
        _check_count(frame.height, most)
        return self.cells.of_frame(frame)

    def _compute(self, rows: list[Row]) -> np.ndarray:
        """Answer and count a batch; runs in a thread of its own, one batch after another."""
        answers = self.engine.answer(rows)
        self.counters.rows.inc(len(rows))
        for label, count in labels_of(self.served.target, answers).items():
            self.counters.answers.labels(label).inc(count)
        self.counters.see(self.drift.see(rows))
        return answers

    def _explain(self, rows: list[Row]) -> list[dict[str, Any]]:
        from netwright.explain.shap import shap

        background = made_rows(self.served.preparation, BACKGROUND_ROWS) if self.served.table else None
        rows_of = self.served.material(rows)
        try:
            found = shap(self.served.model, rows_of, background, seconds=self.limits.seconds)
            plain = [{"method": found.method, **row.to_json()} for row in found.rows]
        finally:
            give_back()
        return [finite(one) for one in plain]


def _cells_of(served: Served) -> Cells | PictureCells:
    """Return what the rows of a model may hold."""
    if isinstance(served.preparation, ImagePreparation):
        return PictureCells(served.schema.used[0].name, served.preparation)
    return Cells(served.schema, served.tables)


def _rows_of(body: bytes) -> list[Any]:
    """Return the rows of a JSON body.

    Raises:
        RefusedError: 400 for what is no JSON, 422 for JSON of another form.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, f"The body is no JSON: {_first_line(error)}") from error
    if isinstance(data, dict):
        if set(data) == {"row"} and isinstance(data["row"], dict):
            return [data["row"]]
        if set(data) == {"rows"} and isinstance(data["rows"], list):
            return list(data["rows"])
    raise RefusedError(422, 'Expected {"row": {column: value}} or {"rows": [{column: value}, ...]}.')


def _check_count(rows: int, most: int) -> None:
    if rows == 0:
        raise RefusedError(422, "There are no rows. Send at least one.")
    if rows > most:
        raise RefusedError(413, f"The request has {rows:,} rows, {most:,} is the most. Send them in pieces.")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
