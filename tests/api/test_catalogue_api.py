"""`/api/v1/import` and `/api/v1/export`: files in and out, from a real server."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from photographed import bottle

from catalogue import finished
from packshot.database.sessions import Sessions
from packshot.settings import Storage
from packshot.storage.assets import FolderAssets
from packshot.tasks.keys import create_key
from packshot.wiring import open_database
from services_at import serving, settings_at

IMPORT, EXPORT = "/api/v1/import", "/api/v1/export"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("catalogue")


@pytest.fixture(scope="module")
def keys(folder: Path) -> dict[str, dict[str, str]]:
    """A tenant for each story, so that none sees what another has left."""
    sessions = open_database(settings_at(folder))
    found = {
        name: {"X-Api-Key": create_key(sessions, name, tenant=name).secret}
        for name in ("csv", "json", "zip", "other", "out")
    }
    sessions.close()
    return found


@pytest.fixture(scope="module")
def service(folder: Path, keys: dict[str, Any]) -> Iterator[httpx.Client]:
    settings = settings_at(folder, workers=0, import_megabytes=1)
    with serving(settings.model_copy(update={"storage": Storage(public_url="https://img.example")})) as client:
        yield client


@pytest.fixture(scope="module")
def sessions(folder: Path, service: httpx.Client) -> Iterator[Sessions]:
    found: Sessions = open_database(settings_at(folder))
    yield found
    found.close()


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_a_csv_is_taken_with_columns_of_any_name_and_bad_rows_by_line(
    service: httpx.Client, keys: dict[str, dict[str, str]]
) -> None:
    text = "Artikel;Bild;Preis\nMUG;https://e.com/1.jpg;24\n;https://e.com/2.jpg;\nMUG;no address;x\nMUG;https://e.com/1.jpg;24\n"
    named = {"url_column": "Bild", "sku_column": "Artikel", "value_column": "Preis"}
    headers = {**keys["csv"], **CSV}
    looked = service.post(IMPORT, content=text, params={**named, "check": "true"}, headers=headers).json()
    assert (looked["read"], looked["bad"], looked["added"]) == (4, 2, 0)
    done = service.post(IMPORT, content=text, params=named, headers=headers).json()
    assert (done["read"], done["added"], done["known"], done["bad"], done["skus"]) == (4, 1, 1, 2, 1)
    assert [each["line"] for each in done["problems"]] == [3, 4]
    again = service.post(IMPORT, content=text, params=named, headers=headers).json()
    assert (again["added"], again["known"]) == (0, 2)
    missing = service.post(IMPORT, content=text, headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (400, "input")
    assert "Artikel" in missing.json()["detail"]


def test_a_row_that_is_no_object_is_told_by_its_place(service: httpx.Client, keys: dict[str, dict[str, str]]) -> None:
    good = {"sku_id": "S", "image_url": "https://e.com/1.jpg"}
    done = service.post(IMPORT, json={"images": [good, 7, None, {"sku_id": []}, good]}, headers=keys["json"]).json()
    assert (done["read"], done["added"], done["known"], done["bad"]) == (5, 1, 1, 3)
    assert [each["line"] for each in done["problems"]] == [2, 3, 4]
    assert service.post(IMPORT, json={"images": []}, headers=keys["json"]).json()["read"] == 0
    lines = '{"sku_id": "S", "image_url": "https://e.com/2.jpg"}\nnonsense\n{"sku_id": "S", "image_url": "https://e.com/3.jpg"}'
    headers = {**keys["json"], "Content-Type": "application/x-ndjson"}
    done = service.post(IMPORT, content=lines, headers=headers).json()
    assert (done["added"], [each["line"] for each in done["problems"]]) == (2, [2])


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        for name, data in files.items():
            bundle.writestr(f"{name}.png", data)
    return packed.getvalue()


def test_photographs_of_a_zip_go_out_and_come_in_again(service: httpx.Client, keys: dict[str, dict[str, str]]) -> None:
    body = zipped(**{"MUG/primary": bottle(), "MUG/side": bottle(90), "../x": b"", "LAMP": b"no picture"})
    headers = {**keys["zip"], "Content-Type": "application/zip"}
    done = service.post(IMPORT, content=body, headers=headers).json()
    assert (done["added"], done["bad"]) == (2, 2)
    text = service.get(EXPORT, headers=keys["zip"]).text
    assert text.count("urn:sha256:") == 2
    again = service.post(IMPORT, content=text, headers={**keys["zip"], **CSV}).json()
    assert (again["read"], again["known"], again["bad"]) == (2, 2, 0)
    moved = service.post(IMPORT, content=text.replace("MUG", "MUG-2"), headers={**keys["zip"], **CSV}).json()
    assert (moved["added"], moved["bad"]) == (2, 0)
    image = rows_of(service.get(EXPORT, params={"sku": "MUG-2"}, headers=keys["zip"]))[0]["image_id"]
    assert service.get(f"/api/v1/images/{image}/file", headers=keys["zip"]).status_code == 200
    stolen = service.post(IMPORT, content=text, headers={**keys["other"], **CSV}).json()
    assert (stolen["added"], stolen["bad"]) == (0, 2)
    assert "is not kept here" in stolen["problems"][0]["message"]


def test_what_is_finished_goes_out_as_feeds_and_as_a_zip(
    service: httpx.Client, sessions: Sessions, folder: Path, keys: dict[str, dict[str, str]]
) -> None:
    rows = [{"sku_id": sku, "image_url": f"https://e.com/{sku}.jpg", "product_group_id": "G"} for sku in ("A", "B")]
    assert service.post(IMPORT, json={"images": rows}, headers=keys["out"]).json()["added"] == 2
    listed = rows_of(service.get(EXPORT, headers=keys["out"]))
    picture = bottle(60)
    asset = FolderAssets(folder / "state" / "assets").put(picture)
    finished(sessions, listed[0]["image_id"], 90, asset=asset, tenant="out")
    finished(sessions, listed[1]["image_id"], 20, asset=asset, tenant="out")
    google = service.get(EXPORT, params={"format": "google"}, headers=keys["out"])
    assert [row["id"] for row in rows_of(google)] == ["A"]
    assert rows_of(google)[0]["image_link"].startswith("https://img.example/files/")
    assert google.headers["packshot-left-out"] == "1"
    assert google.headers["content-disposition"] == 'attachment; filename="catalog-google.csv"'
    shopify = service.get(EXPORT, params={"format": "shopify", "all": "true"}, headers=keys["out"])
    assert shopify.headers["packshot-left-out"] == "0"
    assert [row["Handle"] for row in rows_of(shopify)] == ["a", "b"]
    packed = service.get(EXPORT, params={"format": "zip"}, headers=keys["out"])
    with zipfile.ZipFile(io.BytesIO(packed.content)) as bundle:
        assert bundle.testzip() is None
        assert set(bundle.namelist()) == {"A/primary.jpg", "pictures.csv", "left-out.csv"}
        assert b"not approved: needs_review" in bundle.read("left-out.csv")
        assert bundle.read("A/primary.jpg") == picture
    for form in ("csv", "google", "zip"):
        assert "e.com" not in service.get(EXPORT, params={"format": form, "all": "true"}, headers=keys["other"]).text


@pytest.mark.parametrize(
    ("kind", "body", "asked", "status", "code"),
    [
        ("application/x-www-form-urlencoded", b"a=b", {}, 415, "unsupported-media"),
        ("application/json", b"[", {}, 400, "input"),
        ("application/zip", b"PK nothing", {}, 400, "input"),
        ("application/zip", b"", {"check": "true"}, 400, "input"),
        ("text/csv", b"", {}, 400, "input"),
        ("text/csv", b"\xff\xfeabc", {}, 400, "input"),
        ("text/csv", b"sku_id,image_url\n", {"encoding": "hex"}, 400, "input"),
        ("text/csv", b"sku_id,image_url\n\xe4", {"encoding": "idna"}, 400, "input"),
        ("text/csv", b"sku_id,image_url\n", {"delimiter": "''"}, 400, "input"),
        ("text/csv", b"x" * 1_000_001, {}, 413, "image-too-large"),
    ],
)
def test_what_is_no_catalogue_is_told_so(
    service: httpx.Client,
    keys: dict[str, dict[str, str]],
    kind: str,
    body: bytes,
    asked: dict[str, str],
    status: int,
    code: str,
) -> None:
    headers = {**keys["csv"], "Content-Type": kind}
    answer = service.post(IMPORT, content=body, params=asked, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "/tmp" not in answer.text


def test_a_feed_that_would_be_empty_is_refused(tmp_path: Path) -> None:
    with serving(settings_at(tmp_path, workers=0)) as client:
        answer = client.get(EXPORT, params={"format": "google"})
        assert (answer.status_code, "PUBLIC_URL" in answer.json()["hint"]) == (404, True)
        assert client.get(EXPORT).status_code == 200
