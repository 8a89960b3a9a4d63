"""A recipe is a named list of steps and an encoding; `run` is a loop over them."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias, TypeVar

import cv2
import numpy as np
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from packshot import plugins, telemetry
from packshot.errors import PackshotError, RecipeError, UnknownName
from packshot.fallback import Answered, first_answer
from packshot.fingerprint import Fingerprints
from packshot.geometry import Affine
from packshot.image import Alpha, Image
from packshot.label.strips import mapped
from packshot.manifest import StepRecord, canonical_json, digest_of
from packshot.ports import (
    NO_HINTS,
    CutoutModel,
    Detector,
    Hints,
    ModelCard,
    Models,
    Painter,
    SurfaceFinder,
    TextLine,
    TextReader,
    Upscaler,
)

Edit: TypeAlias = Literal["geometric", "edge-only", "photometric", "generative-background", "generative-product"]

# From the least to the most; who allows one allows all before it.
EDITS: tuple[Edit, ...] = ("geometric", "edge-only", "photometric", "generative-background", "generative-product")


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Size: TypeAlias = Annotated[tuple[int, int], BeforeValidator(_as_tuple)]  # (width, height), pixels
Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]

Given = TypeVar("Given")


@dataclass
class Context:
    """What a step may use besides the picture: models by name, a seed, a person's hints, and two ways to speak.

    `needs` is the length in pixels of the product's longer side that the later steps can use, or None where they
    take all there is; a step that can work smaller for it should. `room` is the width and height that the product gets
    in the end, where that is known: what works smaller for it should fit it in there, so that it is scaled once.
    `pictures` are those that a recipe speaks of by name.
    `lines` are the lines of text in the picture that the step gets, or None where nobody looked.
    `progress` gets a fraction 0..1 and a message.
    """

    models: Models
    seed: int = 0
    hints: Hints = NO_HINTS
    needs: int | None = None
    room: tuple[float, float] | None = None
    pictures: Mapping[str, Image] = field(default_factory=dict)
    lines: Sequence[TextLine] | None = None
    progress: Callable[[float, str], None] = lambda fraction, message: None
    facts: dict[str, Any] = field(default_factory=dict)
    opened: list[ModelCard] = field(default_factory=list)

    def note(self, name: str, fact: Any) -> None:
        """Write a fact about this step into the manifest; plain JSON values only."""
        self.facts[name] = fact

    def first_answer(self, models: Sequence[str], ask: Callable[[str], Given]) -> Answered[Given]:
        """What the first of `models` that answers gave to `ask(name)`, by the rules of `packshot.fallback`.

        Where there was a choice, who answered and why the others did not is noted; only who answered counts as opened.
        """
        before = len(self.opened)

        def alone(name: str) -> Given:
            del self.opened[before:]
            return ask(name)

        found = first_answer(models, alone)
        if len(models) > 1:
            self.note("answered", found.model)
            self.note("declined", [each.as_data() for each in found.declined])
        return found

    def cutout_model(self, name: str) -> CutoutModel:
        """The model that goes by `name`, its card noted."""
        model = self.models.cutout(name)
        self.opened.append(model.card)
        return model

    def text_reader(self, name: str) -> TextReader:
        """The text reader that goes by `name`, its card noted."""
        reader = self.models.reader(name)
        self.opened.append(reader.card)
        return reader

    def upscaler(self, name: str) -> Upscaler:
        """The upscaler that goes by `name`, its card noted."""
        upscaler = self.models.upscaler(name)
        self.opened.append(upscaler.card)
        return upscaler

    def painter(self, name: str) -> Painter:
        """The painter that goes by `name`, its card noted."""
        painter = self.models.painter(name)
        self.opened.append(painter.card)
        return painter

    def detector(self, name: str) -> Detector:
        """The detector that goes by `name`, its card noted."""
        detector = self.models.detector(name)
        self.opened.append(detector.card)
        return detector

    def surface_finder(self, name: str) -> SurfaceFinder:
        """The surface finder that goes by `name`, its card noted."""
        finder = self.models.surface(name)
        self.opened.append(finder.card)
        return finder


class Step(BaseModel):
    """One word of a recipe. The fields are its parameters: declared once, they validate, print and document it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    op: ClassVar[str]
    edit: ClassVar[Edit] = "photometric"

    def __call__(self, image: Image, context: Context) -> Image:
        raise NotImplementedError

    def edit_with(self, models: Models) -> Edit:
        """How much this step edits at most, where that depends on the models that it names."""
        return self.edit

    def edit_by(self, opened: Sequence[ModelCard]) -> Edit:
        """How much it edited, now that it is known which models answered."""
        return self.edit

    def needs(self, longest: int | None) -> int | None:
        """The product size (longer side, pixels) to ask of the step before, where `longest` is asked of this one."""
        return longest

    def room(self, asked: tuple[float, float] | None) -> tuple[float, float] | None:
        """The width and height, in pixels, that the product gets here, where `asked` is what later steps give it."""
        return asked

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in sorted(self.model_fields_set))
        return f"{self.op}({shown})"


