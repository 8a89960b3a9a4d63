"""Jobs and batches over HTTP: submit, follow, cancel; and the same events in a poll, a stream and a socket."""

import json
import time
from typing import Any

import httpx
import pytest
from photographed import bottle
from websockets.sync.client import connect

from waiting import wait_until

SMALL = {"recipe": "marketplace-white", "size": [300, 300]}


@pytest.fixture(scope="module")
def image(service: httpx.Client) -> str:
    return str(service.post("/api/v1/images", files={"file": ("bottle.png", bottle())}).json()["id"])


def submitted(service: httpx.Client, image: str, **headers: str) -> dict[str, Any]:
    asked = {"task": "image.enhance", "request": {"image": image, **SMALL}}
    answer = service.post("/api/v1/jobs", json=asked, headers=headers)
    assert answer.status_code in (200, 202), answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == job["links"]["self"]
    return job


def ended(service: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    wait_until(lambda: service.get(job["links"]["self"]).json()["status"] in ("done", "failed", "cancelled"))
    found: dict[str, Any] = service.get(job["links"]["self"]).json()
    return found


def test_a_job_is_accepted_at_once_and_ends(service: httpx.Client, image: str) -> None:
    job = submitted(service, image)
    assert job["status"] in ("waiting", "running")
    done = ended(service, job)
    assert (done["status"], done["progress"]) == ("done", 1.0)
    assert service.get(done["links"]["file"]).status_code == 200


def test_nothing_new_is_a_304(service: httpx.Client, image: str) -> None:
    done = ended(service, submitted(service, image))
    first = service.get(done["links"]["self"])
    assert service.get(done["links"]["self"], headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert service.get(done["links"]["self"], headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_same_key_is_the_same_job_and_another_request_under_it_a_conflict(
    service: httpx.Client, image: str
) -> None:
    first, second = (submitted(service, image, **{"Idempotency-Key": "order 7"}) for _ in range(2))
    assert first["id"] == second["id"]
    other = {"task": "image.enhance", "request": {"image": image, "recipe": "transparent"}}
    answer = service.post("/api/v1/jobs", json=other, headers={"Idempotency-Key": "order 7"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"task": "image.enhanse", "request": {}}, 422, "unknown-name"),
        ({"task": "image.enhance", "request": {}}, 400, "input"),
        ({"task": "image.enhance", "request": {"image": "x", "padding": "much"}}, 400, "input"),
        ({"task": "image.enhance"}, 422, "recipe"),
        ({"task": "place", "request": {"product": "sha256:" + "0" * 64, "set": "sweep"}}, 404, "not-found"),
    ],
)
def test_what_cannot_be_a_job_is_refused_before_there_is_one(
    service: httpx.Client, asked: dict[str, Any], status: int, code: str
) -> None:
    answer = service.post("/api/v1/jobs", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def streamed(service: httpx.Client, job: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    found = []
    with service.stream("GET", job["links"]["events"], headers={"Accept": "text/event-stream", **headers}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
    return found


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"image": "01a22205-c7f1-7daf-8fcb-157e506ac221"}, 404, "not-found"),
        ({"recipe": "marketplce-white"}, 422, "unknown-name"),
        ({"changes": {"place.fil": 0.9}}, 422, "recipe"),
        ({"background": "purplish"}, 422, "recipe"),
    ],
)
def test_what_no_attempt_would_cure_is_refused_before_there_is_a_job(
    service: httpx.Client, image: str, wrong: dict[str, Any], status: int, code: str
) -> None:
    asked = {"image": image, **SMALL, **wrong}
    for path, body in (("renditions", asked), ("jobs", {"task": "image.enhance", "request": asked})):
        answer = service.post(f"/api/v1/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_the_same_events_come_in_a_poll_a_stream_and_a_socket(service: httpx.Client, image: str) -> None:
    job = submitted(service, image)
    live = streamed(service, job)
    polled = service.get(job["links"]["events"]).json()
    assert [event["id"] for event in live] == list(range(1, len(live) + 1))
    assert [event["event"] for event in live[:2]] == ["waiting", "running"]
    assert live[-1]["event"] == "done"
    assert live[-1]["result"]["image"] == image
    assert "cutout" in {event.get("message") for event in live}
    without_nothing = [{name: value for name, value in event.items() if value is not None} for event in polled]
    assert live == without_nothing
    address = str(service.base_url).replace("http://", "ws://").rstrip("/") + job["links"]["events"]
    with connect(address, proxy=None) as socket:
        assert [json.loads(text) for text in socket] == live


def test_a_reader_that_was_cut_off_goes_on_where_it_was(service: httpx.Client, image: str) -> None:
    job = submitted(service, image)
    whole = streamed(service, job)
    assert streamed(service, job, **{"Last-Event-ID": "3"}) == whole[3:]
    assert streamed(service, job, **{"Last-Event-ID": str(len(whole))}) == []
    after = service.get(job["links"]["events"], params={"after": len(whole) - 1}).json()
    assert [event["id"] for event in after] == [len(whole)]


def test_a_socket_for_a_job_that_is_not_there_says_so(service: httpx.Client) -> None:
    address = str(service.base_url).replace("http://", "ws://").rstrip("/")
    with connect(f"{address}/api/v1/jobs/nothing/events", proxy=None) as socket:
        assert json.loads(socket.recv())["code"] == "not-found"


def test_a_batch_counts_its_jobs_and_one_that_fails_costs_the_others_nothing(service: httpx.Client, image: str) -> None:
    requests = [{"image": image, **SMALL}, {"image": "01234567-89ab-7def-8123-456789abcdef", **SMALL}]
    answer = service.post("/api/v1/batches", json={"requests": requests})
    assert answer.status_code == 202, answer.text
    batch = answer.json()
    assert (batch["total"], batch["status"] in ("waiting", "running")) == (2, True)
    wait_until(lambda: service.get(batch["links"]["self"]).json()["status"] == "done")
    stands = service.get(batch["links"]["self"]).json()
    assert (stands["done"], stands["failed"], stands["progress"]) == (1, 1, 1.0)
    jobs = service.get(batch["links"]["jobs"]).json()["items"]
    assert {job["status"] for job in jobs} == {"done", "failed"}
    assert service.get("/api/v1/batches").json()["items"][0]["id"] == batch["id"]


def test_a_batch_is_cancelled_with_what_still_waits(service: httpx.Client, image: str) -> None:
    requests = [{"image": image, "recipe": "full", "seed": number} for number in range(40)]
    batch = service.post("/api/v1/batches", json={"requests": requests}).json()
    wait_until(lambda: service.get(batch["links"]["self"]).json()["waiting"] > 20)
    service.post(batch["links"]["cancel"])
    wait_until(lambda: service.get(batch["links"]["self"]).json()["status"] == "done")
    stands = service.get(batch["links"]["self"]).json()
    assert stands["cancelled"] >= 6
    assert stands["done"] + stands["cancelled"] == 40


def test_jobs_come_in_pages_and_by_status(service: httpx.Client, image: str) -> None:
    done = ended(service, submitted(service, image))
    page = service.get("/api/v1/jobs", params={"limit": 1, "status": "done", "task": "image.enhance"}).json()
    assert [job["id"] for job in page["items"]] == [done["id"]]
    following = service.get("/api/v1/jobs", params={"limit": 1, "status": "done", "cursor": page["next"]}).json()
    assert following["items"][0]["id"] < done["id"]
    assert service.get("/api/v1/jobs", params={"cursor": "x"}).status_code == 400


def test_a_job_that_waits_is_cancelled_and_can_be_resumed(service: httpx.Client, image: str) -> None:
    first = submitted(service, image)
    last = submitted(service, image)
    cancelled = service.post(last["links"]["cancel"]).json()
    if cancelled["status"] == "cancelled":
        assert service.post(last["links"]["self"] + "/resume").json()["status"] == "waiting"
    assert ended(service, first)["status"] == "done"
    assert ended(service, last)["status"] in ("done", "cancelled")


def test_a_listing_that_is_not_sure_asks_and_goes_on_with_the_verdict(service: httpx.Client) -> None:
    faint = service.post("/api/v1/images", files={"file": ("faint.png", bottle(235))}).json()["id"]
    asked = {"task": "listing", "request": {"photographs": [faint], **SMALL}}
    answer = service.post("/api/v1/jobs", json=asked, headers={"Prefer": "wait=100"})
    job = answer.json()
    assert (answer.status_code, job["status"]) == (202, "asking"), answer.text
    (one,) = job["result"]["asks"]
    assert job["id"] in [
        each["id"] for each in service.get("/api/v1/jobs", params={"status": "asking"}).json()["items"]
    ]
    verdict = {"image": one["image"], "verdict": "approve", "version": one["version"]}
    (said,) = service.post("/api/v1/reviews", json={"verdicts": [verdict]}).json()
    assert said["qc_status"] == "approved"
    events = [event["event"] for event in streamed(service, job) if event["event"] != "progress"]
    assert events == ["waiting", "running", "asking", "waiting", "running", "done"]
    done = service.get(job["links"]["self"]).json()["result"]
    assert ([each["image"] for each in done["pictures"]], done["asks"]) == ([faint], [])


def test_polling_is_quick_while_a_worker_is_busy(service: httpx.Client, image: str) -> None:
    job = submitted(service, image)
    times = []
    while service.get(job["links"]["self"]).json()["status"] not in ("done", "failed"):
        started = time.perf_counter()
        service.get(job["links"]["self"])
        times.append(time.perf_counter() - started)
    assert sorted(times)[len(times) // 2] < 0.5


@pytest.mark.parametrize(
    ("path", "sent", "detail"),
    [
        (
            "/api/v1/renditions",
            {"content": b"", "headers": {"Content-Type": "application/json"}},
            "the body is missing",
        ),
        ("/api/v1/renditions", {"json": []}, "the body must be a JSON object"),
        ("/api/v1/renditions", {"json": {"recipee": "auto"}}, "recipee is not known"),
        ("/api/v1/renditions", {"json": {"size": "big"}}, "size must be a list"),
        ("/api/v1/batches", {"json": {"variants": {"ratios": ["1x1"]}}}, "variants.ratios.0 must be written as 4:5"),
        ("/api/v1/jobs", {"json": {"task": "image.enhance", "request": {"imag": "x"}}}, "imag is not known"),
        ("/api/v1/jobs?limit=x", None, "limit must be a whole number"),
    ],
)
def test_what_does_not_fit_is_a_sentence_that_names_it(
    service: httpx.Client, path: str, sent: dict[str, Any] | None, detail: str
) -> None:
    answer = service.get(path) if sent is None else service.post(path, **sent)
    assert answer.json()["detail"] == detail


def test_a_body_that_does_not_say_that_it_is_json_is_told_so(service: httpx.Client) -> None:
    answers = [service.post(path, content=b"{}") for path in ("/api/v1/renditions", "/api/v1/images")]
    assert [answer.status_code for answer in answers] == [415, 415]
    assert "Content-Type: application/json" in answers[0].json()["hint"]
    assert "-F file=@photo.jpg" in answers[1].json()["hint"]


def test_of_broken_json_no_other_request_is_shown(service: httpx.Client) -> None:
    answer = service.post("/api/v1/renditions", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, "image_b64" in answer.text) == (400, False)
