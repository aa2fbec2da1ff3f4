"""Requests that arrive together are computed together: what waits when a batch is done is the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from netwright.serving.cells import Row
from netwright.serving.limits import Limits, RefusedError


@dataclass(frozen=True)
class _Waiting:
    rows: list[Row]
    answer: asyncio.Future[np.ndarray]


class Batcher:
    """Collects rows of concurrent requests and answers them in one call.

    Nobody waits for a batch to fill up: under little load each request is computed at once, under much load
    batches grow by themselves. A thread computes, so that the others' requests are read meanwhile; batches up
    to `at_once` rows, which take less time than changing threads, are computed on the spot.
    """

    def __init__(
        self,
        compute: Callable[[list[Row]], np.ndarray],
        limits: Limits,
        told: Callable[[int], object] = lambda rows: None,
        at_once: int = 0,
    ) -> None:
        self._at_once = at_once
        self._compute, self._limits, self._told = compute, limits, told
        self._waiting: deque[_Waiting] = deque()
        self._rows = 0
        self._worker: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="netwright-answers")

    async def answers(self, rows: list[Row]) -> np.ndarray:
        """Return the answers for the rows of one request (n, k).

        Raises:
            RefusedError: 503 when too many rows wait already, 504 when the time is over.
        """
        if self._rows + len(rows) > self._limits.waiting:
            raise RefusedError(503, f"{self._rows:,} rows are waiting for their turn. Ask again in a moment.")
        waiting = _Waiting(rows, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._rows += len(rows)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await waiting.answer
        except TimeoutError as error:
            raise RefusedError(
                504, f"No answer within {self._limits.seconds:g} s. Send fewer rows, or ask again later."
            ) from error

    async def close(self) -> None:
        """Compute what still waits, then end."""
        if self._worker is not None:
            await self._worker
        self._thread.shutdown(wait=True)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch = self._next()
            rows = [row for one in batch for row in one.rows]
            if not rows:
                continue
            self._told(len(rows))
            try:
                if len(rows) <= self._at_once:
                    found = self._compute(rows)
                    await asyncio.sleep(0)
                else:
                    found = await loop.run_in_executor(self._thread, self._compute, rows)
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to these requests alone
                for one in batch:
                    if not one.answer.done():
                        one.answer.set_exception(error)
                continue
            start = 0
            for one in batch:
                stop = start + len(one.rows)
                if not one.answer.done():
                    one.answer.set_result(found[start:stop])
                start = stop

    def _next(self) -> list[_Waiting]:
        """Take the requests of the next batch; those whose time is over are left out."""
        batch: list[_Waiting] = []
        taken = 0
        while self._waiting and (not batch or taken + len(self._waiting[0].rows) <= self._limits.batch):
            one = self._waiting.popleft()
            self._rows -= len(one.rows)
            if not one.answer.done():
                batch.append(one)
                taken += len(one.rows)
        return batch
