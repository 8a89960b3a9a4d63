"""Bytes under the digest of their content: the same bytes twice are one file, and a name always means the same."""

import hashlib
import re
from pathlib import Path

from packshot.errors import NotFound, OutputError
from packshot.manifest import digest_of
from packshot.storage.folder import write_whole

_NAME = re.compile(r"sha256:[0-9a-f]{64}")


class FolderAssets:
    """An `AssetStore` in a folder, `ab/ab12...`: two letters first, since folders with a million files are slow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Raises OutputError where it cannot be written."""
        asset = digest_of(data)
        path = self._path(asset)
        if not path.exists():
            write_whole(path, data)
        return asset

    def get(self, asset: str) -> bytes:
        """Raises NotFound, and OutputError where the file is no longer what it was."""
        if not _NAME.fullmatch(asset):
            raise NotFound(f"'{asset[:80]}' names no asset", hint="an asset is sha256: and 64 hex digits")
        try:
            data = self._path(asset).read_bytes()
        except FileNotFoundError:
            raise NotFound("the asset is not there", hint="it may have been cleaned away; hand it in again") from None
        except OSError as error:
            raise OutputError(f"an asset cannot be read: {error.strerror}", hint="check the state folder") from error
        if hashlib.sha256(data).hexdigest() != asset.removeprefix("sha256:"):
            raise OutputError("a stored asset is damaged", hint=f"take {self._path(asset).name} away and run again")
        return data

    def _path(self, asset: str) -> Path:
        name = asset.removeprefix("sha256:")
        return self._folder / name[:2] / name
