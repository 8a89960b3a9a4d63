"""A new background for one photograph, told step by step: what is known early is said early.

    accepted, normalise, mask, features, prompt, upscale, place, shadow, generate, paste, finish

The mask comes before the features: what a product is like is told from its cutout, or its old background would be
described along. Product pixels are laid on last, and `paste` says what became of them.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from packshot.errors import InputError
from packshot.manifest import digest_of
from packshot.ops.describing import ProductDescription, describe, scene_prompt
from packshot.ops.suited import USUAL, Suited, by_product, by_words
from packshot.ports import Orientation
from packshot.recipe import Context, Encoding, Format, Recipe, Run, run
from packshot.services import Services
from packshot.storage.codec import decode, probe
from packshot.studio.sets import named
from packshot.tasks.backdrop import backdrop_of
from packshot.tasks.images import ProcessedImage, Progress, finished, judged, quiet
from packshot.tasks.recipes import check_edits

_STAGES = {"cutout": "mask", "scene": "generate", "paint": "generate"}  # other steps go by their own name
_TOLD = {
    "mask": ("confidence", "reasons", "box"),
    "generate": ("set", "look", "seed", "painter", "declined"),
    "upscale": ("scale", "interpolated_share"),
    "place": ("scale", "offset"),
    "shadow": (),
}


_LAST = "studio"  # the painter that is asked where the one that was named cannot


class NewBackground(BaseModel):
    """What may be said about the background that is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str | None = Field(
        default=None, max_length=60, description="a set of the virtual studio; left out, one that suits the product"
    )
    look: str | None = Field(default=None, max_length=60, description="one of the set's looks; left out, its usual one")
    colour: str | None = Field(
        default=None,
        max_length=40,
        description="to paint the set in: '#rrggbb', a name, or product for one that suits it",
    )
    prompt: str = Field(
        default="", max_length=2000, description="the place in words, for a painter; without one they choose a set"
    )
    painter: str | None = Field(
        default=None,
        max_length=60,
        description="a model that paints the place, and where it cannot the studio; left out, nothing is paid",
    )
    size: tuple[int, int] = Field(default=(2000, 2000), description="width and height of the picture, pixels")
    upscale: int | None = Field(
        default=None,
        ge=1,
        le=8000,
        description="pixels that the product's longer side is enlarged to where it has fewer",
    )
    format: Format = Field(default="jpeg", description="of the finished picture")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="for whatever is left to chance")
    max_edit: str | None = Field(
        default=None, max_length=40, description="the most that may be done to the product, as edge-only"
    )

    @model_validator(mode="after")
    def _one_place(self) -> "NewBackground":
        if not all(64 <= side <= 6000 for side in self.size):
            raise ValueError("size must be between 64 and 6000 pixels a side")
        if self.painter is not None and (self.set is not None or self.look is not None):
            raise ValueError("a painter and a set are two places; give one of them")
        if self.look is not None and self.set is None:
            raise ValueError("a look is one of a set's; name the set too")
        if self.colour is not None and self.set is None:
            raise ValueError("a colour is one of a set's; name the set too")
        return self


@dataclass(frozen=True, eq=False)
class StepResult:
    """One step is done: how long it took, and plain facts. The last one has the picture."""

    step: str
    seconds: float
    facts: dict[str, Any] = field(default_factory=dict)
    picture: ProcessedImage | None = None

    def in_words(self) -> str:
        """`set marble, look white`: the facts that are one word or number."""
        plain = {name: fact for name, fact in self.facts.items() if isinstance(fact, str | int | float)}
        return ", ".join(f"{name} {fact}" for name, fact in plain.items() if name not in ("digest", "prompt"))


def wished(fields: Mapping[str, Any]) -> NewBackground:
    """From what somebody gave. Raises InputError that names the field."""
    try:
        return NewBackground.model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        hint = "packshot background --help lists what it takes"
        raise InputError(f"{name}: {said}" if name else said, hint=hint) from error


