"""Jobs in the database: the row is the truth, and every change to it says what it must have been before.

waiting --claim--> running --> done
   ^                  |-----> failed       an error that may not come again, or the third attempt
   |-- rescue/retry --|-----> cancelled    noticed at the next progress call

A claim is one conditional UPDATE, so an id that is handed out twice runs once. Whoever has lost the claim (a worker
that was silent too long, and came back) changes nothing any more. Times are this machine's clock.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from packshot.database.base import new_id, now
from packshot.database.sessions import Sessions, insert_new
from packshot.database.tables import Job, JobEvent
from packshot.jobs.rows import UNSEEN, found, given_before, moved, state_of
from packshot.jobs.values import PRIORITIES, Event, JobState, Priority
from packshot.manifest import canonical_json, digest_of


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
        moment = self._clock()
        values: dict[str, Any] = {
            "id": new_id(),
            "tenant": tenant,
            "batch_id": batch,
            "task": task,
            "request": dict(request),
            "request_digest": digest_of(canonical_json([task, dict(request)]).encode()),
            "idempotency_key": key,
            "priority": PRIORITIES[priority],
            "events": 1,
            "created_at": moment,
            "not_before": moment,
        }

        def submitted(session: Session) -> str:
            if key is not None:
                if not insert_new(session, Job, values, ["tenant", "idempotency_key"]):
                    return given_before(session, tenant, key, values["request_digest"])
            else:
                session.add(Job(**values))
                session.flush()
            session.add(JobEvent(job_id=values["id"], number=1, kind="waiting", data={}, at=moment))
            return str(values["id"])

        return self._sessions.write(submitted)

    def state(self, job: str, tenant: str | None = None) -> JobState:
        """Raises NotFound, also for another tenant's job; None asks for anybody's."""
        return self._sessions.read(lambda session: state_of(found(session, job, tenant)))

    def states(self, tenant: str, *, before: str | None = None, limit: int = 50) -> list[JobState]:
        """The newest first; those older than the id `before`."""
        wanted = select(Job).where(Job.tenant == tenant).order_by(Job.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(Job.id < before)
        return self._sessions.read(lambda session: [state_of(row) for row in session.scalars(wanted)])

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
        """A job that waits is cancelled at once, one that runs at its next progress call; one that is over stays."""
        at = self._clock()

        def cancelled(session: Session) -> JobState:
            row = found(session, job, tenant)
            if not moved(session, job, "cancelled", at, Job.status == "waiting", finished_at=at):
                running = update(Job).where(Job.id == job, Job.status == "running")
                session.execute(running.values(cancel_requested=True), execution_options=UNSEEN)
            session.refresh(row)
            return state_of(row)

        return self._sessions.write(cancelled)

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
