"""`POST /photography/background`: a stream of steps from a real server, and everything it refuses."""

import asyncio
import base64
import json
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from packshot.api import photography
from packshot.api.app import create_app
from packshot.api.turns import Turns
from packshot.errors import Busy
from packshot.image import Image
from packshot.recipe import Encoding
from packshot.services import Services
from packshot.settings import Limits, Service, Settings
from packshot.storage.codec import decode
from packshot.storage.encode import encode
from packshot.tasks.background import StepResult
from packshot.wiring import open_services
from served import served

ROUTE = "/photography/background"
SMALL = {"set": "sweep", "size": [320, 320]}


def photograph(size: tuple[int, int] = (420, 360)) -> bytes:
    """A dark bottle on light paper, as a PNG."""
    rgb = np.full((size[1], size[0], 3), 238, np.uint8)
    left, right = size[0] * 2 // 5, size[0] * 3 // 5
    cv2.rectangle(rgb, (left, size[1] // 4), (right, size[1] * 5 // 6), (40, 60, 110), -1)
    cv2.rectangle(rgb, (left, size[1] // 2), (right, size[1] // 2 + 40), (200, 190, 160), -1)
    done, data = cv2.imencode(".png", cv2.GaussianBlur(rgb, (0, 0), 1)[..., ::-1])
    assert done
    return data.tobytes()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@pytest.fixture(scope="module")
def services() -> Services:
    return open_services(Settings(limits=Limits(max_megapixels=2, max_megabytes=1), service=Service(at_once=2)))


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[httpx.Client]:
    with served(create_app(services)) as client:
        yield client


def lines(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    with client.stream("POST", ROUTE, json=asked) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) for line in answer.iter_lines()]


def test_the_steps_come_one_by_one_and_the_picture_at_the_end(client: httpx.Client) -> None:
    events = lines(client, image_b64=b64(photograph()), **SMALL)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["step"] for event in events] == [
        "accepted", "normalise", "mask", "features", "prompt", "generate", "paste", "finish",
    ]  # fmt: skip
    assert {event["event"] for event in events[:-1]} == {"step"}
    accepted, normalised = events[0]["result"], events[1]["result"]
    assert (accepted["format"], accepted["size"]) == ("png", [420, 360])
    assert normalised["backdrop"]["white"] is True
    last = events[-1]
    assert last["event"] == "done"
    picture = decode(base64.b64decode(last["result"]["image_b64"])).image
    assert picture.size == (320, 320)
    assert last["result"]["manifest"]["recipe"]["name"] == "background"
    assert last["result"]["manifest"]["certificate"] == events[-2]["result"]["certificate"]
    assert events[-2]["result"]["certificate"]["verdict"] in ("identical", "resampled")


def test_server_sent_events_say_the_same(client: httpx.Client) -> None:
    headers = {"Accept": "text/event-stream"}
    asked = {"image_b64": b64(photograph()), **SMALL}
    with client.stream("POST", ROUTE, json=asked, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        blocks = "".join(answer.iter_text()).replace("\r\n", "\n").strip().split("\n\n")
    told = [dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":") for block in blocks]
    events = [json.loads(each["data"]) for each in told if "data" in each]
    assert [each["id"] for each in told if "data" in each] == [str(event["id"]) for event in events]
    assert [each["event"] for each in told if "data" in each] == [event["event"] for event in events]
    again = lines(client, **asked)
    assert [event["step"] for event in events] == [event["step"] for event in again]
    assert events[-1]["result"]["image_b64"] == again[-1]["result"]["image_b64"]


def test_a_data_uri_and_wrapped_lines_are_base64_too(client: httpx.Client) -> None:
    text = b64(photograph())
    wrapped = "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    first = lines(client, image_b64=f"data:image/png;base64,{wrapped}", **SMALL)[0]
    assert first["result"]["format"] == "png"


def test_two_requests_at_once_do_not_mix(client: httpx.Client) -> None:
    sizes = [(420, 360), (360, 480)]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda size: lines(client, image_b64=b64(photograph(size)), **SMALL), sizes))
    assert [events[0]["result"]["size"] for events in both] == [list(size) for size in sizes]
    assert all(events[-1]["event"] == "done" for events in both)
    sources = [events[-1]["result"]["manifest"]["source"]["size"] for events in both]
    assert sources == [list(size) for size in sizes]


def test_an_error_in_the_middle_is_an_event_like_any_other(client: httpx.Client) -> None:
    plain = encode(Image(np.full((200, 200, 3), 240, np.uint8)), Encoding()).data
    events = lines(client, image_b64=b64(plain), **SMALL)
    assert [event["event"] for event in events] == ["step", "step", "error"]
    assert events[-1]["id"] == 3
    assert events[-1]["result"]["code"] == "no-clear-product"
    assert events[-1]["result"]["status"] == 422


def png_that_says(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes whose header speaks of any size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 422, "recipe"),
        ({"image_b64": 7}, 422, "recipe"),
        ({"image_b64": ""}, 422, "unreadable-image"),
        ({"image_b64": "c2VjcmV0!!"}, 422, "unreadable-image"),
        ({"image_b64": "data:image/png,c2VjcmV0"}, 422, "unreadable-image"),
        ({"image_b64": b64(b"no picture at all")}, 422, "unreadable-image"),
        ({"image_b64": b64(b"<svg xmlns='http://www.w3.org/2000/svg'/>")}, 422, "unreadable-image"),
        ({"image_b64": b64(png_that_says(60000, 60000))}, 413, "image-too-large"),
        ({"image_b64": b64(bytes(1_100_000))}, 413, "image-too-large"),
        ({"image_b64": b64(photograph()), "set": "swep"}, 422, "unknown-name"),
        ({"image_b64": b64(photograph()), "painter": "nobody"}, 422, "unknown-name"),
        ({"image_b64": b64(photograph()), "colour": "red"}, 422, "recipe"),
        ({"image_b64": b64(photograph()), "size": [100000, 100000]}, 422, "recipe"),
        ({"image_b64": b64(photograph()), "max_edit": "geometric"}, 422, "recipe"),
        ({"image_b64": b64(photograph()), "colour": "c2VjcmV0"}, 422, "recipe"),
    ],
)
def test_what_cannot_be_used_is_refused_before_the_stream(
    client: httpx.Client, asked: dict[str, Any], status: int, code: str
) -> None:
    answer = client.post(ROUTE, json=asked)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["code"] == code
    assert said["detail"]
    assert said["hint"]
    assert "c2VjcmV0" not in answer.text


