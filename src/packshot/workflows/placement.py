"""A product into places: several scenes side by side, each in several shapes, and nothing paid for twice.

Seven steps: enhance, cut out, scene, analysis, surface, composition, output. The product's own pixels are laid on last,
by a recipe that starts from the photograph, so that every picture has a whole receipt and a certificate.

A model that fails is a fact in the state, not an end: the next painter is asked, then the set that the request names,
and the result says so. State holds names, numbers and asset ids.
"""

import operator
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Self, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from packshot.errors import BudgetExceeded, Cancelled, InputError, ModelError, PackshotError, UnknownName
from packshot.image import Box, Image
from packshot.manifest import canonical_json
from packshot.ports import NO_HINTS, Hints, Models
from packshot.recipe import Context, Encoding, Recipe, run
from packshot.storage.codec import decode
from packshot.storage.encode import encode
from packshot.workflows.desk import Desk


class PlaceProduct(BaseModel):
    """Stand a product in scenes: painted from words, a set of the studio, or a picture of one's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product: str = Field(description="asset of the photograph")
    name: str = Field(default="product", description="what the photograph is called")
    scene: str | None = Field(default=None, description="the place in words, for painters to paint")
    set: str | None = Field(default=None, description="a set of the virtual studio")
    look: str | None = Field(default=None, description="one of the set's looks; null for the usual one")
    background: str | None = Field(default=None, description="asset of a picture of the place")
    surface: str | None = Field(default=None, description="what to stand on, as 'table'")
    painters: tuple[str, ...] = Field(default=(), description="who may paint, in the order they are asked")
    otherwise: str | None = Field(default="sweep", description="the set where no painter could; null for none")
    language: str | None = Field(default=None, description="a language model to look at product and scene")
    variants: int = Field(default=1, ge=1, le=16)
    formats: tuple[str, ...] = Field(
        default=("1:1",), min_length=1, max_length=8, description="as 4:5, width to height"
    )
    longest: int = Field(default=2000, ge=200, le=8000, description="pixels of a picture's longer side")
    strict: bool = Field(default=True, description="no pixel of the product changes but by scaling")
    box: tuple[int, int, int, int] | None = Field(default=None, description="where the product is, in pixels")
    seed: int = 0
    budget: Decimal | None = Field(default=None, ge=0, description="the most that all paid calls may cost, US dollars")

    @classmethod
    def asked(cls, fields: Mapping[str, Any]) -> Self:
        """From what somebody gave. Raises InputError that names the field."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise InputError(f"{name}: {first['msg']}", hint="packshot place --help lists what it takes") from error

    @model_validator(mode="after")
    def _one_place(self) -> "PlaceProduct":
        if sum(each is not None for each in (self.scene, self.set, self.background)) != 1:
            raise InputError(
                "one place is wanted: words, a set or a picture", hint="give --scene, --set or --background"
            )
        for shape in self.formats:
            canvas_of(shape, self.longest)
        return self


class Failure(TypedDict):
    """What could not be done, at which step, for which variant (0: for all)."""

    variant: int
    step: str
    error: dict[str, Any]


class Place(TypedDict):
    """The place of one variant: a set, or the asset of a picture. `tried` are painters that could not, and why."""

    variant: int
    seed: int
    set: str | None
    look: str | None
    picture: str | None
    by: str
    tried: list[dict[str, Any]]


class Picture(TypedDict):
    """A finished picture and its receipt, as assets."""

    variant: int
    format: str
    asset: str
    manifest: str
    by: str
    tried: list[dict[str, Any]]
    verdict: str
    reasons: list[str]
    certificate: str
    score: float


class State(TypedDict, total=False):
    """How far a placement is."""

    request: dict[str, Any]
    steps: list[dict[str, Any]]  # of the recipe that come between cutout and scene
    cutout: dict[str, Any]
    places: Annotated[list[Place], operator.add]
    seen: dict[str, Any]
    pictures: Annotated[list[Picture], operator.add]
    failures: Annotated[list[Failure], operator.add]


class Seen(BaseModel):
    """What a language model says of a product and of the place it is to stand in."""

    product: str = Field(description="what it is, in a few words")
    characteristics: list[str] = Field(description="colours, material, shape")
    share: float = Field(ge=0.2, le=0.9, description="of the picture's side that the product should take")


USUAL_SHARE = 0.62


def enhance(state: State, runtime: Runtime[Desk]) -> State:
    """Which steps make the product better. Where no pixel of it may change, none."""
    runtime.context.tell(0.02, "enhance")
    request = PlaceProduct.model_validate(state["request"])
    return {"steps": [] if request.strict else [{"tone": {}}, {"denoise": {}}, {"sharpen": {}}]}


