"""A file from an address that somebody gave: judged at every hop, only so large, and only so slow.

What has come stays when it is cut off, and the next call goes on from there.
"""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin

from packshot import __version__
from packshot.errors import FetchFailed, FetchRefused, ForbiddenUrl, OutputError, PackshotError
from packshot.storage.addresses import Rules, checked_url, connected, cut_after, seconds_to_wait, shown

Progress: TypeAlias = Callable[[int, int | None], None]  # bytes here, bytes in all where that is known

_BLOCK: Final = 1 << 16
_REDIRECTS: Final = {301, 302, 303, 307, 308}
_SLOWEST: Final = 1000  # bytes a second, over a whole time-out: slower is nobody's network
_AGAIN: Final = "give the same command again: it goes on where it stopped"
_PASSING: Final = {206, 408, 425, 429}  # what may be otherwise the next time, besides all from 500
_LONGEST: Final = 86400.0  # seconds that a host may ask us to wait


@dataclass(frozen=True)
class Edition:
    """How a server tells what lies at an address from what lay there before; "" for what it does not say."""

    etag: str = ""
    modified: str = ""

    def unless(self) -> dict[str, str]:
        """The headers that ask for anything but this one."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in said.items() if value}


NO_EDITION: Final = Edition()


def nobody(done: int, total: int | None) -> None:
    """Nobody watches."""


def fetch(
    url: str, part: Path, rules: Rules, progress: Progress = nobody, known: Edition = NO_EDITION
) -> Edition | None:
    """Fill `part` with what lies at `url`, going on where an earlier call for the same address stopped.

    None where what lies there is still the edition that is `known`. Raises ForbiddenUrl for what may not be asked,
    FetchRefused for what will not come, FetchFailed for what did not, OutputError for a full disk.
    """
    note = part.with_name(part.name + ".json")
    part.parent.mkdir(parents=True, exist_ok=True)
    begun = part.stat().st_size if part.is_file() else 0
    mark = _mark_of(note, url) if begun else ""
    if not mark:
        begun = 0
    wanted = {"Range": f"bytes={begun}-", "If-Range": mark} if begun else known.unless()
    with _asked(url, rules, wanted) as answer:
        if answer.status == 416:  # nothing is left to send: what is here is whole, or it is not what lies there
            part.unlink(missing_ok=True)
            note.unlink(missing_ok=True)
            raise FetchFailed(f"{shown(url)} has changed since it was begun", hint=_AGAIN)
        goes_on = answer.status == 206 and _begins_at(answer, begun)
        if answer.status != 200 and not goes_on:
            if answer.status == 304 and not begun and known.unless():
                return None
            raise _status_error(url, answer, rules)
        _refuse_pages(answer, url)
        begun = begun if goes_on else 0
        length = answer.length
        total = None if length is None else begun + length
        if total is not None and total > rules.max_bytes:
            raise _too_large(url, total, rules)
        with _disk(part):
            note.write_text(json.dumps({"url": url, "mark": _mark(answer)}), encoding="utf-8")
            with part.open("r+b" if goes_on else "wb") as file:
                file.seek(begun)
                file.truncate()
                done = _copied(answer, file, begun, total, url, rules, progress)
    if done < (1 if total is None else total):
        of = "" if total is None else f" of {total:,}"
        raise FetchFailed(f"{shown(url)} was cut off after {done:,}{of} bytes", hint=_AGAIN)
    note.unlink(missing_ok=True)
    return Edition(_kept(answer, "ETag"), _kept(answer, "Last-Modified"))


def _copied(
    answer: http.client.HTTPResponse,
    file: Any,
    done: int,
    total: int | None,
    url: str,
    rules: Rules,
    progress: Progress,
) -> int:
    """Bytes in the file at the end."""
    checked, then = time.monotonic(), done
    while True:
        try:
            block = answer.read1(_BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise _broken(url, error, rules) from error
        if not block:
            return done
        if done == 0 and block.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
            raise _page(url)
        done += len(block)
        if done > rules.max_bytes:
            raise _too_large(url, done, rules)
        file.write(block)
        progress(done, total)
        now = time.monotonic()
        if now - checked > rules.timeout:
            if done - then < _SLOWEST * (now - checked):
                raise FetchFailed(
                    f"{shown(url)} comes too slowly: {done - then} bytes in {now - checked:.0f} s", hint=_AGAIN
                )
            checked, then = now, done


@contextmanager
def _asked(url: str, rules: Rules, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET, redirects followed and each of them judged."""
    here = url
    for _ in range(rules.redirects + 1):
        parts = checked_url(here, rules)
        connection = connected(parts, rules)
        try:
            with cut_after(connection, rules.timeout) as late:
                try:
                    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                    connection.request("GET", path, headers=_HEADERS | headers)
                    answer = connection.getresponse()
                    if late.is_set():  # a line that is cut in the headers looks like their end
                        raise TimeoutError
                except (OSError, http.client.HTTPException) as error:
                    raise _broken(here, TimeoutError() if late.is_set() else error, rules) from error
            with answer:  # it holds the connection where the server ends it
                if answer.status not in _REDIRECTS:
                    yield answer
                    return
            onwards = answer.headers.get("Location")
            if not onwards:
                raise FetchRefused(f"{shown(here)} sends us on to nowhere", hint="check the address")
            here = urljoin(here, onwards)
        finally:
            connection.close()
    raise FetchRefused(
        f"{shown(url)} sends us on more than {rules.redirects} times", hint="give the address it ends at"
    )


