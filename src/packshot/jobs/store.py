"""Jobs in the database: the row is the truth, and every change to it says what it must have been before.

waiting --claim--> running --> done
   ^                  |-----> failed       an error that may not come again, or the third attempt
   |-- rescue/retry --|-----> cancelled    noticed at the next progress call
   |-- last verdict -- asking              a person is to say something first (`questions`)

A claim is one conditional UPDATE, so an id that is handed out twice runs once. Whoever has lost the claim (a worker
that was silent too long, and came back) changes nothing any more. Times are this machine's clock.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from packshot.database.base import now
from packshot.database.sessions import Sessions
from packshot.database.tables import Job, JobEvent
from packshot.database.tables.jobs import JobStatus
from packshot.jobs.rows import EVENTS, JOBS, UNSEEN, first_event, found, found_row, moved, new_row, state_of, submitted
from packshot.jobs.values import Counts, Event, JobState, Priority

_IDLE: Final[tuple[JobStatus, ...]] = ("waiting", "asking")  # nobody is at it


class JobStore:
    """What those do who want something done: submit, look, cancel, resume."""

    def __init__(self, sessions: Sessions, *, clock: Callable[[], datetime] = now) -> None:
        self._sessions = sessions
        self._clock = clock

    def submit(
        self,
        task: str,
        request: Mapping[str, Any],
        *,
        tenant: str = "",
        key: str | None = None,
        priority: Priority = "normal",
        batch: str | None = None,
    ) -> str:
        """A new job's id. With a `key` that was given before, that job's.

        Raises Conflict where another request was given under that key.
        """
        row = new_row(task, request, self._clock(), tenant=tenant, key=key, priority=priority, batch=batch)
        return self._sessions.write(lambda session: submitted(session, row))

    def submit_batch(
        self,
        task: str,
        requests: Sequence[Mapping[str, Any]],
        *,
        batch: str,
        first: int = 0,
        tenant: str = "",
        priority: Priority = "normal",
    ) -> None:
        """Jobs of a batch, in one transaction. Those that were submitted before, by their numbers, are left alone."""
        common: Any = {"tenant": tenant, "priority": priority, "batch": batch}
        rows = [
            new_row(task, request, self._clock(), key=f"{batch}/{first + number}", **common)
            for number, request in enumerate(requests)
        ]

        def all_submitted(session: Session) -> None:
            keys = [row["idempotency_key"] for row in rows]
            there = select(Job.idempotency_key).where(Job.tenant == tenant, Job.idempotency_key.in_(keys))
            known = set(session.scalars(there))
            new = [row for row in rows if row["idempotency_key"] not in known]
            if new:
                session.connection().execute(JOBS.insert(), new)
                session.connection().execute(EVENTS.insert(), [first_event(row) for row in new])

        self._sessions.write(all_submitted)

    def state(self, job: str, tenant: str | None = None) -> JobState:
        """Raises NotFound, also for another tenant's job; None asks for anybody's."""
        return self._sessions.read(lambda session: state_of(found_row(session, job, tenant)))

    def states(
        self,
        tenant: str,
        *,
        before: str | None = None,
        limit: int = 50,
        batch: str | None = None,
        status: JobStatus | None = None,
        task: str | None = None,
    ) -> list[JobState]:
        """The newest first; those older than the id `before`, of that batch, status or task where one is given."""
        wanted = select(Job).where(Job.tenant == tenant).order_by(Job.id.desc()).limit(limit)
        for column, value in ((Job.batch_id, batch), (Job.status, status), (Job.task, task)):
            if value is not None:
                wanted = wanted.where(column == value)
        if before is not None:
            wanted = wanted.where(Job.id < before)
        return self._sessions.read(lambda session: [state_of(row) for row in session.scalars(wanted)])

    def counts(self, batch: str) -> Counts:
        """How the jobs of a batch stand."""
        counted = select(Job.status, func.count()).where(Job.batch_id == batch).group_by(Job.status)
        return self._sessions.read(
            lambda session: Counts(**{str(status): int(count) for status, count in session.execute(counted)})
        )

    def census(self, statuses: Sequence[JobStatus] = ()) -> list[tuple[str, str, int]]:
        """Task, status and number of everybody's jobs, of those statuses or of all."""
        counted = select(Job.task, Job.status, func.count()).group_by(Job.task, Job.status)
        if statuses:
            counted = counted.where(Job.status.in_(statuses))
        return self._sessions.read(
            lambda session: [(str(task), str(status), int(count)) for task, status, count in session.execute(counted)]
        )

    def marks(self, jobs: Sequence[str]) -> dict[str, int]:
        """The number of the last event of each of these jobs, as far as they are there."""
        wanted = select(Job.id, Job.events).where(Job.id.in_(jobs))
        return self._sessions.read(lambda session: {str(job): int(events) for job, events in session.execute(wanted)})

    def events(self, job: str, *, after: int = 0, limit: int = 1000) -> list[Event]:
        """What happened to a job after the event of that number, in order."""
        wanted = (
            select(JobEvent)
            .where(JobEvent.job_id == job, JobEvent.number > after)
            .order_by(JobEvent.number)
            .limit(limit)
        )
        return self._sessions.read(
            lambda session: [Event(e.job_id, e.number, e.kind, e.data, e.at) for e in session.scalars(wanted)]
        )

    def cancel(self, job: str, tenant: str | None = None) -> JobState:
        """A job that waits or asks is cancelled at once, one that runs at its next progress call; one that is over
        stays."""
        at = self._clock()

        def cancelled(session: Session) -> JobState:
            row = found(session, job, tenant)
            if not moved(session, job, "cancelled", at, Job.status.in_(_IDLE), finished_at=at):
                running = update(Job).where(Job.id == job, Job.status == "running")
                session.execute(running.values(cancel_requested=True), execution_options=UNSEEN)
            session.refresh(row)
            return state_of(row)

        return self._sessions.write(cancelled)

    def cancel_batch(self, batch: str, tenant: str) -> None:
        """The batch, and every job of it that is not over."""
        self.cancel(batch, tenant)
        while True:
            open_jobs = select(Job.id).where(Job.batch_id == batch, Job.tenant == tenant)
            open_jobs = open_jobs.where(
                or_(Job.status.in_(_IDLE), and_(Job.status == "running", Job.cancel_requested.is_(False)))
            )
            jobs = self._sessions.read(partial(_some, open_jobs.order_by(Job.id).limit(500)))
            for job in jobs:
                self.cancel(job, tenant)
            if not jobs:
                return

    def resume(self, job: str, tenant: str | None = None) -> JobState:
        """A job that failed or was cancelled waits again, with all its attempts; any other stays as it is."""
        at = self._clock()

        def resumed(session: Session) -> JobState:
            row = found(session, job, tenant)
            fresh = {"attempts": 0, "error": None, "finished_at": None, "worker": None, "cancel_requested": False}
            moved(session, job, "waiting", at, Job.status.in_(["failed", "cancelled"]), not_before=at, **fresh)
            session.refresh(row)
            return state_of(row)

        return self._sessions.write(resumed)


def _some(wanted: Select[str], session: Session) -> list[str]:
    return list(session.scalars(wanted))
