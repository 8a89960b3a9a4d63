"""`/api/v1/jobs`: submit, look, follow, cancel, resume."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Caller, Reader, Shop, Writer, admit_socket, workshop_of
from packshot.api.asking import IdempotencyKey, Prefer, answered, submitted
from packshot.api.events import SSE
from packshot.api.problems import RESPONSES, problem_of
from packshot.api.views import V1, Cursor, EventView, JobView, Limit, Page, event_view, job_view, page_of
from packshot.api.watching import Watcher
from packshot.database.tables.jobs import JobStatus
from packshot.errors import DatabaseUnavailable, PackshotError
from packshot.jobs.store import JobStore
from packshot.jobs.values import OVER, Priority

router = APIRouter(prefix=f"{V1}/jobs", tags=["jobs"], responses=RESPONSES)

_PING = 15.0  # seconds of silence after which a stream says that it is still there


class NewJob(BaseModel):
    """A task and its request."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "task": "image.enhance",
                    "request": {"url": "https://example.com/mug.jpg", "recipe": "marketplace-white"},
                    "priority": "normal",
                }
            ]
        },
    )

    task: str = Field(max_length=64, description="one of those that GET /api/v1/tasks lists")
    request: dict[str, Any] = Field(description="as the task's schema says")
    priority: Priority = Field(default="normal", description="urgent goes first, idle last")


@router.post("", status_code=202, response_model=JobView, responses={200: {"model": JobView}})
async def submit(
    asked: NewJob,
    request: Request,
    response: Response,
    shop: Shop,
    caller: Writer,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> JobView:
    """Have a task done. The answer says where to look; with `Prefer: wait=10` it waits for the end."""
    state = await run_in_threadpool(
        submitted, shop, caller, asked.task, asked.request, key=idempotency_key, priority=asked.priority
    )
    return await answered(request, response, state, prefer)


@router.get("")
def jobs(
    shop: Shop,
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: JobStatus | None = None,
    task: Annotated[str | None, Query(max_length=64)] = None,
    batch: Annotated[str | None, Query(max_length=64, description="only those of this batch")] = None,
) -> Page[JobView]:
    """The newest first."""
    if batch is not None:
        shop.store.state(batch, caller.tenant)
    return page_of(
        shop.store.states, job_view, limit, cursor, tenant=caller.tenant, status=status, task=task, batch=batch
    )


@router.get("/{job}", response_model=JobView, responses={304: {"description": "as you have it"}})
async def job(
    job: str,
    shop: Shop,
    caller: Reader,
    if_none_match: Annotated[str | None, Header(max_length=400)] = None,
) -> Any:
    """How it stands. With `If-None-Match` 304 as long as nothing has happened."""
    state = await run_in_threadpool(shop.store.state, job, caller.tenant)
    mark = f'"{state.events}-{state.attempts}-{state.status}"'
    headers = {"ETag": mark, "Cache-Control": "no-cache"}
    if if_none_match is not None and mark in if_none_match:
        return Response(status_code=304, headers=headers)
    # Written here: this is what is asked most, and the framework would hand it to a thread once more.
    return Response(job_view(state).model_dump_json(), headers=headers, media_type="application/json")


@router.post("/{job}/cancel")
def cancel(job: str, shop: Shop, caller: Writer) -> JobView:
    """One that waits is over at once, one that runs at its next step; one that is over stays as it is."""
    return job_view(shop.store.cancel(job, caller.tenant))


@router.post("/{job}/resume")
def resume(job: str, shop: Shop, caller: Writer) -> JobView:
    """One that failed or was cancelled is tried again; any other stays as it is."""
    state = shop.store.resume(job, caller.tenant)
    shop.submit(job)
    return job_view(state)


@router.get(
    "/{job}/events",
    response_model=list[EventView],
    responses={200: {"content": {SSE: {"schema": {"type": "string"}}}}},
)
async def events(
    job: str,
    request: Request,
    shop: Shop,
    caller: Reader,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="only those after this number")] = 0,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> Any:
    """What has happened. With `Accept: text/event-stream` also what will, until the job is over.

    `Last-Event-ID` goes on after that event, so a reader that was cut off misses nothing.
    """
    await run_in_threadpool(shop.store.state, job, caller.tenant)
    if last_event_id is not None and last_event_id.isdecimal():
        after = int(last_event_id)
    if SSE not in request.headers.get("accept", ""):
        found = await run_in_threadpool(shop.store.events, job, after=after)
        return [event_view(event) for event in found]
    watcher: Watcher = request.app.state.watcher
    return EventSourceResponse(_messages(_followed(shop.store, watcher, job, after)), ping=int(_PING))


@router.websocket("/{job}/events")
async def follow(socket: WebSocket, job: str, after: int = 0) -> None:
    """The same events, one JSON text each; it closes when the job is over. `?after=` goes on from an event."""
    shop = workshop_of(socket)
    try:
        caller: Caller = await admit_socket(socket, "read")
        await run_in_threadpool(shop.store.state, job, caller.tenant)
    except PackshotError as error:
        await socket.accept()
        await socket.send_text(problem_of(error).model_dump_json(exclude_none=True))
        await socket.close(code=1008)
        return
    await socket.accept()
    watcher: Watcher = socket.app.state.watcher
    try:
        async for event in _followed(shop.store, watcher, job, max(0, after)):
            await socket.send_text(event.model_dump_json(exclude_none=True))
        await socket.close()
    except (WebSocketDisconnect, RuntimeError):
        return  # whoever listened has gone


async def _followed(store: JobStore, watcher: Watcher, job: str, after: int) -> AsyncIterator[EventView]:
    """Every event after that number, as they come, until one ends the job."""
    while True:
        try:
            found = await run_in_threadpool(store.events, job, after=after)
            is_all = not found and (await run_in_threadpool(store.state, job)).is_over
        except DatabaseUnavailable as error:  # who follows has patience, and has had an answer already
            await asyncio.sleep(error.retry_after)
            continue
        for event in found:
            after = event.number
            yield event_view(event)
        if is_all or (found and found[-1].kind in OVER):
            return
        await watcher.changed(job, after, _PING)


async def _messages(events: AsyncIterator[EventView]) -> AsyncIterator[ServerSentEvent]:
    async for event in events:
        yield ServerSentEvent(data=event.model_dump_json(exclude_none=True), id=str(event.id), event=event.event)
