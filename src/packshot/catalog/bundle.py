"""Finished pictures as one ZIP, a folder for each sku, with a CSV that says what is what.

Nothing that a shop calls its goods can lead a name out of the folder that the ZIP is unpacked to.
"""

import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO, Final

from packshot.catalog.cells import csv_line
from packshot.catalog.names import safe_name
from packshot.catalog.queries import ImageFacts
from packshot.errors import NotFound

_WHEN: Final = (1980, 1, 1, 0, 0, 0)  # the same pictures are the same ZIP


def write_bundle(
    file: BinaryIO,
    skus: Iterable[tuple[str, Sequence[ImageFacts]]],
    get: Callable[[str], bytes],
    left_out: Callable[[ImageFacts], None],
) -> int:
    """Write the pictures that are there as a ZIP; how many. `get` gives an asset's bytes, and `left_out` hears of every
    image without a picture."""
    with zipfile.ZipFile(file, "w", allowZip64=True) as bundle:
        return _filled(bundle, skus, get, left_out)


def _filled(
    bundle: zipfile.ZipFile,
    skus: Iterable[tuple[str, Sequence[ImageFacts]]],
    get: Callable[[str], bytes],
    left_out: Callable[[ImageFacts], None],
) -> int:
    used: set[str] = set()
    listed = [csv_line(("file", "sku_id", "product_group_id", "image_type", "image_url", "score", "recipe"))]
    for sku, images in skus:
        folder = _free(safe_name(sku), "", used)
        inside: set[str] = set()
        for each in images:
            data = _bytes_of(each, get)
            if data is None:
                left_out(each)
                continue
            name = f"{folder}/{_free(safe_name(each.image_type), each.suffix, inside)}"
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, data)  # stored: pictures are compressed already
            listed.append(csv_line((name, sku, each.group, each.image_type, each.url, each.score, each.recipe)))
    entry = zipfile.ZipInfo("pictures.csv", _WHEN)
    entry.external_attr = 0o644 << 16
    bundle.writestr(entry, "".join(listed), zipfile.ZIP_DEFLATED)
    return len(listed) - 1


def _bytes_of(image: ImageFacts, get: Callable[[str], bytes]) -> bytes | None:
    if image.asset is None:
        return None
    try:
        return get(image.asset)
    except NotFound:  # cleaned away
        return None


def _free(stem: str, suffix: str, used: set[str]) -> str:
    """A name that is not there yet, also where upper and lower case are one."""
    name, number = f"{stem}{suffix}", 1
    while name.lower() in used:
        number += 1
        name = f"{stem}-{number}{suffix}"
    used.add(name.lower())
    return name
