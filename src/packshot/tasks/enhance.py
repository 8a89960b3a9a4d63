"""`image.enhance`: one photograph through a recipe, remembered."""

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from packshot import telemetry
from packshot.catalog.results import NO_PLAN, Plan
from packshot.catalog.rework import reworked
from packshot.database.base import now
from packshot.errors import FetchFailed, ForbiddenUrl, HostBusy, NotFound, PackshotError, RecipeError, UnreadableImage
from packshot.image import Box
from packshot.manifest import Verdict
from packshot.marketplaces import profiles
from packshot.ports import NO_HINTS, Hints
from packshot.recipe import Format, Recipe, shipped
from packshot.services import Services
from packshot.settings import Fetch
from packshot.storage.addresses import checked_url
from packshot.storage.codec import probe
from packshot.storage.fetch import NO_EDITION, Edition
from packshot.storage.hosts import HostTurns
from packshot.storage.photographs import fetched, rules_of
from packshot.tasks.images import ProcessedImage, Wishes, process_image
from packshot.tasks.order import Adjustments
from packshot.tasks.pictures import (
    StoredImage,
    check_images,
    has_failed,
    image_of,
    is_processing,
    keep_image,
    keep_rendition,
    note_fetched,
    plan_for,
)
from packshot.tasks.recipes import adjusted, check_edits, open_recipe, profile_of
from packshot.tasks.registry import Errand
from packshot.tasks.remembering import Remembering

log = logging.getLogger("packshot.tasks")


class Adjusted(BaseModel):
    """A recipe by name or as data, and small changes to it by the words a shop uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: str | dict[str, Any] = Field(
        default="marketplace-white", description="a shipped recipe or marketplace by name, or a recipe as data"
    )
    changes: dict[str, Any] = Field(default_factory=dict, description='by `op.field`, as {"place.fill": 0.9}')
    background: str | None = Field(default=None, max_length=40, description="a colour as #ffffff, or transparent")
    size: tuple[int, int] | None = Field(default=None, description="width and height of the picture, pixels")
    padding: float | None = Field(default=None, ge=0, lt=0.5, description="free on each side, share of the side")
    max_kilobytes: float | None = Field(default=None, gt=0, description="of the file, 1 kB = 1000 bytes")
    format: Format | None = Field(default=None, description="of the file")
    quality: int | None = Field(default=None, ge=1, le=100, description="of the encoding")
    max_edit: str | None = Field(
        default=None, max_length=40, description="the most that may be done to the product, as edge-only"
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="for whatever is left to chance")
    box: tuple[int, int, int, int] | None = Field(
        default=None, description="where the product is: left, top, right, bottom in pixels of the upright picture"
    )
    reasons: tuple[str, ...] | None = Field(
        default=None,
        max_length=20,
        description="what a reviewer said of the picture that this recipe made; null: what the sku's wishes and "
        "everything that was said of the photograph so far lead to",
    )

    @model_validator(mode="after")
    def _within_reason(self) -> Self:
        if self.size is not None and not all(1 <= side <= 8000 for side in self.size):
            raise ValueError("size must be between 1 and 8000 pixels a side")
        return self

    def chosen(self, services: Services, plan: Plan = NO_PLAN) -> Recipe:
        """The recipe that is meant: asked for, else what sku or group want; their changes, then the request's, then
        what follows from reviewers' reasons. A request with reasons of its own means its recipe as it is.

        Raises UnknownName, RecipeError, InputError.
        """
        if self.reasons is not None:
            plan = Plan(reasons=self.reasons)
        asked = Adjustments(
            background=self.background,
            size=self.size,
            padding=self.padding,
            max_kilobytes=self.max_kilobytes,
            format=self.format,
            quality=self.quality,
            changes=self.changes,
        )
        wanted = plan.recipe if plan.recipe and "recipe" not in self.model_fields_set else self.recipe
        recipe = named_recipe(wanted, services)
        ops = {"output", *(step.op for step in recipe.steps)}
        recipe = recipe.with_({key: value for key, value in plan.changes.items() if key.partition(".")[0] in ops})
        recipe = reworked(adjusted(recipe, asked), plan.reasons)
        check_edits(recipe, self.max_edit, services.models)
        return recipe

    @property
    def hints(self) -> Hints:
        return NO_HINTS if self.box is None else Hints(box=Box(*self.box))


class EnhanceImage(Adjusted):
    """Make a finished picture of one photograph by a recipe."""

    image: str | None = Field(default=None, max_length=64, description="id of an image that was handed in before")
    url: str | None = Field(default=None, max_length=4000, description="address of a photograph, fetched once")

    @model_validator(mode="after")
    def _one_photograph(self) -> Self:
        if (self.image is None) == (self.url is None):
            raise ValueError("one photograph is wanted: give image or url")
        return self


class EnhancedImage(BaseModel):
    """A finished picture. The receipt is the rendition's manifest."""

    image: str = Field(description="id of the photograph")
    rendition: str = Field(description="id of the finished picture")
    asset: str = Field(description="digest of its bytes")
    format: str
    bytes: int
    size: tuple[int, int]
    recipe: str
    recipe_digest: str
    verdict: Verdict = Field(description="doubtful: a person should look at it")
    confidence: float | None = Field(description="of the cutout, 0..1; null where nothing was cut out")
    reasons: list[str]
    score: float = Field(description="quality, 0..100")
    score_before: float = Field(description="of the photograph")
    seconds: float


