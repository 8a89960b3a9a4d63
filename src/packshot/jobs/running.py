"""One job from claim to end: somebody does the work, a heart beats beside it, and the row learns how it ended."""

import contextlib
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias

from packshot import telemetry
from packshot.database.sessions import patiently
from packshot.errors import Cancelled, DatabaseUnavailable, HostBusy, PackshotError
from packshot.jobs.claims import PATIENCE, Claims
from packshot.jobs.rows import ClaimLost
from packshot.jobs.values import Asking, Claim

log = logging.getLogger("packshot.jobs")

EX_TEMPFAIL: Final = 75  # exit code of a worker that ends for a job that hangs
BEAT: Final = 10.0  # seconds between two signs of life; patience with silence is six of them
GAP: Final = 0.2  # least seconds between two words of progress that are written down; readers look no oftener

Tell: TypeAlias = Callable[[float, str], None]
# Gives the job's result, as plain data, or raises Asking.
Work: TypeAlias = Callable[[Claim, Tell], Mapping[str, Any]]
Ended: TypeAlias = Literal["done", "asking", "failed", "cancelled", "postponed", "lost"]


def run_claim(claims: Claims, claim: Claim, work: Work, *, beat: float = BEAT, limit: float | None = None) -> Ended:
    """Do the work and write down what came of it. "failed" may mean that it waits for another attempt.

    After `limit` seconds the job has failed and this process ends: what hangs cannot be stopped otherwise.

    What is no error of ours is a bug: the whole story goes to stderr, the row keeps one sentence. KeyboardInterrupt and
    SystemExit hand the job back. Where the database is away the end is written down when it is back.
    """
    about = {"job": claim.id, "task": claim.task, "tenant": claim.tenant, "attempt": claim.attempt}
    facts: telemetry.Facts = {"packshot.job": claim.id, "packshot.task": claim.task, "packshot.attempt": claim.attempt}
    with telemetry.span(f"job {claim.task}", facts, parent=claim.traceparent, kind="consumer"):
        log.info("job begun", extra=about)
        started = time.monotonic()
        ended = _run(claims, claim, work, beat, limit)
        log.info("job ended", extra={**about, "ended": ended, "seconds": round(time.monotonic() - started, 3)})
        telemetry.note({"packshot.outcome": ended})
    return ended


def _run(claims: Claims, claim: Claim, work: Work, beat: float, limit: float | None) -> Ended:
    try:
        with _Heart(claims, claim, beat, limit) as heart:
            ended, write_down = _worked(claims, claim, work, heart)
            patiently(write_down, PATIENCE.total_seconds())
            return ended
    except ClaimLost:
        return "lost"


def _worked(claims: Claims, claim: Claim, work: Work, heart: "_Heart") -> tuple[Ended, Callable[[], None]]:
    """How the work ended, and what writes that down."""

    def failed(error: dict[str, Any], retry_after: float | None = None) -> tuple[Ended, Callable[[], None]]:
        telemetry.note({"error.type": error["code"]})
        return "failed", partial(claims.fail, claim, error, retry_after)

    try:
        result = work(claim, heart.tell)
    except ClaimLost:
        raise
    except Cancelled:
        return "cancelled", partial(claims.give_up, claim)
    except Asking as asking:
        return "asking", partial(claims.ask, claim, asking.images, asking.so_far)
    except HostBusy as error:
        return "postponed", partial(claims.postpone, claim, error.retry_after)
    except PackshotError as error:
        return failed(error.as_dict(), getattr(error, "retry_after", None))
    except MemoryError:
        return failed(problem("memory", "there was not enough memory", "use fewer workers", True))
    except Exception as error:  # noqa: BLE001 - a bug in one job must not cost the others
        traceback.print_exc(file=sys.stderr)
        return failed(problem("bug", f"this is a bug in Packshot: {type(error).__name__}", "report it"))
    except BaseException:
        claims.release(claim)
        raise
    return "done", partial(claims.finish, claim, result, heart.message)


def problem(code: str, message: str, hint: str, retryable: bool = False) -> dict[str, Any]:
    """What a row keeps of what is no error of ours."""
    return {"code": code, "message": message, "hint": hint, "where": [], "retryable": retryable}


class _Heart:
    """Signs of life in a thread of their own, for work may be silent for long; and a mouth for progress.

    What is said within `GAP` of what was written down last waits for its turn, and only the latest of it is written.
    """

    def __init__(self, claims: Claims, claim: Claim, beat: float, limit: float | None = None) -> None:
        self.message = ""  # the last that was said
        self._limit = limit
        self._started = time.monotonic()
        self._claims = claims
        self._claim = claim
        self._beat = beat
        self._changed = threading.Condition()  # of all below
        self._over = False
        self._stop: ClaimLost | Cancelled | None = None
        self._waiting: tuple[float, str] | None = None  # said, and not written down yet
        self._next = 0.0  # when something may be written down again
        self._thread = threading.Thread(target=self._live, name=f"heart of {claim.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()

    def tell(self, fraction: float, message: str) -> None:
        """How far the work is. Raises Cancelled where somebody asked for that, ClaimLost."""
        with self._changed:
            if self._stop is not None:
                raise self._stop
            self.message = message
            if time.monotonic() < self._next:
                self._waiting = (fraction, message)
                self._changed.notify()
                return
            with contextlib.suppress(DatabaseUnavailable):  # the work can do without
                self._write(fraction, message)

    def _write(self, fraction: float, message: str) -> None:
        self._waiting, self._next = None, time.monotonic() + GAP
        self._claims.progress(self._claim, fraction, message)

    def _live(self) -> None:
        beat = time.monotonic() + self._beat
        with self._changed:
            while not self._over:
                now = time.monotonic()
                try:
                    if self._waiting is not None and now >= self._next:
                        self._write(*self._waiting)
                    elif now >= beat:
                        beat = now + self._beat
                        self._claims.heartbeat(self._claim)
                        if self._limit is not None and now - self._started > self._limit:
                            self._end_it_all(self._limit)
                except Cancelled as error:
                    self._stop = error
                except ClaimLost as error:
                    self._stop = error
                    return
                except DatabaseUnavailable as error:  # it may come back before anybody loses patience
                    print(f"warning: {error.message}", file=sys.stderr)
                due = beat if self._waiting is None else min(beat, self._next)
                self._changed.wait(max(0.0, due - time.monotonic()))

    def _end_it_all(self, limit: float) -> None:
        said = f"it took longer than {limit:g} s"
        self._claims.fail(self._claim, problem("too-long", said, "use a smaller picture, or raise jobs.max_seconds"))
        log.error("job %s %s; this worker ends, and another takes its place", self._claim.id, said)
        os._exit(EX_TEMPFAIL)
