"""A message to an address that somebody gave: judged as any other, never sent on, and over within its time."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from packshot import __version__
from packshot.errors import FetchFailed
from packshot.storage.addresses import Rules, checked_url, connected, seconds_to_wait, shown

_READ: Final = 1 << 16  # bytes of an answer: nobody needs what it says


@dataclass(frozen=True)
class Posted:
    """What was answered. `retry_after` is how many seconds the receiver wants us to wait, where it says so."""

    status: int
    retry_after: float | None = None


def post(url: str, body: bytes, headers: Mapping[str, str], rules: Rules) -> Posted:
    """Send `body` to `url`, all in all within `rules.timeout`. A redirect is an answer like any other.

    Raises ForbiddenUrl for what may not be asked, FetchFailed where nothing is answered in time.
    """
    parts = checked_url(url, rules)
    connection = connected(parts, rules)
    late = threading.Event()

    def give_up() -> None:
        """A receiver that sends a byte now and then never runs into the time-out of the line itself."""
        late.set()
        line = connection.sock
        if line is not None:
            with contextlib.suppress(OSError):  # it is closed already
                line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(rules.timeout, give_up)
    timer.daemon = True
    timer.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"User-Agent": f"packshot/{__version__}", **headers})
        answer = connection.getresponse()
        answer.read(_READ)
        if late.is_set():
            raise TimeoutError
        return Posted(answer.status, seconds_to_wait(answer.headers.get("Retry-After")))
    except (OSError, http.client.HTTPException) as error:
        why = f"did not answer in {rules.timeout:g} s" if late.is_set() or isinstance(error, TimeoutError) else ""
        raise FetchFailed(
            f"{shown(url)} {why or f'could not be told: {type(error).__name__}'}", hint="check that it is up"
        ) from error
    finally:
        timer.cancel()
        connection.close()
