"""`/api/v1/qc`: what waits for a person, and what they say of it."""

import json
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Reader, Reviewer, Shop
from packshot.api.bodies import body_of
from packshot.api.problems import RESPONSES, unfit
from packshot.api.reviews import waiting_of
from packshot.api.views import V1
from packshot.catalog.review import Reviewed, Said, Verdict, Waiting, log_of, review
from packshot.database.base import now
from packshot.database.tables.catalog import QcStatus
from packshot.errors import InputError

router = APIRouter(prefix=f"{V1}/qc", tags=["as before"], responses=RESPONSES)

Word: TypeAlias = Literal["approved", "rejected", "rework"]

VERDICTS: dict[Word, Verdict] = {"approved": "approve", "rejected": "reject", "rework": "rework"}


class WaitingImage(BaseModel):
    """A picture that a person should look at."""

    image_id: str
    version: int = Field(description="give it with the verdict: who was slower than another is told so")
    sku_id: str
    product_group_id: str
    image_type: str
    image_url: str
    enhanced_image_url: str | None
    quality_score: float | None = Field(description="0..100")
    rank: float = Field(description="what a mistake costs times how open it is")


class Queue(BaseModel):
    """The most pressing first. `next` is the cursor of what comes after; null at the end."""

    items: list[WaitingImage]
    next: str | None = Field(examples=[None])


@router.get("/pending")
def pending(
    shop: Shop,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=120, description="`next` of the page before")] = None,
    product_group_id: Annotated[str | None, Query(max_length=191)] = None,
    sku_id: Annotated[str | None, Query(max_length=191)] = None,
) -> Queue:
    """What waits for a person: the highest value times doubt first."""
    items, following = waiting_of(shop, caller.tenant, limit, cursor, group=product_group_id, sku=sku_id)
    return Queue(items=[_shown(each) for each in items], next=following)


def _shown(image: Waiting) -> WaitingImage:
    return WaitingImage(
        image_id=image.id,
        version=image.version,
        sku_id=image.sku,
        product_group_id=image.group,
        image_type=image.image_type,
        image_url=image.url,
        enhanced_image_url=None if image.rendition is None else f"{V1}/renditions/{image.rendition}/file",
        quality_score=image.score,
        rank=image.rank,
    )


class Review(BaseModel):
    """A person's verdict."""

    model_config = ConfigDict(extra="forbid")

    status: Word = Field(description="rework has it done again; its reasons change the recipe")
    reviewer_id: str = Field(min_length=1, max_length=191)
    notes: str = Field(default="", max_length=4000)
    reasons: list[str] = Field(default=[], max_length=20)
    version: int | None = Field(default=None, description="the one that was looked at; null for what is there now")


class ReviewedImage(BaseModel):
    image_id: str
    qc_status: QcStatus
    version: int
    job: str | None = Field(description="makes it again; null where nothing is to be made")


@router.post(
    "/{image_id}/review",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": Review.model_json_schema()}}}
    },
)
async def verdict(image_id: str, request: Request, shop: Shop, caller: Reviewer) -> ReviewedImage:
    """Say what a person thinks of a picture. The body is JSON, whatever its header calls it."""
    settings = shop.services.settings
    body = await body_of(request, settings.limits)
    try:
        asked = Review.model_validate(_plain(body))
    except ValidationError as error:
        raise unfit(error) from None
    said = Said(image_id, VERDICTS[asked.status], asked.version)

    def kept(session: Any) -> Reviewed:
        return review(
            session,
            said,
            asked.reviewer_id,
            now(),
            tenant=caller.tenant,
            reasons=asked.reasons,
            notes=asked.notes,
        )

    done: Reviewed = await run_in_threadpool(shop.memory.sessions.write, kept)
    for job in done.due:
        await run_in_threadpool(shop.submit, job)
    said_of_it = {"image_id": image_id, "qc_status": done.qc_status, "version": done.version, "job": done.job}
    return ReviewedImage.model_validate(said_of_it)


def _plain(body: bytes) -> dict[str, Any]:
    """JSON, or the fields of a form: curl calls JSON a form where nobody tells it otherwise."""
    try:
        found = json.loads(body)
    except ValueError:
        found = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    if not isinstance(found, dict) or not found:
        raise InputError("the body is no object", hint='send {"status": "approved", "reviewer_id": "..."}')
    return found


class ReviewLine(BaseModel):
    """What somebody said. Lines are added, never changed."""

    reviewer_id: str
    verdict: str
    from_status: str
    to_status: str
    reasons: list[str]
    notes: str
    at: str


@router.get("/{image_id}/log")
def log(image_id: str, shop: Shop, caller: Reader) -> list[ReviewLine]:
    """What was said of a picture, the oldest first."""
    found = shop.memory.sessions.read(lambda session: log_of(session, image_id, caller.tenant))
    return [
        ReviewLine(
            reviewer_id=line.reviewer,
            verdict=line.verdict,
            from_status=line.from_status,
            to_status=line.to_status,
            reasons=list(line.reasons),
            notes=line.notes,
            at=line.at.isoformat(),
        )
        for line in found
    ]
