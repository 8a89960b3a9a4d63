"""A span for each request, by its route: not by its path, in which there are ids and signatures."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from packshot import telemetry

_QUIET: Final = {"/health", "/ready", "/metrics"}  # asked every few seconds, by machines
_METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Traced:
    """Middleware. Who sends a `traceparent` sees our spans within its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)

        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                telemetry.note({"http.response.status_code": status})
                if status >= 500:
                    telemetry.note({"error.type": str(status)})
            await send(message)

        with telemetry.span(method, {"http.request.method": method}, parent=given, kind="server"):
            try:
                await self._app(scope, receive, heard)
            finally:
                route = getattr(scope.get("route"), "path", None)
                if route is not None:
                    telemetry.note({"http.route": route}, name=f"{method} {route}")
