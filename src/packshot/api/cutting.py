"""Drop-in routes: the parameters of remove.bg's `/v1.0/removebg` and of Photoroom's `/v2/edit` that we have.

Moving over is another base URL. A parameter that is not there is refused by its name, never passed over in silence;
errors come in the form that the other service has. Pictures are never scaled down: `size` is taken and says nothing.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from packshot.api.access import Caller, Shop, Writer
from packshot.api.asking import submitted
from packshot.api.bodies import json_body
from packshot.api.files import media_type
from packshot.api.images import kept
from packshot.api.problems import RESPONSES, Problem, problem_of
from packshot.api.turns import Turns
from packshot.api.uploads import form_of, upload_in
from packshot.api.watching import Watcher
from packshot.errors import Busy, InputError, PackshotError
from packshot.recipe import Recipe
from packshot.tasks.cutting import cut_out, edited, format_named
from packshot.tasks.placements import error_of
from packshot.wiring import Workshop

router = APIRouter(tags=["drop-in"], responses=RESPONSES)

_SIZES = {"auto", "preview", "small", "regular", "medium", "hd", "4k", "full", "50mp"}
_REMOVEBG = {
    "image_file", "image_url", "image_file_b64", "size", "type", "format", "crop", "crop_margin", "bg_color", "roi",
    "channels",
}  # fmt: skip
_PHOTOROOM = {
    "imageFile", "imageUrl", "removeBackground", "background.color", "padding", "margin", "outputSize",
    "export.format", "shadow.mode",
}  # fmt: skip
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"description": "the picture", "content": {"image/*": {}}}}


def _fields(names: set[str], file: str) -> dict[str, Any]:
    """A form of these fields, for the documentation."""
    plain = {name: {"type": "string"} for name in sorted(names - {file})}
    properties = {file: {"type": "string", "format": "binary"}, **plain}
    schema = {"type": "object", "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@router.post(
    "/v1.0/removebg",
    response_class=Response,
    responses=_PICTURE,
    openapi_extra=_fields(_REMOVEBG, "image_file"),
)
async def removebg(request: Request, shop: Shop, caller: Writer) -> Response:
    """Cut the product out, as remove.bg is asked to."""
    try:
        asked, source = await _read(request, shop, caller, _REMOVEBG, ("image_file", "image_url", "image_file_b64"))
        recipe = _cut_out(asked)
        fields = {**source, "recipe": recipe.as_data(), **_region(asked.get("roi", ""))}
        data, made = await _made(request, shop, caller, fields)
    except PackshotError as error:
        return _as_removebg(problem_of(error))
    width, height = made["size"]
    headers = {"X-Width": str(width), "X-Height": str(height), "X-Type": "product", "X-Credits-Charged": "0"}
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"data": {"result_b64": base64.b64encode(data).decode("ascii")}}, headers=headers)
    return Response(data, media_type=media_type(data), headers=headers)


@router.post("/v2/edit", response_class=Response, responses=_PICTURE, openapi_extra=_fields(_PHOTOROOM, "imageFile"))
async def edit(request: Request, shop: Shop, caller: Writer) -> Response:
    """Put the product on another ground, as Photoroom is asked to."""
    try:
        asked, source = await _read(request, shop, caller, _PHOTOROOM, ("imageFile", "imageUrl"))
        return await _edited(request, shop, caller, asked, source)
    except PackshotError as error:
        return _as_photoroom(problem_of(error))


@router.get("/v2/edit", response_class=Response, responses=_PICTURE)
async def edit_at(request: Request, shop: Shop, caller: Writer) -> Response:
    """The same of a photograph at an address: `imageUrl` and the other parameters stand in the query."""
    try:
        asked = _known(dict(request.query_params), _PHOTOROOM - {"imageFile"})
        if not asked.get("imageUrl"):
            raise InputError("no photograph was given", hint="give imageUrl")
        return await _edited(request, shop, caller, asked, {"url": asked["imageUrl"]})
    except PackshotError as error:
        return _as_photoroom(problem_of(error))


async def _edited(
    request: Request, shop: Workshop, caller: Caller, asked: Mapping[str, str], source: dict[str, str]
) -> Response:
    data, _ = await _made(request, shop, caller, {**source, "recipe": _edit(asked).as_data()})
    return Response(data, media_type=media_type(data))


def _cut_out(asked: Mapping[str, str]) -> Recipe:
    if asked.get("size", "auto").lower() not in _SIZES:
        raise InputError("that is no size", hint=f"give one of {', '.join(sorted(_SIZES))}")
    if asked.get("channels", "rgba") != "rgba":
        raise InputError("only the channels rgba are given", hint="leave channels out")
    colour = asked.get("bg_color") or None
    return cut_out(
        form=format_named(asked.get("format", "auto")),
        colour=_colour(colour),
        crop=_yes(asked.get("crop", "false"), "crop"),
        margin=_share(asked.get("crop_margin", "0"), "crop_margin"),
    )


def _edit(asked: Mapping[str, str]) -> Recipe:
    if not _yes(asked.get("removeBackground", "true"), "removeBackground"):
        raise InputError("a photograph that keeps its background is not edited here", hint="use the recipe auto")
    size = asked.get("outputSize", "croppedSubject")
    pixels = re.fullmatch(r"(\d{1,4})x(\d{1,4})", size)
    if pixels is None and size not in ("croppedSubject", "originalImage", "auto"):
        raise InputError("that is no outputSize", hint="give 1000x1000, originalImage or croppedSubject")
    colour = asked.get("background.color") or None
    padding = _share(asked.get("padding", "0"), "padding") + _share(asked.get("margin", "0"), "margin")
    return edited(
        form=format_named(asked.get("export.format", "png")),
        colour=None if colour == "transparent" else _colour(colour),
        size=(int(pixels[1]), int(pixels[2])) if pixels else None,
        padding=min(0.475, padding),
        shadow=asked.get("shadow.mode") or None,
        original=size == "originalImage",
    )


async def _read(
    request: Request, shop: Workshop, caller: Caller, names: set[str], pictures: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, str]]:
    """The parameters of a form or of JSON, and the photograph: an image that was kept, or an address."""
    turns: Turns = request.app.state.turns
    settings = shop.services.settings
    place = turns.take()
    try:
        if request.headers.get("content-type", "").lower().startswith("application/json"):
            body = await json_body(request, settings.limits)
            asked, file = _known(_plain(body), names), None
        else:
            async with form_of(request, settings) as form:
                there = form.get(pictures[0])
                file = await upload_in(form, pictures[0], settings.limits) if isinstance(there, UploadFile) else None
                asked = _known({key: value for key, value in form.items() if isinstance(value, str)}, names)
        given = [name for name in pictures[1:] if asked.get(name)]
        if len(given) + (file is not None) != 1:
            raise InputError("one photograph is wanted", hint=f"give one of {', '.join(pictures)}")
        if file is not None:
            image = await run_in_threadpool(kept, shop, caller.tenant, *file)
        elif given == ["image_file_b64"]:
            image = await run_in_threadpool(kept, shop, caller.tenant, "photograph", _decoded(asked["image_file_b64"]))
        else:
            return asked, {"url": asked[given[0]]}
        return asked, {"image": image.id}
    finally:
        place.leave()


async def _made(
    request: Request, shop: Workshop, caller: Caller, fields: dict[str, Any]
) -> tuple[bytes, dict[str, Any]]:
    """The finished bytes and the task's result, waited for. Raises what the job failed of."""
    state = await run_in_threadpool(submitted, shop, caller, "image.enhance", fields, priority="urgent")
    watcher: Watcher = request.app.state.watcher
    state = await watcher.ended(state.id, shop.services.settings.service.wait_seconds)
    if not state.is_over:
        raise Busy("there is too much to do for a picture at once", hint="ask again in a moment")
    if state.result is None:
        raise error_of(state.error or {"message": "the job was cancelled"})
    return await run_in_threadpool(shop.memory.assets.get, state.result["asset"]), state.result