def test_what_is_not_json_is_refused_by_its_kind_or_by_its_content(client: httpx.Client) -> None:
    form = client.post(ROUTE, data={"image_b64": "abc"})
    assert (form.status_code, form.json()["code"]) == (415, "unsupported-media")
    broken = client.post(ROUTE, content=b'{"image_b64": ', headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (400, "input")
    deep = client.post(ROUTE, content=b"[" * 100_000, headers={"Content-Type": "application/json"})
    assert (deep.status_code, deep.json()["code"]) == (400, "input")


def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"image_b64": "'
        for _ in range(40):
            yield b"A" * 50_000

    answer = client.post(ROUTE, content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "image-too-large")


def patient(started: threading.Event, stopped: threading.Event, may_end: threading.Event) -> Any:
    """Steps that go on until somebody stops them."""

    def steps(*_: Any, progress: Any, **__: Any) -> Iterator[StepResult]:
        try:
            started.set()
            while not may_end.wait(0.01):
                progress(0.5, "still at it")
            yield StepResult("finish", 0.0)
        finally:
            stopped.set()

    return steps


def test_who_goes_away_stops_the_work(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    started, stopped, may_end = threading.Event(), threading.Event(), threading.Event()
    monkeypatch.setattr(photography, "background", patient(started, stopped, may_end))
    with served(create_app(services)) as client:
        with client.stream("POST", ROUTE, json={"image_b64": b64(photograph())}) as answer:
            heard = answer.iter_lines()  # a generator that nobody holds would close the connection
            assert json.loads(next(heard))["step"] == "accepted"
            assert started.wait(10)
            assert not stopped.is_set()
        assert stopped.wait(10)


def test_work_that_takes_too_long_ends_with_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(max_megapixels=2, max_megabytes=1, max_seconds=0.2)
    hasty = open_services(Settings(limits=limits, service=Service(at_once=1)))
    started, stopped, may_end = threading.Event(), threading.Event(), threading.Event()
    monkeypatch.setattr(photography, "background", patient(started, stopped, may_end))
    with served(create_app(hasty)) as client:
        events = lines(client, image_b64=b64(photograph()))
    assert stopped.is_set()
    assert [event["event"] for event in events] == ["step", "error"]
    assert events[-1]["result"]["code"] == "cancelled"
    assert "0.2 s" in events[-1]["result"]["detail"]


def test_a_full_service_says_so_at_once_and_a_waiting_one_has_heard_its_first_step(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, stopped, may_end = threading.Event(), threading.Event(), threading.Event()
    monkeypatch.setattr(photography, "background", patient(started, stopped, may_end))
    settings = services.settings.model_copy(update={"service": Service(at_once=1, waiting=1)})
    asked = {"image_b64": b64(photograph())}
    with (
        served(create_app(replace(services, settings=settings))) as client,
        client.stream("POST", ROUTE, json=asked) as first,
        client.stream("POST", ROUTE, json=asked) as second,
    ):
        heard = [first.iter_lines(), second.iter_lines()]  # a generator that nobody holds would close the connection
        assert [json.loads(next(each))["step"] for each in heard] == ["accepted", "accepted"]
        refused = client.post(ROUTE, json=asked)
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) >= 1
        may_end.set()
        assert [json.loads(next(each))["step"] for each in heard] == ["finish", "finish"]
        deadline = time.monotonic() + 10
        while (status := client.post(ROUTE, json=asked).status_code) == 503 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert status == 200


def test_a_place_is_free_when_its_work_has_ended_and_not_before() -> None:
    async def story() -> None:
        turns, may_end = Turns(1, 0), threading.Event()
        place = turns.take()

        def waits() -> None:
            may_end.wait(10)

        future = place.work(waits)
        with pytest.raises(Busy):
            turns.take()
        may_end.set()
        await asyncio.wrap_future(future)
        await asyncio.sleep(0.05)
        turns.take().leave()

    asyncio.run(story())


def test_the_documentation_speaks_of_every_field(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    documented = document["paths"][ROUTE]["post"]
    fields = documented["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert set(fields) == set(photography.Asked.model_fields)
    assert all(field["description"] for field in fields.values())
    assert set(documented["responses"]["200"]["content"]) == {"application/x-ndjson", "text/event-stream"}
    problem = documented["responses"]["default"]["$ref"].rpartition("/")[2]
    assert "application/problem+json" in document["components"]["responses"][problem]["content"]


def test_the_line_of_the_how_to_works_as_written(client: httpx.Client, tmp_path: Path) -> None:
    import re
    import subprocess

    page = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "http.md"
    found = re.search(r"```sh\n(curl .*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    (tmp_path / "photo.jpg").write_bytes(photograph())
    line = found[1].replace("http://localhost:5000", str(client.base_url).rstrip("/"))
    assert line != found[1]
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=90)
    events = [json.loads(each) for each in done.stdout.splitlines()]
    assert events[-1]["event"] == "done", done.stderr
