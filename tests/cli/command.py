"""The `netwright` command run inside the test's own process."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from typing import Any

import pytest

from netwright.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON object on standard output; nothing else may be there."""
        answer = json.loads(self.out, parse_constant=_no_constant)
        assert isinstance(answer, dict)
        return answer


def netwright(*words: object) -> Outcome:
    """Run a command and return how it ended."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as end:
        run([str(word) for word in words])
    assert isinstance(end.value.code, int)
    return Outcome(end.value.code, out.getvalue(), err.getvalue())


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")
