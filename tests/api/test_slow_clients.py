"""Clients that are slow, or that have stopped: they are cut off in time, and cost the others nothing."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import Receive, Scope, Send

from packshot.api import problems
from packshot.api.arriving import Arriving, allow
from packshot.api.patience import Patient
from packshot.settings import Limits
from served import served

BLOCK = bytes(64 * 1024)


class Hasty(Patient):
    """So that a test need not be patient."""

    head_seconds = 0.4
    reading_seconds = 0.4


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """As much as anybody reads, and a word where nothing was asked for."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(1600 if scope["path"] == "/endless" else 1):
        await send({"type": "http.response.body", "body": BLOCK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def line(client: httpx.Client) -> Iterator[socket.socket]:
    """A bare connection to the same server."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        one.settimeout(20)
        one.connect((client.base_url.host, client.base_url.port or 0))
        yield one


def left_to_read(one: socket.socket) -> int:
    """Bytes until the other side ends it."""
    count = 0
    try:
        while part := one.recv(1 << 20):
            count += len(part)
    except ConnectionResetError:
        pass
    return count


@pytest.mark.parametrize("said", [b"", b"GET / HTT", b"GET / HTTP/1.1\r\nHost: x\r\nX-"])
def test_who_does_not_end_the_head_of_a_request_is_left(said: bytes) -> None:
    with served(endless, Hasty) as client, line(client) as one:
        one.sendall(said)
        assert left_to_read(one) == 0


def drip(one: socket.socket, text: bytes) -> None:
    for letter in text:
        one.sendall(bytes([letter]))
        time.sleep(0.05)


def test_nor_does_dripping_help() -> None:
    with served(endless, Hasty) as client, line(client) as one, pytest.raises(ConnectionError):
        drip(one, b"GET / HTTP/1.1\r\n" + b"X" * 200)


def poured(one: socket.socket, begin: bytes) -> None:
    """100 MB of headers, which would fit into the patience with a head."""
    one.sendall(begin)
    for number in range(1600):
        one.sendall(b"X-%d: " % number + b"x" * len(BLOCK) + b"\r\n")


CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"


@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\nHost: x\r\n", CHUNKED])
def test_headers_without_an_end_are_not_kept_before_a_body_nor_behind_it(begin: bytes) -> None:
    with served(endless) as client, line(client) as one, pytest.raises(ConnectionError):
        poured(one, begin)


def test_a_second_request_on_the_line_has_as_long_as_the_first() -> None:
    with served(endless, Hasty) as client:
        for _ in range(3):
            time.sleep(0.2)
            assert client.get("/").status_code == 200


def test_who_stops_reading_is_cut_off_and_the_others_are_served() -> None:
    with served(endless, Hasty) as client, line(client) as one:
        one.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1.5)
        assert client.get("/").status_code == 200
        assert left_to_read(one) < 1600 * len(BLOCK)


def test_who_reads_slowly_gets_all_of_it() -> None:
    with served(endless, Hasty) as client, line(client) as one:
        one.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        for _ in range(10):
            one.recv(1 << 20)
            time.sleep(0.1)
        assert left_to_read(one) > 1500 * len(BLOCK)


@pytest.fixture(scope="module")
def taking() -> Iterator[httpx.Client]:
    """Takes bodies as JSON and as they are, within a second."""
    app = FastAPI()
    problems.install(app)
    app.add_middleware(Arriving, limits=Limits(max_megabytes=0.1), seconds=1.0, grace=0.3)

    @app.post("/json")
    def as_json(body: dict[str, Any]) -> int:
        return len(body)

    @app.post("/long")
    async def long(request: Request) -> int:
        allow(request, 1_000_000, 60)
        return len(await request.body())

    @app.post("/bytes")
    async def as_bytes(request: Request) -> int:
        return len(await request.body())

    with served(app) as client:
        yield client


def dripping(pause: float) -> Iterator[bytes]:
    yield b"{"
    for _ in range(100):
        time.sleep(pause)
        yield b" "
    yield b"}"


@pytest.mark.parametrize("path", ["/json", "/bytes"])
def test_a_body_that_comes_byte_by_byte_is_not_waited_for(taking: httpx.Client, path: str) -> None:
    answer = taking.post(path, content=dripping(0.05), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (408, "too-slow")
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize("path", ["/json", "/bytes"])
def test_a_body_without_an_end_is_not_kept(taking: httpx.Client, path: str) -> None:
    endless = (BLOCK for _ in range(100))
    answer = taking.post(path, content=endless, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "image-too-large")


def test_a_body_that_comes_as_others_do_is_taken(taking: httpx.Client) -> None:
    assert taking.post("/json", content=dripping(0), headers={"Content-Type": "application/json"}).json() == 0
    assert taking.post("/bytes", content=(bytes(1000) for _ in range(50))).json() == 50_000
    assert taking.post("/long", content=(BLOCK for _ in range(5))).json() == 5 * len(BLOCK)
