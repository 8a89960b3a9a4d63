"""Pictures out of a ZIP that somebody gave. Nothing is unpacked to the disk, so no name can lead anywhere; and nothing
is believed of what the ZIP says about itself.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import Final

from packshot.errors import InputError
from packshot.storage.folder import SUFFIXES

MOST: Final = 100_000  # members
_RATIO: Final = 50  # bytes out for each byte in, all in all: pictures hardly shrink
_FREE: Final = 100_000_000  # bytes out whatever the ratio


@dataclass(frozen=True)
class Member:
    """A picture file: its place in the ZIP, as parts of a path, and its bytes. `problem` says why there are none."""

    number: int  # from 1
    parts: tuple[str, ...]
    data: bytes = b""
    problem: str = ""


def pictures_in(path: Path, max_bytes: int) -> Iterator[Member]:
    """Every member that is called like a picture, one at a time, in the order of the ZIP; hidden files are passed over.

    Raises InputError where it is no ZIP, has too many members, or unpacks to far more than pictures would.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path.name} is no ZIP that can be read", hint="check the file, or pack it anew") from error
    with archive:
        members = archive.infolist()
        if len(members) > MOST:
            raise InputError(f"{path.name} has {len(members):,} members, at most {MOST:,} are read", hint="split it")
        room = max(_FREE, _RATIO * path.stat().st_size)
        for number, info in enumerate(members, 1):
            found = _picture(archive, number, info, max_bytes)
            if found is None:
                continue
            room -= len(found.data)
            if room < 0:
                raise InputError(f"{path.name} unpacks to far more than pictures would", hint="pack the pictures anew")
            yield found


def _picture(archive: zipfile.ZipFile, number: int, info: zipfile.ZipInfo, max_bytes: int) -> Member | None:
    name = info.filename.replace("\\", "/")
    place = PurePosixPath(name)
    if info.is_dir() or place.suffix.lower() not in SUFFIXES:
        return None
    parts = place.parts
    if any(part.startswith("__MACOSX") or (part.startswith(".") and part not in (".", "..")) for part in parts):
        return None
    if place.is_absolute() or ".." in parts or ":" in name or not name.isprintable():
        return Member(number, (), problem=f"its name leads out of the ZIP: {name[:80]!r}")
    if stat.S_ISLNK(info.external_attr >> 16):
        return Member(number, parts, problem="it is a link, and no picture")
    if info.flag_bits & 1:
        return Member(number, parts, problem="it is locked with a password")
    try:
        with archive.open(info) as file:
            data = file.read(max_bytes + 1)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, zlib.error, LZMAError) as error:
        return Member(number, parts, problem=f"it cannot be unpacked: {error}")
    if len(data) > max_bytes:
        return Member(number, parts, problem=f"it has more than {max_bytes / 1e6:,.0f} MB")
    return Member(number, parts, data)
