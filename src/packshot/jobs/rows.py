"""Changes to a job's row, each within a transaction of somebody's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Row, Select, Table, bindparam, select, update
from sqlalchemy.orm import Session

from packshot import telemetry
from packshot.database.base import is_id, new_id
from packshot.database.outbox import announce
from packshot.database.sessions import insert_new
from packshot.database.tables import Job, JobEvent, ProductImage
from packshot.errors import Conflict, NotFound
from packshot.jobs.values import PRIORITIES, Claim, Event, JobState, Priority
from packshot.manifest import canonical_json, digest_of

UNSEEN = {"synchronize_session": False}  # rows that were read before are not changed along; whoever needs it refreshes

# Straight to the tables: a row that nobody looks at again needs no object around it.
JOBS: Table = Job.metadata.tables[Job.__tablename__]
EVENTS: Table = JobEvent.metadata.tables[JobEvent.__tablename__]

REWORK: Final = "rework"  # begins the keys of jobs that make a picture again; its image and version follow

T = TypeVar("T", Job, Row[Any])


class ClaimLost(Exception):
    """The job is somebody else's by now, or over: whoever hears this stops, and says nothing of it."""


def new_row(
    task: str,
    request: Mapping[str, Any],
    at: datetime,
    *,
    tenant: str = "",
    key: str | None = None,
    priority: Priority = "normal",
    batch: str | None = None,
) -> dict[str, Any]:
    """The columns of a job that is to be submitted."""
    return {
        "id": new_id(),
        "tenant": tenant,
        "batch_id": batch,
        "task": task,
        "request": dict(request),
        "request_digest": digest_of(canonical_json([task, dict(request)]).encode()),
        "idempotency_key": key,
        "priority": PRIORITIES[priority],
        "traceparent": telemetry.traceparent(),
        "events": 1,
        "created_at": at,
        "not_before": at,
    }


def first_event(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"job_id": row["id"], "number": 1, "kind": "waiting", "data": {}, "at": row["created_at"]}


def submitted(session: Session, row: Mapping[str, Any]) -> str:
    """The id of a new job, or of the one that was given under its key before. Raises Conflict."""
    key = row["idempotency_key"]
    if key is None:
        session.connection().execute(JOBS.insert(), row)
    elif not insert_new(session, Job, dict(row), ["tenant", "idempotency_key"]):
        return given_before(session, row["tenant"], key, row["request_digest"])
    session.connection().execute(EVENTS.insert(), first_event(row))
    return str(row["id"])


def found(session: Session, job: str, tenant: str | None) -> Job:
    """To be changed. Raises NotFound, also for another tenant's."""
    return _ours(session.get(Job, job) if is_id(job) else None, tenant)


def found_row(session: Session, job: str, tenant: str | None) -> Row[Any]:
    """Only to be looked at, which costs less than half. Raises NotFound."""
    return _ours(session.connection().execute(_ONE, {"job": job}).first() if is_id(job) else None, tenant)


# Built once: what an engine asks for every job would otherwise be put together anew each time.
_ONE = select(JOBS).where(JOBS.c.id == bindparam("job"))
_TOLD = ("events", "tenant", "task", "batch_id", "idempotency_key", "request", "attempts", "traceparent")
_MOVED: Select[Any] = select(*(JOBS.c[name] for name in _TOLD)).where(JOBS.c.id == bindparam("job"))


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
    changed = session.connection().execute(update(JOBS).where(JOBS.c.id == claim.id, *held(claim)).values(**values))
    if changed.rowcount != 1:
        raise ClaimLost(claim.id)


def moved(session: Session, job: str, status: str, at: datetime, *still: Any, **values: Any) -> Row[Any] | None:
    """Change the status where the row is still as expected, and write down that it was.

    Who it is of and what it asks for; None where another was faster. The row is ours until the commit, so no event's
    number is given twice and none is left out.
    """
    change = update(JOBS).where(JOBS.c.id == job, *still).values(status=status, events=JOBS.c.events + 1, **values)
    if session.connection().execute(change).rowcount != 1:
        return None
    row = session.connection().execute(_MOVED, {"job": job}).one()
    data = {name: values[name] for name in ("error", "result") if values.get(name) is not None}
    new = {"job_id": job, "number": row.events, "kind": status, "data": data, "at": at}
    session.connection().execute(EVENTS.insert(), new)
    if status in ("failed", "cancelled"):
        _given_back(session, row.tenant, row.idempotency_key or "", at)
    if status != "waiting":
        told = Event(job, row.events, status, data, at).as_data() | {"task": row.task, "batch": row.batch_id}
        announce(session, row.tenant, f"job.{status}", told, at)
    return row


def _given_back(session: Session, tenant: str, key: str, at: datetime) -> None:
    """What could not be made again is a person's again, as it was."""
    word, _, rest = key.partition(" ")
    image = rest.partition(" ")[0]
    if word == REWORK and is_id(image):
        sent_back = (ProductImage.id == image, ProductImage.tenant == tenant, ProductImage.qc_status == "rework")
        back = {"qc_status": "needs_review", "version": ProductImage.version + 1, "updated_at": at}
        session.execute(update(ProductImage).where(*sent_back).values(back), execution_options=UNSEEN)


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
