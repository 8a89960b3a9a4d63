"""One line of JSON for each request, and a number that the answer carries too (`X-Request-Id`)."""

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log: Any = structlog.get_logger("packshot.requests")
_ID = re.compile(rb"[\w.-]{1,64}", re.ASCII)


class Logged:
    """Middleware. A number that the asker chose is kept, so that both sides speak of one thing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        number = given if _ID.fullmatch(given) else uuid4().hex.encode()
        started, status = time.perf_counter(), 0

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", number)]
            await send(message)

        with structlog.contextvars.bound_contextvars(request=number.decode()):
            try:
                await self._app(scope, receive, heard)
            finally:
                caller = scope.get("state", {}).get("caller")
                _log.info(
                    "answered" if status else "cut off",
                    method=scope["method"],
                    path=scope["path"],
                    route=getattr(scope.get("route"), "path", None),
                    status=status,
                    seconds=round(time.perf_counter() - started, 4),
                    tenant=caller.tenant if caller else None,
                )
