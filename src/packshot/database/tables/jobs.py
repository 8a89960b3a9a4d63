"""Jobs: one row is one run of a task, and the truth about it."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import EXACT, Id, Name, Table, Word, new_id, now, one_of

JobStatus: TypeAlias = Literal["waiting", "running", "asking", "done", "failed", "cancelled"]


class Job(Table):
    """The jobs of a batch have its `batch_id`; how many of them are over is counted, and kept nowhere.

    `attempts` counts the claims; with `worker` it is the claim, and who has lost it changes nothing any more.

    The index that a claim walks holds all that a claim looks at, so that it never reads a row that it does not take.
    """

    __tablename__ = "processing_jobs"
    __table_args__ = (
        Index("ix_processing_jobs_claim", "status", "priority", "id", "tenant", "not_before"),
        Index("ix_processing_jobs_running", "status", "tenant", "heartbeat_at"),
        Index(None, "tenant", "id"),
        UniqueConstraint("tenant", "idempotency_key"),
        one_of("status", JobStatus),
        EXACT,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    batch_id: Mapped[str | None] = mapped_column(Id, ForeignKey("processing_jobs.id"), index=True)
    task: Mapped[str] = mapped_column(Name)
    request: Mapped[dict[str, Any]]
    request_digest: Mapped[str] = mapped_column(String(80))
    idempotency_key: Mapped[str | None] = mapped_column(Name)
    priority: Mapped[int] = mapped_column(default=50)  # the smaller goes first
    status: Mapped[JobStatus] = mapped_column(Word, default="waiting")
    not_before: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(Name)
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1
    current_step: Mapped[str] = mapped_column(Text, default="")
    events: Mapped[int] = mapped_column(default=0)  # how many it has had; the number of the last
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    traceparent: Mapped[str | None] = mapped_column(String(64))  # of whoever submitted it, where traces are collected
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobEvent(Table):
    """What happened to a job, numbered from 1: a reader that knows the last number goes on from there."""

    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(Id, ForeignKey("processing_jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Word)
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)


class JobQuestion(Table):
    """A picture that a job waits for a person about. The last that goes sends the job on."""

    __tablename__ = "job_questions"

    job_id: Mapped[str] = mapped_column(Id, ForeignKey("processing_jobs.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[str] = mapped_column(
        Id, ForeignKey("product_images.id", ondelete="CASCADE"), primary_key=True, index=True
    )
