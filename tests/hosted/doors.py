"""Every way to ask a hosted model, with what its provider says: one table for the tests of faults."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gemini_wire
import groq_wire
import huggingface_wire
import openai_wire
from drawn import cut_out, photo
from pydantic import BaseModel
from server import Dialect, Reply

from packshot.models.hosted import gemini, groq, huggingface, openai
from packshot.models.hosted.line import Line
from packshot.ports import Account, Toolbox
from packshot.settings import Settings
from packshot.testing import MemoryLedger

MASK = [{"box_2d": [100, 100, 900, 900], "mask": [[100, 500], [900, 100], [900, 900]], "label": "disc"}]
FOUND = '{"found": [{"box_2d": [100, 200, 500, 600], "label": "table", "confidence": 0.9}]}'


class Colour(BaseModel):
    """What the tests ask for."""

    colour: str
    count: int


class QuickClock:
    """Real time, but nobody waits: what would be slept is added up. Chance is always one half."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def chance(self) -> float:
        return 0.5


@dataclass(frozen=True)
class Door:
    """A model of a provider: how to make it, how to ask it, what its server says."""

    name: str
    provider: str
    connection: Callable[..., Any]
    model: Callable[..., Any]
    ask: Callable[[Any], Any]
    dialect: Dialect
    busy: Callable[[float | None], Reply]
    refusals: tuple[Reply, ...]
    key: str
    prefix: str = ""  # of the address
    paints: bool = False
    painted: Callable[[bytes], Reply] | None = None

    def __str__(self) -> str:
        return self.name


def _language(model: Any) -> Any:
    return model.ask("Which colour, and how many?", Colour, () if model.card.name == "groq" else [photo()])


_GEMINI: dict[str, Any] = {
    "provider": "gemini",
    "connection": gemini.Connection,
    "busy": gemini_wire.busy,
    "refusals": (gemini_wire.refusal(), gemini_wire.refusal_at_the_end()),
    "key": gemini_wire.KEY,
}
_OPENAI: dict[str, Any] = {
    "provider": "openai",
    "connection": openai.Connection,
    "busy": openai_wire.busy,
    "key": openai_wire.KEY,
    "prefix": "/v1",
    "dialect": openai_wire.answers,
}
_FLUX: dict[str, Any] = {
    "provider": "huggingface",
    "connection": huggingface.Connection,
    "model": huggingface.FluxPainter,
    "busy": huggingface_wire.busy,
    "refusals": (huggingface_wire.error(400, "content_policy_violation: NSFW content detected"),),
    "key": huggingface_wire.KEY,
    "dialect": huggingface_wire.answers,
    "paints": True,
    "painted": huggingface_wire.painted,
}
_OPENAI_PAINTER: dict[str, Any] = {
    **_OPENAI,
    "model": openai.OpenAiPainter,
    "refusals": (openai_wire.picture_refusal(),),
    "paints": True,
    "painted": openai_wire.painted,
}

DOORS = (
    Door("gemini-language", model=gemini.GeminiLanguage, ask=_language, dialect=gemini_wire.answers, **_GEMINI),
    Door(
        "gemini-detector",
        model=gemini.GeminiDetector,
        ask=lambda model: model.find("table", photo()),
        dialect=gemini_wire.saying(FOUND),
        **_GEMINI,
    ),
    Door(
        "gemini-cutout",
        model=gemini.GeminiCutout,
        ask=lambda model: model.cutout(photo()),
        dialect=gemini_wire.masks(MASK),
        **_GEMINI,
    ),
    Door(
        "gemini-painter",
        model=gemini.GeminiPainter,
        ask=lambda model: model.paint("a desk", (160, 90)),
        dialect=gemini_wire.answers,
        paints=True,
        painted=gemini_wire.painted,
        **_GEMINI,
    ),
    Door("openai-language", model=openai.OpenAiLanguage, ask=_language, refusals=(openai_wire.refusal(),), **_OPENAI),
    Door("openai-painter", ask=lambda model: model.paint("a desk", (160, 90)), **_OPENAI_PAINTER),
    Door("openai-edit", ask=lambda model: model.paint("a desk", (120, 90), keep=cut_out()), **_OPENAI_PAINTER),
    Door(
        "groq-language",
        provider="groq",
        connection=groq.Connection,
        model=groq.GroqLanguage,
        ask=_language,
        dialect=groq_wire.answers,
        busy=openai_wire.busy,
        refusals=(openai_wire.said(None, finish="content_filter"),),
        key=groq_wire.KEY,
    ),
    Door("flux", ask=lambda model: model.paint("a desk", (160, 90)), **_FLUX),
    Door("flux-like", ask=lambda model: model.paint("a desk", (160, 90), like=[photo()]), **_FLUX),
    Door("flux-inpainting", ask=lambda model: model.paint("a desk", (120, 90), keep=cut_out()), **_FLUX),
)


@dataclass
class Opened:
    """A model that asks a local server, with all that a test looks at."""

    model: Any
    ledger: MemoryLedger
    clock: QuickClock = field(default_factory=QuickClock)


def opened(
    door: Door,
    address: str,
    ledger: MemoryLedger | None = None,
    account: Account | None = None,
    *,
    key: str | None = None,
    own: dict[str, Any] | None = None,
    **hosted: Any,
) -> Opened:
    """The model behind a door. `own` are settings of the provider, `hosted` those of all."""
    told = {"attempts": 3, "seconds": 60, "max_megabytes": 4, "failures": 100, **hosted}
    provider: dict[str, Any] = {
        "key": key or door.key,
        "base_url": address + door.prefix,
        "seconds": 20,
        "per_minute": 6000,
    }
    settings = Settings.model_validate({"hosted": told, door.provider: {**provider, **(own or {})}})
    book, clock = ledger or MemoryLedger(), QuickClock()
    line = Line(door.provider, getattr(settings, door.provider), settings.hosted, clock)
    connection = door.connection(Toolbox(settings, lambda: book), line)
    model = door.model(connection).charged_to(account or Account(job="job", picture="photo"))
    return Opened(model, book, clock)
