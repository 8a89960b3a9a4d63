"""Bodies on their way in: none is longer than a picture may be, and none comes so slowly that others wait for it."""

import asyncio
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from packshot.api.bodies import longest, too_large
from packshot.errors import TooSlow
from packshot.settings import Limits

GRACE: Final = 5.0  # seconds before it is asked how fast a body comes
_BODY: Final = "packshot.body"
SLOWEST: Final = 1000.0  # bytes a second, on average since its beginning


class Arriving:
    """Middleware: whoever reads a body hears TooSlow or ImageTooLarge as it comes; `seconds` are for all of it."""

    def __init__(self, app: ASGIApp, limits: Limits, seconds: float, grace: float = GRACE) -> None:
        self._app = app
        self._limits = limits
        self._seconds = seconds
        self._grace = min(grace, seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            scope[_BODY] = body = _Body(receive, self._limits, self._seconds, self._grace)
            receive = body.receive
        await self._app(scope, receive, send)


def allow(request: Request, most: int, seconds: float) -> None:
    """Let the body of a request have so many bytes, and so many seconds, where a picture may not."""
    body: _Body = request.scope[_BODY]
    body.most, body.seconds = most, seconds


class _Body:
    def __init__(self, receive: Receive, limits: Limits, seconds: float, grace: float) -> None:
        self.most = longest(limits)
        self.seconds = seconds
        self._receive = receive
        self._limits = limits
        self._grace = grace
        self._since: float | None = None  # when somebody began to read it
        self._come = 0
        self._is_whole = False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()  # who waits now waits for the other to hang up
        if self._since is None:
            self._since = asyncio.get_running_loop().time()
        patience = min(self.seconds, self._grace + self._come / SLOWEST)
        try:
            async with asyncio.timeout_at(self._since + patience):
                message = await self._receive()
        except TimeoutError as error:
            raise TooSlow(
                f"of the body {self._come} bytes came in {patience:.0f} s, and no more is waited for",
                hint=f"send it faster, or less of it; {self.seconds:g} s are allowed for all (service.body_seconds)",
            ) from error
        self._is_whole = not message.get("more_body", False)
        self._come += len(message.get("body", b""))
        if self._come > self.most:
            raise too_large(self._limits)
        return message
