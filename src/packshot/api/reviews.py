"""`/api/v1/reviews`: what waits for a person, what they say of it, and from which score on nobody need look."""

import math
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from packshot.api.access import Reader, Reviewer, Shop
from packshot.api.problems import RESPONSES, Problem, problem_of
from packshot.api.views import V1, Cursor, Limit, Page, page_of
from packshot.catalog.learning import Learnt, learnt, set_threshold, thresholds
from packshot.catalog.review import (
    NEXT,
    VERDICTS,
    Logged,
    Reviewed,
    Said,
    Verdict,
    Waiting,
    log_of,
    looked_at,
    queue,
    review,
    review_many,
)
from packshot.catalog.rework import REASONS
from packshot.database.base import is_id, now
from packshot.database.tables.catalog import QcStatus
from packshot.errors import Conflict, InputError, Outdated
from packshot.wiring import Workshop

router = APIRouter(prefix=f"{V1}/reviews", tags=["reviews"], responses=RESPONSES)

MOST = 500  # verdicts of one request

ShopKey = Annotated[str | None, Query(max_length=191, description="as the shop calls it")]
Reasons = Annotated[
    list[str],
    Field(max_length=20, description="those that GET /api/v1/reviews/reasons lists", examples=[["too-dark", "soft"]]),
]
Notes = Annotated[str, Field(max_length=4000, description="in your own words", examples=["the label is hard to read"])]
Person = Annotated[
    str,
    Field(max_length=191, description="who says so; left out, the key's id, or the address", examples=["anna"]),
]


class ReviewView(BaseModel):
    """A picture as whoever judges it needs it."""

    id: str = Field(description="of the image")
    version: int = Field(description="grows with every change; the ETag", examples=[4])
    qc_status: QcStatus
    verdicts: list[Verdict] = Field(description="what can be said of it now")
    sku: str = Field(examples=["MUG-001"])
    group: str = Field(examples=["G-MUGS"])
    image_type: str = Field(examples=["primary"])
    score: float | None = Field(description="quality of the rendition, 0..100", examples=[71.3])
    doubt: float = Field(description="how open it is what a person would say, 0..1", examples=[0.69])
    value: float = Field(description="what a mistake would cost", examples=[24.9])
    rank: float = Field(description="value times doubt", examples=[17.2])
    links: dict[str, str] = Field(description="`photograph` and `file` are the pictures before and after")


