"""Bytes under the digest of their content: the same bytes twice are one file, and a name always means the same."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from packshot.errors import NotFound, OutputError
from packshot.manifest import digest_of
from packshot.storage.folder import write_whole

_NAME = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Kept:
    """An asset as it lies in its store: how many bytes, and since when it was not put again."""

    asset: str
    size: int
    at: datetime


class FolderAssets:
    """An `AssetStore` in a folder, `ab/ab12...`: two letters first, since folders with a million files are slow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Raises OutputError where it cannot be written."""
        asset = digest_of(data)
        path = self._path(digits_of(asset))
        try:
            os.utime(path)  # it counts as new: who cleans up leaves it be
        except FileNotFoundError:
            write_whole(path, data)
        except OSError as error:
            raise OutputError(f"{path} cannot be used: {error.strerror}", hint="check the state folder") from error
        return asset

    def get(self, asset: str) -> bytes:
        """Raises NotFound, and OutputError where the file is no longer what it was."""
        path = self._path(digits_of(asset))
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise NotFound("the asset is not there", hint="it may have been cleaned away; hand it in again") from None
        except OSError as error:
            raise OutputError(f"an asset cannot be read: {error.strerror}", hint="check the state folder") from error
        if hashlib.sha256(data).hexdigest() != asset.removeprefix("sha256:"):
            raise OutputError("a stored asset is damaged", hint=f"take {path.name} away and run again")
        return data

    def kept(self) -> Iterator[Kept]:
        """Every asset, a folder at a time."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if len(path.name) == 64:
                    with contextlib.suppress(FileNotFoundError):
                        found = path.stat()
                        yield Kept(f"sha256:{path.name}", found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def remove(self, asset: str) -> None:
        """Nothing happens where it is not there. Raises OutputError."""
        try:
            self._path(digits_of(asset)).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"an asset cannot be removed: {error.strerror}", hint="check the state folder") from error

    def clear_parts(self, before: datetime) -> None:
        """Take away what was being written by programs that died before then."""
        for path in self._folder.glob("[0-9a-f][0-9a-f]/.packshot-*.part"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()

    def _path(self, digits: str) -> Path:
        return self._folder / digits[:2] / digits


def digits_of(asset: str) -> str:
    """The 64 digits of an asset's name. Raises NotFound for what is no such name: it could lead anywhere."""
    if not _NAME.fullmatch(asset):
        raise NotFound(f"'{asset[:80]}' names no asset", hint="an asset is sha256: and 64 hex digits")
    return asset.removeprefix("sha256:")
