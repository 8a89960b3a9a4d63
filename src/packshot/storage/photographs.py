"""A photograph from an address that somebody gave: the whole of it within the limits, or an error that says why not."""

import contextlib
import shutil
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Final

from packshot.errors import FetchFailed
from packshot.settings import Settings
from packshot.storage.addresses import Rules, shown
from packshot.storage.fetch import NO_EDITION, Edition, fetch

_PARTS: Final = "packshot-fetch-"


def clear_parts(before: datetime) -> None:
    """Take away what programs that died before then were fetching, on this machine."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PARTS}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < before.timestamp():
                shutil.rmtree(folder)


def rules_of(settings: Settings) -> Rules:
    """What may be asked for photographs."""
    asked = settings.fetch
    return Rules(
        max_bytes=int(settings.limits.max_megabytes * 1_000_000),
        timeout=asked.timeout,
        allow_http=asked.allow_http,
        allow_private=asked.allow_private,
        redirects=asked.redirects,
        pause=asked.pause,
        settings="PACKSHOT_FETCH__",
    )


def fetched(url: str, settings: Settings, known: Edition = NO_EDITION) -> tuple[bytes, Edition] | None:
    """The bytes that lie at `url`, and which edition they are; None where it is the one that is `known`.

    Whether they are a picture is for the decoder to say. Raises ForbiddenUrl for what may not be asked, FetchRefused
    for what will not come, FetchFailed for what did not in time.
    """
    until = time.monotonic() + settings.fetch.max_seconds

    def in_time(done: int, total: int | None) -> None:
        if time.monotonic() > until:
            raise FetchFailed(
                f"{shown(url)} did not come whole in {settings.fetch.max_seconds:g} s",
                hint="hand the file in, or raise PACKSHOT_FETCH__MAX_SECONDS",
            )

    with tempfile.TemporaryDirectory(prefix=_PARTS) as folder:
        part = Path(folder) / "photograph"
        edition = fetch(url, part, rules_of(settings), in_time, known)
        return None if edition is None else (part.read_bytes(), edition)
