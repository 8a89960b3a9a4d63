"""Signed links over HTTP: they open one picture for those without a key, as they were made and no longer."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from photographed import bottle

from packshot.settings import Settings, Storage
from packshot.wiring import open_links
from services_at import serving, settings_at


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = settings_at(tmp_path_factory.mktemp("links"), workers=0)
    return found.model_copy(update={"storage": Storage(public_url="https://img.example")})


@pytest.fixture(scope="module")
def service(settings: Settings) -> Iterator[httpx.Client]:
    with serving(settings) as client:
        yield client


@pytest.fixture(scope="module")
def asset(service: httpx.Client) -> str:
    answer = service.post("/api/v1/images", files={"file": ("bottle.png", bottle())})
    return str(answer.json()["asset"])


def test_a_link_opens_its_picture_under_its_name(service: httpx.Client, settings: Settings, asset: str) -> None:
    link = open_links(settings).to(asset, "Flasche ä.png", int(time.time()) + 60)
    answer = service.get(link.removeprefix("https://img.example"))
    assert (answer.status_code, answer.content) == (200, bottle())
    assert answer.headers["content-type"] == "image/png"
    assert "Flasche%20%C3%A4.png" in answer.headers["content-disposition"]


def test_a_link_that_has_ended_or_was_changed_opens_nothing(
    service: httpx.Client, settings: Settings, asset: str
) -> None:
    links = open_links(settings)
    ended = links.to(asset, "a.png", int(time.time()) - 1).removeprefix("https://img.example")
    public = links.to(asset, "a.png").removeprefix("https://img.example")
    assert service.get(public).status_code == 200
    for path in (ended, public.replace("a.png", "b.png"), public.replace("until=0", "until=99999999999"), public + "x"):
        answer = service.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path


def test_a_link_to_what_is_not_there_says_so(service: httpx.Client, settings: Settings) -> None:
    link = open_links(settings).to("sha256:" + "0" * 64, "a.png")
    assert service.get(link.removeprefix("https://img.example")).status_code == 404


def test_a_service_without_an_address_opens_none(tmp_path: Path) -> None:
    with serving(settings_at(tmp_path, workers=0)) as client:
        answer = client.get(f"/files/{'0' * 64}/a.png", params={"signature": "x"})
    assert answer.status_code == 404
    assert "PACKSHOT_STORAGE__PUBLIC_URL" in answer.text
