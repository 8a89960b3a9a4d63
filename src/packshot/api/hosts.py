"""Under which names the service answers.

A page of another site can make a browser ask a service on this very machine, under a name of its own that it lets point
here (DNS rebinding). So whoever comes over the loopback must call it by a name of the loopback, or by one of
`service.hosts`; whoever comes from elsewhere is asked only where that setting is not empty.
"""

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from packshot.api.problems import answer, problem_of
from packshot.errors import NotAllowed

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class Hosts:
    """Middleware. `hosts` as the setting has them: names parted by commas, `*` for any."""

    def __init__(self, app: ASGIApp, hosts: str) -> None:
        self._app = app
        self._hosts = frozenset(name.strip().lower() for name in hosts.split(",") if name.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._answers_to(scope):
            await self._app(scope, receive, send)
            return
        name = _name_in(Headers(scope=scope).get("host", ""))
        error = NotAllowed(
            f"nobody here is called '{name[:80]}'",
            hint="ask under localhost, or add the name to PACKSHOT_SERVICE__HOSTS where the service is started",
        )
        await answer(problem_of(error))(scope, receive, send)

    def _answers_to(self, scope: Scope) -> bool:
        name = _name_in(Headers(scope=scope).get("host", ""))
        if "*" in self._hosts or name in self._hosts:
            return True
        if _is_loopback(str((scope.get("server") or ("",))[0])):
            return name in _HERE or _is_loopback(name)
        return not self._hosts


def _name_in(host: str) -> str:
    """`localhost` of `localhost:8000`, `::1` of `[::1]:8000`."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
