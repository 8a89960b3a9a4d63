"""Which picture of a batch goes where: every output gets a name of its own, and none is an input's.

Names follow the inputs: an output lies at the place of its input relative to the deepest folder that holds all that
was given. Where two would get one name (`mug.jpg` and `mug.png`), the first in order keeps it and the next is told
apart by its kind: `mug-png.jpg`.
"""

import glob
import hashlib
import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from packshot.errors import InputError
from packshot.storage.folder import pictures_in
from packshot.tasks.order import Planned

_LONGEST_NAME = 200  # bytes; file systems take 255, and the receipt's ending and a temporary mark must fit


def plan(found: Sequence[Path], inputs: Sequence[str], out: Path, suffix: str) -> list[Planned]:
    """Where each picture that was found goes. `suffix` is the outputs', as `.jpg`.

    `out` is a folder; or, for a single picture, a file if it ends in `suffix` and is no folder. Raises InputError where
    an output would lie on an input.
    """
    out = absolute(out)
    if len(found) == 1 and out.suffix.lower() == suffix and not out.is_dir():
        planned = [Planned(found[0], out)]
    else:
        common = Path(os.path.commonpath([_root(given) for given in inputs]))
        planned = _named(found, common, out, suffix)
    _check_apart(planned)
    return planned


def find(inputs: Sequence[str], out: Path) -> list[Path]:
    """Every picture that `inputs` mean, in the order given and by name within a folder. Raises InputError for none."""
    found = _found(inputs, absolute(out))
    if not found:
        raise InputError(
            f"there is no picture in {', '.join(inputs)}",
            hint="give files, folders, or patterns such as 'photos/*.jpg'",
        )
    return found


def _found(inputs: Sequence[str], out: Path) -> list[Path]:
    """Every picture once. A file that is named but not there stays: it fails by itself, and stops nobody."""
    found: dict[Path, None] = {}
    missing: dict[Path, None] = {}
    for given in inputs:
        path = absolute(Path(given))
        if not os.path.lexists(path) and not glob.has_magic(given):
            missing.setdefault(path)
            found.setdefault(path)
            continue
        if path == out and path.is_dir():
            raise InputError(
                f"the results would lie among the photographs in {given}", hint="choose another folder with -o"
            )
        walked = path.is_dir()
        for picture in (absolute(entry.path) for entry in pictures_in([given])):
            if not walked or not _is_ours(picture, path, out):
                found.setdefault(picture)
    if missing and len(missing) == len(found):
        names = ", ".join(str(path) for path in missing)
        raise InputError(f"there is nothing at {names}", hint="check the name; quote a pattern such as 'photos/*.jpg'")
    return list(found)


def _is_ours(picture: Path, folder: Path, out: Path) -> bool:
    """Whether a picture met while walking `folder` is a result of an earlier run into `out`, or a contact sheet's."""
    if out.is_relative_to(folder) and picture.is_relative_to(out):
        return True
    sheet = picture.parent if picture.parent.name == "contact-sheet" else picture.with_suffix("")
    return sheet.name == "contact-sheet" and (sheet.parent / "index.html").is_file()


def _root(given: str) -> Path:
    """The folder that what was given is about."""
    path = absolute(Path(given))
    if path.is_dir():
        return path
    if path.exists() or not glob.has_magic(given):
        return path.parent
    parts = path.parts
    fixed = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:fixed])


def _named(found: Sequence[Path], common: Path, out: Path, suffix: str) -> list[Planned]:
    taken = {_key(Path("contact-sheet"))}
    planned = []
    for source in found:
        place = source.relative_to(common) if source.is_relative_to(common) else Path(source.name)
        stem, kind = _fitting(place.stem), place.suffix.lower().lstrip(".")
        names = [stem, f"{stem}-{kind}", *(f"{stem}-{kind}-{number}" for number in range(2, len(found) + 2))]
        free = next(name for name in names if _key(place.with_name(name + ".x")) not in taken)
        name = place.with_name(free + suffix)
        taken.add(_key(place.with_name(free + ".x")))
        planned.append(Planned(source, out / name))
    return planned


def _key(place: Path) -> str:
    """One for all names that some file system takes for the same."""
    return unicodedata.normalize("NFC", str(place.with_suffix(""))).casefold()


def _fitting(stem: str) -> str:
    raw = os.fsencode(stem)
    if len(raw) <= _LONGEST_NAME:
        return stem
    mark = hashlib.sha256(raw).hexdigest()[:8]
    return raw[: _LONGEST_NAME - 9].decode("utf-8", "ignore") + "-" + mark


def _check_apart(planned: Sequence[Planned]) -> None:
    sources = {os.path.realpath(one.source): one.source for one in planned}
    for one in planned:
        beneath = sources.get(os.path.realpath(one.output))
        if beneath is not None:
            raise InputError(
                f"{one.output.name} would be written over the photograph {beneath}",
                hint="choose another folder with -o",
            )


def absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links, and names would change
