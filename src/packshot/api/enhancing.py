"""The routes of the catalogue service that came before: `/api/v1/enhance`, `/api/v1/batch`.

They are answered as they were written, by the same tasks and jobs as the rest.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Caller, Reader, Shop, Writer
from packshot.api.asking import submitted
from packshot.api.images import kept
from packshot.api.problems import RESPONSES, unfit
from packshot.api.turns import Turns
from packshot.api.uploads import form_of, upload_in
from packshot.api.views import V1
from packshot.api.watching import Watcher
from packshot.database.tables.catalog import QcStatus
from packshot.errors import NotFound
from packshot.jobs.values import JobState
from packshot.tasks.modes import Mode, asked_for
from packshot.tasks.pictures import check_images, image_of, images_of_sku
from packshot.tasks.placements import error_of
from packshot.wiring import Workshop

router = APIRouter(prefix=V1, tags=["as before"], responses=RESPONSES)

# What the words for the state of a job were.
WORDS = {
    "waiting": "processing",
    "running": "processing",
    "asking": "processing",
    "done": "completed",
    "failed": "error",
    "cancelled": "error",
}


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mode: Mode = Field(default="auto", description="auto looks what the picture needs; optimize only compresses")
    remove_background: bool = Field(default=True, description="the product on pure white")
    target_size_kb: float | None = Field(default=None, gt=0, description="most of the file, 1 kB = 1000 bytes")


class EnhanceUrl(_Wanted):
    """A photograph at an address, and what is to be done with it."""

    url: str = Field(max_length=4000, examples=["https://example.com/image.jpg"])


class Enhanced(BaseModel):
    """What came of it; while `status` is processing, nothing yet."""

    job_id: str
    status: str = Field(description="completed or processing")
    image_id: str | None = None
    enhanced_image_url: str | None = None
    qc_status: QcStatus | None = None
    quality_before: float | None = Field(default=None, description="0..100")
    quality_after: float | None = Field(default=None, description="0..100")
    width: int | None = None
    height: int | None = None
    format: str | None = None
    size_kb: float | None = Field(default=None, description="1 kB = 1000 bytes")
    reasons: list[str] = Field(default=[], description="what a person should look at")


_ANSWERS: dict[int | str, dict[str, Any]] = {202: {"model": Enhanced, "description": "It takes longer; look there"}}


@router.post("/enhance/url", response_model=Enhanced, responses=_ANSWERS)
async def enhance_url(asked: EnhanceUrl, request: Request, response: Response, shop: Shop, caller: Writer) -> Enhanced:
    """Make a finished picture of what lies at an address, and wait for it."""
    fields = {"url": asked.url, **await run_in_threadpool(_asked, asked, shop)}
    return await _made(request, response, shop, caller, fields)


@router.post(
    "/enhance/upload",
    response_model=Enhanced,
    responses=_ANSWERS,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            **_Wanted.model_json_schema()["properties"],
                        },
                    }
                }
            },
        }
    },
)
async def enhance_upload(request: Request, response: Response, shop: Shop, caller: Writer) -> Enhanced:
    """The same with a photograph that is handed in: multipart field `file`."""
    turns: Turns = request.app.state.turns
    settings = shop.services.settings
    place = turns.take()
    try:
        async with form_of(request, settings) as form:
            name, data = await upload_in(form, "file", settings.limits)
            try:
                asked = _Wanted.model_validate({key: form[key] for key in form if key != "file"})
            except ValidationError as error:
                raise unfit(error) from None
        image = await run_in_threadpool(kept, shop, caller.tenant, name, data)
    finally:
        place.leave()
    fields = {"image": image.id, **await run_in_threadpool(_asked, asked, shop)}
    return await _made(request, response, shop, caller, fields)


def _asked(wanted: _Wanted, shop: Workshop) -> dict[str, Any]:
    return asked_for(
        wanted.mode,
        shop.services,
        remove_background=wanted.remove_background,
        target_size_kb=wanted.target_size_kb,
    )


async def _made(
    request: Request, response: Response, shop: Workshop, caller: Caller, fields: dict[str, Any]
) -> Enhanced:
    """A job of its own before those that nobody waits for. Raises the error of one that failed."""
    state = await run_in_threadpool(submitted, shop, caller, "image.enhance", fields, priority="urgent")
    watcher: Watcher = request.app.state.watcher
    state = await watcher.ended(state.id, shop.services.settings.service.wait_seconds)
    if not state.is_over:
        response.status_code = 202
        response.headers["Location"] = f"{V1}/jobs/{state.id}"
        return Enhanced(job_id=state.id, status=WORDS[state.status])
    return await run_in_threadpool(_told, shop, caller, state)


def _told(shop: Workshop, caller: Caller, state: JobState) -> Enhanced:
    made = state.result
    if made is None:
        raise error_of(state.error or {"message": "the job was cancelled"})
    image = image_of(shop.memory.sessions, made["image"], caller.tenant)
    width, height = made["size"]
    return Enhanced(
        job_id=state.id,
        status=WORDS[state.status],
        image_id=image.id,
        enhanced_image_url=f"{V1}/renditions/{made['rendition']}/file",
        qc_status=image.qc_status,
        quality_before=made["score_before"],
        quality_after=made["score"],
        width=width,
        height=height,
        format=made["format"],
        size_kb=round(made["bytes"] / 1000, 1),
        reasons=made["reasons"],
    )


class NewBatch(_Wanted):
    """All photographs of a sku, or those that are named."""

    sku_id: str | None = Field(default=None, max_length=191)
    image_ids: list[str] | None = Field(default=None, min_length=1, max_length=10_000)


class BatchStatus(BaseModel):
    """How the batch stands."""

    job_id: str
    status: str = Field(description="processing, completed or error")
    total: int
    completed: int
    failed: int
    progress: int = Field(description="0..100")
    error: str | None = None


@router.post("/batch", status_code=202)
def new_batch(asked: NewBatch, response: Response, shop: Shop, caller: Writer) -> BatchStatus:
    """Make finished pictures of all photographs of a sku."""
    if (asked.sku_id is None) == (asked.image_ids is None):
        raise NotFound("a batch is of one sku or of images that are named", hint="give sku_id or image_ids")
    images = asked.image_ids or images_of_sku(shop.memory.sessions, caller.tenant, asked.sku_id or "")
    check_images(shop.memory.sessions, asked.image_ids or (), caller.tenant)
    wanted = _asked(asked, shop)
    requests = [{"image": image, **wanted} for image in images]
    state = submitted(shop, caller, "batch", {"task": "image.enhance", "requests": requests})
    response.headers["Location"] = f"{V1}/batch/{state.id}"
    return _stands(shop, state)


@router.get("/batch/{job_id}")
def batch_status(job_id: str, shop: Shop, caller: Reader) -> BatchStatus:
    """How a batch stands."""
    state = shop.store.state(job_id, caller.tenant)
    if state.task != "batch":
        raise NotFound("that job is no batch", hint=f"look at {V1}/jobs/{job_id}")
    return _stands(shop, state)


def _stands(shop: Workshop, state: JobState) -> BatchStatus:
    counts = shop.store.counts(state.id)
    total = len(state.request["requests"])
    failed = counts.failed + counts.cancelled
    word = WORDS[state.status]
    if state.status == "done" and counts.over < total:
        word = "processing"
    return BatchStatus(
        job_id=state.id,
        status=word,
        total=total,
        completed=counts.done,
        failed=failed,
        progress=100 * counts.over // total,
        error=(state.error or {}).get("message"),
    )
