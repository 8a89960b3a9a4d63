"""What happens when a part behind the service goes away and comes back: nothing that was accepted is lost."""

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from pydantic import SecretStr
from test_inline_jobs import opened

from own_servers import OwnPostgres, filled, own_postgres, own_redis, small_disk
from packshot.database.engine import open_engine, url_of
from packshot.database.migrate import upgrade
from packshot.database.sessions import Sessions
from packshot.jobs.celery import CeleryEngine, CeleryWorkers
from packshot.jobs.claims import Claims
from packshot.jobs.running import Tell, run_claim
from packshot.jobs.store import JobStore
from packshot.jobs.values import Claim
from packshot.ports import PaidCall
from packshot.settings import Database, Settings
from packshot.storage.ledger import SqlLedger
from services_at import serving, settings_at
from waiting import wait_until

OVER = {"done", "failed", "cancelled"}


def bottle(shade: int) -> bytes:
    picture = np.full((150, 120, 3), 238, np.uint8)
    cv2.rectangle(picture, (45, 30), (75, 130), (110, 60, shade), -1)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def hand_in(client: httpx.Client, shade: int) -> httpx.Response:
    return client.post("/api/v1/images", files={"file": ("bottle.png", bottle(shade))})


def enhance(client: httpx.Client, image: str, key: str) -> httpx.Response:
    asked = {"image": image, "recipe": "marketplace-white", "size": [100, 100]}
    return client.post("/api/v1/renditions", json=asked, headers={"Idempotency-Key": key})


def job_of(client: httpx.Client, job: str) -> Any:
    return client.get(f"/api/v1/jobs/{job}").json()


def at(url: str) -> Database:
    return Database(url=SecretStr(url))


@dataclass
class Customer:
    """Submits pictures and asks for them, one after the other, until told to stop; keeps every answer."""

    client: httpx.Client
    image: str
    stop: threading.Event = field(default_factory=threading.Event)
    jobs: list[str] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)

    def run(self) -> None:
        number = 0
        while not self.stop.wait(0.2):
            answer = enhance(self.client, self.image, f"{number}")
            if answer.is_success:
                self.jobs.append(answer.json()["id"])
                number += 1
            else:
                self.refused.append(answer)
            looked = self.client.get(f"/api/v1/jobs/{self.jobs[-1]}") if self.jobs else answer
            if not looked.is_success:
                self.refused.append(looked)


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    """With the tables in it."""
    with own_postgres() as server:
        engine = open_engine(url_of(Settings(database=at(server.url))))
        upgrade(engine)
        engine.dispose()
        yield server


@pytest.fixture
def sessions(postgres: OwnPostgres) -> Iterator[Sessions]:
    opened = Sessions(open_engine(url_of(Settings(database=at(postgres.url)))))
    yield opened
    opened.close()


def away_for_a_moment(postgres: OwnPostgres) -> None:
    postgres.stop()
    threading.Timer(0.5, postgres.start).start()


def test_a_picture_that_is_made_while_the_database_is_away_is_not_made_again(
    postgres: OwnPostgres, sessions: Sessions
) -> None:
    store, claims = JobStore(sessions), Claims(sessions)
    job = store.submit("paint", {})
    claim = claims.claim("host/1/1/1", job)
    assert claim is not None

    def work(claim: Claim, tell: Tell) -> dict[str, int]:
        away_for_a_moment(postgres)
        tell(0.5, "half way")
        return {"made": 1}

    assert run_claim(claims, claim, work) == "done"
    assert (store.state(job).result, store.state(job).attempts) == ({"made": 1}, 1)


def test_an_answer_that_is_paid_for_while_the_database_is_away_is_kept(
    postgres: OwnPostgres, sessions: Sessions
) -> None:
    ledger = SqlLedger(sessions)
    call = PaidCall("openai", "some-model", "sha256:" + "0" * 64, datetime.now(UTC), Decimal("0.04"), job="a")
    entry = ledger.reserve(call, None)
    away_for_a_moment(postgres)
    ledger.settle(entry, call, b"answer")
    assert ledger.answer(call.request) == b"answer"
    assert len(list(ledger.calls())) == 1


