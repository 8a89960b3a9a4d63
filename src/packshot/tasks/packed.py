"""A ZIP of photographs as rows of the catalogue. Where a file lies says what it shows:

LAMP-7.jpg                 the primary photograph of that sku
MUG-001/side.jpg           a side of that sku
G-MUGS/MUG-001/side.jpg    the same, and the group of the sku
"""

from collections.abc import Iterator
from pathlib import Path

from packshot.catalog.rows import BadRow, Row, checked
from packshot.errors import PackshotError
from packshot.ports import AssetStore
from packshot.settings import Limits
from packshot.storage.archive import Member, pictures_in
from packshot.storage.codec import probe


def rows_in(path: Path, assets: AssetStore, limits: Limits) -> Iterator[Row | BadRow]:
    """The photographs of a ZIP, their bytes kept as assets; what is no picture within the limits is a bad row.

    Raises InputError where the ZIP itself cannot be read.
    """
    for member in pictures_in(path, int(limits.max_megabytes * 1_000_000)):
        yield _row(member, assets, limits)


def _row(member: Member, assets: AssetStore, limits: Limits) -> Row | BadRow:
    if member.problem:
        return BadRow(member.number, member.problem)
    *folders, file = member.parts
    stem = file.rpartition(".")[0]
    sku, kind = (folders[-1], stem) if folders else (stem, "primary")
    record = {"sku_id": sku, "image_type": kind, "product_group_id": folders[-2] if len(folders) > 1 else ""}
    # Its address is checked as any other; the one that is kept names the bytes.
    row = checked(member.number, {**record, "image_url": "https://zip.invalid/"})
    if isinstance(row, BadRow):
        return row
    try:
        probe(member.data, limits)
    except PackshotError as error:
        return BadRow(member.number, f"{file}: {error.message}")
    asset = assets.put(member.data)
    return Row(row.line, row.sku, f"urn:{asset}", row.group, row.image_type, asset=asset)