Format: TypeAlias = Literal["jpeg", "png", "webp", "avif"]


class Encoding(BaseModel):
    """How the finished picture becomes bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Format = "jpeg"
    quality: int = Field(default=90, ge=1, le=100, description="of the lossy formats; the most that is tried")
    max_kilobytes: float | None = Field(default=None, gt=0, description="byte budget, 1 kB = 1000 bytes; null for none")
    min_quality: int = Field(default=60, ge=1, le=100, description="floor below which a budget is refused")
    metadata: Literal["drop", "keep"] = Field(default="drop", description="the source's EXIF, XMP and IPTC")

    def __str__(self) -> str:
        budget = f", at most {self.max_kilobytes:g} kB" if self.max_kilobytes else ""
        quality = "" if self.format == "png" else f", quality {self.quality}"
        return f"{self.format}{quality}{budget}"


class Recipe(BaseModel):
    """A named list of steps, and the encoding of what comes out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    name: str
    summary: str = ""
    steps: tuple[Step, ...]
    output: Encoding = Encoding()

    @field_validator("steps", mode="before")
    @classmethod
    def _steps(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise RecipeError(f"steps must be a list, got {type(value).__name__}")
        return tuple(_step(entry, number, len(value)) for number, entry in enumerate(value, 1))

    @classmethod
    def of(cls, value: Any) -> Self:
        """From plain data, as YAML or JSON gives it. Raises RecipeError naming the step, the field and the limit."""
        if not isinstance(value, Mapping):
            raise RecipeError(f"a recipe is a mapping with 'name' and 'steps', got {type(value).__name__}")
        try:
            return cls.model_validate(dict(value))
        except ValidationError as error:
            raise _translated(error, sorted(cls.model_fields)).at("recipe") from error

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise RecipeError(f"not YAML: {' '.join(str(error).split())}") from error
        return cls.of(value)

    @classmethod
    def named(cls, name: str) -> "Recipe":
        """A shipped recipe or a plugin's. Raises UnknownName with the nearest name."""
        texts = shipped()
        if name not in texts:
            raise UnknownName.of("recipe", name, texts, listing="packshot recipes")
        return _named(name)

    def as_data(self) -> dict[str, Any]:
        """Plain data with every parameter spelt out; `Recipe.of` reads it back."""
        return {
            "name": self.name,
            "summary": self.summary,
            "steps": [{step.op: step.model_dump(mode="json")} for step in self.steps],
            "output": self.output.model_dump(mode="json"),
        }

    def to_yaml(self) -> str:
        return yaml.safe_dump(self.as_data(), sort_keys=False, allow_unicode=True)

    @property
    def digest(self) -> str:
        """Of the steps and the output with every parameter; the name and the summary do not count."""
        data = self.as_data()
        return digest_of(canonical_json([data["steps"], data["output"]]).encode())

    def with_(self, changes: Mapping[str, Any]) -> Self:
        """Other parameters, by `op.field` or `output.field`. An op that stands there twice changes in both places."""
        data = self.as_data()
        for key, value in changes.items():
            op, _, name = key.partition(".")
            targets = [data["output"]] if op == "output" else [s[op] for s in data["steps"] if op in s]
            if not targets or not name:
                known = [f"{next(iter(step))}.…" for step in data["steps"]] + ["output.…"]
                raise UnknownName.of(f"step of {self.name}", key, known)
            for target in targets:
                target[name] = value
        return self.of(data)

    def beyond(self, most: Edit, models: Models) -> tuple[int, Step] | None:
        """The first step that edits more than `most`, and its number from 1; None where all stay within."""
        limit = EDITS.index(most)
        return next(((n, s) for n, s in enumerate(self.steps, 1) if EDITS.index(s.edit_with(models)) > limit), None)

    def needs(self) -> int | None:
        """Pixels of the product's longer side that the steps can use, or None where they take all there is."""
        longest: int | None = None
        for step in reversed(self.steps):
            longest = step.needs(longest)
        return longest

    def __str__(self) -> str:
        lines = [f"  {number}  {step}" for number, step in enumerate(self.steps, 1)]
        return "\n".join([self.name, *lines, f"     -> {self.output}"])


@dataclass(frozen=True, eq=False)
class Run:
    """What `run` gives back: the picture, what each step did, and where the product is.

    `product` is the alpha of the picture; where a background has been laid, the alpha it had before that.
    """

    image: Image
    records: tuple[StepRecord, ...]
    product: Alpha | None = None

    def fact(self, name: str, op: str | None = None) -> Any:
        """The last fact noted under `name` (by a step of that `op`), or None."""
        found = [record.facts[name] for record in self.records if name in record.facts and op in (None, record.op)]
        return found[-1] if found else None


def run(recipe: Recipe, image: Image, context: Context, *, done: Run | None = None, until: int | None = None) -> Run:
    """Every step in turn. An error learns where it happened: `step 2 of 7, cutout(), on Image(1200x800)`.

    `done` is what the first steps gave, where they are done already; `until` stops after so many steps.
    """
    total = len(recipe.steps)
    asked, rooms = _needs_before(recipe.steps), _rooms_before(recipe.steps)
    records = [] if done is None else list(done.records)
    image, product = (image, image.alpha) if done is None else (done.image, done.product)
    lines, fingerprints = context.lines, Fingerprints()
    for record in records:
        lines = _moved(lines, record.facts)
    for number, step in list(enumerate(recipe.steps[:until]))[len(records) :]:
        context.progress(number / total, step.op)
        here = replace(context, needs=asked[number], room=rooms[number], lines=lines, facts={}, opened=[])
        started = time.perf_counter()
        before = image.size
        try:
            with telemetry.span(f"step {step.op}"):
                image = step(image, here)
        except PackshotError as error:
            raise error.at(f"step {number + 1} of {total}, {step}, on {image}") from None
        if image.size != before:
            here.facts.setdefault("geometry", None)  # it moved the pixels, and did not say where to
        seconds = time.perf_counter() - started
        product = image.alpha if image.alpha is not None else _followed(product, here.facts, image.size)
        lines = _moved(lines, here.facts)
        records.append(
            StepRecord(
                op=step.op,
                parameters=step.model_dump(mode="json"),
                edit=widest([step.edit_by(here.opened), *map(edit_of, here.opened)]),
                facts=here.facts,
                models=[vars(card) for card in here.opened],
                pixels=fingerprints.of(image),
                seconds=round(seconds, 4),
            )
        )
    if len(records) == total:
        context.progress(1.0, "done")
    return Run(image, tuple(records), product)


def edit_of(card: ModelCard) -> Edit:
    """How much a model edits by itself."""
    if not card.changes_product:
        return "geometric"
    return "generative-product" if card.generative else "photometric"


def widest(edits: Iterable[Edit]) -> Edit:
    """The one that allows all the others."""
    return max(edits, key=EDITS.index)


def _followed(product: Alpha | None, facts: Mapping[str, Any], size: tuple[int, int]) -> Alpha | None:
    """The alpha from before a background was laid, where a step has moved the pixels to since."""
    if product is None or "geometry" not in facts:
        return product
    if facts["geometry"] is None:
        return None
    moved = Affine.of(facts["geometry"])
    return np.asarray(cv2.warpAffine(product, moved.centred(), size, flags=cv2.INTER_LINEAR), np.uint8)


def _moved(lines: Sequence[TextLine] | None, facts: Mapping[str, Any]) -> Sequence[TextLine] | None:
    """Where a step has moved the lines of text to."""
    if lines is None or "geometry" not in facts:
        return lines
    if facts["geometry"] is None:
        return None
    way = Affine.of(facts["geometry"])
    return [replace(line, quad=mapped(line.quad, way)) for line in lines]


def _rooms_before(steps: Sequence[Step]) -> list[tuple[float, float] | None]:
    """For each step, the room that the steps after it give the product."""
    rooms: list[tuple[float, float] | None] = []
    room: tuple[float, float] | None = None
    for step in reversed(steps):
        rooms.append(room)
        room = step.room(room)
    return rooms[::-1]


def _needs_before(steps: Sequence[Step]) -> list[int | None]:
    """For each step, what the steps after it ask of what it gives."""
    longest: int | None = None
    asked: list[int | None] = []
    for step in reversed(steps):
        asked.append(longest)
        longest = step.needs(longest)
    return asked[::-1]


@cache
def _named(name: str) -> Recipe:
    """Once in a process: a service reads the same few for every picture."""
    return Recipe.from_yaml(shipped()[name]())


@cache
def shipped() -> Mapping[str, Callable[[], str]]:
    """How to get the text of every recipe there is, by name; the marketplaces' are among them. Looked for once.

    An entry point of `packshot.recipe` is a package, of which every *.yaml counts, or a function that gives the same
    as this one.
    """
    from importlib.resources import files  # 20 ms that `--help` need not pay

    found: dict[str, Callable[[], str]] = {}
    for entry in plugins.offers("packshot.recipe").values():
        if entry.attr:
            found |= entry.load()()
            continue
        for file in files(entry.module).iterdir():
            if file.name.endswith(".yaml"):
                found[file.name.removesuffix(".yaml")] = file.read_text
    return dict(sorted(found.items()))


def _step(entry: Any, number: int, total: int) -> Step:
    if isinstance(entry, Step):
        return entry
    if isinstance(entry, str):
        entry = {entry: {}}
    if not isinstance(entry, Mapping) or len(entry) != 1:
        raise RecipeError(
            f"step {number} of {total} must be a word or a word with its parameters",
            hint="write it as `- sharpen` or `- sharpen: {amount: 0.6}`",
        )
    op, parameters = next(iter(entry.items()))
    place = f"step {number} of {total}, {op}"
    kind: type[Step] = plugins.load("packshot.step", str(op))
    try:
        return kind.model_validate(dict(parameters or {}))
    except ValidationError as error:
        raise _translated(error, sorted(kind.model_fields)).at(place) from error
    except PackshotError as error:
        raise error.at(place) from None


_UNION_SIDE = re.compile(r"(constrained-)?(float|int|str)$|literal\[|tuple\[|function-")


def _translated(error: ValidationError, known: Sequence[str]) -> RecipeError:
    """The first thing pydantic minds, as a sentence: which field, which limit, what was given."""
    first = error.errors()[0]
    # In a union pydantic adds which side it tried, as `float` or `literal['auto']`: nobody's word.
    path = [str(part) for part in first["loc"] if not _UNION_SIDE.match(str(part))]
    name = ".".join(path)
    if first["type"] == "extra_forbidden":
        near = get_close_matches(path[-1], known, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
        return RecipeError(f"no parameter is called '{name}'", hint=hint)
    if first["type"] == "missing":
        return RecipeError(f"'{name}' is missing")
    if first["type"] == "value_error":
        return RecipeError(f"{name}: {first['ctx']['error']}")
    wanted = first["msg"].removeprefix("Input should be ")
    return RecipeError(f"{name} must be {wanted}, got {first['input']!r}", hint="packshot steps lists what each takes")
