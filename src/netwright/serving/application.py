"""The paths of the server: /predict, /explain, /schema, /health, /metrics, and a form to try it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

import netwright
from netwright.serving.answers import to_csv, to_plain
from netwright.serving.description import answers_schema, columns_of, example_of, request_body, responses
from netwright.serving.form import docs_page, form_page
from netwright.serving.guard import Guard, Handler, body_of, refusal_body
from netwright.serving.limits import RefusedError
from netwright.serving.service import Service

JSON = "application/json"

PATHS = frozenset({"/", "/predict", "/explain", "/schema", "/health", "/metrics", "/docs", "/openapi.json"})


def application_of(service: Service, name: str, token: str | None = None) -> Guard:
    """Return the ASGI application of a model.

    Args:
        service: the model with its engine and limits.
        name: of the model, for people.
        token: that has to be sent, or None.
    """

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        yield
        await service.close()

    target = service.served.target.name
    application = FastAPI(
        title=f"{target}, predicted by netwright",
        description=f"The model {name} behind HTTP. A form to try it is at the root path.",
        version=netwright.__version__,
        lifespan=lifespan,
        docs_url=None,  # the framework's page is loaded from elsewhere, and stays empty without the internet
        redoc_url=None,
    )

    @application.exception_handler(RefusedError)
    async def refuse(request: Request, error: RefusedError) -> JSONResponse:
        return JSONResponse(refusal_body(error), status_code=error.status)

    handlers = {"/predict": _predicting(service), "/explain": _explaining(service)}
    for path, handler in handlers.items():
        _describe(application, service, path, handler)
    _add_descriptions(application, service, name)
    return Guard(application, service.limits, service.counters, PATHS, handlers, token)


def _predicting(service: Service) -> Handler:
    """Return what answers /predict."""
    target = service.served.target
    told = {"probabilities": service.served.probabilities}

    async def predict(headers: Mapping[bytes, bytes], body: bytes) -> tuple[str, bytes]:
        """Answer a row, rows, or a CSV file; with `Accept: text/csv` the answers come as CSV."""
        rows = service.read(body, _content_type(headers), service.limits.rows, csv=True)
        found = await service.answers(rows)
        if b"text/csv" in headers.get(b"accept", b""):
            return "text/csv; charset=utf-8", to_csv(target, found, **told).encode()
        return JSON, _encoded({"predictions": to_plain(target, found, **told)})

    return predict


def _explaining(service: Service) -> Handler:
    """Return what answers /explain."""

    async def explain(headers: Mapping[bytes, bytes], body: bytes) -> tuple[str, bytes]:
        """Explain the answers for a few rows by SHAP values: what each column adds to the answer."""
        rows = service.read(body, _content_type(headers), service.limits.explained, csv=False)
        return JSON, _encoded({"explanations": await service.explanations(rows)})

    return explain


def _describe(application: FastAPI, service: Service, path: str, handler: Handler) -> None:
    """Put a path that answers rows into the application, and so into its OpenAPI."""
    limits, predicts = service.limits, path == "/predict"
    item = answers_schema(service.served) if predicts else {"type": "object"}
    name = "predictions" if predicts else "explanations"
    answer = {
        "type": "object",
        "required": [name],
        "properties": {name: {"type": "array", "items": item}},
    }
    described = responses(answer, limits)
    if predicts:
        described[200]["content"]["text/csv"] = {"schema": {"type": "string"}}
    most = limits.rows if predicts else limits.explained

    async def endpoint(request: Request) -> Response:
        kind, content = await handler(dict(request.headers.raw), await body_of(request.receive, limits))
        return Response(content, media_type=kind)

    application.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        name=path.strip("/"),
        description=handler.__doc__,
        response_class=Response,
        responses=described,
        openapi_extra={"requestBody": request_body(service.served, most, csv=predicts)},
    )


def _add_descriptions(application: FastAPI, service: Service, name: str) -> None:
    schema = _schema(service, name)
    page = form_page(schema)

    async def form() -> Response:
        """A page to try the model."""
        return HTMLResponse(page)

    async def paths() -> Response:
        """A page that lists the paths."""
        return HTMLResponse(docs_page(application.openapi()))

    async def health() -> Response:
        """Whether the server answers, and with what."""
        alive = {
            "status": "ok",
            "model": name,
            "engine": service.engine.name,
            "netwright": netwright.__version__,
        }
        return _json(alive)

    async def columns() -> Response:
        """The columns that a row holds, with an example that works."""
        return _json(schema)

    async def metrics() -> Response:
        """Counters in the text format of Prometheus."""
        return Response(service.counters.text(), media_type="text/plain; version=0.0.4")

    application.add_api_route(
        "/", form, methods=["GET"], response_class=HTMLResponse, include_in_schema=False
    )
    application.add_api_route(
        "/docs", paths, methods=["GET"], response_class=HTMLResponse, include_in_schema=False
    )
    for path, answer in (("/health", health), ("/schema", columns)):
        told: dict[int | str, dict[str, Any]] = {
            200: {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}
        }
        application.add_api_route(path, answer, methods=["GET"], response_class=Response, responses=told)
    text: dict[int | str, dict[str, Any]] = {
        200: {"description": "Counters", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }
    application.add_api_route("/metrics", metrics, methods=["GET"], response_class=Response, responses=text)


def _schema(service: Service, name: str) -> dict[str, Any]:
    """Return what a model reads and answers, with an example, and what a request may hold."""
    served, limits = service.served, service.limits
    return {
        "model": name,
        "predicts": served.target.name,
        "task": str(served.target.task),
        "classes": [str(label) for label in served.target.classes],
        "columns": columns_of(served),
        "example": example_of(served),
        "limits": {"rows": limits.rows, "bytes": limits.body, "explained": limits.explained},
    }


def _content_type(headers: Mapping[bytes, bytes]) -> str:
    return headers.get(b"content-type", b"").decode("latin-1")


def _encoded(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "replace")


def _json(data: Any) -> Response:
    return Response(_encoded(data), media_type=JSON)
