"""Changes to a job's row, each within a transaction of somebody's."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Row, Select, Table, bindparam, select, update
from sqlalchemy.orm import Session

from packshot.database.base import is_id
from packshot.database.outbox import announce
from packshot.database.tables import Job, JobEvent
from packshot.errors import Conflict, NotFound
from packshot.jobs.values import OVER, Claim, JobState

UNSEEN = {"synchronize_session": False}  # rows that were read before are not changed along; whoever needs it refreshes

# Straight to the tables: a row that nobody looks at again needs no object around it.
JOBS: Table = Job.metadata.tables[Job.__tablename__]
EVENTS: Table = JobEvent.metadata.tables[JobEvent.__tablename__]


T = TypeVar("T", Job, Row[Any])


class ClaimLost(Exception):
    """The job is somebody else's by now, or over: whoever hears this stops, and says nothing of it."""


def found(session: Session, job: str, tenant: str | None) -> Job:
    """To be changed. Raises NotFound, also for another tenant's."""
    return _ours(session.get(Job, job) if is_id(job) else None, tenant)


def found_row(session: Session, job: str, tenant: str | None) -> Row[Any]:
    """Only to be looked at, which costs less than half. Raises NotFound."""
    return _ours(session.connection().execute(_ONE, {"job": job}).first() if is_id(job) else None, tenant)


# Built once: what an engine asks for every job would otherwise be put together anew each time.
_ONE = select(JOBS).where(JOBS.c.id == bindparam("job"))
_TOLD = (JOBS.c.events, JOBS.c.tenant, JOBS.c.task, JOBS.c.batch_id, JOBS.c.request, JOBS.c.attempts)
_MOVED: Select[Any] = select(*_TOLD).where(JOBS.c.id == bindparam("job"))


def _ours(row: T | None, tenant: str | None) -> T:
    if row is None or tenant not in (None, row.tenant):
        raise NotFound("there is no such job", hint="check its id")
    return row


def given_before(session: Session, tenant: str, key: str, digest: str) -> str:
    row = session.scalars(select(Job).where(Job.tenant == tenant, Job.idempotency_key == key)).one()
    if row.request_digest != digest:
        raise Conflict(f"another request was given under the key '{key}'", hint="choose another key")
    return row.id


def held(claim: Claim) -> tuple[Any, ...]:
    return Job.status == "running", Job.worker == claim.worker, Job.attempts == claim.attempt


def mine(session: Session, claim: Claim, **values: Any) -> None:
    changed: Any = session.execute(
        update(Job).where(Job.id == claim.id, *held(claim)).values(**values), execution_options=UNSEEN
    )
    if changed.rowcount != 1:
        raise ClaimLost(claim.id)


def moved(session: Session, job: str, status: str, at: datetime, *still: Any, **values: Any) -> Row[Any] | None:
    """Change the status where the row is still as expected, and write down that it was.

    Who it is of and what it asks for; None where another was faster. The row is ours until the commit, so no event's
    number is given twice and none is left out.
    """
    change = update(Job).where(Job.id == job, *still).values(status=status, events=Job.events + 1, **values)
    done: Any = session.execute(change, execution_options=UNSEEN)
    if done.rowcount != 1:
        return None
    row = session.connection().execute(_MOVED, {"job": job}).one()
    data = {name: values[name] for name in ("error", "result") if values.get(name) is not None}
    session.connection().execute(
        EVENTS.insert(), {"job_id": job, "number": row.events, "kind": status, "data": data, "at": at}
    )
    if status in OVER:
        told = {"id": job, "task": row.task, "batch": row.batch_id, "status": status, **data}
        announce(session, row.tenant, f"job.{status}", told, at)
    return row


def state_of(row: Job | Row[Any]) -> JobState:
    return JobState(
        id=row.id,
        tenant=row.tenant,
        batch=row.batch_id,
        task=row.task,
        request=row.request,
        status=row.status,
        progress=row.progress,
        current_step=row.current_step,
        attempts=row.attempts,
        events=row.events,
        result=row.result,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