class VerdictOn(BaseModel):
    """What a person says of a picture."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict = Field(description="rework has it made again; its reasons change the recipe", examples=["rework"])
    reasons: Reasons = []
    notes: Notes = ""
    reviewer: Person = ""


class OneOfMany(BaseModel):
    model_config = ConfigDict(extra="forbid")

    image: str = Field(max_length=64, examples=["019f3a52-7c1e-7b64-9d1f-0a6f5a3c2e10"])
    verdict: Verdict = Field(examples=["approve"])
    version: int | None = Field(
        default=None, description="the one that was looked at; null for what is there now", examples=[4]
    )


class ManyVerdicts(BaseModel):
    """Verdicts on many pictures; reasons and notes hold for each."""

    model_config = ConfigDict(extra="forbid")

    verdicts: list[OneOfMany] = Field(min_length=1, max_length=MOST)
    reasons: Annotated[Reasons, Field(examples=[[]])] = []
    notes: Notes = ""
    reviewer: Person = ""


class ReviewedView(BaseModel):
    """What became of a verdict."""

    image: str
    qc_status: QcStatus | None
    version: int | None = Field(description="the one that is there now", examples=[5])
    job: str | None = Field(default=None, description="makes it again; null where nothing is to be made")
    problem: Problem | None = Field(default=None, description="why nothing became of it", examples=[None])


class ReasonView(BaseModel):
    """What a person may find wrong with a picture, and what follows."""

    name: str = Field(examples=["too-dark"])
    words: str = Field(examples=["the product is too dark"])
    changes: list[dict[str, Any]] = Field(
        description="of the recipe: `parameter` is set `to` something, or moved `by` so much between `low` and `high`; "
        "empty where no recipe helps",
        examples=[[{"parameter": "tone.exposure", "by": 0.4, "low": -2, "high": 2}]],
    )


class LogLine(BaseModel):
    """What somebody said. Lines are added, never changed."""

    id: str
    rendition: str | None = Field(
        description="the picture that it was said of", examples=["019f3a52-8a90-7f02-b3c5-5d1e8f20a7c4"]
    )
    reviewer: str = Field(examples=["anna"])
    verdict: str = Field(examples=["approve"])
    from_status: str = Field(examples=["needs_review"])
    to_status: str = Field(examples=["approved"])
    reasons: list[str] = Field(examples=[[]])
    notes: str = Field(examples=["good"])
    at: datetime


class Threshold(BaseModel):
    """From which score on pictures of a group need nobody."""

    model_config = ConfigDict(extra="forbid")

    group: str = Field(max_length=191, description="as the shop calls it", examples=["G-MUGS"])
    approve_above: float | None = Field(
        ge=0, le=100, description="null for what holds for all, `approve_above` of the settings", examples=[82]
    )


class ThresholdView(Threshold):
    """The same, and what verdicts teach about it."""

    group: str = Field(description="empty for the photographs of no group", examples=["G-MUGS"])
    learnt: float | None = Field(
        description="above it people approve 95 of 100; null where there are too few verdicts", examples=[78.5]
    )
    verdicts: int = Field(examples=[120])
    approved: int = Field(examples=[113])


@router.get("")
def waiting(
    shop: Shop,
    caller: Reader,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=120, description="`next` of the page before")] = None,
    group: ShopKey = None,
    sku: ShopKey = None,
) -> Page[ReviewView]:
    """What waits for a person: the highest value times doubt first."""
    found, following = waiting_of(shop, caller.tenant, limit, cursor, group=group, sku=sku)
    return Page(items=[_shown(each) for each in found], next=following)


def waiting_of(
    shop: Workshop, tenant: str, limit: int, cursor: str | None, **wanted: str | None
) -> tuple[list[Waiting], str | None]:
    """A page of the queue, and the cursor of what comes after it."""
    after = None if cursor is None else _place(cursor)
    found: list[Waiting] = shop.memory.sessions.read(
        lambda session: queue(session, tenant, after=after, limit=limit + 1, **wanted)
    )
    items = found[:limit]
    return items, f"{items[-1].rank!r}/{items[-1].id}" if len(found) > limit else None


def _place(cursor: str) -> tuple[float, str]:
    rank, _, image = cursor.partition("/")
    try:
        place = float(rank), image
    except ValueError:
        place = math.nan, image
    if not (math.isfinite(place[0]) and is_id(image)):
        raise InputError("that is no cursor", hint="give `next` of the page before, as it is")
    return place


@router.post("")
def say_of_many(asked: ManyVerdicts, shop: Shop, caller: Reviewer) -> list[ReviewedView]:
    """Say of many pictures what a person thinks. What cannot be said of one stops no other."""
    done = review_many(
        shop.memory.sessions,
        [Said(each.image, each.verdict, each.version) for each in asked.verdicts],
        asked.reviewer or caller.name,
        now(),
        tenant=caller.tenant,
        reasons=asked.reasons,
        notes=asked.notes,
    )
    return [_became(shop, each) for each in done]


@router.get("/reasons")
def reasons(caller: Reader) -> list[ReasonView]:
    """What can be wrong with a picture, and how the recipe changes where it is sent to rework for it."""

    def told(change: Any) -> dict[str, Any]:
        if change.to is not None:
            return {"parameter": change.parameter, "to": change.to}
        return {"parameter": change.parameter, "by": change.by, "low": change.low, "high": change.high}

    return [
        ReasonView(name=name, words=reason.words, changes=[told(change) for change in reason.changes])
        for name, reason in REASONS.items()
    ]


@router.get("/thresholds")
def thresholds_of_groups(shop: Shop, caller: Reader) -> list[ThresholdView]:
    """From which score on nobody need look, for each product group that has one of its own or verdicts."""
    taught = {each.group: each for each in shop.memory.sessions.read(lambda session: learnt(session, caller.tenant))}
    used = shop.memory.sessions.read(lambda session: thresholds(session, caller.tenant))
    return [_threshold(group, used.get(group), taught.get(group)) for group in sorted({*taught, *used})]


@router.put("/thresholds")
def change_threshold(asked: Threshold, shop: Shop, caller: Reviewer) -> ThresholdView:
    """Have more than so much approved by itself in a group, from the next picture on."""

    def kept(session: Any) -> None:
        set_threshold(session, asked.group, asked.approve_above, caller.tenant)

    shop.memory.sessions.write(kept)
    taught = shop.memory.sessions.read(lambda session: learnt(session, caller.tenant))
    return _threshold(
        asked.group, asked.approve_above, next((each for each in taught if each.group == asked.group), None)
    )


def _threshold(group: str, used: float | None, taught: Learnt | None) -> ThresholdView:
    known = taught or Learnt(group, 0, 0, None)
    return ThresholdView(
        group=group,
        approve_above=used,
        learnt=known.threshold,
        verdicts=known.verdicts,
        approved=known.approved,
    )


@router.get("/{image}", responses={304: {"description": "as you have it"}}, response_model=ReviewView)
def look(
    image: str,
    response: Response,
    shop: Shop,
    caller: Reader,
    if_none_match: Annotated[str | None, Header(max_length=400)] = None,
) -> Any:
    """One picture, whatever was said of it. Give its ETag as `If-Match` with what you say."""
    found = shop.memory.sessions.read(lambda session: looked_at(session, image, caller.tenant))
    mark = f'"{found.version}"'
    if if_none_match is not None and mark in if_none_match:
        return Response(status_code=304, headers={"ETag": mark})
    response.headers["ETag"] = mark
    response.headers["Cache-Control"] = "no-cache"
    return _shown(found)


@router.post("/{image}")
def say(
    image: str,
    asked: VerdictOn,
    response: Response,
    shop: Shop,
    caller: Reviewer,
    if_match: Annotated[
        str | None, Header(max_length=40, description="the ETag that was looked at; 412 where it is another by now")
    ] = None,
) -> ReviewedView:
    """Say of one picture what a person thinks. Of two reviewers one is heard, and the other told who was faster."""
    said = Said(image, asked.verdict, _version(if_match))

    def kept(session: Any) -> Reviewed:
        return review(
            session,
            said,
            asked.reviewer or caller.name,
            now(),
            tenant=caller.tenant,
            reasons=asked.reasons,
            notes=asked.notes,
        )

    try:
        done: Reviewed = shop.memory.sessions.write(kept)
    except Conflict as error:
        found = shop.memory.sessions.read(lambda session: looked_at(session, image, caller.tenant))
        if said.version in (None, found.version):
            raise
        raise Outdated(error.message, hint=error.hint) from error
    response.headers["ETag"] = f'"{done.version}"'
    return _became(shop, done)


def _version(mark: str | None) -> int | None:
    if mark is None or mark.strip() == "*":
        return None
    number = mark.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:
        raise InputError("If-Match is no ETag of a picture", hint=f"give the ETag of GET {V1}/reviews/ID as it is")
    return int(number)


@router.get("/{image}/log")
def log(image: str, shop: Shop, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[LogLine]:
    """What was said of a picture, the oldest first."""

    def found(before: str | None, limit: int) -> list[Logged]:
        lines: list[Logged] = shop.memory.sessions.read(
            lambda session: log_of(session, image, caller.tenant, after=before, limit=limit)
        )
        return lines

    return page_of(found, _line, limit, cursor)


def _line(logged: Logged) -> LogLine:
    return LogLine(**{name: value for name, value in vars(logged).items() if name != "image"})


def _became(shop: Workshop, done: Reviewed) -> ReviewedView:
    """What is told of a verdict; whoever has to do something for it is told too."""
    for job in done.due:
        shop.submit(job)
    problem = None if done.error is None else problem_of(done.error)
    return ReviewedView(image=done.image, qc_status=done.qc_status, version=done.version, job=done.job, problem=problem)


def _shown(image: Waiting) -> ReviewView:
    here = f"{V1}/reviews/{image.id}"
    links = {"self": here, "log": f"{here}/log", "photograph": f"{V1}/images/{image.id}/file"}
    if image.rendition is not None:
        rendition = f"{V1}/renditions/{image.rendition}"
        links |= {"rendition": rendition, "file": f"{rendition}/file", "manifest": f"{rendition}/manifest"}
    return ReviewView(
        id=image.id,
        version=image.version,
        qc_status=image.qc_status,
        verdicts=[verdict for verdict in VERDICTS if (image.qc_status, verdict) in NEXT],
        sku=image.sku,
        group=image.group,
        image_type=image.image_type,
        score=image.score,
        doubt=image.doubt,
        value=image.value,
        rank=image.rank,
        links=links,
    )
