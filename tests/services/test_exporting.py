"""What goes out: feeds and bundles, from every database."""

import csv
import io
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as some

from catalogue import finished, photographs
from packshot.catalog.bundle import write_bundle
from packshot.catalog.feeds import FEEDS, feed_lines, handle
from packshot.catalog.importing import import_rows
from packshot.catalog.names import safe_name
from packshot.catalog.queries import FINISHED, PAGE, ImageFacts, Wanted, counts, skus_with_images
from packshot.catalog.rows import Reading, Row, read_rows
from packshot.database.sessions import Sessions
from packshot.storage.assets import FolderAssets

ANY = Wanted()


def table(
    sessions: Sessions, name: str, wanted: Wanted = ANY, left_out: list[str] | None = None
) -> list[dict[str, str]]:
    missing: list[str] = [] if left_out is None else left_out
    lines = feed_lines(
        FEEDS[name],
        skus_with_images(sessions, wanted),
        lambda each: each.enhanced_url if each.enhanced_url.startswith("http") else "",
        lambda each: missing.append(each.sku),
    )
    return list(csv.DictReader(io.StringIO("".join(lines), newline="")))


def with_pictures(sessions: Sessions) -> None:
    """One sku with a front and two sides, finished; one that waits for review."""
    rows = [
        Row(n, "=MUG 1", f"https://cdn.example.com/{kind}.jpg", "G", kind)
        for n, kind in enumerate(["side", "primary", "side,2"])
    ]
    import_rows(sessions, rows)
    for _, images in list(skus_with_images(sessions)):
        for each in images:
            finished(sessions, each.id, 90, url=f"https://img.example/{each.image_type}.jpg")
    (waiting,) = photographs(sessions, "LAMP")
    finished(sessions, waiting, 50, url="https://img.example/lamp.jpg")


def test_the_catalogue_goes_out_and_comes_in_again_as_it_was(sessions: Sessions, tmp_path: Path) -> None:
    with_pictures(sessions)
    rows = table(sessions, "csv")
    assert [(row["sku_id"], row["image_type"], row["qc_status"], row["score"]) for row in rows] == [
        ("'=MUG 1", "primary", "auto_approved", "90.0"),
        ("'=MUG 1", "side", "auto_approved", "90.0"),
        ("'=MUG 1", "side,2", "auto_approved", "90.0"),
        ("LAMP", "primary", "needs_review", "50.0"),
    ]
    path = tmp_path / "out.csv"
    path.write_text(
        "".join(feed_lines(FEEDS["csv"], skus_with_images(sessions), lambda each: "", lambda each: None)), newline=""
    )
    again = import_rows(sessions, read_rows(path, Reading()))
    assert (again.read, again.known, again.changed, again.bad) == (4, 4, 0, 0)


def test_google_gets_a_row_for_each_sku_with_its_pictures(sessions: Sessions) -> None:
    with_pictures(sessions)
    (row,) = table(sessions, "google", Wanted(qc=FINISHED))
    assert row == {
        "id": "'=MUG 1",
        "item_group_id": "G",
        "image_link": "https://img.example/primary.jpg",
        "additional_image_link": "https://img.example/side.jpg,https://img.example/side%2C2.jpg",
    }


def test_shopify_gets_a_row_for_each_picture_in_its_place(sessions: Sessions) -> None:
    with_pictures(sessions)
    rows = table(sessions, "shopify", Wanted(qc=FINISHED))
    assert [(row["Handle"], row["Image Position"], row["Image Src"]) for row in rows] == [
        ("mug-1", "1", "https://img.example/primary.jpg"),
        ("mug-1", "2", "https://img.example/side.jpg"),
        ("mug-1", "3", "https://img.example/side,2.jpg"),
    ]
    assert [row["Title"] for row in rows] == ["'=MUG 1", "", ""]


