"""Multipart forms, within the limits: how long one is is known before it is read, and what is too long is not kept."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from packshot.api.arriving import allow
from packshot.api.bodies import too_large
from packshot.errors import InputError
from packshot.settings import Limits, Settings
from packshot.storage.folder import unwritten

_BESIDES = 64_000  # bytes of a form that are not its picture
_FIELDS = 60


@asynccontextmanager
async def form_of(request: Request, settings: Settings, pictures: int = 1) -> AsyncIterator[FormData]:
    """A form with at most so many pictures; its files are gone afterwards.

    Raises ImageTooLarge, InputError, TooSlow, and StorageFull where the system's folder for temporary files is.
    """
    most = int(settings.limits.max_megabytes * 1_000_000) * pictures + _BESIDES
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise too_large(settings.limits)
    allow(request, most, settings.service.body_seconds)
    try:
        form = await _parsed(request, pictures + 2)
    except OSError as error:
        raise unwritten(Path("the form"), error) from error
    except MultiPartException as error:
        raise InputError(f"the form cannot be read: {error.message}", hint="curl -F file=@photo.jpg") from error
    try:
        yield form
    finally:
        await form.close()


class _Parser(MultiPartParser):
    """Photographs stay in memory: through a file on disk they would cost three times as much."""

    spool_max_size = 16_000_000


async def _parsed(request: Request, files: int) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.form(max_files=files, max_fields=_FIELDS)
    async with aclosing(request.stream()) as stream:
        return await _Parser(request.headers, stream, max_files=files, max_fields=_FIELDS).parse()


async def upload_in(form: FormData, field: str, limits: Limits) -> tuple[str, bytes]:
    """Name and bytes of a file in a form. Raises InputError where there is none, ImageTooLarge."""
    found = form.get(field)
    if not isinstance(found, UploadFile):
        raise InputError(f"the form has no file '{field}'", hint=f"curl -F {field}=@photo.jpg")
    data = await found.read()
    if len(data) > limits.max_megabytes * 1_000_000:
        raise too_large(limits)
    return (found.filename or "photograph").replace("\\", "/").rpartition("/")[2][:191] or "photograph", data
