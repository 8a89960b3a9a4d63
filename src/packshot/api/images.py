"""`/api/v1/images`: photographs handed in, or fetched from an address."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Reader, Shop, Writer
from packshot.api.bodies import json_body
from packshot.api.files import sent
from packshot.api.problems import RESPONSES, unfit
from packshot.api.turns import Turns
from packshot.api.uploads import form_of, upload_in
from packshot.api.views import V1, Cursor, ImageView, Limit, Page, image_view, page_of
from packshot.errors import NotFound
from packshot.tasks.enhance import bytes_of, name_in
from packshot.tasks.pictures import StoredImage, image_of, images_of, keep_image
from packshot.tasks.remembering import of_tenant, tenant_assets
from packshot.wiring import Workshop

router = APIRouter(prefix=f"{V1}/images", tags=["images"], responses=RESPONSES)


class ImageAt(BaseModel):
    """A photograph that lies at an address."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=4000, examples=["https://example.com/mug.jpg"])
    name: str = Field(default="", max_length=191, description="what it is called; left out, as its address ends")


_FORM: Final = "send the photograph as a form, curl -F file=@photo.jpg, or its url as application/json"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/json": {"schema": ImageAt.model_json_schema()},
        },
    }
}


@router.post("", status_code=201, openapi_extra=_BODY)
async def hand_in(request: Request, response: Response, shop: Shop, caller: Writer) -> ImageView:
    """Hand in a photograph: as multipart field `file`, or as JSON with its `url`. The same bytes are the same image."""
    turns: Turns = request.app.state.turns
    settings = shop.services.settings
    place = turns.take()
    try:
        if request.headers.get("content-type", "").lower().startswith("multipart/"):
            async with form_of(request, settings) as form:
                name, data = await upload_in(form, "file", settings.limits)
            image = await run_in_threadpool(kept, shop, caller.tenant, name, data)
        else:
            body = await json_body(request, settings.limits, _FORM)
            try:
                asked = ImageAt.model_validate_json(body)
            except ValidationError as error:
                raise unfit(error) from None
            image = await run_in_threadpool(_fetched, shop, caller.tenant, asked)
    finally:
        place.leave()
    response.headers["Location"] = f"{V1}/images/{image.id}"
    return image_view(image)


def kept(shop: Workshop, tenant: str, name: str, data: bytes) -> StoredImage:
    """Bytes as an image, once they are known to be a picture within the limits."""
    from packshot.storage.codec import probe

    probe(data, shop.services.settings.limits)
    mine = tenant_assets(shop.memory, shop.services.settings, tenant)
    return keep_image(shop.memory.sessions, tenant, name=name, asset=mine.put(data))


def _fetched(shop: Workshop, tenant: str, asked: ImageAt) -> StoredImage:
    image = keep_image(shop.memory.sessions, tenant, name=asked.name or name_in(asked.url), url=asked.url)
    bytes_of(image, shop.services, of_tenant(shop.memory, shop.services.settings, tenant))
    return image_of(shop.memory.sessions, image.id, tenant)


@router.get("")
def images(shop: Shop, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[ImageView]:
    """The newest first."""
    return page_of(lambda **wanted: images_of(shop.memory.sessions, caller.tenant, **wanted), image_view, limit, cursor)


@router.get("/{image}")
def image(image: str, shop: Shop, caller: Reader) -> ImageView:
    """What is known of it."""
    return image_view(image_of(shop.memory.sessions, image, caller.tenant))


@router.get("/{image}/file", response_class=Response, responses={200: {"content": {"image/*": {}}}})
def file(
    image: str, shop: Shop, caller: Reader, if_none_match: Annotated[str | None, Header(max_length=400)] = None
) -> Response:
    """Its bytes, as they were handed in."""
    found = image_of(shop.memory.sessions, image, caller.tenant)
    if found.asset is None:
        raise NotFound("the photograph has not been fetched yet", hint="have a job done with it, or hand it in")
    return sent(shop.memory.assets, found.asset, if_none_match, name=found.name)
