"""The HTTP transport under every provider's client: no answer takes longer, is larger or is redirected elsewhere.

It sees each status before the client library does, so that a 429 means the same from all of them. A client library
asks for it by being given `client()`; it may wrap the Failure raised here, and `failure_in` finds it again.
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import httpx

from packshot.models.hosted.failure import Failure, cut_off, of_status, timed_out, too_large
from packshot.models.hosted.pace import Clock


@cache
def authorities() -> ssl.SSLContext:
    """Whom to trust about who is who; a tenth of a second to read, so once per process."""
    return httpx.create_ssl_context()


class Guard(httpx.BaseTransport):
    """Reads whole answers within bytes and time; raises Failure for everything that is no success."""

    def __init__(
        self, provider: str, megabytes: float, clock: Clock, key: str = "", inner: httpx.BaseTransport | None = None
    ) -> None:
        self._provider = provider
        self._megabytes = megabytes
        self._clock = clock
        self._key = key
        # No connection is kept for later: one that the other side has closed meanwhile would look like a cut call.
        self._inner = inner or httpx.HTTPTransport(
            verify=authorities(), limits=httpx.Limits(max_keepalive_connections=0)
        )
        self._here = threading.local()

    def client(self) -> httpx.Client:
        """For a client library. Redirects are not followed: the key would travel along."""
        return httpx.Client(transport=self, follow_redirects=False)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Every request of this thread is over by then."""
        self._here.seconds, self._here.until = seconds, self._clock.now() + seconds
        try:
            yield
        finally:
            del self._here.seconds, self._here.until

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        left = self._left()
        request.extensions = {
            **request.extensions,
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), left),
        }
        request.headers["accept-encoding"] = "identity"  # a small answer must not unfold into a large one
        try:
            response = self._inner.handle_request(request)
            try:
                body = self._body(response)
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise self._late() from error
        except httpx.ConnectError as error:
            raise cut_off(self._provider, billed=False) from error
        except httpx.TransportError as error:
            raise cut_off(self._provider, billed=True) from error
        if not 200 <= response.status_code < 300:
            raise of_status(self._provider, response.status_code, response.headers, body, self._key)
        return httpx.Response(response.status_code, headers=response.headers, content=body, request=request)

    def _body(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise cut_off(self._provider, billed=True)
        most = self._megabytes * 1_000_000
        parts, size = [], 0
        for part in response.iter_raw():
            size += len(part)
            if size > most:
                raise too_large(self._provider, self._megabytes)
            parts.append(part)
            self._left()  # one that drips is late too
        return b"".join(parts)

    def _left(self) -> float:
        left = float(self._here.until - self._clock.now())
        if left <= 0:
            raise self._late()
        return left

    def _late(self) -> Failure:
        return timed_out(self._provider, self._here.seconds, f"PACKSHOT_{self._provider.upper()}__SECONDS")