def background(
    data: bytes,
    wish: NewBackground,
    services: Services,
    *,
    name: str = "picture",
    output: str = "",
    progress: Progress = quiet,
) -> Iterator[StepResult]:
    """The steps after `accepted` as they get done. `progress` is called within them too, and may raise to stop."""
    started = last = time.perf_counter()

    def told(step: str, facts: dict[str, Any], picture: ProcessedImage | None = None) -> StepResult:
        nonlocal last
        before, last = last, time.perf_counter()
        return StepResult(step, round(last - before, 4), facts, picture)

    check(wish, services)
    digest = digest_of(data)
    models = services.models.charged_to(picture=digest)
    # A set's name changes no size, so the cutout can be made before it is known which set it will be.
    planned = recipe_of(wish, _named(wish), "a place")
    needs = planned.needs()
    decoded = decode(data, services.settings.limits, longest=None if needs is None else 2 * needs)
    photo = decoded.image
    yield told("normalise", {"read_at": list(photo.size), "backdrop": backdrop_of(photo), **decoded.facts})

    context = Context(models=models, seed=wish.seed, progress=progress)
    done = run(planned, photo, context, until=1)
    yield told("mask", _facts("mask", done))

    orientation = models.orientation("embedded").orient(done.image)
    description = describe(done.image, orientation)
    yield told("features", {"description": description.model_dump(), "orientation": vars(orientation)})

    prompt, chosen, because = _wanted(wish, description, orientation)
    yield told("prompt", {"prompt": prompt, "painter": wish.painter, "set": chosen and chosen.set, "because": because})

    recipe = recipe_of(wish, chosen, prompt)
    for number in range(2, len(recipe.steps) + 1):
        done = run(recipe, photo, context, done=done, until=number)
        op = done.records[-1].op
        stage = _STAGES.get(op, op)
        yield told(stage, _facts(stage, done))

    rendition = judged(recipe, photo, done, services, photo.size[0] / decoded.size[0])
    yield told("paste", {"certificate": rendition.certificate.as_data()})
    made = finished(data, decoded, rendition, services, name=name, output=output, started=started, digest=digest)
    if made.over_budget:
        raise made.over_budget
    yield told("finish", {"bytes": len(made.data), "format": wish.format, "size": list(rendition.image.size)}, made)


def accepted(data: bytes, services: Services) -> StepResult:
    """What the header says, with nothing decoded; there at once, whoever else is being worked for.

    Raises UnreadableImage and ImageTooLarge.
    """
    started = time.perf_counter()
    header = probe(data, services.settings.limits)
    width, height = header.size
    facts = {
        "format": header.format,
        "size": [width, height],
        "megapixels": round(width * height / 1e6, 2),
        "bytes": len(data),
        "digest": digest_of(data),
    }
    return StepResult("accepted", round(time.perf_counter() - started, 4), facts)


def check(wish: NewBackground, services: Services) -> None:
    """Raises UnknownName where no set, look or painter is called so, and RecipeError where it edits too much."""
    if wish.set is not None:
        named(wish.set).look(wish.look)
    if wish.painter is not None:
        services.models.painter(wish.painter)
    check_edits(recipe_of(wish, _named(wish), "a place"), wish.max_edit, services.models)


def recipe_of(wish: NewBackground, chosen: Suited | None, prompt: str) -> Recipe:
    """The steps that make it: in a set, or before what a painter makes of the prompt."""
    steps: list[Any] = ["cutout"]
    if wish.upscale is not None:
        steps.append({"upscale": {"until": wish.upscale}})
    if wish.painter is None:
        place = chosen or Suited(USUAL, None, "")
        colour = {} if wish.colour is None else {"colour": wish.colour}
        steps.append({"scene": {"set": place.set, "look": place.look, "canvas": list(wish.size)} | colour})
    else:
        otherwise = [_LAST] if wish.painter != _LAST else []
        steps += [{"place": {"canvas": list(wish.size), "fill": 0.62}}, {"shadow": {"kind": "contact"}}]
        steps.append({"paint": {"painter": wish.painter, "otherwise": otherwise, "prompt": prompt}})
    encoding = Encoding(format=wish.format, quality=100 if wish.format == "png" else 92)
    return Recipe.of(
        {"name": "background", "summary": "The product before another background.", "steps": steps}
    ).model_copy(update={"output": encoding})


def _named(wish: NewBackground) -> Suited | None:
    return None if wish.set is None else Suited(wish.set, wish.look, "it was named")


def _wanted(
    wish: NewBackground, description: ProductDescription, orientation: Orientation
) -> tuple[str, Suited | None, str]:
    """The painter's prompt, the set, and why it is that one."""
    prompt = scene_prompt(description, orientation, place=wish.prompt)
    if wish.painter is not None:
        return prompt, None, "a painter was named"
    chosen = _named(wish) or by_words(wish.prompt) or by_product(description)
    return prompt, chosen, chosen.because


def _facts(stage: str, done: Run) -> dict[str, Any]:
    facts = done.records[-1].facts
    return {name: facts[name] for name in _TOLD.get(stage, tuple(facts)) if name in facts}
