"""What a stream says: one event a step, the same over NDJSON and over server-sent events.

    {"id": 3, "event": "step", "step": "mask", "seconds": 0.41, "result": {...}}

The last is `done`, with the picture, or `error`, with a problem; a stream that ends otherwise was cut off.
"""

import asyncio
import base64
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from packshot.api.problems import problem_of
from packshot.api.turns import Place
from packshot.errors import Cancelled
from packshot.tasks.background import StepResult
from packshot.tasks.images import Progress

NDJSON = "application/x-ndjson"
SSE = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nobody on the way keeps it, or keeps it back


class Event(BaseModel):
    """One line of a stream."""

    id: int = Field(description="from 1, without a gap")
    event: Literal["step", "done", "error"] = Field(description="done and error are the last")
    step: str = Field(description="which step it is about")
    seconds: float = Field(description="that the step took")
    result: dict[str, Any] = Field(
        description="facts of the step; of done: image_b64, format, size, manifest; of error: a problem"
    )


Steps = Callable[[Progress], Iterator[StepResult]]


def streamed(request: Request, place: Place, first: StepResult, steps: Steps, *, max_seconds: float) -> Response:
    """`first` at once, then the results of `steps` as they come, in the form that the request asks for.

    Work that takes more than `max_seconds` ends with an error at its next word.
    """
    events = _events(place, first, steps, max_seconds)
    if SSE in request.headers.get("accept", ""):
        return EventSourceResponse(_messages(events), headers=_HEADERS)
    return StreamingResponse(_lines(events), media_type=NDJSON, headers=_HEADERS)


def _events(place: Place, first: StepResult, steps: Steps, max_seconds: float) -> AsyncIterator[Event]:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    gone = threading.Event()

    def say(event: Event | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, event)

    def progress(fraction: float, message: str) -> None:
        if gone.is_set():
            raise Cancelled("whoever asked has gone")
        if time.perf_counter() > until[0]:
            raise Cancelled(
                f"it took more than {max_seconds:g} s",
                hint="ask for a smaller picture, or raise PACKSHOT_LIMITS__MAX_SECONDS where the service is started",
            )

    until = [float("inf")]

    def work() -> None:
        number, step, since = 1, first.step, time.perf_counter()
        until[0] = since + max_seconds  # its turn has come: what it waited before does not count
        try:
            for result in steps(progress):
                progress(0.0, result.step)
                number, step, since = number + 1, result.step, time.perf_counter()
                say(_event(number, result))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the stream ends with an event
            if not gone.is_set():
                problem = problem_of(error).model_dump(exclude_none=True)
                seconds = round(time.perf_counter() - since, 4)
                say(Event(id=number + 1, event="error", step=step, seconds=seconds, result=problem))
        finally:
            say(None)

    queue.put_nowait(_event(1, first))
    future = place.work(work)

    async def told() -> AsyncIterator[Event]:
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            gone.set()
            future.cancel()  # where it has not begun

    return told()


def _event(number: int, result: StepResult) -> Event:
    if result.picture is None:
        return Event(id=number, event="step", step=result.step, seconds=result.seconds, result=result.facts)
    made = result.picture
    content = {
        **result.facts,
        "image_b64": base64.b64encode(made.data).decode("ascii"),
        "manifest": made.manifest.model_dump(mode="json", by_alias=True),
    }
    return Event(id=number, event="done", step=result.step, seconds=result.seconds, result=content)


async def _lines(events: AsyncIterator[Event]) -> AsyncIterator[str]:
    async for event in events:
        yield event.model_dump_json() + "\n"


async def _messages(events: AsyncIterator[Event]) -> AsyncIterator[ServerSentEvent]:
    async for event in events:
        yield ServerSentEvent(data=event.model_dump_json(), id=str(event.id), event=event.event)
