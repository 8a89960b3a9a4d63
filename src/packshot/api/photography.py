"""`/photography`: one photograph in, another background behind it, told step by step."""

from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from packshot.api.access import Writer
from packshot.api.bodies import json_body, picture_in
from packshot.api.events import NDJSON, SSE, Event, streamed
from packshot.api.problems import RESPONSES, unfit
from packshot.api.turns import Turns
from packshot.services import Services
from packshot.tasks.background import NewBackground, StepResult, accepted, background, check
from packshot.wiring import Workshop

router = APIRouter(prefix="/photography", tags=["photography"])


class Asked(NewBackground):
    """A photograph, and what is wanted behind its product."""

    image_b64: str = Field(description="the file's bytes as base64, with or without data:image/...;base64, before it")


_EVENT = {"schema": Event.model_json_schema()}
_DOCUMENTED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Asked.model_json_schema()}},
    }
}


@router.post(
    "/background",
    openapi_extra=_DOCUMENTED,
    response_class=Response,
    responses={
        200: {
            "description": "A stream: one event for each step; the last is `done`, with the picture, or `error`",
            "content": {NDJSON: _EVENT, SSE: _EVENT},
        },
        **RESPONSES,
    },
)
async def new_background(request: Request, caller: Writer) -> Response:
    """Put another background behind the product. Its own pixels are laid on last, and the certificate says so.

    One line of JSON for each step; server-sent events where `Accept` asks for `text/event-stream`. Who goes away stops
    the work.
    """
    shop: Workshop | None = request.app.state.workshop
    services: Services = request.app.state.services if shop is None else shop.services_of(caller.tenant)
    turns: Turns = request.app.state.turns
    settings = services.settings
    place = turns.take()
    try:
        body = await json_body(request, settings.limits)
        data, wish, first = await run_in_threadpool(read, body, services)
        paying = Services(settings, services.models.charged_to(job=f"http-{uuid4()}"), services.signer)
        name = "photograph"
        return streamed(
            request,
            place,
            first,
            lambda progress: background(data, wish, paying, name=name, progress=progress),
            max_seconds=settings.limits.max_seconds,
        )
    except BaseException:
        place.leave()
        raise


def read(body: bytes, services: Services) -> tuple[bytes, NewBackground, StepResult]:
    """The photograph's bytes, the wish and the first result; what can be refused before decoding is refused here."""
    try:
        asked = Asked.model_validate_json(body)
    except ValidationError as error:
        raise unfit(error) from None  # the cause would hold the picture
    data = picture_in(asked.image_b64, services.settings.limits)
    first = accepted(data, services)
    wish = NewBackground.model_validate(asked.model_dump(exclude={"image_b64"}))
    check(wish, services)
    return data, wish, first
