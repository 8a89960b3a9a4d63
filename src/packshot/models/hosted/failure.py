"""A try that failed: what to tell, whether another try may help, and whether it may have been billed."""

import contextlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from packshot.errors import ModelError, ModelRefused, ModelTimedOut, ModelUnavailable, RateLimited

# Codes by which providers say in a 400 that they will not do this, whoever asks.
_REFUSALS: Final = ("moderation_blocked", "content_policy_violation", "content_filter", "image_generation_user_error")
_NO_CREDIT: Final = ("insufficient_quota", "billing_hard_limit_reached")
_WAIT_IN_BODY: Final = re.compile(rb'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"|"estimated_time"\s*:\s*(\d+(?:\.\d+)?)')
_FOR_A_WHILE: Final = (408, 409, 425, 500, 502, 503, 504, 529)


class Failure(Exception):
    """Raised where it is met, also from inside a client library; only Line and Desk see it.

    `units` are what a failed call was certainly billed for, or None where nobody knows.
    """

    def __init__(
        self,
        error: ModelError,
        *,
        again: bool = False,
        billed: bool = True,
        broken: bool = False,
        units: Mapping[str, float] | None = None,
        wait: float | None = None,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.again = again  # another try may help
        self.billed = billed  # it may have been, for all we know
        self.broken = broken  # the provider itself is at fault: counts towards leaving it alone
        self.units = units
        self.wait = wait  # seconds, where the provider says how long


def failure_in(error: BaseException | None) -> Failure | None:
    """The Failure that a client library has wrapped in an error of its own."""
    for _ in range(10):
        if error is None or isinstance(error, Failure):
            return error
        error = error.__cause__ or error.__context__
    return None


def nonsense(provider: str, what: str, units: Mapping[str, float] | None = None) -> Failure:
    """An answer that is none. It was paid for, so it is not asked for again here."""
    return Failure(
        ModelError(f"{provider} answered nonsense: {what}", hint="ask again later, or name another model"), units=units
    )


def refused(provider: str, why: str, units: Mapping[str, float] | None = None) -> Failure:
    return Failure(
        ModelRefused(f"{provider} will not do this: {why}", hint="put it in other words, or name another model"),
        units=units,
    )


def timed_out(provider: str, seconds: float, setting: str) -> Failure:
    return Failure(
        ModelTimedOut(f"{provider} did not answer in {seconds:.3g} s", hint=f"raise {setting}"), again=True, broken=True
    )


def cut_off(provider: str, *, billed: bool) -> Failure:
    what = "the connection was cut" if billed else "it cannot be reached"
    hint = "try again later; PACKSHOT_HOSTED__ATTEMPTS says how often it is tried"
    return Failure(ModelUnavailable(f"{provider}: {what}", hint=hint), again=True, billed=billed, broken=True)


def too_large(provider: str, megabytes: float) -> Failure:
    return Failure(
        ModelError(f"{provider} answered with more than {megabytes:g} MB", hint="raise PACKSHOT_HOSTED__MAX_MEGABYTES")
    )


def of_status(provider: str, status: int, headers: Mapping[str, str], body: bytes, key: str = "") -> Failure:
    """What an HTTP status other than success means. `key` is blotted out of what the provider says."""
    said = _said(body, key)
    text = body.decode("utf-8", "replace")
    told = f": {said}" if said else ""
    if status == 429:
        if any(code in text for code in _NO_CREDIT):
            error: ModelError = RateLimited(f"{provider} has no credit left for us", hint="look at the account there")
            return Failure(error, billed=False)
        wait = retry_after(headers, body)
        error = RateLimited(f"{provider} wants us to wait{told}", hint="ask less often", retry_after=wait)
        return Failure(error, again=True, billed=False, wait=wait)
    if status in (401, 403):
        hint = f"set PACKSHOT_{provider.upper()}__KEY to a key that may use it"
        return Failure(ModelUnavailable(f"{provider} does not take our key ({status})", hint=hint), billed=False)
    if status == 402:
        return Failure(ModelUnavailable(f"{provider} wants to be paid first{told}", hint="look at the account there"))
    if status == 404:
        hint = f"models change their names: set another one under PACKSHOT_{provider.upper()}__"
        return Failure(ModelUnavailable(f"{provider} does not know this model{told}", hint=hint), billed=False)
    if status == 400 and any(code in text for code in _REFUSALS):
        return refused(provider, said or "its filter says no", units={})
    if status in _FOR_A_WHILE:
        error = ModelUnavailable(f"{provider} is out of order ({status}){told}", hint="try again later")
        wait = retry_after(headers, body)
        return Failure(error, again=True, billed=status == 504, broken=status >= 500, wait=wait)
    return Failure(ModelError(f"{provider} does not take the request ({status}){told}"), billed=False)


def retry_after(headers: Mapping[str, str], body: bytes = b"") -> float | None:
    """Seconds to wait, from a header (seconds or a date), Google's `retryDelay` or Hugging Face's `estimated_time`."""
    told = headers.get("retry-after-ms", "")
    with contextlib.suppress(ValueError):
        return max(0.0, float(told) / 1000)
    told = headers.get("retry-after", "").strip()
    with contextlib.suppress(ValueError):
        return max(0.0, float(told))
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    found = re.search(
        rb'"retryDelay"\s*:\s*"([0-9]+(?:\.[0-9]+)?)s"|"estimated_time"\s*:\s*([0-9]+(?:\.[0-9]+)?)', body
    )
    return float(found[1] or found[2]) if found else None


def _said(body: bytes, key: str) -> str:
    """The sentence in an error's body, one line of it and without our key."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        return ""
    content = content[0] if isinstance(content, list) and content else content
    error = content.get("error", content) if isinstance(content, dict) else content
    message = error.get("message", "") if isinstance(error, dict) else error
    words = " ".join(str(message).split())
    return (words.replace(key, "***") if key else words)[:200]
