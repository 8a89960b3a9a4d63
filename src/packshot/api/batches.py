"""`/api/v1/batches`: one request for many pictures, each a job of its own."""

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Reader, Shop, Writer
from packshot.api.asking import IdempotencyKey, submitted
from packshot.api.problems import RESPONSES
from packshot.api.views import V1, BatchView, Cursor, Limit, Page, batch_view, page_of
from packshot.errors import NotFound
from packshot.jobs.values import JobState
from packshot.tasks.batches import Batch
from packshot.tasks.registry import task_of
from packshot.wiring import Workshop

router = APIRouter(prefix=f"{V1}/batches", tags=["batches"], responses=RESPONSES)


@router.post("", status_code=202)
async def begin(
    asked: Batch,
    response: Response,
    shop: Shop,
    caller: Writer,
    idempotency_key: IdempotencyKey = None,
) -> BatchView:
    """Do one task for many requests. One that fails costs the others nothing."""
    state = await run_in_threadpool(_begun, shop, caller, asked, idempotency_key)
    response.headers["Location"] = f"{V1}/batches/{state.id}"
    return await run_in_threadpool(_viewed, shop, state)


def _begun(shop: Workshop, caller: Writer, asked: Batch, key: str | None) -> JobState:
    task = task_of(asked.task, shop.tasks)
    for fields in asked.requests:
        task.asked(fields)
    return submitted(shop, caller, "batch", asked.model_dump(mode="json"), key=key)


@router.get("")
def batches(shop: Shop, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[BatchView]:
    """The newest first."""
    return page_of(
        shop.store.states, lambda state: _viewed(shop, state), limit, cursor, tenant=caller.tenant, task="batch"
    )


@router.get("/{batch}")
def batch(batch: str, shop: Shop, caller: Reader) -> BatchView:
    """How it stands, counted from its jobs."""
    return _viewed(shop, _found(shop, batch, caller.tenant))


@router.post("/{batch}/cancel")
def cancel(batch: str, shop: Shop, caller: Writer) -> BatchView:
    """Cancel every job of it that is not over."""
    _found(shop, batch, caller.tenant)
    shop.store.cancel_batch(batch, caller.tenant)
    return _viewed(shop, _found(shop, batch, caller.tenant))


def _found(shop: Workshop, batch: str, tenant: str) -> JobState:
    state: JobState = shop.store.state(batch, tenant)
    if state.task != "batch":
        raise NotFound("that job is no batch", hint=f"look at {V1}/jobs/{batch}")
    return state


def _viewed(shop: Workshop, state: JobState) -> BatchView:
    return batch_view(state, shop.store.counts(state.id))
