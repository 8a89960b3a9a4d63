"""What went wrong, as `application/problem+json` (RFC 9457) with the five fields that every error of ours has.

An error that is the giver's to mend is told as it is. One that is ours to mend goes to the log, under a number that the
answer names, and nothing of it to the outside: its words may hold paths, addresses and settings.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from packshot import errors
from packshot.api.bodies import no_json
from packshot.tasks.unfit import misfit

log = logging.getLogger("packshot.api")

MEDIA_TYPE = "application/problem+json"

# The nearest class up the tree decides.
STATUS: Mapping[type[errors.PackshotError], int] = {
    errors.PackshotError: 500,
    errors.InputError: 400,
    errors.TooSlow: 408,
    errors.UnsupportedMedia: 415,
    errors.UnreadableImage: 422,
    errors.ImageTooLarge: 413,
    errors.NoClearProduct: 422,
    errors.NoSurface: 422,
    errors.RecipeError: 422,
    errors.ProfileError: 422,
    errors.UnknownName: 422,
    errors.SettingsError: 500,
    errors.CertificateError: 500,
    errors.ExtraMissing: 500,
    errors.TargetSizeUnreachable: 422,
    errors.StorageFull: 507,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Outdated: 412,
    errors.BudgetExceeded: 409,
    errors.QuotaExceeded: 409,
    errors.DatabaseUnavailable: 503,
    errors.DatabaseBehind: 503,
    errors.FetchFailed: 503,
    errors.FetchRefused: 422,
    errors.ModelError: 503,
    errors.ModelRefused: 422,
    errors.RateLimited: 429,
    errors.Busy: 503,
    errors.UnknownCaller: 401,
    errors.NotAllowed: 403,
    errors.TooManyRequests: 429,
    errors.NotMadeYet: 501,
    errors.ForbiddenUrl: 422,
    errors.Cancelled: 503,
}

# Told without their words, though they are no bugs.
_OURS_TO_MEND = (errors.DatabaseUnavailable, errors.DatabaseBehind, errors.StorageFull)

_OURS = {
    500: "this is not your mistake; it has been written down",
    503: "a part behind this is away",
    507: "there is no room left to keep it",
}


class Problem(BaseModel):
    """What went wrong, where, and a way out."""

    type: str = Field(description="urn:packshot: and the code")
    title: str = Field(description="the code in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what went wrong, a sentence")
    code: str = Field(description="stable; the documentation has a section for each")
    hint: str = Field(default="", description="a way out")
    where: list[str] = Field(default=[], description="outermost place first")
    retryable: bool = Field(default=False, description="whether trying again may help")
    instance: str | None = Field(default=None, description="under which the log has it, where it is ours to mend")


# For the documentation of every route.
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "What went wrong",
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
}


def problem_of(error: BaseException) -> Problem:
    """What the outside may know of an error. One that is ours to mend is logged here."""
    if not isinstance(error, errors.PackshotError):
        return _ours(error, 500, "bug", retryable=False)
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status == 500 or isinstance(error, _OURS_TO_MEND):
        return _ours(error, status, error.code, retryable=error.retryable)
    return _problem(status, error.code, error.message, error.hint, list(error.where), error.retryable)


def install(app: FastAPI) -> None:
    """Let every error of the application leave by `problem_of`."""

    @app.exception_handler(errors.PackshotError)
    async def of_ours(request: Request, error: errors.PackshotError) -> JSONResponse:
        return answer(problem_of(error), _wait(error))

    @app.exception_handler(RequestValidationError)
    async def of_validation(request: Request, error: RequestValidationError) -> JSONResponse:
        kind = request.headers.get("content-type", "")
        if error.errors()[0]["type"] == "model_attributes_type" and "json" not in kind.lower():
            return answer(problem_of(no_json(kind)))
        return answer(problem_of(unfit(error)))

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error.__cause__, errors.PackshotError):  # FastAPI met it while it read the body
            return await of_ours(request, error.__cause__)
        words = HTTPStatus(error.status_code).phrase
        code = words.lower().replace(" ", "-")
        detail = f"{request.method} {request.url.path}: {words.lower()}"
        return answer(_problem(error.status_code, code, detail, "/docs lists what there is"), error.headers)

    @app.exception_handler(Exception)
    async def of_bug(request: Request, error: Exception) -> JSONResponse:
        # The server hangs up after a bug: who is not told would send the next request into the void.
        return answer(problem_of(error), {"Connection": "close"})


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        problem.model_dump(exclude_none=True), problem.status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def unfit(error: ValidationError | RequestValidationError) -> errors.RecipeError | errors.InputError:
    """The first thing that does not fit, by name; what was given stays out: it may be a whole picture."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return errors.InputError("the body is not JSON", hint="look for a comma, a quote or a bracket that is missing")
    place = first["loc"]
    if isinstance(error, RequestValidationError):  # its places begin with body, query or header
        place = place[1:]
    return errors.RecipeError(misfit(first, place), hint="/docs says what is taken")


def _ours(error: BaseException, status: int, code: str, *, retryable: bool) -> Problem:
    number = f"urn:uuid:{uuid4()}"
    log.error(
        "%s: %s", number, error, exc_info=error if status == 500 else None
    )  # of what is away the sentence says all
    hint = "try again later" if retryable else "tell whoever runs this service the instance"
    return _problem(status, code, _OURS[status], hint, retryable=retryable, instance=number)


def _problem(
    status: int,
    code: str,
    detail: str,
    hint: str = "",
    where: list[str] | None = None,
    retryable: bool = False,
    instance: str | None = None,
) -> Problem:
    return Problem(
        type=f"urn:packshot:{code}",
        title=code.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        hint=hint,
        where=where or [],
        retryable=retryable,
        instance=instance,
    )


def _wait(error: errors.PackshotError) -> dict[str, str]:
    if isinstance(error, errors.UnknownCaller):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.TooSlow):
        return {"Connection": "close"}
    seconds = getattr(error, "retry_after", None)
    return {} if seconds is None else {"Retry-After": str(max(1, ceil(seconds)))}
