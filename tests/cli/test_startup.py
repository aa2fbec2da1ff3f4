from __future__ import annotations

import time
from pathlib import Path

import pytest

from netwright.cli import startup
from netwright.cli.startup import seconds_since_start


def test_it_grows_with_time() -> None:
    first = seconds_since_start()
    time.sleep(0.05)
    assert seconds_since_start() > first


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux")
def test_the_system_counts_from_before_the_first_import() -> None:
    assert seconds_since_start() >= time.perf_counter() - startup.STARTED - 0.02


def test_without_the_system_it_counts_from_the_first_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "_seconds_by_the_system", lambda: None)
    assert seconds_since_start() == pytest.approx(time.perf_counter() - startup.STARTED, abs=60)
