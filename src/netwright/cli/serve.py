"""`netwright serve`: a model behind HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from netwright.cli import options
from netwright.cli.output import note, say

EXAMPLES = """Examples:

netwright serve runs/breast_cancer

netwright serve runs/breast_cancer --port 9000 --host 0.0.0.0 --token SECRET"""


def serve(
    model: options.Model,
    port: Annotated[int, typer.Option("--port", help="To listen on; 0 takes any that is free.")] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="The address to listen on; 127.0.0.1 lets only this machine in.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar="NETWRIGHT_TOKEN",
            help="What has to be sent as Authorization: Bearer TOKEN.",
        ),
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="auto, onnx or torch.")] = "auto",
    max_rows: Annotated[int, typer.Option("--max-rows", min=1, help="Rows of a request.")] = 1_000,
    max_bytes: Annotated[int, typer.Option("--max-bytes", min=1, help="Bytes of a request.")] = 1_048_576,
    max_seconds: Annotated[
        float, typer.Option("--max-seconds", min=0.01, help="How long an answer may take.")
    ] = 10.0,
) -> None:
    """Serve a model over HTTP: /predict, /explain, /schema, /health, /metrics, and a form to try it."""
    from netwright.serving.limits import Limits
    from netwright.verbs.serve import serve as verb

    if host not in ("127.0.0.1", "::1", "localhost") and token is None:
        note("Whoever reaches this address can ask, and sees the counters: set a --token.")
    limits = Limits(body=max_bytes, rows=max_rows, seconds=max_seconds)

    def ready(address: str) -> None:
        say(f"{address} answers; /docs lists its paths; Ctrl-C ends it")

    verb(model, host=host, port=port, token=token, engine=engine, limits=limits, ready=ready)
