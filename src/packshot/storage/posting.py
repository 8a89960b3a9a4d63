"""A message to an address that somebody gave: judged as any other, never sent on, and over within its time."""

import contextlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from packshot import __version__
from packshot.errors import FetchFailed
from packshot.storage.addresses import Rules, checked_url, connected, cut_after, seconds_to_wait, shown

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
    with contextlib.closing(connection), cut_after(connection, rules.timeout) as late:
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
