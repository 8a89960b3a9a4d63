"""Jobs in spawned processes of this machine, and what happens when one is killed in the middle."""

import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select

from packshot.database.engine import open_engine
from packshot.database.sessions import Sessions
from packshot.database.tables import Job
from packshot.jobs.claims import Claims
from packshot.jobs.inline import ProcessEngine, ThreadEngine
from packshot.jobs.running import Tell, Work
from packshot.jobs.store import JobStore
from packshot.jobs.values import Claim
from waiting import wait_until


def opened(url: str) -> tuple[Claims, Work]:
    """In a worker."""
    return Claims(Sessions(open_engine(make_url(url)))), work


def work(claim: Claim, tell: Tell) -> dict[str, Any]:
    """Write a line when it begins and one when it ends; in between wait for a file, on the first attempt only."""
    log, gate = Path(claim.request["log"]), claim.request.get("gate")
    with log.open("a") as file:
        file.write(f"begin {claim.attempt}\n")
    tell(0.5, "in the middle")
    if gate is not None and claim.attempt == 1:
        wait_until(Path(gate).exists)
    with log.open("a") as file:
        file.write(f"end {claim.attempt}\n")
    return {"pid": os.getpid()}


@pytest.fixture
def opener(sessions: Sessions) -> Callable[[], tuple[Claims, Work]]:
    return partial(opened, sessions.engine.url.render_as_string(hide_password=False))


def test_a_job_whose_worker_is_killed_in_the_middle_ends_once(
    sessions: Sessions, opener: Callable[[], tuple[Claims, Work]], tmp_path: Path
) -> None:
    store = JobStore(sessions)
    log = tmp_path / "log"
    job = store.submit("write", {"log": str(log), "gate": str(tmp_path / "never")})
    with ProcessEngine(opener, 1) as engine:
        engine.submit(job)
        wait_until(lambda: store.state(job).current_step == "in the middle")
        worker = sessions.read(lambda session: session.scalar(select(Job.worker).where(Job.id == job)))
        assert worker is not None
        os.kill(int(worker.split("/")[-2]), signal.SIGKILL)
        wait_until(lambda: store.state(job).is_over)
    state = store.state(job)
    assert (state.status, state.attempts) == ("done", 2)
    assert log.read_text() == "begin 1\nbegin 2\nend 2\n"
    assert [event.kind for event in store.events(job)].count("done") == 1


def test_several_jobs_are_done_by_several_processes_and_none_twice(
    sessions: Sessions, opener: Callable[[], tuple[Claims, Work]], tmp_path: Path
) -> None:
    store = JobStore(sessions)
    logs = [tmp_path / str(number) for number in range(6)]
    jobs = [store.submit("write", {"log": str(log)}) for log in logs]
    with ProcessEngine(opener, 2) as engine:
        engine.submit(jobs[0])
        wait_until(lambda: all(store.state(job).is_over for job in jobs))
    assert {log.read_text() for log in logs} == {"begin 1\nend 1\n"}
    assert os.getpid() not in {(store.state(job).result or {})["pid"] for job in jobs}


def test_a_job_that_hangs_fails_and_the_next_is_done(
    sessions: Sessions, opener: Callable[[], tuple[Claims, Work]], tmp_path: Path
) -> None:
    store = JobStore(sessions)
    stuck = store.submit("write", {"log": str(tmp_path / "stuck"), "gate": str(tmp_path / "never")})
    following = store.submit("write", {"log": str(tmp_path / "following")})
    with ProcessEngine(opener, 1, beat=0.2, limit=1.0) as engine:
        engine.submit(stuck)
        wait_until(lambda: store.state(following).is_over)
    error = store.state(stuck).error
    assert error is not None
    assert (store.state(stuck).status, error["code"], store.state(stuck).attempts) == ("failed", "too-long", 1)
    assert store.state(following).status == "done"


def test_who_stops_waits_for_what_is_begun_and_not_for_all_that_waits(
    sessions: Sessions, opener: Callable[[], tuple[Claims, Work]], tmp_path: Path
) -> None:
    store = JobStore(sessions)
    gate = tmp_path / "gate"
    begun = store.submit("write", {"log": str(tmp_path / "begun"), "gate": str(gate)})
    waiting = store.submit("write", {"log": str(tmp_path / "waiting")})
    with ProcessEngine(opener, 1) as engine:
        engine.submit(begun)
        wait_until(lambda: store.state(begun).current_step == "in the middle")
        threading.Timer(0.5, gate.touch).start()
    assert (store.state(begun).status, store.state(waiting).status) == ("done", "waiting")


def test_a_thread_does_the_same_within_a_program(sessions: Sessions, tmp_path: Path) -> None:
    store = JobStore(sessions)
    with ThreadEngine(Claims(sessions), work) as engine:
        job = store.submit("write", {"log": str(tmp_path / "log")})
        engine.submit(job)
        wait_until(lambda: store.state(job).is_over)
    assert store.state(job).result == {"pid": os.getpid()}
