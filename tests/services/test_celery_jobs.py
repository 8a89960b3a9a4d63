"""Jobs through real brokers: a message is a nudge, and the rows are the truth whatever becomes of it."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url, select
from test_inline_jobs import opened

from packshot.database.sessions import Sessions
from packshot.database.tables import Job
from packshot.jobs.celery import CeleryEngine, CeleryWorkers, celery_app
from packshot.jobs.store import JobStore
from waiting import wait_until

BROKERS = {
    "rabbitmq": os.environ.get("PACKSHOT_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//"),
    "redis": os.environ.get("PACKSHOT_TEST_REDIS", "redis://127.0.0.1:6379/15"),
}


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> str:
    url = BROKERS[request.param]
    host = make_url(url.rstrip("/"))
    try:
        socket.create_connection((host.host or "", host.port or 0), 2).close()
    except OSError as error:
        message = f"no {request.param} at {host.host}:{host.port}: {error}"
        pytest.fail(message) if os.environ.get("PACKSHOT_TEST_SERVERS") == "all" else pytest.skip(message)
    return url


@pytest.fixture
def queue(broker: str) -> Iterator[str]:
    """A queue of its own, gone afterwards."""
    name = f"packshot-test-{uuid4().hex[:12]}"
    yield name
    with celery_app(broker, name).connection_for_write() as connection:
        connection.default_channel.queue_delete(name)


@pytest.fixture
def sessions(database_of: Callable[[str], Sessions]) -> Sessions:
    return database_of("sqlite")


def workers(sessions: Sessions, broker: str, queue: str, count: int = 1) -> CeleryWorkers:
    url = sessions.engine.url.render_as_string(hide_password=False)
    return CeleryWorkers(broker, queue, partial(opened, url), count)


def test_jobs_go_through_the_broker_and_each_is_done_once(
    sessions: Sessions, broker: str, queue: str, tmp_path: Path
) -> None:
    store = JobStore(sessions)
    logs = [tmp_path / str(number) for number in range(8)]
    with workers(sessions, broker, queue, 2), CeleryEngine(broker, queue) as engine:
        jobs = [store.submit("write", {"log": str(log)}) for log in logs]
        for job in [*jobs, *jobs[:3]]:  # a message that comes twice does nothing
            engine.submit(job)
        wait_until(lambda: all(store.state(job).is_over for job in jobs))
    assert {log.read_text() for log in logs} == {"begin 1\nend 1\n"}
    assert {store.state(job).status for job in jobs} == {"done"}


def test_a_job_whose_worker_is_killed_is_done_by_the_one_that_replaces_it(
    sessions: Sessions, broker: str, queue: str, tmp_path: Path
) -> None:
    store = JobStore(sessions)
    log = tmp_path / "log"
    with workers(sessions, broker, queue), CeleryEngine(broker, queue) as engine:
        job = store.submit("write", {"log": str(log), "gate": str(tmp_path / "never")})
        engine.submit(job)
        wait_until(lambda: store.state(job).current_step == "in the middle")
        worker = sessions.read(lambda session: session.scalar(select(Job.worker).where(Job.id == job)))
        assert worker is not None
        os.kill(int(worker.split("/")[-2]), signal.SIGKILL)
        wait_until(lambda: store.state(job).is_over)
    assert (store.state(job).status, store.state(job).attempts) == ("done", 2)
    assert log.read_text() == "begin 1\nbegin 2\nend 2\n"


def test_a_message_that_is_lost_is_made_up_for(sessions: Sessions, broker: str, queue: str, tmp_path: Path) -> None:
    store = JobStore(sessions)
    job = store.submit("write", {"log": str(tmp_path / "log")})  # and nobody is told
    with workers(sessions, broker, queue):
        wait_until(lambda: store.state(job).is_over)
    assert store.state(job).status == "done"


def test_a_broker_that_is_down_loses_nothing(sessions: Sessions, caplog: pytest.LogCaptureFixture) -> None:
    store = JobStore(sessions)
    with CeleryEngine("amqp://guest:guest@127.0.0.1:1//", "packshot-test") as engine:
        job = store.submit("write", {})
        engine.submit(job)
    assert store.state(job).status == "waiting"
    assert job in caplog.text
