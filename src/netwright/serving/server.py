"""The server process: one uvicorn with one worker, ended by a signal without losing what was accepted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from netwright.errors import RunError, needing
from netwright.serving.engine import engine_of
from netwright.serving.guard import Guard
from netwright.serving.limits import Limits
from netwright.serving.served import served_of
from netwright.serving.service import Service

LOOPBACK = "127.0.0.1"


def make_application(
    model: Any,
    name: str,
    *,
    engine: str = "auto",
    limits: Limits | None = None,
    token: str | None = None,
) -> Guard:
    """Return the ASGI application of a model, to be run by any server.

    Args:
        model: fitted: a classifier, a regressor or an ensemble, on tables, texts, sequences or pictures.
        name: of the model, for people.
        engine: "onnx", "torch", or "auto".
        limits: of requests.
        token: that has to be sent, or None.

    Raises:
        UserError: when the rows of the model cannot be sent.
        MissingExtraError: when the extra `serve` is not installed.
    """
    served = served_of(model)
    service = Service(served, engine_of(served, engine), limits or Limits())
    with needing("fastapi", "serve", "serving a model"):
        from netwright.serving.application import application_of
    return application_of(service, name, token)


def run_application(
    application: Guard, listening: socket.socket, *, ready: Callable[[str], object] = print
) -> None:
    """Serve until a signal ends it; requests that were accepted are answered first.

    Args:
        application: what answers.
        listening: where it is asked, see `take_port`; closed at the end.
        ready: told the address when the server listens.

    Raises:
        MissingExtraError: when uvicorn is not installed.
    """
    uvicorn = uvicorn_package()
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
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
        """Says when it listens, and tells who asks when it ends."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            application.ending = True
            super().handle_exit(sig, frame)

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


def take_port(host: str = LOOPBACK, port: int = 8000) -> socket.socket:
    """Return a socket that holds a port, before anything slow is done for it.

    Args:
        host: the address to listen on; the loopback address lets only this machine in.
        port: to listen on; 0 takes any that is free.

    Raises:
        RunError: when the address is in use or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or error
        raise RunError(
            f"Cannot listen on {host}, port {port}: {reason}. Choose another with --port; 0 takes any that "
            "is free."
        ) from error
    return listening
