"""A batch of all the forms of a photograph, and its pictures as files, from a real server with a worker."""

import csv
import io
import zipfile
from typing import Any

import httpx
import pytest
from photographed import bottle

from packshot.storage.codec import decode
from waiting import wait_until

ROUTE = "/api/v1/batches"


@pytest.fixture(scope="module")
def image(service: httpx.Client) -> str:
    return str(service.post("/api/v1/images", files={"file": ("mug 1.png", bottle())}).json()["id"])


def test_a_photograph_is_made_in_every_form_and_comes_back_as_zip_and_csv(service: httpx.Client, image: str) -> None:
    wanted = {
        "images": [image],
        "recipes": ["marketplace-white", "soft-shadow"],
        "ratios": ["1:1", "2:1"],
        "backgrounds": ["#ffffff", "#f0e8dd"],
        "longest": 200,
    }
    begun = service.post(ROUTE, json={"variants": wanted})
    assert (begun.status_code, begun.json()["total"]) == (202, 8), begun.text
    here = begun.json()["links"]
    wait_until(lambda: service.get(here["self"]).json()["status"] == "done")
    assert service.get(here["self"]).json()["done"] == 8
    packed = service.get(here["export"], params={"all": "true"})
    with zipfile.ZipFile(io.BytesIO(packed.content)) as bundle:
        assert bundle.testzip() is None
        names = [name for name in bundle.namelist() if name != "pictures.csv"]
        listed = list(csv.DictReader(io.StringIO(bundle.read("pictures.csv").decode(), newline="")))
        wide = decode(bundle.read("mug 1/primary-soft-shadow-200x100-f0e8dd.jpg")).image
    assert [row["file"] for row in listed] == names
    assert len(names) == 8
    assert wide.size == (200, 100)
    assert tuple(int(value) for value in wide.rgb[1, 1]) == pytest.approx((240, 232, 221), abs=3)
    rows = list(csv.DictReader(io.StringIO(service.get(here["export"], params={"format": "csv"}).text, newline="")))
    assert len({row["form"] for row in rows}) == len({row["enhanced_image_url"] for row in rows}) == 8
    assert service.get(rows[0]["enhanced_image_url"]).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"recipes": ["no such"]}, 422, "unknown-name"),
        ({"backgrounds": ["greenish"]}, 422, "recipe"),
        ({"images": ["01234567-89ab-7def-8123-456789abcdef"]}, 404, "not-found"),
        ({"images": [], "skus": ["nobody's"]}, 404, "not-found"),
        ({"wishes": {"colour": "red"}}, 400, "input"),
        ({"ratios": ["wide"]}, 422, "recipe"),
        ({"recipes": ["auto"] * 50, "ratios": ["1:1"] * 50, "backgrounds": ["#fff"] * 50}, 400, "input"),
        ({"longest": 9000}, 422, "recipe"),
    ],
)
def test_a_form_that_cannot_be_is_told_before_anything_is_made(
    service: httpx.Client, image: str, more: dict[str, Any], status: int, code: str
) -> None:
    answer = service.post(ROUTE, json={"variants": {"images": [image], **more}})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_a_batch_is_of_requests_or_of_variants(service: httpx.Client, image: str) -> None:
    bodies: list[dict[str, Any]] = [{}, {"requests": []}]
    bodies.append({"variants": {"images": [image]}, "requests": [{"image": image}]})
    for body in bodies:
        assert service.post(ROUTE, json=body).status_code == 422
    other = {"task": "image.check", "variants": {"images": [image]}}
    assert service.post(ROUTE, json=other).json()["code"] == "input"
