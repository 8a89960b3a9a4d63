"""What is told of jobs: plain values, with no session behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from packshot.database.tables.jobs import JobStatus

Priority: TypeAlias = Literal["urgent", "normal", "idle"]

PRIORITIES: dict[Priority, int] = {"urgent": 10, "normal": 50, "idle": 90}  # the smaller goes first
OVER: frozenset[JobStatus] = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True)
class JobState:
    """A job as it stood when one asked. `progress` is 0..1; `error` has the five fields of an error."""

    id: str
    tenant: str
    batch: str | None
    task: str
    request: dict[str, Any]
    status: JobStatus
    progress: float
    current_step: str
    attempts: int
    events: int  # number of the last event
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_at_rest(self) -> bool:
        """Over, or nothing more happens as long as nobody says something."""
        return self.is_over or self.status == "asking"


@dataclass(frozen=True)
class Counts:
    """How many jobs of a batch stand how."""

    waiting: int = 0
    running: int = 0
    asking: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, status) for status in get_args(JobStatus))

    @property
    def over(self) -> int:
        return self.done + self.failed + self.cancelled


class Asking(Exception):
    """Raised by the work of a job that goes on when people have said what they think of these images.

    `so_far` is its result until then.
    """

    def __init__(self, images: Sequence[str], so_far: Mapping[str, Any]) -> None:
        super().__init__(f"a person is asked about {len(images)} pictures")
        self.images = images
        self.so_far = so_far


@dataclass(frozen=True)
class Claim:
    """One worker's hold on a job. It ends with the job, or when the job is taken from a worker that fell silent."""

    id: str
    tenant: str
    task: str
    request: dict[str, Any]
    worker: str
    attempt: int  # from 1
    traceparent: str | None = None  # of whoever submitted it


@dataclass(frozen=True)
class Event:
    """Something that happened to a job; `number` counts from 1 for each job."""

    job: str
    number: int
    kind: str
    data: dict[str, Any]
    at: datetime

    def as_data(self) -> dict[str, Any]:
        """The one form in which everybody hears of it: a poll, a stream, a socket, a webhook, a topic."""
        at = self.at.isoformat().replace("+00:00", "Z")
        return {"id": self.number, "job": self.job, "event": self.kind, "at": at, **self.data}
