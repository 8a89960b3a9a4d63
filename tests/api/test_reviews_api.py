"""`/api/v1/reviews`: the queue, verdicts, their log, and thresholds, from a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from photographed import bottle

from catalogue import finished, photographs
from packshot.database.sessions import Sessions
from packshot.wiring import open_database
from services_at import serving, settings_at

ROUTE = "/api/v1/reviews"
PRICES = [("CHEAP", 1.5), ("DEAR", 90.0), ("DEAREST", 900.0)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reviews")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[httpx.Client]:
    with serving(settings_at(folder, workers=0)) as client:
        yield client


@pytest.fixture(scope="module")
def sessions(folder: Path, service: httpx.Client) -> Iterator[Sessions]:
    found: Sessions = open_database(settings_at(folder))
    yield found
    found.close()


def waiting(sessions: Sessions, *skus: str, group: str = "", value: float | None = None) -> list[str]:
    """Photographs whose renditions wait for a person."""
    images = photographs(sessions, *skus, group=group, value=value)
    for image in images:
        assert finished(sessions, image, 70) == "needs_review"
    return images


def test_the_queue_comes_in_pages_the_dearest_first(service: httpx.Client, sessions: Sessions) -> None:
    cheap, dear, dearest = (waiting(sessions, sku, group="PAGES", value=value)[0] for sku, value in PRICES)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        asked: dict[str, Any] = {"group": "PAGES", "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = service.get(ROUTE, params=asked).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [dearest, dear, cheap]
    (one,) = service.get(ROUTE, params={"sku": "CHEAP"}).json()["items"]
    assert (one["sku"], one["value"], one["verdicts"]) == ("CHEAP", 1.5, ["approve", "reject", "rework"])


def test_of_two_reviewers_the_second_hears_that_it_changed(service: httpx.Client, sessions: Sessions) -> None:
    here = f"{ROUTE}/{waiting(sessions, 'TWICE')[0]}"
    mark = service.get(here).headers["etag"]
    assert service.get(here, headers={"If-None-Match": mark}).status_code == 304
    first = service.post(here, json={"verdict": "approve", "reviewer": "anna"}, headers={"If-Match": mark})
    assert (first.status_code, first.json()["qc_status"]) == (200, "approved")
    late = service.post(here, json={"verdict": "reject", "reviewer": "ben"}, headers={"If-Match": mark})
    assert (late.status_code, late.json()["code"]) == (412, "outdated")
    assert "anna has approved it" in late.json()["detail"]
    assert service.get(here).headers["etag"] == first.headers["etag"]
    again = service.post(here, json={"verdict": "approve"}, headers={"If-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")  # it is approved already


def test_what_was_said_is_a_log_that_is_read_in_pages(service: httpx.Client, sessions: Sessions) -> None:
    here = f"{ROUTE}/{waiting(sessions, 'LOGGED')[0]}"
    for verdict, reviewer in (("reject", "anna"), ("approve", "ben"), ("reject", "")):
        said = {"verdict": verdict, "reasons": ["wrong-product"], "notes": "look", "reviewer": reviewer}
        assert service.post(here, json=said).status_code == 200
    page = service.get(f"{here}/log", params={"limit": 2}).json()
    rest = service.get(f"{here}/log", params={"limit": 2, "cursor": page["next"]}).json()
    lines = page["items"] + rest["items"]
    assert [each["reviewer"] for each in lines] == ["anna", "ben", "127.0.0.1"]
    assert [each["to_status"] for each in lines] == ["rejected", "approved", "rejected"]
    assert rest["next"] is None


def test_of_many_verdicts_one_that_cannot_be_stops_no_other(service: httpx.Client, sessions: Sessions) -> None:
    good, seen, other = waiting(sessions, "MANY-1", "MANY-2", "MANY-3")
    verdicts = [
        {"image": good, "verdict": "approve"},
        {"image": seen, "verdict": "approve", "version": 1},
        {"image": "nothing", "verdict": "approve"},
        {"image": other, "verdict": "reject"},
    ]
    done = service.post(ROUTE, json={"verdicts": verdicts, "reviewer": "anna"}).json()
    assert [each["qc_status"] for each in done] == ["approved", None, None, "rejected"]
    assert [each["problem"] and each["problem"]["code"] for each in done] == [None, "conflict", "not-found", None]


def test_a_reason_must_be_known_and_rework_must_help(service: httpx.Client, sessions: Sessions) -> None:
    here = f"{ROUTE}/{waiting(sessions, 'REASON')[0]}"
    assert service.post(here, json={"verdict": "reject", "reasons": ["ugly"]}).json()["code"] == "unknown-name"
    assert service.post(here, json={"verdict": "rework", "reasons": ["wrong-product"]}).json()["code"] == "input"
    names = [each["name"] for each in service.get(f"{ROUTE}/reasons").json()]
    assert {"too-dark", "wrong-product"} <= set(names)


def test_a_group_has_its_own_threshold_until_it_is_taken_away(service: httpx.Client, sessions: Sessions) -> None:
    waiting(sessions, "STRICT", group="G/strict ü")
    kept = service.put(f"{ROUTE}/thresholds", json={"group": "G/strict ü", "approve_above": 69.5})
    assert (kept.status_code, kept.json()["approve_above"]) == (200, 69.5)
    (image,) = photographs(sessions, "STRICT-2", group="G/strict ü")
    assert finished(sessions, image, 70) == "auto_approved"
    assert [each["group"] for each in service.get(f"{ROUTE}/thresholds").json() if each["approve_above"] == 69.5]
    service.put(f"{ROUTE}/thresholds", json={"group": "G/strict ü", "approve_above": None})
    assert not [each for each in service.get(f"{ROUTE}/thresholds").json() if each["approve_above"]]
    missing = service.put(f"{ROUTE}/thresholds", json={"group": "nobody's", "approve_above": 80})
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")


def test_a_picture_that_is_not_done_yet_can_be_looked_at_and_not_judged(service: httpx.Client) -> None:
    image = service.post("/api/v1/images", files={"file": ("bottle.png", bottle())}).json()["id"]
    seen: dict[str, Any] = service.get(f"{ROUTE}/{image}").json()
    assert (seen["qc_status"], seen["verdicts"]) == ("pending", [])
    assert "file" not in seen["links"]
    assert service.post(f"{ROUTE}/{image}", json={"verdict": "approve"}).status_code == 409


@pytest.mark.parametrize("cursor", ["x", "1/x", "nan/019f3a52-7c1e-7b64-9d1f-0a6f5a3c2e10", "inf/", "/"])
@pytest.mark.parametrize("route", [ROUTE, "/api/v1/qc/pending"])
def test_what_is_no_cursor_is_told_so(service: httpx.Client, route: str, cursor: str) -> None:
    assert service.get(route, params={"cursor": cursor}).json()["code"] == "input"


@pytest.mark.parametrize("mark", ["x", '"-1"', '"99999999999999999999"', ""])
def test_what_is_no_etag_is_told_so(service: httpx.Client, mark: str) -> None:
    answer = service.post(f"{ROUTE}/any", json={"verdict": "approve"}, headers={"If-Match": mark})
    assert (answer.status_code, answer.json()["code"]) == (400, "input")
