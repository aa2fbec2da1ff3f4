"""A port is taken before a model is loaded, and given back when that fails."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

from netwright.errors import RunError
from netwright.serving.server import LOOPBACK, take_port
from netwright.verbs.serve import serve


def test_a_port_in_use_is_said_before_the_model_is_looked_for(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(RunError, match=f"Cannot listen on 127.0.0.1, port {port}: .* --port"):
            serve(tmp_path / "no model", port=port)


def test_a_port_is_free_again_when_there_is_no_model(tmp_path: Path) -> None:
    with take_port(port=0) as first:
        port = first.getsockname()[1]
    with pytest.raises(RunError, match="no model"):
        serve(tmp_path / "no model", port=port)
    with take_port(port=port) as again:
        assert again.getsockname()[1] == port
