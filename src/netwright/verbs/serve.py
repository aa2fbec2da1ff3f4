"""`serve`: a model behind HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import netwright.run as folder
from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.serving.limits import Limits
from netwright.serving.memory import bound_caches
from netwright.serving.server import LOOPBACK, make_application, run_application, take_port
from netwright.verbs.model import open_any


def serve(
    model: str | os.PathLike[str] | folder.Run | NetworkEstimator | Ensemble,
    *,
    host: str = LOOPBACK,
    port: int = 8000,
    token: str | None = None,
    engine: str = "auto",
    limits: Limits | None = None,
    ready: Callable[[str], object] = print,
) -> None:
    """Serve a model over HTTP until it is interrupted: /predict, /explain, /schema, /health, /metrics.

    Args:
        model: a run, a run folder, a model file, or a fitted model.
        host: the address to listen on; only this machine is let in unless told otherwise.
        port: to listen on; 0 takes any that is free.
        token: that has to be sent as `Authorization: Bearer TOKEN`, or None.
        engine: "onnx" (onnxruntime), "torch", or "auto", onnxruntime where it answers the same.
        limits: of requests.
        ready: told the address when the server listens.

    Raises:
        UserError: when the model's rows cannot be sent, or a setting is impossible.
        RunError, ArtifactError: when there is no model to be had, or the address is in use.
        MissingExtraError: when the extra `serve` is not installed.
    """
    if engine not in ("auto", "onnx", "torch"):
        raise UserError(f"engine: expected auto, onnx or torch, got {engine!r}.")
    if not 0 <= port <= 65_535:
        raise UserError(f"port: expected a number from 0 to 65535, got {port}.")
    bound_caches()
    with take_port(host, port) as listening:
        path = model.path if isinstance(model, folder.Run) else model
        fitted = path if not isinstance(path, (str, os.PathLike)) else open_any(path)
        name = type(fitted).__name__ if not isinstance(path, (str, os.PathLike)) else Path(path).name
        application = make_application(fitted, name, engine=engine, limits=limits, token=token)
        run_application(application, listening, ready=ready)
