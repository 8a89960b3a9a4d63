"""`/api/v1/batches`: one request for many pictures, each a job of its own."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Reader, Shop, Writer
from packshot.api.asking import IdempotencyKey, submitted
from packshot.api.catalogue import FILES, Export, file_of
from packshot.api.problems import RESPONSES
from packshot.api.views import V1, BatchView, Cursor, Limit, Page, batch_view, page_of
from packshot.catalog.queries import ImageFacts, made
from packshot.errors import InputError, NotFound
from packshot.jobs.values import JobState, Priority
from packshot.tasks.batches import MOST, Batch
from packshot.tasks.pictures import check_images, images_of_sku
from packshot.tasks.registry import task_of
from packshot.tasks.variants import Variants, form_of
from packshot.wiring import Workshop

router = APIRouter(prefix=f"{V1}/batches", tags=["batches"], responses=RESPONSES)

_PAGE = 500


class NewBatch(BaseModel):
    """Many requests of one task, or photographs and the forms that each is wanted in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "variants": {
                        "skus": ["MUG-001"],
                        "recipes": ["marketplace-white", "soft-shadow"],
                        "ratios": ["1:1", "4:5"],
                        "backgrounds": ["#ffffff", "#f4f1ec"],
                    }
                },
                {"requests": [{"url": "https://example.com/mug.jpg"}, {"url": "https://example.com/lamp.jpg"}]},
            ]
        },
    )

    task: str = Field(default="image.enhance", max_length=64, description="what is done for each request")
    requests: list[dict[str, Any]] = Field(default=[], max_length=MOST, description="one for each job")
    variants: Variants | None = Field(default=None, description="instead of requests: each photograph in each form")
    priority: Priority = Field(default="normal", description="of the jobs")

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if bool(self.requests) == (self.variants is not None):
            raise ValueError("give requests or variants")
        return self


@router.post("", status_code=202)
async def begin(
    asked: NewBatch,
    response: Response,
    shop: Shop,
    caller: Writer,
    idempotency_key: IdempotencyKey = None,
) -> BatchView:
    """Do one task for many requests, or make photographs in every form. One that fails costs the others nothing."""
    state = await run_in_threadpool(_begun, shop, caller, asked, idempotency_key)
    response.headers["Location"] = f"{V1}/batches/{state.id}"
    return await run_in_threadpool(_viewed, shop, state)


def _begun(shop: Workshop, caller: Writer, asked: NewBatch, key: str | None) -> JobState:
    task = task_of(asked.task, shop.tasks)
    requests = asked.requests if asked.variants is None else _forms(shop, caller.tenant, asked.task, asked.variants)
    for fields in requests:
        task.asked(fields)
    batch = Batch(task=asked.task, requests=requests, priority=asked.priority)
    return submitted(shop, caller, "batch", batch.model_dump(mode="json"), key=key)


def _forms(shop: Workshop, tenant: str, task: str, wanted: Variants) -> list[dict[str, Any]]:
    """The requests that variants stand for. Raises NotFound, InputError, and what a form raises that cannot be."""
    if task != "image.enhance":
        raise InputError("variants are of image.enhance", hint="leave task out, or give requests")
    images = [each for sku in wanted.skus for each in images_of_sku(shop.memory.sessions, tenant, sku)]
    images = images or wanted.images
    check_images(shop.memory.sessions, images, tenant)
    if len(images) * wanted.forms > MOST:
        raise InputError(
            f"{len(images)} photographs in {wanted.forms} forms each are more than {MOST:,} pictures",
            hint="make several batches",
        )
    requests = list(wanted.requests(images))
    for fields in requests[: wanted.forms]:
        shop.tasks[task].asked(fields).chosen(shop.services)
    return requests


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


@router.get("/{batch}/export", response_class=StreamingResponse, responses=FILES)
def export(
    batch: str,
    shop: Shop,
    caller: Reader,
    form: Annotated[Export, Query(alias="format", description="as of GET /api/v1/export")] = "zip",
    every: Annotated[bool, Query(alias="all", description="also what a person should look at first")] = False,
) -> StreamingResponse:
    """The pictures of a batch as far as they are done, as a file that shops take; a sku has all of its forms."""
    _found(shop, batch, caller.tenant)
    return file_of(shop, form, lambda: _made(shop, batch, caller.tenant), f"batch-{batch}", every)


def _made(shop: Workshop, batch: str, tenant: str) -> Iterator[tuple[str, list[ImageFacts]]]:
    """The finished pictures by sku, in the order of their jobs."""
    skus: dict[str, list[ImageFacts]] = {}
    done = _done(shop, batch, tenant)
    for first in range(0, len(done), _PAGE):
        some = done[first : first + _PAGE]
        found = shop.memory.sessions.read(lambda session, some=some: made(session, [each for each, _ in some], tenant))
        for rendition, form in some:
            facts = found.get(rendition)
            if facts is not None:
                skus.setdefault(facts.sku, []).append(replace(facts, form=form))
    yield from sorted(skus.items())


def _done(shop: Workshop, batch: str, tenant: str) -> list[tuple[str, str]]:
    """Rendition and form of every job that made one, the oldest first."""
    done: list[tuple[str, str]] = []
    before: str | None = None
    while True:
        jobs = shop.store.states(tenant, before=before, limit=_PAGE, batch=batch, status="done")
        done += [(job.result["rendition"], form_of(job.request)) for job in jobs if "rendition" in (job.result or {})]
        if len(jobs) < _PAGE:
            return done[::-1]
        before = jobs[-1].id


def _found(shop: Workshop, batch: str, tenant: str) -> JobState:
    try:
        state: JobState = shop.store.state(batch, tenant)
    except NotFound:
        raise NotFound("there is no such batch", hint="check its id") from None
    if state.task != "batch":
        raise NotFound("that job is no batch", hint=f"look at {V1}/jobs/{batch}")
    return state


def _viewed(shop: Workshop, state: JobState) -> BatchView:
    return batch_view(state, shop.store.counts(state.id))
