"""A request becomes a job: checked here, written down, and where somebody waits, waited for."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header, Request, Response
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Caller
from packshot.api.views import V1, JobView, job_view
from packshot.api.watching import Watcher
from packshot.errors import InputError
from packshot.jobs.values import JobState, Priority
from packshot.tasks.pictures import asset_of
from packshot.tasks.registry import task_of
from packshot.wiring import Workshop

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=120, description="the same key again gives the same job; the same key for something else, 409"),
]
Prefer = Annotated[str | None, Header(max_length=200, description="`wait=10`: seconds to wait for the end")]

_LONGEST_WAIT = 120.0


def submitted(
    shop: Workshop,
    caller: Caller,
    task: str,
    fields: Mapping[str, Any],
    *,
    key: str | None = None,
    priority: Priority = "normal",
) -> JobState:
    """A new job, or the one of that key. Raises UnknownName, InputError, NotFound and Conflict before there is one."""
    chosen = task_of(task, shop.tasks)
    request = dict(fields)
    for name in chosen.assets:
        if request.get(name) is not None:
            request[name] = asset_of(shop.memory.sessions, str(request[name]), caller.tenant)
    asked = chosen.asked(request)
    if chosen.check is not None:
        chosen.check(asked, shop.services, shop.memory, caller.tenant)
    if key is not None and not key.isprintable():
        raise InputError("an idempotency key is printable text", hint="use a UUID")
    job = shop.store.submit(
        task, asked.model_dump(mode="json", exclude_unset=True), tenant=caller.tenant, key=key, priority=priority
    )
    shop.submit(job)
    state: JobState = shop.store.state(job)
    return state


async def answered(
    request: Request, response: Response, state: JobState, prefer: str | None, default: float = 0.0
) -> JobView:
    """The job, after waiting as long as was asked: 200 where it is over, else 202 and where to look."""
    seconds = wait_in(prefer, default)
    if seconds and not state.is_at_rest:
        watcher: Watcher = request.app.state.watcher
        state = await watcher.ended(state.id, seconds)
    response.headers["Location"] = f"{V1}/jobs/{state.id}"
    response.status_code = 200 if state.is_over else 202
    return job_view(state)


def wait_in(prefer: str | None, default: float) -> float:
    """Seconds of `Prefer: wait=10` (RFC 7240)."""
    found = re.search(r"(?:^|[,;\s])wait\s*=\s*(\d{1,4})", prefer or "", re.IGNORECASE)
    return min(_LONGEST_WAIT, float(found[1])) if found else default


async def in_thread(function: Any, *arguments: Any, **named: Any) -> Any:
    return await run_in_threadpool(function, *arguments, **named)
