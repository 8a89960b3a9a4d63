"""What is shown of jobs, images and renditions; and pages of them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from packshot.database.base import is_id
from packshot.database.tables.catalog import ImageStatus, QcStatus
from packshot.database.tables.jobs import JobStatus
from packshot.errors import InputError
from packshot.jobs.values import Counts, Event, JobState
from packshot.tasks.pictures import StoredImage, StoredRendition

V1 = "/api/v1"
Item = TypeVar("Item", bound=BaseModel)
Stored = TypeVar("Stored")

Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the page before")]


class Page(BaseModel, Generic[Item]):
    """Part of a list. `next` is the cursor of the page after it; null on the last."""

    items: list[Item]
    next: str | None = Field(examples=["019f3a52-7c1e-7b64-9d1f-0a6f5a3c2e10"])


def page_of(
    found: Callable[..., Sequence[Stored]],
    view: Callable[[Stored], Item],
    limit: int,
    cursor: str | None,
    **wanted: Any,
) -> Page[Item]:
    """One page. `found` is asked for one more than is shown, to know whether there is another."""
    if cursor is not None and not is_id(cursor):
        raise InputError("that is no cursor", hint="give `next` of the page before, as it is")
    rows = [view(row) for row in found(before=cursor, limit=limit + 1, **wanted)]
    items = rows[:limit]
    last: Any = items[-1] if items else None
    return Page(items=items, next=last.id if len(rows) > limit else None)


class JobView(BaseModel):
    """A job as it stands."""

    id: str
    task: str
    status: JobStatus = Field(description="asking waits for a person; done, failed and cancelled are the last")
    progress: float = Field(description="0..1")
    current_step: str
    attempts: int
    batch: str | None = Field(description="the batch it is of")
    events: int = Field(description="number of its last event")
    request: dict[str, Any]
    result: dict[str, Any] | None = Field(description="of one that asks what there is so far, and in `asks` about what")
    error: dict[str, Any] | None = Field(description="code, message, hint, where, retryable")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    links: dict[str, str]


def job_view(state: JobState) -> JobView:
    here = f"{V1}/jobs/{state.id}"
    links = {"self": here, "events": f"{here}/events", "cancel": f"{here}/cancel"}
    if state.task == "batch":
        links["batch"] = f"{V1}/batches/{state.id}"
    rendition = (state.result or {}).get("rendition")
    if rendition:
        links |= {"rendition": f"{V1}/renditions/{rendition}", "file": f"{V1}/renditions/{rendition}/file"}
    return JobView(
        id=state.id,
        task=state.task,
        status=state.status,
        progress=state.progress,
        current_step=state.current_step,
        attempts=state.attempts,
        batch=state.batch,
        events=state.events,
        request=state.request if state.task != "batch" else _in_short(state.request),
        result=state.result,
        error=state.error,
        created_at=state.created_at,
        started_at=state.started_at,
        finished_at=state.finished_at,
        links=links,
    )


def _in_short(request: dict[str, Any]) -> dict[str, Any]:
    """A batch's request without its thousands."""
    return {**{name: value for name, value in request.items() if name != "requests"}, "jobs": len(request["requests"])}


class EventView(BaseModel):
    """Something that happened to a job: the same in a poll, in server-sent events, over a WebSocket and in webhooks."""

    id: int = Field(description="from 1, without a gap; the id of a server-sent event")
    job: str
    event: str = Field(
        description="waiting, running, progress, asking, done, failed or cancelled; the last three end it"
    )
    at: datetime
    progress: float | None = Field(default=None, description="0..1")
    message: str | None = Field(default=None, description="what is being done")
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


def event_view(event: Event) -> EventView:
    return EventView.model_validate(event.as_data())


class BatchView(BaseModel):
    """A batch as it stands, counted from its jobs."""

    id: str
    status: JobStatus = Field(description="done when every job is over, whatever became of each")
    progress: float = Field(description="0..1")
    total: int
    waiting: int
    running: int
    asking: int
    done: int
    failed: int
    cancelled: int
    error: dict[str, Any] | None = Field(description="why the jobs could not be submitted")
    created_at: datetime
    links: dict[str, str]


def batch_view(state: JobState, counts: Counts) -> BatchView:
    total = max(counts.total, len(state.request.get("requests", ())))
    status: JobStatus = state.status
    if status == "done" and counts.over < total:
        status = "running" if counts.running or counts.asking or counts.over else "waiting"
    elif status == "waiting" and counts.total:
        status = "running"
    here = f"{V1}/batches/{state.id}"
    return BatchView(
        id=state.id,
        status=status,
        progress=round(counts.over / total, 4) if total else 1.0,
        total=total,
        waiting=counts.waiting,
        running=counts.running,
        asking=counts.asking,
        done=counts.done,
        failed=counts.failed,
        cancelled=counts.cancelled,
        error=state.error,
        created_at=state.created_at,
        links={
            "self": here,
            "jobs": f"{V1}/jobs?batch={state.id}",
            "export": f"{here}/export",
            "cancel": f"{here}/cancel",
        },
    )


class ImageView(BaseModel):
    """A photograph that was handed in, or that lies at an address."""

    id: str
    name: str
    url: str | None = Field(description="where it was fetched from")
    asset: str | None = Field(description="digest of its bytes; null until it has been fetched")
    status: ImageStatus
    qc_status: QcStatus
    created_at: datetime
    links: dict[str, str]


def image_view(image: StoredImage) -> ImageView:
    here = f"{V1}/images/{image.id}"
    return ImageView(
        id=image.id,
        name=image.name,
        url=image.url or None,
        asset=image.asset,
        status=image.status,
        qc_status=image.qc_status,
        created_at=image.created_at,
        links={"self": here, "file": f"{here}/file", "renditions": f"{V1}/renditions?image={image.id}"},
    )


class RenditionView(BaseModel):
    """A finished picture."""

    id: str
    image: str
    asset: str = Field(description="digest of its bytes")
    recipe: str
    recipe_digest: str
    verdict: str = Field(description="doubtful: a person should look at it")
    score: float = Field(description="quality, 0..100")
    format: str
    size: tuple[int, int]
    bytes: int
    created_at: datetime
    links: dict[str, str]


def rendition_view(rendition: StoredRendition) -> RenditionView:
    here, output = f"{V1}/renditions/{rendition.id}", rendition.manifest["output"]
    return RenditionView(
        id=rendition.id,
        image=rendition.image,
        asset=rendition.asset,
        recipe=rendition.recipe,
        recipe_digest=rendition.recipe_digest,
        verdict=rendition.verdict,
        score=rendition.score,
        format=output["format"],
        size=output["size"],
        bytes=output["bytes"],
        created_at=rendition.created_at,
        links={"self": here, "file": f"{here}/file", "manifest": f"{here}/manifest"},
    )
