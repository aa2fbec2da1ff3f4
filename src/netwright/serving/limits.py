"""What a server takes: bytes, rows, seconds; and who may ask."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of a server.

    Attributes:
        body: bytes of a request.
        rows: rows of a request.
        explained: rows of a request to explain.
        seconds: how long an answer may take.
        waiting: rows that may wait for their turn; more are sent away with 503.
        batch: rows that are computed together.
    """

    body: int = 1_048_576
    rows: int = 1_000
    explained: int = 5
    seconds: float = 10.0
    waiting: int = 20_000
    batch: int = 1_024


class RefusedError(Exception):
    """A request that is not answered.

    Attributes:
        status: of the HTTP answer.
        message: what was expected, what came, what to do.
        column: the column that is wrong, where one is.
        row: its row, counted from 1.
    """

    def __init__(self, status: int, message: str, column: str | None = None, row: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.column, self.row = status, message, column, row
