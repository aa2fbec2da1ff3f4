"""What stands before the application: who may ask, how much may be sent, and what is counted."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from netwright.serving.counters import Counters
from netwright.serving.limits import Limits, RefusedError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Handler = Callable[[Mapping[bytes, bytes], bytes], Awaitable[tuple[str, bytes]]]
"""What answers the headers and the body of a request: the content type and the content."""

OTHER = "other"

OPEN_PATHS = ("/health",)
"""Answered without a token: those who watch whether the server lives have none."""


class Guard:
    """An ASGI application around another one, which describes what this one answers by itself.

    Requests for answers go straight to their handler: at thousands a second the way through the framework
    would be most of the work.
    """

    def __init__(
        self,
        application: Application,
        limits: Limits,
        counters: Counters,
        paths: frozenset[str],
        handlers: Mapping[str, Handler],
        token: str | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._application, self._limits, self._counters = application, limits, counters
        self._paths, self._handlers, self._token, self._clock = paths, handlers, token, clock
        self.ending = False
        """Whether a signal came: every answer then closes its connection, so that none asks again in vain."""
        self._counted: dict[tuple[str, int], Any] = {}
        self._timed = {path: counters.seconds.labels(path) for path in (*paths, OTHER)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        start, status = self._clock(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self.ending:
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        try:
            await self._answer(scope, receive, noting)
        except RefusedError as refused:
            await respond(noting, refused)
        finally:
            path = scope["path"] if scope["path"] in self._paths else OTHER
            self._count(path, status, self._clock() - start)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or raise RefusedError."""
        headers = dict(scope["headers"])
        self._check(scope, headers)
        handler = self._handlers.get(scope["path"]) if scope["method"] == "POST" else None
        if handler is None:
            await self._application(scope, receive, send)
            return
        kind, content = await handler(headers, await body_of(receive, self._limits))
        await _send(send, 200, [(b"content-type", kind.encode())], content)

    def _check(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        if self._token is not None and scope["path"] not in OPEN_PATHS:
            given = headers.get(b"authorization", b"")
            if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
                raise RefusedError(
                    401, "Send the header Authorization: Bearer TOKEN with the server's token."
                )
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._limits.body:
            raise _too_long(int(length), self._limits)

    def _count(self, path: str, status: int, seconds: float) -> None:
        counted = self._counted.get((path, status))
        if counted is None:
            counted = self._counted[path, status] = self._counters.requests.labels(path, str(status))
        counted.inc()
        self._timed[path].observe(seconds)


async def body_of(receive: Receive, limits: Limits) -> bytes:
    """Return the body of a request.

    Raises:
        RefusedError: 413 when it is too long, 408 when it does not arrive in time, 499 when the client left.
    """
    parts, length = [], 0
    while True:
        try:
            async with asyncio.timeout(limits.seconds):
                message = await receive()
        except TimeoutError as error:
            raise RefusedError(408, f"The body did not arrive within {limits.seconds:g} s.") from error
        if message["type"] == "http.disconnect":
            raise RefusedError(499, "Who asked has gone.")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > limits.body:
            raise _too_long(length, limits)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def respond(send: Send, refused: RefusedError) -> None:
    """Send a refusal as JSON."""
    body = json.dumps(refusal_body(refused)).encode()
    headers = [(b"content-type", b"application/json")]
    if refused.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refused.status == 413:
        headers.append((b"connection", b"close"))
    await _send(send, refused.status, headers, body)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def refusal_body(refused: RefusedError) -> dict[str, Any]:
    """Return what is sent with a refusal."""
    return {"detail": refused.message, "column": refused.column, "row": refused.row}


def _too_long(length: int, limits: Limits) -> RefusedError:
    return RefusedError(
        413,
        f"The request has {length:,} bytes or more, {limits.body:,} is the most. Send fewer rows at a time.",
    )
