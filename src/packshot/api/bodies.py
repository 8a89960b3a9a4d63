"""Bodies of requests, read within limits; and pictures in them, measured before anything is decoded."""

import base64
import binascii
import re

from fastapi import Request

from packshot.errors import ImageTooLarge, UnreadableImage, UnsupportedMedia
from packshot.settings import Limits

_BESIDES = 64_000  # bytes of a body that are not its picture
_DATA_URI = re.compile(r"\s*data:([\w.+/-]*)((?:;[\w.+-]+=[\w.+-]*)*);base64,", re.ASCII | re.IGNORECASE)
_BLANKS = str.maketrans("", "", " \t\r\n")


async def json_body(request: Request, limits: Limits, hint: str = "") -> bytes:
    """The whole body. Raises UnsupportedMedia, ImageTooLarge, TooSlow."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise no_json(kind, hint)
    return await body_of(request, limits)


def no_json(kind: str, hint: str = "") -> UnsupportedMedia:
    return UnsupportedMedia(
        f"the body is {kind or 'of no kind that is said'}, and application/json is taken",
        hint=hint or "send the header Content-Type: application/json",
    )


async def body_of(request: Request, limits: Limits) -> bytes:
    """The same, whatever it calls itself."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > longest(limits):
        raise too_large(limits)
    return await request.body()


def longest(limits: Limits) -> int:
    """Bytes of a body: a picture as base64, and what goes with it."""
    return int(limits.max_megabytes * 1_000_000) * 4 // 3 + _BESIDES


def picture_in(text: str, limits: Limits) -> bytes:
    """The bytes of a base64 text, with or without `data:image/...;base64,` before it.

    Raises ImageTooLarge by the length of the text, before it is decoded, and UnreadableImage where it is not base64.
    """
    start = _DATA_URI.match(text)
    plain = text[start.end() if start else 0 :]
    if plain[:5].lower() == "data:":
        raise UnreadableImage("the data URI is not base64", hint="write data:image/jpeg;base64, and the picture")
    plain = plain.translate(_BLANKS)
    if len(plain) * 3 // 4 > limits.max_megabytes * 1_000_000 + 2:
        raise too_large(limits)
    try:
        data = base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableImage(
            "image_b64 is not base64", hint="encode the file's bytes: base64 -w0 photo.jpg"
        ) from error
    if not data:
        raise UnreadableImage("image_b64 is empty", hint="encode the file's bytes: base64 -w0 photo.jpg")
    return data


def too_large(limits: Limits) -> ImageTooLarge:
    return ImageTooLarge(
        f"the picture is larger than the {limits.max_megabytes:g} MB that are taken",
        hint="compress it, or scale it down",
    )
