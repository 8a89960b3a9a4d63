"""Files in folders: which pictures were meant, and writing one whole or not at all."""

import errno
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import BinaryIO

from packshot.errors import InputError, OutputError, StorageFull

_JPEG, _MODERN, _REST = ".jpg .jpeg .jpe .jfif .mpo", ".webp .avif .heic .heif .hif", ".png .apng .tif .tiff .gif .bmp"
SUFFIXES = frozenset(f"{_JPEG} {_MODERN} {_REST}".split())


@dataclass(frozen=True)
class Found:
    """A picture file, and its place below the folder that was named: what an output tree repeats."""

    path: Path
    relative: Path


def pictures_in(inputs: Sequence[str | Path]) -> list[Found]:
    """Every picture that `inputs` mean, each once: files in the order given, folders and globs sorted by name.

    A folder is searched to the bottom for known suffixes, without hidden files; a file that is named is taken whatever
    its suffix. Raises InputError for what is not there.
    """
    found: dict[tuple[int, int], Found] = {}
    for given in inputs:
        for entry in _meant(given):
            status = entry.path.stat()
            found.setdefault((status.st_dev, status.st_ino), entry)  # the same file by another name is the same file
    return list(found.values())


def _meant(given: str | Path) -> Iterator[Found]:
    path = Path(given)
    try:
        if path.is_dir():
            yield from _below(path, path, frozenset())
        elif path.is_file():
            yield Found(path, Path(path.name))
        elif has_magic(str(given)) and (matches := sorted(glob(str(given), recursive=True))):  # noqa: PTH207 - Path's is relative only
            for match in map(Path, matches):
                if match.is_dir():
                    yield from _below(match, match, frozenset())
                elif _is_picture(match):
                    yield Found(match, Path(match.name))
        else:
            raise InputError(f"there is nothing at {given}", hint="check the path; quote a pattern such as '*.jpg'")
    except OSError as error:
        raise InputError(f"{given} cannot be read: {error.strerror or error}", hint="check its permissions") from error


def _below(folder: Path, root: Path, above: frozenset[tuple[int, int]]) -> Iterator[Found]:
    """Depth first, by name; a link to a folder that we are in already is not followed."""
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _below(path, root, above | {here})
        elif _is_picture(path):
            yield Found(path, path.relative_to(root))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` as `written` does. Raises OutputError."""
    with written(path) as file:
        file.write(data)


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to fill that becomes `path`, its folder made: readers see the old file or the whole new one, never a part.

    Nothing stays behind when it fails or is interrupted. Raises OutputError, StorageFull.
    """
    temporary = path.with_name(f".packshot-{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Not tempfile: its files are private, and a finished picture is to have the folder's usual permissions.
            with temporary.open("xb") as file:
                yield file
            temporary.replace(path)
        except BaseException:  # Ctrl-C too
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise unwritten(path, error) from error


def unwritten(path: Path, error: OSError) -> OutputError:
    """What to say where `path` could not be written."""
    if error.errno in _FULL:
        return StorageFull(f"there is no room left to write {path.name}", hint="make room on its disk, and try again")
    hint = _WAYS_OUT.get(type(error)) or "check the permissions of the folder, or name another"
    return OutputError(f"{path} could not be written: {error.strerror or error}", hint=hint)


_FULL = {errno.ENOSPC, errno.EDQUOT}
_WAYS_OUT: dict[type[OSError], str] = {
    PermissionError: "the folder is not ours to write to; name another",
    IsADirectoryError: "a folder of that name is there already; name another file",
    NotADirectoryError: "a part of the path is a file; name another folder",
    FileExistsError: "a part of the path is a file; name another folder",
}
