"""Who asks, what they may do, and how often.

Without keys everybody who reaches the service is the one tenant `""`. A key that is given counts in any case; where
`service.keys` is set, one must be. A key that was revoked works for `FRESH` seconds more.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Security, WebSocket
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from packshot.errors import NotAllowed, TooManyRequests, UnknownCaller
from packshot.settings import Service
from packshot.tasks.keys import SCOPES, Key, Scope, known_key
from packshot.wiring import Workshop

FRESH: Final = 5.0  # seconds for which a key that was looked up is believed
_MOST: Final = 10_000  # keys and addresses that are remembered


@dataclass(frozen=True)
class Caller:
    """Whose request it is. `name` is the key's id, or the address where there is no key."""

    tenant: str
    scopes: tuple[str, ...]
    name: str


class Gate:
    """Remembers keys for a moment, and counts requests. Used from one event loop."""

    def __init__(self, settings: Service, sessions: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._sessions = sessions
        self._clock = clock
        self._keys: OrderedDict[str, tuple[float, Key | None]] = OrderedDict()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # when, and how many requests were left

    async def admit(self, connection: HTTPConnection, scope: Scope) -> Caller:
        """Raises UnknownCaller, NotAllowed, TooManyRequests."""
        caller = await self._caller(secret_in(connection), connection)
        self._count(caller.name)
        if scope not in caller.scopes:
            raise NotAllowed(
                f"this key may {', '.join(caller.scopes)}, and this needs {scope}",
                hint=f"make one that may: packshot keys create NAME --scope {scope}",
            )
        return caller

    async def _caller(self, secret: str, connection: HTTPConnection) -> Caller:
        if not secret:
            if self._settings.keys:
                raise UnknownCaller("this needs a key", hint="send the header Authorization: Bearer and a key")
            return Caller("", SCOPES, connection.client.host if connection.client else "nobody")
        at = self._clock()
        since, key = self._keys.get(secret, (-FRESH, None))
        if at - since >= FRESH:
            key = await run_in_threadpool(known_key, self._sessions, secret)
            _remember(self._keys, secret, (at, key))
        if key is None:
            raise UnknownCaller("this is no key, or no longer one", hint="packshot keys list shows those there are")
        return Caller(key.tenant, key.scopes, key.id)

    def _count(self, name: str) -> None:
        """A bucket that holds a minute's requests, and fills as time goes by."""
        most = self._settings.requests_per_minute
        if not most:
            return
        at = self._clock()
        since, left = self._left.get(name, (at, float(most)))
        left = min(float(most), left + (at - since) * most / 60)
        _remember(self._left, name, (at, max(0.0, left - 1)))
        if left < 1:
            raise TooManyRequests(
                f"more than {most} requests a minute are not taken",
                hint="ask less often, or follow a job by its events",
                retry_after=(1 - left) * 60 / most,
            )


def _remember(kept: OrderedDict[str, Any], name: str, value: Any) -> None:
    kept[name] = value
    kept.move_to_end(name)
    if len(kept) > _MOST:
        kept.popitem(last=False)


def secret_in(connection: HTTPConnection) -> str:
    """The key of a request: a bearer token, or `X-Api-Key` as other services have it."""
    kind, _, secret = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return secret.strip()
    return connection.headers.get("x-api-key", "").strip()


def workshop_of(connection: HTTPConnection) -> Workshop:
    workshop: Workshop = connection.app.state.workshop
    return workshop


class _Allowed(HTTPBearer):
    """Lets in whoever may. For the documentation it is a bearer token, which is what most send."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scheme_name="Key", description="as packshot keys create tells it; X-Api-Key is heard too")
        self._scope = scope

    async def __call__(self, request: HTTPConnection) -> Any:
        gate: Gate = request.app.state.gate
        caller = await gate.admit(request, self._scope)
        request.state.caller = caller
        return caller


async def admit_socket(socket: WebSocket, scope: Scope) -> Caller:
    """The same for a WebSocket, before it is accepted."""
    gate: Gate = socket.app.state.gate
    return await gate.admit(socket, scope)


Reader = Annotated[Caller, Security(_Allowed("read"), scopes=["read"])]
Writer = Annotated[Caller, Security(_Allowed("write"), scopes=["write"])]
Reviewer = Annotated[Caller, Security(_Allowed("review"), scopes=["review"])]
Teller = Annotated[Caller, Security(_Allowed("webhooks"), scopes=["webhooks"])]


async def _shop(request: Request) -> Workshop:
    """The same, on the event loop: what is no coroutine is handed to a thread, for every request."""
    return workshop_of(request)


Shop = Annotated[Workshop, Depends(_shop)]
