"""Receipts as they come from outside, and the photographs they speak of, found by their digest.

A receipt may be anybody's. It is read up to a size, validated, and believed in nothing that can be checked: what it
calls its photograph is never a path, only a digest to look for.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from packshot.errors import InputError, PackshotError
from packshot.manifest import SCHEMA, Manifest, digest_of
from packshot.settings import Limits
from packshot.tasks.batch import printable
from packshot.tasks.given import read_file
from packshot.tasks.receipts import receipt_path

LARGEST = 4_000_000  # bytes; ours have some ten thousand
_MOST_STEPS = 100
_MOST_FILES = 50_000  # looked at in one folder and below


@dataclass(frozen=True, eq=False)
class Receipt:
    """A manifest, where it lies, and where its picture should lie: beside it, by the name it has itself."""

    path: Path
    manifest: Manifest

    @property
    def picture(self) -> Path:
        return self.path.with_name(self.path.name.removesuffix(".json"))


def receipts_in(inputs: Sequence[str | Path]) -> list[Path]:
    """Every receipt that `inputs` mean: `mug.jpg.json`, or `mug.jpg` for the one beside it; folders to the bottom.

    What is named but not there stays in the list, and fails by itself. Raises InputError where a folder holds none.
    """
    found: dict[Path, None] = {}
    for given in map(Path, inputs):
        if given.is_dir():
            below = [path for path in _files_below(given) if path.suffix == ".json" and path.with_suffix("").is_file()]
            if not below:
                raise InputError(
                    f"there is no receipt in {printable(given)}", hint="give the folder that a batch has written to"
                )
            found |= dict.fromkeys(sorted(below))
        else:
            found.setdefault(given if given.suffix.lower() == ".json" else receipt_path(given))
    return list(found)


def opened_receipt(path: Path) -> Receipt:
    """Raises InputError where there is none, or one that cannot be."""
    try:
        if not path.is_file():
            raise InputError(f"there is no receipt at {printable(path)}", hint="give PICTURE.json, or its picture")
        if path.stat().st_size > LARGEST:
            raise InputError(f"{printable(path.name)} is too large to be a receipt", hint="give another file")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{printable(path)} cannot be read: {error.strerror}", hint="check its permissions") from error
    try:
        manifest = Manifest.model_validate_json(data)
    except (ValidationError, RecursionError) as error:
        what = _first(error) if isinstance(error, ValidationError) else "it is nested too deeply"
        raise InputError(f"{printable(path.name)} is not a receipt of Packshot: {what}", hint="see the docs") from error
    if manifest.schema_ != SCHEMA:
        raise InputError(
            f"{printable(path.name)} is a receipt of another kind than {SCHEMA}", hint="use the version that made it"
        )
    if len(manifest.steps) > _MOST_STEPS:
        raise InputError(
            f"{printable(path.name)} has {len(manifest.steps)} steps", hint=f"at most {_MOST_STEPS} are read"
        )
    return Receipt(path, manifest)


def _first(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])[:80]
    return f"{place}: {first['msg']}"[:160] if place else str(first["msg"])[:160]


@dataclass
class Shelf:
    """Where to look for photographs: what was given, else beside the receipt and in the folder where we are."""

    limits: Limits
    given: Sequence[Path] = ()
    _sizes: dict[Path, dict[int, list[Path]]] = field(default_factory=dict)

    def photograph(self, receipt: Receipt) -> bytes:
        """The bytes with the digest that the receipt has. Raises InputError where they are nowhere."""
        source = receipt.manifest.source
        places = self.given or (receipt.path.parent, Path())
        for place in places:
            if not self.given or place.is_dir():
                candidates = self._of_size(place, source.bytes)
            elif place.is_file():
                candidates = [place]
            else:
                raise InputError(f"there is nothing at {printable(place)}", hint="check what follows --photo")
            for path in candidates:
                data = self._read(path)
                if data is not None and digest_of(data) == source.digest:
                    return data
        name = printable(source.name)[:80]
        if self.given:
            where = ", ".join(printable(place) for place in self.given)
            raise InputError(
                f"the photograph {name} that this was made from is not {where}", hint="it must be the very file"
            )
        raise InputError(
            f"the photograph {name} that this was made from is neither beside the receipt nor here",
            hint="say where it is with --photo FILE_OR_FOLDER",
        )

    def _of_size(self, folder: Path, size: int) -> list[Path]:
        folder = folder.resolve()
        if folder not in self._sizes:
            sizes: dict[int, list[Path]] = {}
            for path in _files_below(folder):
                try:
                    sizes.setdefault(path.stat().st_size, []).append(path)
                except OSError:
                    continue
            self._sizes[folder] = sizes
        return self._sizes[folder].get(size, [])

    def _read(self, path: Path) -> bytes | None:
        try:
            return read_file(path, self.limits)
        except PackshotError:
            return None


def _files_below(folder: Path) -> Iterator[Path]:
    """Files by name, hidden ones and linked folders left out."""
    seen = 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                seen += 1
                if seen > _MOST_FILES:
                    return
                yield Path(here, name)