def cut_out(state: State, runtime: Runtime[Desk]) -> State:
    """The product alone, kept as an asset; what follows looks at it."""
    desk = runtime.context
    desk.tell(0.08, "cut out")
    request = PlaceProduct.model_validate(state["request"])
    photo = decode(desk.assets.get(request.product), desk.settings.limits, longest=None).image
    done = run(
        Recipe.of({"name": "cutout", "steps": ["cutout"]}), photo, Context(models=desk.models, seed=request.seed)
    )
    return {
        "cutout": {
            "asset": desk.assets.put(encode(done.image, Encoding(format="png")).data),
            "size": list(done.image.size),
            "confidence": done.fact("confidence"),
            "reasons": list(done.fact("reasons") or ()),
        }
    }


def hints_of(request: PlaceProduct) -> Hints:
    return NO_HINTS if request.box is None else Hints(box=Box(*request.box))


def to_scenes(state: State) -> list[Send]:
    request = PlaceProduct.model_validate(state["request"])
    return [Send("scene", {"request": state["request"], "variant": n}) for n in range(1, request.variants + 1)]


class OneVariant(TypedDict):
    request: dict[str, Any]
    variant: int


def scene(state: OneVariant, runtime: Runtime[Desk]) -> State:
    """The place of one variant. Only words cost anything: a picture is there, a set is rendered later."""
    desk, variant = runtime.context, state["variant"]
    request = PlaceProduct.model_validate(state["request"])
    seed = request.seed + variant - 1
    place = Place(variant=variant, seed=seed, set=None, look=None, picture=None, by="", tried=[])
    if request.background is not None:
        place["picture"], place["by"] = request.background, "given"
        return {"places": [place]}
    if request.set is not None:
        return {"places": [in_set(place, request.set, request.look)]}
    desk.tell(0.2, f"scene {variant} of {request.variants}")
    picture, by, tried = painted(request, desk.paying(request.product, _text(request.budget)), desk, seed)
    place["tried"] = tried
    if picture is not None:
        place["picture"], place["by"] = picture, by
        return {"places": [place]}
    if request.otherwise is not None:
        return {"places": [in_set(place, request.otherwise, None)]}
    error = tried[-1]["error"] if tried else InputError("nobody was asked to paint", hint="--painter").as_dict()
    return {"failures": [Failure(variant=variant, step="scene", error=error)]}


def painted(
    request: PlaceProduct, models: Models, desk: Desk, seed: int
) -> tuple[str | None, str, list[dict[str, Any]]]:
    """The asset of a painted place, who painted it, and who could not and why."""
    tried: list[dict[str, Any]] = []
    prompt = prompt_for(request)
    for name in request.painters:
        try:
            picture = models.painter(name).paint(prompt, (request.longest, request.longest), seed=seed)
        except (ModelError, BudgetExceeded, UnknownName) as error:
            tried.append({"painter": name, "error": error.as_dict()})
            continue
        return desk.assets.put(encode(Image(picture.rgb), Encoding(format="png")).data), name, tried
    return None, "", tried


def prompt_for(request: PlaceProduct) -> str:
    """The place without a product in it: the real one is laid on later."""
    on = f" An empty {request.surface} in the foreground, seen slightly from above." if request.surface else ""
    return (
        f"{request.scene}.{on} A photograph for an advertisement, natural light, sharp foreground."
        " Leave the middle free: no product, no bottle, no text, no logo, no people."
    )


def in_set(place: Place, name: str, look: str | None) -> Place:
    """In a set, with the look asked for or the usual one; the seed is another for each variant."""
    return {**place, "set": name, "look": look, "by": f"set {name}"}


def analyse(state: State, runtime: Runtime[Desk]) -> State:
    """What the product is and how large it should be, by a language model where one is named, else by its shape."""
    desk = runtime.context
    desk.tell(0.45, "analysis")
    request = PlaceProduct.model_validate(state["request"])
    width, height = state["cutout"]["size"]
    embedded = {"share": USUAL_SHARE, "aspect": round(width / height, 3), "by": "shape"}
    if request.language is None:
        return {"seen": embedded}
    product = _picture(desk, state["cutout"]["asset"])
    painted_places = [place["picture"] for place in state.get("places", []) if place["picture"]]
    shown = [product, *(_picture(desk, asset) for asset in painted_places[:1])]
    asked = (
        "The first picture is a product, cut out. Where there is a second, it will stand there. Describe the product."
    )
    try:
        model = desk.paying(request.product, _text(request.budget)).language(request.language)
        said = model.ask(asked, Seen, shown)
    except (ModelError, BudgetExceeded, UnknownName) as error:
        return {
            "seen": embedded,
            "failures": [Failure(variant=0, step="analysis", error=error.as_dict())],
        }
    return {"seen": embedded | said.model_dump() | {"by": request.language}}


def to_compositions(state: State) -> list[Send] | str:
    request = PlaceProduct.model_validate(state["request"])
    one = {"request": state["request"], "steps": state["steps"], "seen": state["seen"]}
    sends = [
        Send("compose", one | {"place": place, "format": shape})
        for place in state.get("places", [])
        for shape in request.formats
    ]
    return sends or "output"


class OnePicture(TypedDict):
    request: dict[str, Any]
    steps: list[dict[str, Any]]
    seen: dict[str, Any]
    place: Place
    format: str


