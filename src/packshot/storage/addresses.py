"""Addresses that somebody gave: which of them may be asked, and a connection that goes nowhere else.

A name is looked up once, every address that it has must be public, and the connection goes to one of these: a second
answer of whoever owns the name cannot lead inside.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from packshot.errors import FetchFailed, ForbiddenUrl

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# Networks that Python, or an older one, takes for everybody's.
_INSIDE: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # Azure's own host
            "192.0.0.0/24",  # protocol assignments; Oracle's cloud has its metadata there
            "192.88.99.0/24",  # 6to4 relays, given up
            "64:ff9b:1::/48",  # NAT64 of one's own network
            "3fff::/20",  # documentation
            "5f00::/16",  # segment routing
            "fec0::/10",  # site-local, given up and still routed inside
        ),
    )
)


@dataclass(frozen=True)
class Rules:
    """What may be asked. `timeout` is seconds without a byte; `pause` how many a host is left alone that wants that
    without saying for how long; `settings` is how the names of the settings begin."""

    max_bytes: int
    timeout: float = 30.0
    allow_http: bool = False
    allow_private: bool = False
    redirects: int = 5
    pause: float = 30.0
    settings: str = "PACKSHOT_WEIGHTS__"


def checked_url(url: str, rules: Rules) -> SplitResult:
    """The parts of an address that may be asked. Raises ForbiddenUrl."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ForbiddenUrl("that is no address", hint="write https://host/path/file") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0 or not url.isprintable():
        raise ForbiddenUrl(f"{shown(url)} is no address on the web", hint="write https://host/path/file")
    if parts.username or parts.password:
        raise ForbiddenUrl("an address with a password in it is not asked", hint="leave the part before the @ out")
    if parts.scheme == "http" and not rules.allow_http:
        raise ForbiddenUrl(f"{shown(url)} is not encrypted", hint=f"use https, or set {rules.settings}ALLOW_HTTP=true")
    if not rules.allow_private and _plainly_inside(parts.hostname):
        raise _inside(parts.hostname, rules)
    return parts


def connected(parts: SplitResult, rules: Rules) -> http.client.HTTPConnection:
    """A connection to the host of an address, that goes to none but an address that was judged. Raises ForbiddenUrl."""
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    pinned = _judged(host, port, rules)

    def connect(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        """To an address that was judged, whatever the name means by now."""
        trouble: OSError | None = None
        for each in pinned:
            try:
                return socket.create_connection((each, address[1]), rules.timeout)
            except OSError as error:
                trouble = error
        raise trouble or OSError("there is no address")

    connection = (
        http.client.HTTPSConnection(host, port, timeout=rules.timeout, context=ssl.create_default_context())
        if secure
        else http.client.HTTPConnection(host, port, timeout=rules.timeout)
    )
    connection._create_connection = connect  # type: ignore[attr-defined]  # the seam that the library itself uses
    return connection


@contextlib.contextmanager
def cut_after(connection: http.client.HTTPConnection, seconds: float) -> Iterator[threading.Event]:
    """The line is cut after so many seconds, and the event tells that it was.

    A server that sends a byte now and then never runs into the time-out of the line itself.
    """
    late = threading.Event()

    def cut() -> None:
        late.set()
        line = connection.sock
        if line is not None:
            with contextlib.suppress(OSError):  # it is closed already
                line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _judged(host: str, port: int, rules: Rules) -> list[str]:
    """Every address of a name, looked up once. Raises ForbiddenUrl where one of them is not public."""
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"nobody knows the name {host}", hint="check the address and the network") from error
    found = list(dict.fromkeys(str(each[4][0]) for each in known))
    if not rules.allow_private and not all(is_public(address) for address in found):
        raise _inside(host, rules)
    return found


def _plainly_inside(host: str) -> bool:
    """Whether that shows without asking anybody: a number in any spelling, or a name that is always this machine's."""
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        known = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return not all(is_public(str(each[4][0])) for each in known)


def _inside(host: str, rules: Rules) -> ForbiddenUrl:
    return ForbiddenUrl(
        f"{host} is an address of this machine or of its own network",
        hint=f"set {rules.settings}ALLOW_PRIVATE=true where that is meant",
    )


def is_public(address: str) -> bool:
    """Whether anybody on the internet has that address; also where one kind of address is wrapped in the other."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    if any(found in network for network in _INSIDE):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def shown(url: str) -> str:
    """An address without what may be secret in it: no password, no query."""
    try:
        parts = urlsplit(url)
        scheme = f"{parts.scheme}://" if parts.scheme else ""
        return f"{scheme}{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"[:200]
    except ValueError:
        return "the address"


def seconds_to_wait(said: str | None) -> float | None:
    """Of a Retry-After: a number of seconds or a date (RFC 9110); None for what is neither."""
    if said is None:
        return None
    if said.strip().isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
