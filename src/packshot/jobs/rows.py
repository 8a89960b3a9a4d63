"""Changes to a job's row, each within a transaction of somebody's."""

from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from packshot.database.base import is_id
from packshot.database.outbox import announce
from packshot.database.tables import Job, JobEvent
from packshot.errors import Conflict, NotFound
from packshot.jobs.values import OVER, Claim, JobState

UNSEEN = {"synchronize_session": False}  # rows that were read before are not changed along; whoever needs it refreshes

# Straight to the table: an event that nobody looks at again needs no object around it.
EVENTS: Table = JobEvent.metadata.tables[JobEvent.__tablename__]


class ClaimLost(Exception):
    """The job is somebody else's by now, or over: whoever hears this stops, and says nothing of it."""


def found(session: Session, job: str, tenant: str | None) -> Job:
    row = session.get(Job, job) if is_id(job) else None
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


def moved(session: Session, job: str, status: str, at: datetime, *still: Any, **values: Any) -> bool:
    """Change the status where the row is still as expected, and write down that it was; whether it was."""
    changed: Any = session.execute(
        update(Job).where(Job.id == job, *still).values(status=status, **values), execution_options=UNSEEN
    )
    if changed.rowcount != 1:
        return False
    data = {name: values[name] for name in ("error", "result") if values.get(name) is not None}
    event(session, job, status, data, at)
    if status in OVER:
        of = session.execute(select(Job.tenant, Job.task, Job.batch_id).where(Job.id == job)).one()
        told = {"id": job, "task": of.task, "batch": of.batch_id, "status": status, **data}
        announce(session, of.tenant, f"job.{status}", told, at)
    return True


def event(session: Session, job: str, kind: str, data: dict[str, Any], at: datetime) -> None:
    """The next event. The row is ours until the commit, so no number is given twice and none is left out."""
    session.execute(update(Job).where(Job.id == job).values(events=Job.events + 1), execution_options=UNSEEN)
    number = session.scalar(select(Job.events).where(Job.id == job))
    new = {"job_id": job, "number": number, "kind": kind, "data": data, "at": at}
    session.connection().execute(EVENTS.insert(), new)


def state_of(row: Job) -> JobState:
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
