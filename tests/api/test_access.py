"""Keys, scopes, rates and tenants; and route by route that no tenant sees what is another's."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from photographed import bottle
from starlette.requests import HTTPConnection

from packshot.api.access import Gate
from packshot.errors import UnknownCaller
from packshot.jobs.names import worker_name
from packshot.jobs.running import run_claim
from packshot.jobs.store import JobStore
from packshot.settings import Settings
from packshot.tasks.enhance import EnhanceImage, enhance
from packshot.tasks.keys import SCOPES, create_key, keys_of, revoke_key
from packshot.tasks.registry import Errand
from packshot.wiring import open_database, open_memory, open_services, open_work
from services_at import serving, settings_at


@dataclass
class Locked:
    """A service that wants keys, without workers; and what two tenants have in it."""

    client: httpx.Client
    settings: Settings
    keys: dict[str, str] = field(default_factory=dict)

    def headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[who]}"}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    settings = settings_at(tmp_path_factory.mktemp("locked"), workers=0, keys=True)
    sessions = open_database(settings)
    keys = {
        "one": create_key(sessions, "shop", tenant="one", scopes=SCOPES).secret,
        "other": create_key(sessions, "shop", tenant="other", scopes=SCOPES).secret,
        "stranger": create_key(sessions, "shop", tenant="stranger", scopes=SCOPES).secret,
        "reader": create_key(sessions, "screen", tenant="one", scopes=("read",)).secret,
        "ended": create_key(sessions, "old", tenant="one", days=1).secret,
    }
    revoke_key(sessions, keys["ended"][:10])
    assert all(secret not in str(vars(key)) for key in keys_of(sessions) for secret in keys.values())
    sessions.close()
    with serving(settings) as client:
        yield Locked(client, settings, keys)


def test_without_a_key_nothing_is_told_but_that_it_is_there(locked: Locked) -> None:
    assert locked.client.get("/health").status_code == 200
    answer = locked.client.get("/api/v1/jobs")
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown-caller")
    assert answer.headers["www-authenticate"] == "Bearer"
    for key in ("pk_wrong", locked.keys["ended"], ""):
        assert locked.client.get("/api/v1/jobs", headers={"X-Api-Key": key}).status_code == 401


def test_a_key_counts_in_either_header_and_only_for_its_scopes(locked: Locked) -> None:
    assert locked.client.get("/api/v1/jobs", headers={"X-Api-Key": locked.keys["reader"]}).status_code == 200
    answer = locked.client.post("/api/v1/images", headers=locked.headers("reader"), files={"file": bottle()})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")


def routes(locked: Locked) -> list[tuple[str, str]]:
    """Every method and path of the documentation."""
    paths: dict[str, dict[str, Any]] = locked.client.get("/openapi.json").json()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


# What needs no key: that it is there, what it is, and how much it does.
SIGNED = "/files/{digest}/{name}"  # there the signature in the link is the key: test_link_route.py
OPEN = {"/", "/health", "/ready", "/metrics", SIGNED}


def test_every_route_of_the_documentation_wants_a_key(locked: Locked) -> None:
    found = routes(locked)
    assert len(found) > 25
    for method, path in found:
        if path in OPEN:
            continue
        answer = locked.client.request(method, path.replace("{", "").replace("}", ""), json={})
        assert answer.status_code == 401, (method, path, answer.text)


@pytest.fixture(scope="module")
def belongings(locked: Locked) -> dict[str, str]:
    """Something of every kind that one tenant has, by the name that addresses give it."""
    client, headers = locked.client, locked.headers("one")
    image = client.post("/api/v1/images", headers=headers, files={"file": ("secret.png", bottle())}).json()["id"]
    asked = {"task": "image.enhance", "request": {"image": image}}
    job = client.post("/api/v1/jobs", headers=headers, json=asked).json()["id"]
    batch = client.post("/api/v1/batches", headers=headers, json={"requests": [{"image": image}]}).json()["id"]
    rendition = kept_rendition(locked.settings, image)
    asked = {"url": "https://secret.example/hook"}
    webhook = client.post("/api/v1/webhooks", headers=headers, json=asked).json()["id"]
    delivery = client.post(f"/api/v1/webhooks/{webhook}/test", headers=headers).json()["id"]
    return {
        "image": image,
        "image_id": image,
        "job": job,
        "job_id": job,
        "batch": batch,
        "webhook": webhook,
        "delivery": delivery,
        "rendition": rendition,
        "image_type": "enhanced",
        "filename": f"{rendition}.jpg",
    }


def kept_rendition(settings: Settings, image: str) -> str:
    """A rendition as a worker would keep it."""
    memory = open_memory(settings)
    request = EnhanceImage(image=image, recipe="marketplace-white", size=(200, 200))
    made = enhance(request, open_services(settings), memory, Errand("job", "one", lambda fraction, message: None))
    memory.sessions.close()
    return made.rendition


# What a route wants to hear before it looks whose it is.
BODIES = {
    "/api/v1/qc/{image_id}/review": {"status": "approved", "reviewer_id": "other"},
    "/api/v1/reviews/{image}": {"verdict": "approve"},
    "/api/v1/webhooks/{webhook}": {"events": ["*"]},
}
KNOWLEDGE = {"name"}  # parameters that name what everybody may know: a recipe, a step, a marketplace


def test_no_tenant_reaches_by_any_route_what_is_anothers(locked: Locked, belongings: dict[str, str]) -> None:
    asked = 0
    for method, path in routes(locked):
        names = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        if not names or names <= KNOWLEDGE or path == SIGNED:
            continue
        assert names <= set(belongings), f"say what {path} addresses, so that it is tested"
        address = path.format(**belongings)
        body = BODIES.get(path) if method in ("post", "patch") else None
        theirs = locked.client.request(method, address, headers=locked.headers("other"), json=body)
        assert theirs.status_code == 404, (method, path, theirs.text)
        assert "secret.png" not in theirs.text
        if method == "get":
            ours = locked.client.request(method, address, headers=locked.headers("one"))
            assert ours.status_code not in (401, 403, 500), (method, path, ours.text)
            asked += ours.status_code == 200
    assert asked >= 8


def test_no_list_shows_what_is_anothers(locked: Locked, belongings: dict[str, str]) -> None:
    for method, path in routes(locked):
        if method != "get" or "{" in path or path in OPEN:
            continue
        theirs = locked.client.get(path, headers=locked.headers("stranger"))
        assert theirs.status_code in (200, 400, 403, 422), path
        assert not any(thing in theirs.text for thing in set(belongings.values()) - {"enhanced"}), path


def test_nothing_of_anothers_can_be_asked_for_in_a_request(locked: Locked, belongings: dict[str, str]) -> None:
    image, rendition = belongings["image"], belongings["rendition"]
    digest = locked.client.get(f"/api/v1/images/{image}", headers=locked.headers("one")).json()["asset"]
    for task, request in (
        ("place", {"product": image, "set": "sweep"}),
        ("place", {"product": digest, "set": "sweep"}),
    ):
        asked = {"task": task, "request": request}
        answer = locked.client.post("/api/v1/jobs", json=asked, headers=locked.headers("other"))
        assert answer.status_code == 404, request
    variants = {"variants": {"images": [image]}}
    assert locked.client.post("/api/v1/batches", json=variants, headers=locked.headers("other")).status_code == 404
    said = {"verdicts": [{"image": image, "verdict": "approve"}]}
    (told,) = locked.client.post("/api/v1/reviews", json=said, headers=locked.headers("other")).json()
    assert told["problem"]["code"] == "not-found"
    row = {"sku_id": "S", "image_url": f"urn:{digest}"}
    taken = locked.client.post("/api/v1/import", json={"images": [row]}, headers=locked.headers("other")).json()
    assert (taken["added"], taken["bad"]) == (0, 1)
    # These are found out when they are done, and then they fail: see test_tasks for the tenant of a job.
    asked = {"task": "image.check", "request": {"rendition": rendition, "profile": "amazon"}}
    job = locked.client.post("/api/v1/jobs", json=asked, headers=locked.headers("other")).json()
    assert done_as_a_worker(locked.settings, job["id"])["code"] == "not-found"


def done_as_a_worker(settings: Settings, job: str) -> dict[str, Any]:
    """The error of a job, done in this process."""
    claims, work = open_work(settings)
    claim = claims.claim(worker_name(), job)
    run_claim(claims, claim, work)
    memory = open_memory(settings)
    error = JobStore(memory.sessions).state(job).error
    memory.sessions.close()
    assert error is not None
    return dict(error)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_asks_too_often_waits(tmp_path: Path) -> None:
    settings = settings_at(tmp_path, workers=0, requests_per_minute=3)
    with serving(settings) as client:
        answers = [client.get("/api/v1/recipes").status_code for _ in range(5)]
        assert answers == [200, 200, 200, 429, 429]
        refused = client.get("/api/v1/recipes")
        assert refused.json()["code"] == "too-many-requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert client.get("/health").status_code == 200


def test_a_revoked_key_is_believed_for_five_seconds_at_most(database_of: Callable[[str], Any], tmp_path: Path) -> None:
    sessions = database_of("sqlite")
    key = create_key(sessions, "shop", tenant="one")
    clock = Clock()
    gate = Gate(settings_at(tmp_path, keys=True).service, sessions, clock)
    header = (b"authorization", f"Bearer {key.secret}".encode())
    asking = HTTPConnection({"type": "http", "headers": [header], "client": ("127.0.0.1", 1)})
    assert asyncio.run(gate.admit(asking, "read")).tenant == "one"
    revoke_key(sessions, key.id)
    clock.now = 4.9
    assert asyncio.run(gate.admit(asking, "read")).tenant == "one"
    clock.now = 5.1
    with pytest.raises(UnknownCaller):
        asyncio.run(gate.admit(asking, "read"))
