"""What workers do with jobs: claim, stay in touch, and say how it ended; and taking jobs from workers that are gone."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from packshot.database.base import now
from packshot.database.sessions import Sessions, hold
from packshot.database.tables import Job, Tenant
from packshot.errors import Cancelled
from packshot.jobs.names import is_known_dead
from packshot.jobs.questions import open_questions
from packshot.jobs.rows import EVENTS, JOBS, ClaimLost, held, mine, moved
from packshot.jobs.values import Claim

ATTEMPTS: Final = 3
PATIENCE: Final = timedelta(seconds=60)  # with a worker that is silent


_HEARD: Select[Any] = select(JOBS.c.events, JOBS.c.cancel_requested).where(JOBS.c.id == bindparam("job"))


class Claims:
    """The jobs of all tenants, as workers see them.

    `running_limit` is how many jobs of one tenant run at once, unless the tenant has a limit of its own.
    """

    def __init__(
        self, sessions: Sessions, *, running_limit: int | None = None, clock: Callable[[], datetime] = now
    ) -> None:
        self._sessions = sessions
        self._limit = running_limit
        self._clock = clock

    def claim(self, worker: str, job: str | None = None) -> Claim | None:
        """The job that is most due, or `job` where it waits; None where there is nothing to do."""
        return self._sessions.write(lambda session: self._claimed(session, worker, job))

    def heartbeat(self, claim: Claim) -> bool:
        """Still at it; whether it may go on. Raises ClaimLost."""

        def beaten(session: Session) -> bool:
            mine(session, claim, heartbeat_at=self._clock())
            return not session.scalar(select(Job.cancel_requested).where(Job.id == claim.id))

        return self._sessions.write(beaten)

    def progress(self, claim: Claim, fraction: float, message: str, data: Mapping[str, Any] | None = None) -> None:
        """How far it is. Raises Cancelled where somebody asked for that, ClaimLost."""
        fraction = min(1.0, max(0.0, fraction))

        said = {"progress": fraction, "message": message, **(data or {})}

        def told(session: Session) -> bool:
            at = self._clock()
            row = {"heartbeat_at": at, "progress": fraction, "current_step": message, "events": Job.events + 1}
            mine(session, claim, **row)  # said often, so it counts its event in the same statement
            number, is_cancelled = session.connection().execute(_HEARD, {"job": claim.id}).one()
            new = {"job_id": claim.id, "number": number, "kind": "progress", "data": said, "at": at}
            session.connection().execute(EVENTS.insert(), new)
            return bool(is_cancelled)

        if self._sessions.write(told):
            raise Cancelled("somebody cancelled the job", hint="submit it again to go on from here")

    def finish(self, claim: Claim, result: Mapping[str, Any], step: str = "done") -> None:
        """`step` is the last that was said of it. Raises ClaimLost."""
        self._end(claim, "done", result=dict(result), progress=1.0, current_step=step)

    def ask(self, claim: Claim, images: Sequence[str], so_far: Mapping[str, Any]) -> None:
        """Wait until people have settled these images; `so_far` is the result until then. Raises ClaimLost.

        Where they have settled all of them meanwhile it goes on at once.
        """
        at, still = self._clock(), held(claim)

        def asked(session: Session) -> None:
            left = open_questions(session, claim.id, images)
            if session.scalar(select(Job.cancel_requested).where(Job.id == claim.id)):
                kept = moved(session, claim.id, "cancelled", at, *still, finished_at=at)
            elif left:
                step = f"asks about {left} picture{'s' if left > 1 else ''}"
                kept = moved(
                    session, claim.id, "asking", at, *still, worker=None, result=dict(so_far), current_step=step
                )
            else:
                kept = moved(session, claim.id, "waiting", at, *still, worker=None, attempts=claim.attempt - 1)
            if kept is None:
                raise ClaimLost(claim.id)

        self._sessions.write(asked)

    def fail(self, claim: Claim, error: Mapping[str, Any], retry_after: float | None = None) -> None:
        """Failed for good, or waiting for its next attempt, in seconds that grow with each. Raises ClaimLost."""
        if not error.get("retryable") or claim.attempt >= ATTEMPTS:
            self._end(claim, "failed", error=dict(error))
            return
        pause = retry_after if retry_after is not None else 2.0 * 4 ** (claim.attempt - 1) * random.uniform(0.8, 1.2)
        self._again(claim, error=dict(error), not_before=self._clock() + timedelta(seconds=pause))

    def give_up(self, claim: Claim) -> None:
        """Cancelled, as was asked. Raises ClaimLost."""
        self._end(claim, "cancelled")

    def release(self, claim: Claim) -> None:
        """Undo the claim: a worker that has to leave hands the job back, and the attempt does not count."""
        self._again(claim, attempts=claim.attempt - 1)

    def postpone(self, claim: Claim, seconds: float) -> None:
        """The same, and it waits so many seconds at least. Raises ClaimLost."""
        self._again(claim, attempts=claim.attempt - 1, not_before=self._clock() + timedelta(seconds=seconds))

    def is_something_due(self) -> bool:
        """Whether a job waits whose time has come."""
        due = select(Job.id).where(Job.status == "waiting", Job.not_before <= self._clock()).limit(1)
        return self._sessions.read(lambda session: session.scalar(due)) is not None

    def rescue(self) -> list[str]:
        """Take jobs from workers that are dead or fell silent; gives the ids of those that wait again."""
        moment = self._clock()
        running = select(Job.id, Job.worker, Job.attempts, Job.heartbeat_at).where(Job.status == "running")
        rows = self._sessions.read(lambda session: session.execute(running).all())
        lost = [
            row for row in rows if row.heartbeat_at < moment - PATIENCE or (row.worker and is_known_dead(row.worker))
        ]
        return [row.id for row in lost if self._rescued(row.id, row.worker, row.attempts)]

    def _rescued(self, job: str, worker: str, attempts: int) -> bool:
        error = {
            "code": "worker-died",
            "message": f"the worker died on it, {attempts} times",
            "hint": "if memory ran out use a smaller picture; else please report it",
            "where": [],
            "retryable": False,
        }

        at = self._clock()

        def taken(session: Session) -> bool:
            still = (Job.status == "running", Job.worker == worker, Job.attempts == attempts)
            if session.scalar(select(Job.cancel_requested).where(Job.id == job)):
                moved(session, job, "cancelled", at, *still, finished_at=at)
                return False
            if attempts >= ATTEMPTS:
                moved(session, job, "failed", at, *still, error=error, finished_at=at)
                return False
            return moved(session, job, "waiting", at, *still, worker=None, not_before=at) is not None

        return self._sessions.write(taken)

    def _claimed(self, session: Session, worker: str, job: str | None) -> Claim | None:
        moment = self._clock()
        full = self._full_tenants(session)
        while True:
            due = select(Job.id, Job.tenant).where(Job.status == "waiting", Job.not_before <= moment)
            due = due.where(Job.id == job) if job else due.order_by(Job.priority, Job.id)
            if full:
                due = due.where(Job.tenant.not_in(full))
            found = session.execute(due.limit(1).with_for_update(skip_locked=True)).first()
            if found is None:
                return None
            if self._is_full(session, found.tenant):
                full.append(found.tenant)
                continue
            taken = {"worker": worker, "attempts": Job.attempts + 1, "heartbeat_at": moment, "error": None}
            begun = {**taken, "started_at": func.coalesce(Job.started_at, moment)}
            row = moved(session, found.id, "running", moment, Job.status == "waiting", **begun)
            if row is not None:
                return Claim(found.id, row.tenant, row.task, row.request, worker, row.attempts, row.traceparent)

    def _full_tenants(self, session: Session) -> list[str]:
        """Those that run as many jobs as they may."""
        limit = func.coalesce(Tenant.running_limit, self._limit)
        counted = (
            select(Job.tenant)
            .outerjoin(Tenant, Tenant.name == Job.tenant)
            .where(Job.status == "running")
            .group_by(Job.tenant, Tenant.running_limit)
            .having(func.count() >= limit)
        )
        return list(session.scalars(counted))

    def _is_full(self, session: Session, tenant: str) -> bool:
        """The same of one tenant, exactly: whoever else claims for it waits until we are done."""
        limit = session.scalar(select(Tenant.running_limit).where(Tenant.name == tenant))
        limit = self._limit if limit is None else limit
        if limit is None:
            return False
        hold(session, f"tenant {tenant}"[:191])
        running = select(func.count()).select_from(Job).where(Job.status == "running", Job.tenant == tenant)
        return (session.scalar(running) or 0) >= limit

    def _end(self, claim: Claim, status: str, **values: Any) -> None:
        at = self._clock()

        def ended(session: Session) -> None:
            if not moved(session, claim.id, status, at, *held(claim), finished_at=at, **values):
                raise ClaimLost(claim.id)

        self._sessions.write(ended)

    def _again(self, claim: Claim, **values: Any) -> None:
        at = self._clock()

        def again(session: Session) -> None:
            if not moved(session, claim.id, "waiting", at, *held(claim), worker=None, **values):
                raise ClaimLost(claim.id)

        self._sessions.write(again)
