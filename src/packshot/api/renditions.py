"""`/api/v1/renditions`: finished pictures, their receipts, and having one made. `/api/v1/checks`: rules asked."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Reader, Shop, Writer
from packshot.api.asking import IdempotencyKey, Prefer, answered, submitted
from packshot.api.files import sent
from packshot.api.problems import RESPONSES
from packshot.api.views import V1, Cursor, JobView, Limit, Page, RenditionView, page_of, rendition_view
from packshot.tasks.checks import CheckImage
from packshot.tasks.enhance import EnhanceImage
from packshot.tasks.pictures import rendition_of, renditions_of

router = APIRouter(prefix=V1, tags=["renditions"], responses=RESPONSES)


@router.post("/renditions", status_code=202, response_model=JobView, responses={200: {"model": JobView}})
async def make(
    asked: EnhanceImage,
    request: Request,
    response: Response,
    shop: Shop,
    caller: Writer,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> JobView:
    """Have a picture made: a job of the task image.enhance. `Prefer: wait=20` waits for it."""
    fields = asked.model_dump(mode="json", exclude_unset=True)
    state = await run_in_threadpool(submitted, shop, caller, "image.enhance", fields, key=idempotency_key)
    return await answered(request, response, state, prefer)


@router.get("/renditions")
def renditions(
    shop: Shop,
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    image: Annotated[str | None, Query(max_length=64, description="only those of this image")] = None,
) -> Page[RenditionView]:
    """The newest first."""
    return page_of(
        lambda **wanted: renditions_of(shop.memory.sessions, caller.tenant, image=image, **wanted),
        rendition_view,
        limit,
        cursor,
    )


@router.get("/renditions/{rendition}")
def rendition(rendition: str, shop: Shop, caller: Reader) -> RenditionView:
    """What is known of it."""
    return rendition_view(rendition_of(shop.memory.sessions, rendition, caller.tenant))


@router.get("/renditions/{rendition}/manifest")
def manifest(rendition: str, shop: Shop, caller: Reader) -> dict[str, Any]:
    """Its receipt: what went in, every step, the models and their licences, what came out."""
    return dict(rendition_of(shop.memory.sessions, rendition, caller.tenant).manifest)


@router.get("/renditions/{rendition}/file", response_class=Response, responses={200: {"content": {"image/*": {}}}})
def file(
    rendition: str, shop: Shop, caller: Reader, if_none_match: Annotated[str | None, Header(max_length=400)] = None
) -> Response:
    """The finished picture."""
    found = rendition_of(shop.memory.sessions, rendition, caller.tenant)
    return sent(shop.memory.assets, found.asset, if_none_match)


@router.post("/checks", status_code=202, response_model=JobView, responses={200: {"model": JobView}}, tags=["checks"])
async def check(
    asked: CheckImage,
    request: Request,
    response: Response,
    shop: Shop,
    caller: Writer,
    prefer: Prefer = None,
) -> JobView:
    """Measure a picture against the rules of a marketplace. It is waited for; where that takes too long, a job."""
    fields = asked.model_dump(mode="json", exclude_unset=True)
    state = await run_in_threadpool(submitted, shop, caller, "image.check", fields)
    return await answered(request, response, state, prefer, shop.services.settings.service.wait_seconds)