def test_a_picture_without_an_address_is_left_out_of_a_feed_and_told(sessions: Sessions) -> None:
    one, two = photographs(sessions, "S1", "S2")
    finished(sessions, one, 90)
    finished(sessions, two, 90, url="https://img.example/2.jpg")
    missing: list[str] = []
    assert [row["id"] for row in table(sessions, "google", left_out=missing)] == ["S2"]
    assert missing == ["S1"]


def test_pages_join_without_a_gap_and_tenants_are_apart(sessions: Sessions) -> None:
    skus = [f"S{number:04d}" for number in range(2 * PAGE + 3)]
    photographs(sessions, *skus)
    photographs(sessions, "other", tenant="other")
    assert [sku for sku, _ in skus_with_images(sessions)] == skus
    assert [sku for sku, _ in skus_with_images(sessions, Wanted("other"))] == ["other"]
    assert sessions.read(lambda session: counts(session, "other")) == {"status pending": 1, "qc_status pending": 1}


def test_a_bundle_holds_the_pictures_and_a_list_of_them(sessions: Sessions, tmp_path: Path) -> None:
    assets = FolderAssets(tmp_path / "assets")
    images = photographs(sessions, "S1", "s1", "../../etc/passwd")
    for number, image in enumerate(images):
        finished(sessions, image, 90, asset=assets.put(b"\xff\xd8" + bytes([number])))
    (gone,) = photographs(sessions, "GONE")
    finished(sessions, gone, 90)
    (low, _) = photographs(sessions, "LOW", "NEW")
    finished(sessions, low, 20, asset=assets.put(b"\xff\xd8\x09"))
    missing: list[str] = []
    with (tmp_path / "out.zip").open("wb") as file:
        skus = skus_with_images(sessions)
        assert write_bundle(file, skus, assets.get, lambda each: missing.append(each.sku)) == 3
    assert sorted(missing) == ["GONE", "LOW", "NEW"]
    with zipfile.ZipFile(tmp_path / "out.zip") as bundle:
        assert bundle.testzip() is None
        listed = list(csv.DictReader(io.StringIO(bundle.read("pictures.csv").decode(), newline="")))
        assert {row["file"] for row in listed} == set(bundle.namelist()) - {"pictures.csv", "left-out.csv"}
        assert len({name.lower() for name in bundle.namelist()}) == 5
        without = csv.DictReader(io.StringIO(bundle.read("left-out.csv").decode(), newline=""))
        assert {row["sku_id"]: row["why"] for row in without} == {
            "GONE": "its picture is not kept any more",
            "LOW": "it is not approved: needs_review",
            "NEW": "it has not been made yet",
        }
        by_sku = {row["sku_id"]: bundle.read(row["file"]) for row in listed}
    assert by_sku == {"S1": b"\xff\xd8\x00", "s1": b"\xff\xd8\x01", "../../etc/passwd": b"\xff\xd8\x02"}


@given(some.text(max_size=200))
def test_no_name_leads_out_of_its_folder_or_means_a_device(text: str) -> None:
    name = safe_name(text)
    for kind in (PurePosixPath, PureWindowsPath):
        path = kind(name)
        assert path.parts == (name,)
        assert not path.is_absolute()
    assert name not in (".", "..")
    assert not PureWindowsPath(name).is_reserved()
    assert name == name.strip(". ")
    assert name.isprintable()


@pytest.mark.parametrize(
    ("sku", "wanted"), [("Müg 1/b", "mug-1-b"), ("---", "sku-2d2d2d"), ("ABC_def", "abc-def"), ("Ω", "sku-cea9")]
)
def test_a_handle_is_what_shopify_takes(sku: str, wanted: str) -> None:
    assert handle(sku) == wanted


def test_a_long_line_of_pictures_gives_google_ten_more_at_most() -> None:
    images = [
        ImageFacts(
            str(n), "S", "", "", "side", None, "completed", "approved", 1, f"https://a.example/{n}", None, "", ".jpg", 1
        )
        for n in range(15)
    ]
    ((_, _, _, more),) = FEEDS["google"].rows("S", images, lambda each: each.enhanced_url)
    assert len(more.split(",")) == 10
