"""Runs jobs on this machine, in processes that are spawned and never forked, or in a thread.

A worker claims a job, does it, claims the next; with none to do it looks again in half a second, or at once when told.
Who dies is replaced, and the job that died with it is taken up again. A worker whose parent is gone ends with its job.
"""

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

from packshot.database.sessions import AGAIN
from packshot.errors import DatabaseUnavailable
from packshot.jobs.claims import Claims
from packshot.jobs.names import worker_name
from packshot.jobs.running import BEAT, Work, run_claim
from packshot.jobs.watched import WatchedProcesses

log = logging.getLogger("packshot.jobs")

IDLE: Final = 0.5  # seconds before a worker without work looks again
SWEEP: Final = 30.0  # seconds between two looks for jobs whose workers are gone

# Opens what a worker needs, in its process: importable from there, since it travels by pickle.
Opener: TypeAlias = Callable[[], tuple[Claims, Work]]


class ProcessEngine(WatchedProcesses):
    """`count` worker processes; a `JobEngine`. A job may take `limit` seconds."""

    def __init__(self, opener: Opener, count: int, *, beat: float = BEAT, limit: float | None = None) -> None:
        super().__init__(_serve, (opener, beat, limit), count)

    def submit(self, job_id: str) -> None:
        """There is something to do; the row says what."""
        self.tell(job_id)


class ThreadEngine:
    """One thread of this process; for tests, and for a program that has only one thing to do."""

    def __init__(self, claims: Claims, work: Work, *, beat: float = BEAT) -> None:
        self._claims = claims
        self._work = work
        self._beat = beat
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="packshot worker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing = True
        self._wake.set()
        self._thread.join()

    def submit(self, job_id: str) -> None:
        self._wake.set()

    def _serve(self) -> None:
        name = f"{worker_name()}"
        while not self._closing:
            self._wake.clear()
            done = 0
            with contextlib.suppress(DatabaseUnavailable):
                done = work_off(self._claims, self._work, name, self._beat, lambda: self._closing)
            if not done:
                self._wake.wait(IDLE)


def work_off(
    claims: Claims, work: Work, name: str, beat: float, stop: Callable[[], bool], limit: float | None = None
) -> int:
    """Claim and do what there is to do, until there is nothing or `stop` says so; how many jobs that were."""
    done = 0
    while not stop() and (claim := claims.claim(name)) is not None:
        run_claim(claims, claim, work, beat=beat, limit=limit)
        done += 1
    return done


def opened(opener: Opener, has_to_leave: Callable[[], bool]) -> tuple[Claims, Work]:
    """What a worker needs, once the database answers. A worker that has to leave before does."""
    while True:
        try:
            return opener()
        except DatabaseUnavailable as error:
            log.warning("a worker waits for the database: %s", error.message)
            if has_to_leave():
                raise SystemExit(0) from error
            time.sleep(AGAIN)


def _serve(line: "Connection[Any, Any]", opener: Opener, beat: float, limit: float | None) -> None:
    """The whole life of a worker process."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and closes the line
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())

    def has_to_leave() -> bool:
        """Told to, or the parent is gone; asked between two jobs."""
        with contextlib.suppress(EOFError, OSError):
            while line.poll():
                line.recv()
            return stop.is_set()
        return True

    claims, work = opened(opener, has_to_leave)
    name = worker_name()
    sweeper = threading.Thread(target=_sweep, args=(claims, stop), daemon=True)
    sweeper.start()
    while not has_to_leave():
        try:
            work_off(claims, work, name, beat, has_to_leave, limit)
        except DatabaseUnavailable:
            stop.wait(IDLE)
        with contextlib.suppress(EOFError, OSError):
            if line.poll(IDLE):
                while line.poll():
                    line.recv()


def _sweep(claims: Claims, stop: threading.Event) -> None:
    while True:
        with contextlib.suppress(DatabaseUnavailable):
            claims.rescue()
        if stop.wait(SWEEP):
            return
