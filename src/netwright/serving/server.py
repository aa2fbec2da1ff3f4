"""The server process: one uvicorn with one worker, ended by a signal without losing what was accepted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from netwright.data.items import Form
from netwright.errors import RunError, UserError, needing
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.preparing import form_of
from netwright.serving.engine import engine_of
from netwright.serving.guard import Guard
from netwright.serving.limits import Limits
from netwright.serving.service import Service

LOOPBACK = "127.0.0.1"

SERVED = (Form.TABLE, Form.TEXTS, Form.MIXED, Form.SEQUENCES)


def make_application(
    model: NetworkEstimator,
    name: str,
    *,
    engine: str = "auto",
    limits: Limits | None = None,
    token: str | None = None,
) -> Guard:
    """Return the ASGI application of a model, to be run by any server.

    Args:
        model: fitted, on tables, texts or sequences.
        name: of the model, for people.
        engine: "onnx", "torch", or "auto".
        limits: of requests.
        token: that has to be sent, or None.

    Raises:
        UserError: when the rows of the model cannot be sent as JSON.
        MissingExtraError: when the extra `serve` is not installed.
    """
    if not isinstance(model, NetworkEstimator):
        raise UserError(
            f"A {type(model).__name__} is not served: a Classifier or a Regressor is. Use it in Python, or, "
            "where netwright export takes it, serve the exported file."
        )
    form = form_of(model.preparation_)
    if form not in SERVED:
        raise UserError(
            f"Models of {form} are not served: their rows are files. Served are {', '.join(SERVED)}; "
            "for others use netwright predict or netwright export."
        )
    service = Service(model, engine_of(model, engine), limits or Limits())
    with needing("fastapi", "serve", "serving a model"):
        from netwright.serving.application import application_of
    return application_of(service, name, token)


def run_application(
    application: Guard, *, host: str = LOOPBACK, port: int = 8000, ready: Callable[[str], object] = print
) -> None:
    """Serve until a signal ends it; requests that were accepted are answered first.

    Args:
        application: what answers.
        host: the address to listen on; the loopback address lets only this machine in.
        port: to listen on; 0 takes any that is free.
        ready: told the address when the server listens.

    Raises:
        RunError: when the address is in use or not this machine's.
        MissingExtraError: when uvicorn is not installed.
    """
    uvicorn = uvicorn_package()
    listening = _listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
        server_header=False,
        h11_max_incomplete_event_size=65_536,
    )

    class Server(uvicorn.Server):  # type: ignore[misc, name-defined]
        """Says when it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready(address)

    try:
        Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # uvicorn raises the signal again after it has shut down
    finally:
        listening.close()


def uvicorn_package() -> Any:
    """Return the package `uvicorn`.

    Raises:
        MissingExtraError: when it is not installed.
    """
    with needing("uvicorn", "serve", "serving a model"):
        import uvicorn
    return uvicorn


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise RunError(
            f"Cannot listen on {host}, port {port}: {error}. Choose another with --port."
        ) from error
    return listening
