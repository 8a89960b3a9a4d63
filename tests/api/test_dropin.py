"""Requests that were written for remove.bg and Photoroom, answered here."""

import base64
from collections.abc import Iterator

import httpx
import pytest
from photographed import bottle

from packshot.storage.codec import decode
from services_at import serving, settings_at


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(settings_at(tmp_path_factory.mktemp("dropin"), wait_seconds=60)) as client:
        yield client


def test_removebg_gives_the_product_alone_in_its_own_place(service: httpx.Client) -> None:
    answer = service.post(
        "/v1.0/removebg",
        files={"image_file": ("bottle.png", bottle())},
        data={"size": "auto"},
        headers={"X-Api-Key": ""},
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
    assert (answer.headers["x-width"], answer.headers["x-height"]) == ("420", "360")
    picture = decode(answer.content).image
    assert picture.alpha is not None
    assert picture.alpha[2, 2] == 0
    assert picture.alpha[200, 210] == 255


def test_removebg_lays_a_colour_and_answers_json_where_asked(service: httpx.Client) -> None:
    answer = service.post(
        "/v1.0/removebg",
        json={
            "image_file_b64": base64.b64encode(bottle(60)).decode(),
            "bg_color": "81d4fa",
            "format": "png",
            "crop": True,
            "crop_margin": "10%",
        },
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    picture = decode(base64.b64decode(answer.json()["data"]["result_b64"])).image
    assert tuple(picture.rgb[1, 1]) == (0x81, 0xD4, 0xFA)
    assert picture.size[0] < 200


def test_photoroom_puts_the_product_on_a_canvas(service: httpx.Client) -> None:
    answer = service.post(
        "/v2/edit",
        files={"imageFile": ("bottle.png", bottle(80))},
        data={
            "background.color": "FFFFFF",
            "outputSize": "500x400",
            "padding": "0.1",
            "export.format": "jpeg",
            "shadow.mode": "ai.soft",
        },
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg"), answer.text
    picture = decode(answer.content).image
    assert picture.size == (500, 400)
    assert tuple(picture.rgb[1, 1]) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"bg_image_url": "https://e.com/b.jpg"}, "bg_image_url"),
        ({"format": "zip"}, "zip"),
        ({"crop": "perhaps"}, "crop"),
        ({"crop_margin": "30px"}, "crop_margin"),
        ({"roi": "all"}, "roi"),
        ({"bg_color": "no such colour"}, "colour"),
    ],
)
def test_what_removebg_can_and_we_cannot_is_refused_by_name(
    service: httpx.Client, data: dict[str, str], says: str
) -> None:
    answer = service.post("/v1.0/removebg", files={"image_file": ("bottle.png", bottle())}, data=data)
    assert answer.status_code in (400, 422), answer.text
    assert says in answer.json()["errors"][0]["title"]


def test_errors_come_in_the_form_of_the_service_that_was_asked(service: httpx.Client) -> None:
    nothing = service.post("/v1.0/removebg", data={"size": "auto"})
    assert (nothing.status_code, nothing.json()["errors"][0]["code"]) == (400, "input")
    inside = service.get("/v2/edit", params={"imageUrl": "http://127.0.0.1:9/a.jpg"})
    assert (inside.status_code, inside.json()["error"]["code"]) == (422, "forbidden-url")
    unknown = service.get("/v2/edit", params={"imageUrl": "https://e.com/a.jpg", "lighting.mode": "ai.auto"})
    assert (unknown.status_code, "lighting.mode" in unknown.json()["error"]["message"]) == (400, True)
