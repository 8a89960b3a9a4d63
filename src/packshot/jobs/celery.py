"""Celery as an engine: a broker (RabbitMQ, Redis) carries the news that there is something to do, and nothing else.

A message is a nudge. Who gets it does what is most due, so that priorities and limits are the database's, a message
that comes twice does nothing, and one that is lost is made up for: workers look for due jobs every few seconds as well.

Each worker is a spawned process in which Celery runs one job at a time in a thread, since its own pool would fork.
"""

import contextlib
import logging
import os
import signal
import threading
import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final, Self

from celery import Celery
from kombu.exceptions import OperationalError

from packshot.errors import DatabaseUnavailable
from packshot.jobs.claims import Claims
from packshot.jobs.inline import Opener, opened
from packshot.jobs.names import worker_name
from packshot.jobs.running import BEAT, Work, run_claim
from packshot.jobs.watched import WatchedProcesses

log = logging.getLogger("packshot.jobs")

TASK: Final = "packshot.work"
SWEEP: Final = 5.0  # seconds between two looks for jobs that no message speaks of
_ONE_MESSAGE: Final = 60.0  # seconds of jobs that one message may start


def celery_app(broker: str, queue: str) -> Celery:
    """Nothing is connected to yet."""
    app = Celery("packshot", broker=broker, set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=2,
        broker_transport_options={"visibility_timeout": 4 * 3600, "socket_connect_timeout": 2},
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return app


class CeleryEngine:
    """A `JobEngine` that tells the broker. Where that is down the row waits, and a worker finds it."""

    def __init__(self, broker: str, queue: str) -> None:
        self._app = celery_app(broker, queue)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._app.close()

    def submit(self, job_id: str) -> None:
        try:
            self._app.send_task(TASK, args=[job_id], retry=False)
        except (OperationalError, OSError) as error:
            log.warning("the broker was not told of job %s, which waits for a worker to look: %s", job_id, error)


class CeleryWorkers(WatchedProcesses):
    """`count` processes that do jobs, from when it is entered until it is left. They end what they have begun.

    One that dies is replaced, and what died with it is taken up again.
    """

    def __init__(
        self, broker: str, queue: str, opener: Opener, count: int, *, beat: float = BEAT, limit: float | None = None
    ) -> None:
        super().__init__(_serve, (broker, queue, opener, beat, limit), count)


def work_some(claims: Claims, work: Work, name: str, beat: float, limit: float | None, over: threading.Event) -> bool:
    """Do what is most due, for a minute or until it is `over`; whether it stopped for the time."""
    until = time.monotonic() + _ONE_MESSAGE
    while not over.is_set() and (claim := claims.claim(name)) is not None:
        run_claim(claims, claim, work, beat=beat, limit=limit)
        if time.monotonic() > until:
            return True
    return False


def _serve(
    line: "Connection[Any, Any]", broker: str, queue: str, opener: Opener, beat: float, limit: float | None
) -> None:
    """The whole life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and closes the line
    app = celery_app(broker, queue)
    name, over = worker_name(), threading.Event()
    threading.Thread(target=_until_the_parent_goes, args=(line, over), daemon=True).start()
    claims, work = opened(opener, over.is_set)

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def nudged(job_id: str) -> None:
        with contextlib.suppress(DatabaseUnavailable, OperationalError, OSError):  # who sweeps speaks of it again
            if work_some(claims, work, name, beat, limit, over):
                app.send_task(TASK, args=[job_id], retry=False)

    threading.Thread(target=_sweep, args=(claims, app, over), daemon=True).start()
    worker = app.Worker(
        pool="threads", concurrency=1, loglevel="WARNING", without_gossip=True, without_mingle=True, quiet=True
    )
    try:
        worker.start()
    finally:
        over.set()


def _until_the_parent_goes(line: "Connection[Any, Any]", over: threading.Event) -> None:
    with contextlib.suppress(EOFError, OSError):
        line.recv()
    over.set()
    os.kill(os.getpid(), signal.SIGTERM)  # Celery ends what it has begun, and then itself


def _sweep(claims: Claims, app: Celery, over: threading.Event) -> None:
    """Take jobs from workers that are gone, and speak of those that are due and that nobody speaks of."""
    while not over.wait(SWEEP):
        with contextlib.suppress(DatabaseUnavailable, OperationalError, OSError):
            claims.rescue()
            if claims.is_something_due():
                app.send_task(TASK, args=[""], retry=False)
