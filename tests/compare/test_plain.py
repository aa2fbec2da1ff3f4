"""Records come back from JSON as they were."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from netwright.compare.plain import from_plain
from netwright.task import Task


@dataclass(frozen=True)
class Inner:
    value: float | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    task: Task
    first: Inner | None
    many: tuple[Inner, ...]
    grid: tuple[tuple[int, ...], ...]


def test_nested_records_survive_json() -> None:
    before = Outer(Task.BINARY, Inner(None), (Inner(1.5, ("a", "b")), Inner(2.0)), ((1, 2), (3, 4)))
    after = from_plain(Outer, json.loads(json.dumps(asdict(before))))
    assert after == before
    assert after.task is Task.BINARY


def test_what_is_missing_stays_missing() -> None:
    before = Outer(Task.REGRESSION, None, (), ())
    assert from_plain(Outer, json.loads(json.dumps(asdict(before)))) == before