def can_be_made(request: EnhanceImage, services: Services, memory: Remembering, tenant: str) -> None:
    """Raises at once what no attempt would cure: NotFound for an image that is not there, and what `chosen` raises."""
    plan = NO_PLAN
    if request.image is not None and "recipe" in request.model_fields_set:
        check_images(memory.sessions, [request.image], tenant)
    elif request.image is not None:
        plan = plan_for(memory.sessions, request.image, tenant)
    request.chosen(services, plan)


def enhance(request: EnhanceImage, services: Services, memory: Remembering, errand: Errand) -> EnhancedImage:
    """Raises what reading, the recipe and the byte budget raise; the image is then marked as failed."""
    image = given_image(request.image, request.url, memory, errand.tenant)
    recipe = request.chosen(services, plan_for(memory.sessions, image.id, errand.tenant))
    is_processing(memory.sessions, image.id)
    try:
        data = bytes_of(image, services, memory)
        meant = request.recipe if request.reasons is None else recipe.name  # a marketplace's stays one
        wishes = Wishes(request.seed, request.hints, profile=profile_of_name(meant))
        made = process_image(data, recipe, services, wishes, name=image.name, progress=errand.tell)
        if made.over_budget:
            raise made.over_budget
    except HostBusy:
        raise  # it is done later, and nothing has failed
    except PackshotError as error:
        has_failed(memory.sessions, image.id, error.as_dict(), errand.tenant)
        raise
    return enhanced(made, image, services, memory, errand.tenant)


def enhanced(
    made: ProcessedImage, image: StoredImage, services: Services, memory: Remembering, tenant: str
) -> EnhancedImage:
    """Keep a finished picture, and say what it is."""
    asset, said = memory.assets.put(made.data), made.manifest
    manifest = json.loads(said.as_json())
    rendition = keep_rendition(
        memory.sessions, tenant, image.id, asset=asset, manifest=manifest, settings=services.settings
    )
    return EnhancedImage(
        image=image.id,
        rendition=rendition,
        asset=asset,
        format=said.output.format,
        bytes=len(made.data),
        size=said.output.size,
        recipe=said.recipe["name"],
        recipe_digest=said.recipe_digest,
        verdict=said.verdict,
        confidence=said.confidence,
        reasons=said.reasons,
        score=said.score["after"]["total"],
        score_before=said.score["before"]["total"],
        seconds=said.seconds,
    )


def named_recipe(wanted: str | Mapping[str, Any], services: Services) -> Recipe:
    """By name or as data; never a file, since whoever asks over a network has none here."""
    if not isinstance(wanted, str):
        return Recipe.of(dict(wanted))
    if wanted not in shipped():
        return Recipe.named(wanted)  # says which name is nearest
    return open_recipe(wanted, services.settings)


def profile_of_name(recipe: str | Mapping[str, Any]) -> Any:
    """The marketplace that a recipe is for; None where it is for none."""
    return profile_of(recipe) if isinstance(recipe, str) and recipe in profiles() else None


def given_image(image: str | None, url: str | None, memory: Remembering, tenant: str) -> StoredImage:
    """The photograph that a request means. Raises NotFound."""
    if image is not None:
        return image_of(memory.sessions, image, tenant)
    if url is None:
        raise RecipeError("no photograph was given", hint="give image or url")
    return keep_image(memory.sessions, tenant, name=name_in(url), url=url)


def bytes_of(image: StoredImage, services: Services, memory: Remembering) -> bytes:
    """A photograph's bytes, fetched from its address the first time, and known to be a picture within the limits.

    What was fetched longer ago than `fetch.fresh_seconds` is sent again where it has changed; where its host does not
    give it any more, what is here is good enough.

    Raises ForbiddenUrl, FetchFailed, HostBusy, UnreadableImage, ImageTooLarge, NotFound.
    """
    if image.asset is not None and _is_current(image, services.settings.fetch):
        return memory.assets.get(image.asset)
    if not image.url:
        raise NotFound("the photograph's bytes are not there", hint="hand it in again")
    try:
        data, edition = _asked_for(image, services, memory)
    except (FetchFailed, ForbiddenUrl, HostBusy) as error:
        if image.asset is None:
            raise
        log.warning("image %s is taken as it was fetched before: %s", image.id, error.message)
        return memory.assets.get(image.asset)
    note_fetched(memory.sessions, image.id, memory.assets.put(data), edition)
    return data


def _is_current(image: StoredImage, settings: Fetch) -> bool:
    """Handed in, or fetched a short while ago."""
    return image.fetched_at is None or image.fetched_at > now() - timedelta(seconds=settings.fresh_seconds)


def _asked_for(image: StoredImage, services: Services, memory: Remembering) -> tuple[bytes, Edition]:
    """What lies at its address by now, in its turn."""
    asked = services.settings.fetch
    parts = checked_url(image.url, rules_of(services.settings))
    longest = asked.max_seconds + asked.timeout * (asked.redirects + 1)
    known = NO_EDITION if image.asset is None else image.edition
    turns = HostTurns(memory.sessions, asked.at_once, longest)
    with turns.turn(f"{parts.hostname}:{parts.port or parts.scheme}"), telemetry.span("fetch", kind="client"):
        got = fetched(image.url, services.settings, known)
    if got is None:
        return memory.assets.get(image.asset or ""), image.edition
    data, _ = got
    if not data:
        raise UnreadableImage("the photograph is empty", hint="check what lies at its address")
    probe(data, services.settings.limits)
    return got


def name_in(url: str) -> str:
    """What the file behind an address is called."""
    try:
        return PurePosixPath(unquote(urlsplit(url).path)).name[:191] or "photograph"
    except ValueError:
        return "photograph"
