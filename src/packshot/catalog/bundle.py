"""Finished pictures as one ZIP, a folder for each sku, with a CSV that says what is what, and one of what is left out.

Nothing that a shop calls its goods can lead a name out of the folder that the ZIP is unpacked to.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Final

from packshot.catalog.cells import csv_line
from packshot.catalog.names import safe_name
from packshot.catalog.queries import FINISHED, ImageFacts
from packshot.errors import NotFound

_WHEN: Final = (1980, 1, 1, 0, 0, 0)  # the same pictures are the same ZIP


def write_bundle(
    file: BinaryIO,
    skus: Iterable[tuple[str, Sequence[ImageFacts]]],
    get: Callable[[str], bytes],
    left_out: Callable[[ImageFacts], None],
    every: bool = False,
) -> int:
    """Write the pictures that may go out, or all that there are, as a ZIP; how many. `get` gives an asset's bytes, and
    `left_out` hears of every image that is not in it."""
    with zipfile.ZipFile(file, "w", allowZip64=True) as bundle:
        return sum(_filled(bundle, skus, get, left_out, every))


def bundle_parts(
    skus: Iterable[tuple[str, Sequence[ImageFacts]]],
    get: Callable[[str], bytes],
    every: bool = False,
) -> Iterator[bytes]:
    """The same ZIP piece by piece; no more of it than one picture is held at once."""
    window = _Window()
    with zipfile.ZipFile(window, "w", allowZip64=True) as bundle:
        for _ in _filled(bundle, skus, get, lambda image: None, every):
            yield window.taken()
    yield window.taken()


class _Window(io.BytesIO):
    """The end of a file whose beginning has gone out. Places count from the beginning of the whole."""

    _gone = 0

    def tell(self) -> int:
        return self._gone + super().tell()

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        return self._gone + super().seek(place - self._gone if whence == io.SEEK_SET else place, whence)

    def taken(self) -> bytes:
        part = self.getvalue()
        self._gone += len(part)
        super().seek(0)
        self.truncate()
        return part


def _filled(
    bundle: zipfile.ZipFile,
    skus: Iterable[tuple[str, Sequence[ImageFacts]]],
    get: Callable[[str], bytes],
    left_out: Callable[[ImageFacts], None],
    every: bool,
) -> Iterator[int]:
    """How many pictures each entry is: 1, and 0 for the lists at the end."""
    used: set[str] = set()
    listed = [csv_line(("file", "sku_id", "product_group_id", "image_type", "image_url", "score", "recipe", "form"))]
    missing = [csv_line(("sku_id", "product_group_id", "image_type", "image_url", "form", "why"))]
    for sku, images in skus:
        folder = _free(safe_name(sku), "", used)
        inside: set[str] = set()
        for each in images:
            data = _bytes_of(each, get)
            why = _why_not(each, data, every)
            if data is None or why:
                missing.append(csv_line((sku, each.group, each.image_type, each.url, each.form, why)))
                left_out(each)
                continue
            called = f"{each.image_type}-{each.form}" if each.form else each.image_type
            name = f"{folder}/{_free(safe_name(called), each.suffix, inside)}"
            bundle.writestr(_entry(name), data)  # stored: pictures are compressed already
            facts = (each.group, each.image_type, each.url, each.score, each.recipe, each.form)
            listed.append(csv_line((name, sku, *facts)))
            yield 1
    bundle.writestr(_entry("pictures.csv"), "".join(listed), zipfile.ZIP_DEFLATED)
    if len(missing) > 1:
        bundle.writestr(_entry("left-out.csv"), "".join(missing), zipfile.ZIP_DEFLATED)
    yield 0


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.external_attr = 0o644 << 16
    return entry


def _bytes_of(image: ImageFacts, get: Callable[[str], bytes]) -> bytes | None:
    if image.asset is None:
        return None
    try:
        return get(image.asset)
    except NotFound:  # cleaned away
        return None


def _why_not(image: ImageFacts, data: bytes | None, every: bool) -> str:
    if image.asset is None:
        return "it could not be made" if image.status == "failed" else "it has not been made yet"
    if not every and image.qc_status not in FINISHED:
        return f"it is not approved: {image.qc_status}"
    return "its picture is not kept any more" if data is None else ""


def _free(stem: str, suffix: str, used: set[str]) -> str:
    """A name that is not there yet, also where upper and lower case are one."""
    name, number = f"{stem}{suffix}", 1
    while name.lower() in used:
        number += 1
        name = f"{stem}-{number}{suffix}"
    used.add(name.lower())
    return name