def compose(state: OnePicture, runtime: Runtime[Desk]) -> State:
    """One finished picture: the recipe of this place and shape, over the photograph."""
    desk, place = runtime.context, state["place"]
    request = PlaceProduct.model_validate(state["request"])
    desk.tell(0.6, f"composition {place['variant']}, {state['format']}")
    try:
        recipe = recipe_for(request, place, state["steps"], state["format"], float(state["seen"]["share"]))
        pictures = {"scene": _picture(desk, place["picture"])} if place["picture"] else {}
        photo, hints = desk.assets.get(request.product), hints_of(request)
        made = desk.make(photo, recipe, name=request.name, seed=place["seed"], pictures=pictures, hints=hints)
    except Cancelled:
        raise
    except PackshotError as error:
        failure = Failure(variant=place["variant"], step="composition", error=error.as_dict())
        return {"failures": [failure]}
    certificate = (made.manifest.get("certificate") or {}).get("verdict", "unknown")
    picture = Picture(
        variant=place["variant"],
        format=state["format"],
        asset=desk.assets.put(made.data),
        manifest=desk.assets.put(canonical_json(made.manifest).encode()),
        by=place["by"],
        tried=place["tried"],
        verdict=str(made.manifest["verdict"]),
        reasons=list(made.manifest["reasons"]),
        certificate=str(certificate),
        score=float(made.manifest["score"]["after"]["total"]),
    )
    return {"pictures": [picture]}


def recipe_for(request: PlaceProduct, place: Place, steps: list[dict[str, Any]], shape: str, share: float) -> Recipe:
    """The product is laid on last in all of them."""
    canvas = canvas_of(shape, request.longest)
    if place["set"] is not None:
        stand = [
            {
                "scene": {
                    "set": place["set"],
                    "look": place["look"],
                    "canvas": list(canvas),
                    "fill": share,
                    "strict": request.strict,
                }
            }
        ]
    else:
        stand = [
            {"place": {"canvas": list(canvas), "fill": share}},
            {"shadow": {"kind": "contact"}},
            {"background": {"picture": "scene"}},
        ]
    return Recipe.of(
        {
            "name": "placement",
            "summary": "A product in a place.",
            "steps": ["cutout", *steps, *stand],
            "output": {"format": "jpeg", "quality": 92},
        }
    )


def canvas_of(shape: str, longest: int) -> tuple[int, int]:
    """`4:5` at 2000 pixels of the longer side is (1600, 2000). Raises InputError."""
    try:
        across, down = (float(part) for part in shape.split(":"))
        ratio = across / down
    except (ValueError, ZeroDivisionError):
        ratio = 0.0
    if not 0.2 <= ratio <= 5:
        raise InputError(f"'{shape}' is no format", hint="write width:height, as 4:5, at most 5:1")
    return (longest, round(longest / ratio)) if ratio >= 1 else (round(longest * ratio), longest)


def output(state: State, runtime: Runtime[Desk]) -> State:
    """The end, where all that ran side by side has come together."""
    runtime.context.tell(0.98, "output")
    return {}


def build(saver: BaseCheckpointSaver[str] | None = None) -> CompiledStateGraph[State, Desk, State, State]:
    graph = StateGraph(State, Desk)
    graph.add_node("enhance", enhance)
    graph.add_node("cut_out", cut_out)
    graph.add_node("scene", scene)
    graph.add_node("analyse", analyse)
    graph.add_node("compose", compose)
    graph.add_node("output", output)
    graph.add_edge(START, "enhance")
    graph.add_edge("enhance", "cut_out")
    graph.add_conditional_edges("cut_out", to_scenes, ["scene"])
    graph.add_edge("scene", "analyse")
    graph.add_conditional_edges("analyse", to_compositions, ["compose", "output"])
    graph.add_edge("compose", "output")
    graph.add_edge("output", END)
    return graph.compile(checkpointer=saver)


def place_product(request: PlaceProduct, desk: Desk, saver: BaseCheckpointSaver[str]) -> State:
    """Begin, or go on where the job of this desk was cut off."""
    graph = build(saver)
    thread = RunnableConfig(configurable={"thread_id": desk.job}, max_concurrency=2)
    before = graph.get_state(thread)
    if before.values and not before.next:
        return _sorted(before.values)
    begin = None if before.values else State(request=request.model_dump(mode="json"))
    return _sorted(graph.invoke(begin, thread, context=desk, durability="sync"))


def _sorted(state: dict[str, Any]) -> State:
    """In the order of variants and formats, whoever was ready first."""
    return State(
        seen=state.get("seen", {}),
        pictures=sorted(state.get("pictures", []), key=lambda one: (one["variant"], one["format"])),
        failures=sorted(state.get("failures", []), key=lambda one: (one["variant"], one["step"])),
    )


def _picture(desk: Desk, asset: str) -> Image:
    return decode(desk.assets.get(asset), desk.settings.limits, longest=None).image


def _text(budget: Decimal | None) -> str | None:
    return None if budget is None else str(budget)