def test_a_database_that_is_restarted_under_load_costs_a_503_and_no_job(postgres: OwnPostgres, tmp_path: Path) -> None:
    settings = settings_at(tmp_path).model_copy(update={"database": at(postgres.url)})
    with serving(settings) as client:
        customer = Customer(client, hand_in(client, 60).json()["id"])
        thread = threading.Thread(target=customer.run)
        thread.start()
        wait_until(lambda: len(customer.jobs) > 3 and job_of(client, customer.jobs[0])["status"] != "waiting")
        postgres.stop()
        wait_until(lambda: len(customer.refused) > 3)
        postgres.start()
        so_far = len(customer.jobs)
        wait_until(lambda: len(customer.jobs) > so_far + 2)
        customer.stop.set()
        thread.join()
        wait_until(lambda: all(job_of(client, job)["status"] in OVER for job in customer.jobs))
        ends = [
            [each["event"] for each in client.get(f"/api/v1/jobs/{job}/events").json() if each["event"] in OVER]
            for job in customer.jobs
        ]
    assert ends == [["done"]] * len(customer.jobs)
    for each in customer.refused:
        assert (each.status_code, each.json()["code"]) == (503, "database-unavailable")
        assert each.json()["retryable"]
        assert int(each.headers["Retry-After"]) > 0


def test_a_broker_that_is_killed_and_comes_back_empty_loses_no_job(tmp_path: Path) -> None:
    url = f"sqlite+pysqlite:///{tmp_path}/packshot.db"
    sessions = Sessions(open_engine(url_of(Settings(database=at(url)))))
    upgrade(sessions.engine)
    store = JobStore(sessions)
    logs = [tmp_path / f"log-{number}" for number in range(6)]
    gate = tmp_path / "gate"
    with (
        own_redis(tmp_path) as redis,
        CeleryWorkers(redis.url, "packshot", partial(opened, url), 1),
        CeleryEngine(redis.url, "packshot") as engine,
    ):
        jobs = [store.submit("write", {"log": str(logs[0]), "gate": str(gate)})]
        engine.submit(jobs[0])
        wait_until(lambda: store.state(jobs[0]).current_step == "in the middle")
        jobs += [store.submit("write", {"log": str(log)}) for log in logs[1:4]]
        for job in jobs[1:]:
            engine.submit(job)  # the worker is busy: the messages lie in the broker
        redis.kill()
        jobs += [store.submit("write", {"log": str(log)}) for log in logs[4:]]
        for job in jobs[4:]:
            engine.submit(job)  # nobody hears it
        gate.touch()
        redis.start()
        wait_until(lambda: all(store.state(job).is_over for job in jobs))
    assert {store.state(job).status for job in jobs} == {"done"}
    assert {log.read_text() for log in logs} == {"begin 1\nend 1\n"}
    sessions.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 8) as folder:
        yield folder


def halves(folder: Path) -> list[Path]:
    """What was begun and not finished."""
    return [path for path in folder.rglob("*") if path.suffix == ".part"]


def test_a_full_disk_refuses_pictures_and_a_job_goes_on_when_there_is_room(disk: Path, tmp_path: Path) -> None:
    """The pictures lie on it; the database does not."""
    elsewhere = at(f"sqlite:///{tmp_path}/packshot.db")
    with serving(settings_at(disk).model_copy(update={"database": elsewhere})) as client:
        image = hand_in(client, 60).json()["id"]
        ballast = filled(disk)
        refused = hand_in(client, 61)
        job = enhance(client, image, "a").json()["id"]
        wait_until(lambda: job_of(client, job)["error"] is not None)
        error = job_of(client, job)["error"]
        assert halves(disk) == []
        ballast.unlink()
        wait_until(lambda: job_of(client, job)["status"] in OVER)
        done = job_of(client, job)
        again = hand_in(client, 61)
    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (507, "storage-full", True)
    assert str(disk) not in refused.text
    assert (error["code"], error["retryable"]) == ("storage-full", True)
    assert "no room" in error["message"]
    assert (done["status"], again.status_code) == ("done", 201)


def test_a_full_disk_beneath_the_database_refuses_what_it_cannot_keep(disk: Path) -> None:
    with serving(settings_at(disk)) as client:
        image = hand_in(client, 60).json()["id"]
        ballast = filled(disk)
        answers = [hand_in(client, 70 + number) for number in range(5)]
        answers += [enhance(client, image, f"{number}") for number in range(30)]
        accepted = [each.json()["id"] for each in answers[5:] if each.is_success]
        ballast.unlink()
        wait_until(lambda: enhance(client, image, "after").is_success)
        accepted.append(enhance(client, image, "after").json()["id"])
        wait_until(lambda: all(job_of(client, job)["status"] in OVER for job in accepted), 150)
        assert {job_of(client, job)["status"] for job in accepted} == {"done"}
    refused = [each for each in answers if not each.is_success]
    assert refused
    assert {each.json()["code"] for each in refused} <= {"storage-full", "database-unavailable"}
    assert {each.status_code for each in refused} <= {503, 507}
    assert halves(disk) == []
    connection = sqlite3.connect(disk / "state" / "packshot.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
