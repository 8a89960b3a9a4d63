"""ZIPs that somebody gave: pictures come out, and nothing else happens."""

import os
import stat
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from packshot.catalog.rows import BadRow, Row
from packshot.errors import InputError
from packshot.settings import Limits
from packshot.storage import archive
from packshot.storage.archive import pictures_in
from packshot.storage.assets import FolderAssets
from packshot.tasks.packed import rows_in


def picture(shade: int = 200) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((40, 60, 3), shade, np.uint8))[1])


def packed(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, data in members:
            bundle.writestr(name, data)
    return path


def test_where_a_file_lies_says_what_it_shows(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "in.zip",
        ("LAMP-7.jpg", picture(1)),
        ("MUG-001/side.png", picture(2)),
        ("G-MUGS/MUG-001/back.JPG", picture(3)),
        ("readme.txt", b"no picture"),
        ("__MACOSX/._LAMP-7.jpg", b"x"),
        (".hidden.jpg", b"x"),
    )
    assets = FolderAssets(tmp_path / "assets")
    rows = list(rows_in(path, assets, Limits()))
    assert [(row.sku, row.image_type, row.group) for row in rows if isinstance(row, Row)] == [
        ("LAMP-7", "primary", ""),
        ("MUG-001", "side", ""),
        ("MUG-001", "back", "G-MUGS"),
    ]
    first = rows[0]
    assert isinstance(first, Row)
    assert first.asset is not None
    assert assets.get(first.asset) == picture(1)
    assert first.url == f"urn:{first.asset}"


EVIL = [
    "../evil.jpg",
    "../../../../etc/cron.d/evil.jpg",
    "a/../../evil.jpg",
    "/etc/evil.jpg",
    "//server/share/evil.jpg",
    "..\\evil.jpg",
    "C:\\Windows\\evil.jpg",
    "C:evil.jpg",
    "a/..\\../evil.jpg",
    "file:evil.jpg",
    "a/b\x01.jpg",
]


@pytest.mark.parametrize("name", EVIL)
def test_a_name_that_leads_out_is_told_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    here = tmp_path / "a" / "b"
    here.mkdir(parents=True)
    path = packed(here / "in.zip", (name, picture()), ("good.jpg", picture()))
    before = set(tmp_path.rglob("*"))
    bad, good = pictures_in(path, 10**6)
    assert "leads out of the ZIP" in bad.problem
    assert (good.parts, good.data) == (("good.jpg",), picture())
    assert set(tmp_path.rglob("*")) == before
    assert not os.path.exists("/etc/evil.jpg")  # noqa: PTH110


def test_a_link_and_what_is_locked_are_no_pictures(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = packed(tmp_path / "in.zip", (link, b"/etc/passwd"), ("locked.jpg", picture()))
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.rfind(mark) + place] |= 1  # the flag of encryption
    path.write_bytes(bytes(data))
    assert ["link" in each.problem or "password" in each.problem for each in pictures_in(path, 10**6)] == [True, True]


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "one.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("bomb.jpg", bytes(50_000_000))
    (bomb,) = pictures_in(tmp_path / "one.zip", 1_000_000)
    assert "more than 1 MB" in bomb.problem
    assert bomb.data == b""
    monkeypatch.setattr(archive, "_FREE", 1_000_000)
    with zipfile.ZipFile(tmp_path / "many.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        for number in range(60):
            bundle.writestr(f"{number}.jpg", bytes(500_000))
    with pytest.raises(InputError, match="far more than pictures would"):
        list(pictures_in(tmp_path / "many.zip", 1_000_000))


def test_a_damaged_member_costs_only_itself_and_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "in.zip", ("a.jpg", picture(1)), ("b.jpg", picture(2)))
    data = bytearray(path.read_bytes())
    data[60] ^= 255  # within the first picture
    path.write_bytes(bytes(data))
    first, second = pictures_in(path, 10**6)
    assert "cannot be unpacked" in first.problem
    assert second.data == picture(2)
    (tmp_path / "no.zip").write_bytes(b"no zip")
    for name in ("no.zip", "missing.zip"):
        with pytest.raises(InputError, match="no ZIP"):
            list(pictures_in(tmp_path / name, 10))


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST", 2)
    path = packed(tmp_path / "in.zip", *((f"{number}.jpg", b"") for number in range(3)))
    with pytest.raises(InputError, match="3 members"):
        list(pictures_in(path, 10))


def test_what_is_no_picture_is_a_bad_row(tmp_path: Path) -> None:
    path = packed(tmp_path / "in.zip", ("a.jpg", b"<html>"), ("b.jpg", picture()))
    bad, good = rows_in(path, FolderAssets(tmp_path / "assets"), Limits())
    assert isinstance(bad, BadRow)
    assert bad.line == 1
    assert isinstance(good, Row)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_what_was_damaged_on_its_way_stops_nobody(tmp_path: Path, method: int) -> None:
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w", method) as bundle:
        bundle.writestr("one.jpg", bytes(range(256)) * 40)
        bundle.writestr("two.jpg", picture())
    data = bytearray(path.read_bytes())
    data[60:90] = b"\xff" * 30  # within the first member
    path.write_bytes(data)
    first, second = pictures_in(path, 1_000_000)
    assert "cannot be unpacked" in first.problem
    assert second.problem == ""
