"""`/api/v1/webhooks`: made, tried and looked after over HTTP, with a receiver that listens."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from listening import listening
from packshot.settings import Settings, Webhooks
from packshot.tasks.keys import create_key
from packshot.wiring import open_database
from services_at import serving, settings_at
from waiting import wait_until

ROUTE = "/api/v1/webhooks"


@dataclass
class Receiver:
    """Answers as it is told to, and keeps what it hears."""

    url: str
    status: int = 204
    heard: list[tuple[dict[str, str], str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with listening(Handler) as port:
        state = Receiver(f"http://127.0.0.1:{port}/hook")
        yield state


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = settings_at(tmp_path_factory.mktemp("webhooks"), workers=0)
    inside: Settings = settings.model_copy(update={"webhooks": Webhooks(allow_http=True, allow_private=True)})
    with serving(inside) as client:
        yield client


def made(service: httpx.Client, url: str, *events: str) -> dict[str, Any]:
    answer = service.post(ROUTE, json={"url": url, "events": list(events)})
    assert answer.status_code == 201, answer.text
    assert service.get(answer.headers["location"]).json()["id"] == answer.json()["id"]
    return dict(answer.json())


def ended(service: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """A delivery once it does not wait for its first attempt any more."""
    assert answer.status_code == 202, answer.text
    here = answer.headers["location"]
    wait_until(lambda: service.get(here).json()["answered"] is not None)
    return dict(service.get(here).json())


def test_a_message_on_trial_arrives_signed_and_the_log_says_so(service: httpx.Client, receiver: Receiver) -> None:
    webhook = made(service, receiver.url, "job.*")
    delivered = ended(service, service.post(f"{ROUTE}/{webhook['id']}/test"))
    assert (delivered["status"], delivered["answered"], delivered["kind"]) == ("delivered", 204, "webhook.test")
    headers, body = receiver.heard[-1]
    assert headers["webhook-id"] == delivered["message"]
    assert Webhook(webhook["secret"]).verify(body, headers) == delivered["payload"]
    assert [each["id"] for each in service.get(f"{ROUTE}/{webhook['id']}/deliveries").json()["items"]] == [
        delivered["id"]
    ]


def test_the_secret_is_told_once(service: httpx.Client, receiver: Receiver) -> None:
    webhook = made(service, receiver.url, "*")
    for path in ("", f"/{webhook['id']}", f"/{webhook['id']}/deliveries"):
        assert webhook["secret"] not in service.get(ROUTE + path).text
    changed = service.post(f"{ROUTE}/{webhook['id']}/secret").json()
    assert changed["secret"] != webhook["secret"]
    ended(service, service.post(f"{ROUTE}/{webhook['id']}/test"))
    headers, body = receiver.heard[-1]
    for secret in (webhook["secret"], changed["secret"]):  # a day long both sign
        Webhook(secret).verify(body, headers)


def test_what_happens_to_a_job_is_told_and_can_be_told_again(service: httpx.Client, receiver: Receiver) -> None:
    webhook = made(service, receiver.url, "job.cancelled")
    job = service.post("/api/v1/renditions", json={"url": "https://example.com/a.jpg"}).json()["id"]
    service.post(f"/api/v1/jobs/{job}/cancel")
    here = f"{ROUTE}/{webhook['id']}/deliveries"
    wait_until(lambda: [each["status"] for each in service.get(here).json()["items"]] == ["delivered"])
    (first,) = service.get(here).json()["items"]
    assert first["payload"]["data"]["job"] == job
    again = ended(service, service.post(first["links"]["replay"]))
    assert (again["id"], again["status"]) == (first["id"], "delivered")
    assert sum(headers["webhook-id"] == first["message"] for headers, _ in receiver.heard) == 2


def test_an_endpoint_that_is_gone_is_enabled_again_and_hears_what_it_missed(
    service: httpx.Client, receiver: Receiver
) -> None:
    webhook = made(service, receiver.url, "job.*")
    here = f"{ROUTE}/{webhook['id']}"
    receiver.status = 410
    lost = ended(service, service.post(f"{here}/test"))
    receiver.status = 204
    assert lost["status"] == "failed"
    assert service.get(here).json()["disabled_because"] == "it answered 410 Gone"
    refused = service.post(f"{here}/test")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert service.post(f"{here}/enable").json()["enabled"] is True
    late = {"since": "2999-01-01T00:00:00Z"}
    assert service.post(f"{here}/replay", params=late).json() == {"deliveries": 0}
    assert service.post(f"{here}/replay").json() == {"deliveries": 1}
    wait_until(lambda: service.get(f"{here}/deliveries/{lost['id']}").json()["status"] == "delivered")


def test_what_an_endpoint_hears_is_changed_and_its_secret_stays(service: httpx.Client, receiver: Receiver) -> None:
    webhook = made(service, receiver.url, "image.*")
    here = f"{ROUTE}/{webhook['id']}"
    changed = service.patch(here, json={"events": ["job.done", "job.done", "image.rejected"]})
    assert (changed.status_code, changed.json()["events"]) == (200, ["job.done", "image.rejected"])
    assert service.get(here).json() == changed.json()
    ended(service, service.post(f"{here}/test"))
    headers, body = receiver.heard[-1]
    assert Webhook(webhook["secret"]).verify(body, headers)
    for events, status in ((["job.don"], 422), ([], 400)):
        assert service.patch(here, json={"events": events}).status_code == status
    assert service.patch(f"{ROUTE}/none", json={"events": ["*"]}).status_code == 404


def test_one_that_is_removed_is_forgotten_with_its_log(service: httpx.Client, receiver: Receiver) -> None:
    here = f"{ROUTE}/{made(service, receiver.url, '*')['id']}"
    log = ended(service, service.post(f"{here}/test"))["links"]["self"]
    assert service.delete(here).status_code == 204
    assert [service.get(path).status_code for path in (here, log)] == [404, 404]
    assert service.delete(here).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"url": "ftp://example.com/"}, 422, "forbidden-url"),
        ({"url": "kafka:topic"}, 422, "forbidden-url"),
        ({"url": "https://me:pw@example.com/"}, 422, "forbidden-url"),
        ({"url": "https://example.com/", "events": ["image.complete"]}, 422, "unknown-name"),
        ({"url": "https://example.com/", "events": []}, 400, "input"),
        ({"url": "https://example.com/", "secret": "mine"}, 422, "recipe"),
    ],
)
def test_what_cannot_be_told_anything_is_refused(
    service: httpx.Client, asked: dict[str, Any], status: int, code: str
) -> None:
    answer = service.post(ROUTE, json=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_address_that_is_not_encrypted_or_inside_is_never_asked(tmp_path: Path, receiver: Receiver) -> None:
    settings = settings_at(tmp_path, workers=0)
    heard = len(receiver.heard)
    with serving(settings) as client:
        assert client.post(ROUTE, json={"url": receiver.url}).json()["code"] == "forbidden-url"
        inside = client.post(ROUTE, json={"url": receiver.url.replace("http:", "https:")})
        assert (inside.status_code, inside.json()["code"]) == (422, "forbidden-url")
        assert "ALLOW_PRIVATE" in inside.json()["hint"]
        assert client.get(ROUTE).json() == []
    assert len(receiver.heard) == heard


def test_a_key_that_may_read_and_write_hears_of_no_webhook(tmp_path: Path) -> None:
    settings = settings_at(tmp_path, workers=0, keys=True)
    sessions = open_database(settings)
    keys = {
        scope: create_key(sessions, scope, scopes=scopes).secret
        for scope, scopes in {"work": ("read", "write", "review"), "tell": ("webhooks",)}.items()
    }
    sessions.close()
    with serving(settings) as client:
        answers = [
            client.post(ROUTE, json={"url": "https://e.com/"}, headers={"X-Api-Key": keys[key]}).status_code
            for key in ("work", "tell")
        ]
        jobs = client.get("/api/v1/jobs", headers={"X-Api-Key": keys["tell"]})
    assert answers == [403, 201]
    assert jobs.json()["code"] == "not-allowed"