_HEADERS: Final = {"User-Agent": f"packshot/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}


def _refuse_pages(answer: http.client.HTTPResponse, url: str) -> None:
    if answer.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        raise _page(url)


def _page(url: str) -> FetchRefused:
    return FetchRefused(f"at {shown(url)} lies a page, and no file", hint="give the address of the file itself")


def _begins_at(answer: http.client.HTTPResponse, place: int) -> bool:
    return (answer.headers.get("Content-Range") or "").startswith(f"bytes {place}-")


def _mark(answer: http.client.HTTPResponse) -> str:
    """What tells one version of a file from the next; weak marks do not."""
    mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
    return "" if mark.startswith("W/") else mark


def _kept(answer: http.client.HTTPResponse, header: str) -> str:
    """What a server says of an edition, where one can keep it."""
    said = answer.headers.get(header) or ""
    return said if len(said) <= 191 and said.isascii() and said.isprintable() else ""


def _mark_of(note: Path, url: str) -> str:
    """The mark of what was begun, where it was begun from the same address."""
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        return str(said["mark"]) if said["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


@contextmanager
def _disk(part: Path) -> Iterator[None]:
    try:
        yield
    except PackshotError:
        raise
    except OSError as error:
        raise OutputError(
            f"{part} could not be written: {error.strerror}", hint="make room, or name another folder"
        ) from error


def _broken(url: str, error: Exception, rules: Rules) -> FetchFailed:
    if isinstance(error, TimeoutError):
        return FetchFailed(f"{shown(url)} did not answer in {rules.timeout:g} s", hint=_AGAIN)
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchRefused(f"{shown(url)} cannot prove who it is", hint="check the address and this machine's clock")
    return FetchFailed(f"{shown(url)} was cut off: {type(error).__name__}", hint=_AGAIN)


def _status_error(url: str, answer: http.client.HTTPResponse, rules: Rules) -> FetchFailed:
    status = answer.status
    said = f"{shown(url)} {_STATUS.get(status, f'answers with {status}')}"
    if status < 500 and status not in _PASSING:
        return FetchRefused(said, hint="fetch it with your own means and give the file instead")
    wait = None
    if status in (429, 503):
        told = seconds_to_wait(answer.headers.get("Retry-After"))
        wait = rules.pause if told is None else min(told, _LONGEST)
    return FetchFailed(said, hint="try again later, or give the file instead", retry_after=wait)


_STATUS: Final = {
    401: "wants to know who asks",
    403: "does not give it to us",
    404: "has no such file",
    410: "has no such file any more",
    429: "wants us to ask less often",
    503: "is overloaded, or down for a while",
}


def _too_large(url: str, size: int, rules: Rules) -> PackshotError:
    return ForbiddenUrl(
        f"{shown(url)} has {size / 1e6:,.0f} MB or more; at most {rules.max_bytes / 1e6:,.0f} MB are fetched",
        hint=f"raise {rules.settings}MAX_MEGABYTES",
    )