def _plain(body: bytes) -> dict[str, str]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise InputError("the body is not JSON", hint="send a form, or an object") from error
    if not isinstance(found, dict):
        raise InputError("the body is no object", hint='send {"image_url": "..."}')
    return {
        str(name): json.dumps(value) if isinstance(value, bool) else str(value)
        for name, value in found.items()
        if value is not None
    }


def _known(asked: Mapping[str, str], names: set[str]) -> dict[str, str]:
    strangers = sorted(set(asked) - names)
    if strangers:
        raise InputError(f"{strangers[0][:40]} is not done here", hint=f"there are: {', '.join(sorted(names))}")
    return dict(asked)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("image_file_b64 is not base64", hint="base64 -w0 photo.jpg") from error


def _colour(text: str | None) -> str | None:
    """With `#`, as ours; names are left as they are."""
    if text is None:
        return None
    return f"#{text}" if re.fullmatch(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}", text) else text


def _yes(text: str, name: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise InputError(f"{name} must be true or false", hint=f"give {name}=true")
    return text.lower() in ("true", "1")


def _share(text: str, name: str) -> float:
    """`0.1`, `10%`; pixels are not known before the picture is."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})(%?)", text.strip())
    value = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= value < 0.5:
        raise InputError(f"{name} must be a share from 0 to 0.49, or as 10%", hint=f"give {name}=0.1")
    return value


def _region(text: str) -> dict[str, Any]:
    if not text:
        return {}
    numbers = re.fullmatch(r"(\d{1,5})(?:px)?\s+(\d{1,5})(?:px)?\s+(\d{1,5})(?:px)?\s+(\d{1,5})(?:px)?", text.strip())
    if numbers is None:
        raise InputError("roi must be four corners in pixels", hint="give roi='10px 20px 300px 400px'")
    return {"box": [int(numbers[number]) for number in range(1, 5)]}


def _as_removebg(problem: Problem) -> JSONResponse:
    told = {"title": problem.detail, "code": problem.code, "detail": problem.hint}
    return JSONResponse({"errors": [told]}, problem.status)


def _as_photoroom(problem: Problem) -> JSONResponse:
    told = {"message": problem.detail, "detail": problem.hint, "code": problem.code}
    return JSONResponse({"error": told, "status_code": problem.status}, problem.status)
