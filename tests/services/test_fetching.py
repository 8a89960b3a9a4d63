"""Photographs from addresses, as jobs ask for them: a real server that counts, on every database."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import func, select

from listening import listening
from packshot.database.sessions import Sessions
from packshot.database.tables import HostTurn, WebhookDelivery
from packshot.errors import FetchFailed, FetchRefused, HostBusy
from packshot.jobs.claims import ATTEMPTS, Claims
from packshot.jobs.endpoints import add_endpoint
from packshot.jobs.running import run_claim
from packshot.jobs.store import JobStore
from packshot.manifest import digest_of
from packshot.settings import Fetch, Settings
from packshot.storage.hosts import HostTurns
from packshot.tasks.enhance import bytes_of
from packshot.tasks.every import every_task
from packshot.tasks.pictures import image_of, keep_image
from packshot.tasks.registry import work_of
from packshot.tasks.remembering import Remembering
from packshot.wiring import open_memory, open_services

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def drawn(shade: int) -> bytes:
    done, data = cv2.imencode(".png", np.full((40, 40, 3), shade, np.uint8))
    assert done
    return data.tobytes()


@dataclass
class Host:
    """Gives one photograph, answers as `answers` say first, and remembers what it was asked."""

    port: int = 0
    body: bytes = field(default_factory=lambda: drawn(200))
    answers: list[tuple[int, str]] = field(default_factory=list)  # status, Retry-After
    asked: list[str] = field(default_factory=list)  # If-None-Match of each
    sent: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mug.png"


@pytest.fixture
def host() -> Iterator[Host]:
    state = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known, etag = self.headers.get("If-None-Match", ""), f'"{digest_of(state.body)[:20]}"'
            state.asked.append(known)
            status, wait = state.answers.pop(0) if state.answers else (304 if known == etag else 200, "")
            self.send_response(status)
            if wait:
                self.send_header("Retry-After", wait)
            if status == 200:
                self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(state.body)))
                state.sent += 1
            self.end_headers()
            self.wfile.write(state.body if status == 200 else b"")

    with listening(Handler) as state.port:
        yield state


class Shop:
    """A database in a folder, and photographs by address."""

    def __init__(self, folder: Path, **fetch: float) -> None:
        self.settings = Settings(state=folder, fetch=Fetch.model_validate({"allow_private": True, **fetch}))
        self.memory: Remembering = open_memory(self.settings)
        self.services = open_services(self.settings)

    def get(self, url: str) -> bytes:
        kept = keep_image(self.memory.sessions, "", name="mug.png", url=url)
        return bytes_of(image_of(self.memory.sessions, kept.id, ""), self.services, self.memory)

    def done(self, job: str, claims: Claims) -> str:
        claim = claims.claim("host/1/1/1", job)
        assert claim is not None, "it is not due"
        return run_claim(claims, claim, work_of(every_task(), lambda tenant: self.services, self.memory))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path, fresh_seconds=0)
    yield shop
    shop.memory.sessions.close()


def test_a_photograph_is_sent_again_only_when_it_has_changed(shop: Shop, host: Host) -> None:
    first = host.body
    assert [shop.get(host.url) for _ in range(3)] == [first] * 3
    assert (host.sent, len(host.asked)) == (1, 3)
    host.body = drawn(90)
    assert shop.get(host.url) == host.body != first
    assert host.sent == 2
    assert shop.get(host.url) == host.body
    assert host.sent == 2


def test_what_was_fetched_a_short_while_ago_is_not_asked_for(shop: Shop, host: Host) -> None:
    fresh = Shop(shop.memory.state, fresh_seconds=3600)
    assert [fresh.get(host.url) for _ in range(3)] == [host.body] * 3
    assert len(host.asked) == 1
    fresh.memory.sessions.close()


@pytest.mark.parametrize("status", [404, 410, 500, 503])
def test_what_is_here_is_good_enough_where_the_host_does_not_give_it_any_more(
    shop: Shop, host: Host, status: int
) -> None:
    assert shop.get(host.url) == host.body
    host.answers = [(status, "")]
    assert shop.get(host.url) == host.body
    assert (host.sent, host.answers) == (1, [])


@pytest.mark.parametrize(("status", "attempts"), [(401, 1), (403, 1), (404, 1), (410, 1), (500, ATTEMPTS)])
def test_a_job_asks_again_only_where_that_may_help(shop: Shop, host: Host, status: int, attempts: int) -> None:
    moment = [NOON]
    claims, jobs = Claims(shop.memory.sessions, clock=lambda: moment[0]), JobStore(shop.memory.sessions)
    job = JobStore(shop.memory.sessions, clock=lambda: NOON).submit("image.enhance", {"url": host.url})
    host.answers = [(status, "")] * ATTEMPTS
    while jobs.state(job).status == "waiting":
        moment[0] += timedelta(minutes=10)
        assert shop.done(job, claims) == "failed"
    assert jobs.state(job).attempts == attempts == ATTEMPTS - len(host.answers)


def test_a_host_that_asks_for_a_pause_gets_it_and_nobody_elses_attempt_is_lost(shop: Shop, host: Host) -> None:
    moment = [NOON]
    sessions = shop.memory.sessions
    sessions.write(lambda session: add_endpoint(session, "https://example.com", ["image.failed"], NOON))
    claims, jobs = Claims(sessions, clock=lambda: moment[0]), JobStore(sessions, clock=lambda: NOON)
    one, other = (jobs.submit("image.enhance", {"url": f"{host.url}?{name}"}) for name in "ab")
    host.answers = [(429, "600")]
    assert (shop.done(one, claims), shop.done(other, claims)) == ("failed", "postponed")
    assert len(host.asked) == 1
    assert [(jobs.state(each).status, jobs.state(each).attempts) for each in (one, other)] == [
        ("waiting", 1),
        ("waiting", 0),
    ]
    moment[0] += timedelta(minutes=9)
    assert claims.claim("host/1/1/1") is None  # neither is due before the host wants it
    told = select(func.count()).select_from(WebhookDelivery)
    assert sessions.read(lambda session: session.scalar(told)) == 1  # of the one that was asked for


def turns(sessions: Sessions, at_once: int = 2, patience: float = 0.0, at: datetime = NOON) -> HostTurns:
    return HostTurns(sessions, at_once, 60, patience=patience, clock=lambda: at)


def test_no_more_than_so_many_are_at_one_host_at_once(sessions: Sessions) -> None:
    here, most, lock = [0], [0], threading.Lock()

    def visit(number: int) -> None:
        with turns(sessions, patience=30).turn("a.example"):
            with lock:
                here[0] += 1
                most[0] = max(most[0], here[0])
            threading.Event().wait(0.02)
            with lock:
                here[0] -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(visit, range(8)))
    assert most[0] <= 2


def test_another_host_has_places_of_its_own_and_a_dead_workers_place_comes_back(sessions: Sessions) -> None:
    left_behind = turns(sessions, at_once=1).turn("a.example")
    left_behind.__enter__()
    with turns(sessions, at_once=1).turn("b.example"):
        pass
    with pytest.raises(HostBusy, match="1 connections"), turns(sessions, 1).turn("a.example"):
        pass
    with turns(sessions, at_once=1, at=NOON + timedelta(seconds=61)).turn("a.example"):
        pass


def test_a_pause_is_one_for_everybody_and_ends(sessions: Sessions) -> None:
    with pytest.raises(FetchFailed), turns(sessions).turn("a.example"):
        raise FetchFailed("slow down", retry_after=20)
    with pytest.raises(HostBusy, match="left alone for another 20 s") as caught, turns(sessions).turn("a.example"):
        pass
    assert 20 <= caught.value.retry_after <= 24
    with turns(sessions, at=NOON + timedelta(seconds=21)).turn("a.example"):
        pass
    left = select(func.count()).select_from(HostTurn)
    assert sessions.read(lambda session: session.scalar(left)) == 0


def test_an_error_of_its_own_pauses_nobody(sessions: Sessions) -> None:
    with pytest.raises(FetchRefused), turns(sessions).turn("a.example"):
        raise FetchRefused("no such file")
    with turns(sessions).turn("a.example"):
        pass
