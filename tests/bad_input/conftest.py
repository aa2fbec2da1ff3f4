from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder: what is there after a refusal must be what was there before."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
