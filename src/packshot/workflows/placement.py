"""A product into places: several scenes side by side, each in several shapes, and nothing paid for twice.

Seven steps: enhance, cut out, scene, analysis, surface, composition, output. The product's own pixels are laid on last,
by a recipe that starts from the photograph, so that every picture has a whole receipt and a certificate.

A model that fails is a fact in the state, not an end: the next painter is asked, then the set that the request names,
and the result says so. State holds names, numbers and asset ids.
"""

from decimal import Decimal
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from packshot.errors import (
    BudgetExceeded,
    Cancelled,
    InputError,
    ModelError,
    NoSurface,
    NotFound,
    PackshotError,
    ProductChanged,
    UnknownName,
)
from packshot.image import Image
from packshot.manifest import canonical_json
from packshot.ops.describing import ProductDescription, describe
from packshot.ops.stand import Stand
from packshot.ops.suited import by_kind, by_product, by_words
from packshot.ports import Models
from packshot.recipe import Context, Encoding, Recipe, run
from packshot.storage.codec import decode
from packshot.storage.encode import encode
from packshot.studio.sets import named
from packshot.workflows.asked import FITTING, PlaceProduct
from packshot.workflows.checkpoints import is_over
from packshot.workflows.compositions import recipe_for, stand_step
from packshot.workflows.desk import Desk
from packshot.workflows.facts import Failure, OnePicture, OnePlace, OneVariant, Picture, Place, Seen, State

USUAL_SHARE = 0.62
_ANOTHER = 1009  # added to the seed of a painting that has nothing to stand on


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
        "seen": seen_in(done.image, desk.models),
        "cutout": {
            "asset": desk.passing.put(encode(done.image, Encoding(format="png")).data),
            "size": list(done.image.size),
            "confidence": done.fact("confidence"),
            "reasons": list(done.fact("reasons") or ()),
        },
    }


def to_scenes(state: State) -> list[Send]:
    request = PlaceProduct.model_validate(state["request"])
    one = {"request": state["request"], "seen": state["seen"]}
    return [Send("scene", one | {"variant": n}) for n in range(1, request.variants + 1)]


def scene(state: OneVariant, runtime: Runtime[Desk]) -> State:
    """The place of one variant. Only words cost anything: a picture is there, a set is rendered later."""
    desk, variant = runtime.context, state["variant"]
    request = PlaceProduct.model_validate(state["request"])
    seed = request.seed + variant - 1
    place = Place(
        variant=variant, seed=seed, set=None, look=None, picture=None, painted=False, by="", tried=[], on=None
    )
    if request.background is not None:
        place["picture"], place["by"] = request.background, "given"
        return {"places": [place]}
    if request.set is not None:
        return {"places": [in_set(place, request.set, request.look, request)]}
    desk.tell(0.2, f"scene {variant} of {request.variants}")
    picture, by, tried = painted(request, desk.paying(request.product, _text(request.budget)), desk, seed)
    place["tried"] = tried
    if picture is not None:
        place["picture"], place["by"], place["painted"] = picture, by, True
        return {"places": [place]}
    if request.otherwise is not None:
        return {"places": [instead(place, request, state["seen"])]}
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
        return desk.passing.put(encode(Image(picture.rgb), Encoding(format="png")).data), name, tried
    return None, "", tried


def prompt_for(request: PlaceProduct) -> str:
    """The place without a product in it: the real one is laid on later."""
    on = f" An empty {request.surface} in the foreground, seen slightly from above." if request.surface else ""
    return (
        f"{request.scene}.{on} A photograph for an advertisement, natural light, sharp foreground."
        " Leave the middle free: no product, no bottle, no text, no logo, no people."
    )


def instead(place: Place, request: PlaceProduct, seen: dict[str, Any]) -> Place:
    """In the set that takes over from painters: the one that was named, or one that suits."""
    if request.otherwise is not None and request.otherwise != FITTING:
        return in_set(place, request.otherwise, request.look, request)
    description = ProductDescription.model_validate(seen["description"])
    # What hangs or lies cannot stand in a kitchen, whatever the words say.
    suited = by_kind(description) or by_words(request.scene or "") or by_product(description)
    place = in_set(place, suited.set, suited.look, request)
    return {**place, "by": f"{place['by']}, for {suited.because}"}


def in_set(place: Place, name: str, look: str | None, request: PlaceProduct) -> Place:
    """In a set: one look, or its looks in turn, the usual one first, and then all again with the next seed."""
    looks = [look] if look is not None else list(named(name).looks)
    around, which = divmod(place["variant"] - 1, len(looks))
    return {
        **place,
        "set": name,
        "look": looks[which],
        "seed": request.seed + around,
        "picture": None,
        "painted": False,
        "by": f"set {name}, {looks[which]}",
    }


def analyse(state: State, runtime: Runtime[Desk]) -> State:
    """What the product is and how large it should be, by a language model where one is named; its shape told before."""
    desk = runtime.context
    desk.tell(0.45, "analysis")
    request = PlaceProduct.model_validate(state["request"])
    embedded = state["seen"]
    if request.language is None:
        return {}
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
        return {"failures": [Failure(variant=0, step="analysis", error=error.as_dict())]}
    return {"seen": embedded | said.model_dump() | {"between_mm": said.between_mm, "by": request.language}}


def seen_in(cutout: Image, models: Models) -> dict[str, Any]:
    """What can be said of a product without asking anybody."""
    description = describe(cutout, models.orientation("embedded").orient(cutout))
    return {
        "share": USUAL_SHARE,
        "description": description.model_dump(mode="json"),
        "between_mm": None,
        "by": "shape",
    }


def to_surfaces(state: State) -> list[Send] | str:
    one = {"request": state["request"], "seen": state["seen"]}
    sends = [Send("surface", one | {"place": place}) for place in state.get("places", [])]
    return sends or "output"


def surface(state: OnePlace, runtime: Runtime[Desk]) -> State:
    """Whether there is something to stand on in a picture, given or painted; of a set it is known."""
    desk, place = runtime.context, state["place"]
    request = PlaceProduct.model_validate(state["request"])
    if place["picture"] is None:
        return {"standing": [place]}
    desk.tell(0.5, f"surface {place['variant']}")
    step = Stand.model_validate(stand_step(request, place, request.formats[0], None))
    for painting in range(request.paintings):
        try:
            found = step.surface_in(_picture(desk, str(place["picture"])), Context(desk.models))
            break
        except (NoSurface, ModelError, UnknownName) as error:
            if not place["painted"]:
                return {"failures": [Failure(variant=place["variant"], step="surface", error=error.as_dict())]}
            place = {**place, "tried": [*place["tried"], {"painter": place["by"], "error": error.as_dict()}]}
            if painting + 1 < request.paintings:
                place = repainted(place, request, desk, place["seed"] + _ANOTHER * (painting + 1))
            failure = Failure(variant=place["variant"], step="surface", error=error.as_dict())
    else:
        return (
            {"failures": [failure]}
            if request.otherwise is None
            else {"standing": [instead(place, request, state["seen"])]}
        )
    on = {
        "name": found.name,
        "polygon": [[round(x, 1), round(y, 1)] for x, y in found.polygon],
        "confidence": found.confidence,
        "reasons": list(found.reasons),
    }
    return {"standing": [{**place, "on": on}]}


def repainted(place: Place, request: PlaceProduct, desk: Desk, seed: int) -> Place:
    """Another painting of the same place; the one there was where nobody paints another."""
    picture, by, tried = painted(request, desk.paying(request.product, _text(request.budget)), desk, seed)
    place = {**place, "tried": [*place["tried"], *tried]}
    return place if picture is None else {**place, "picture": picture, "by": by}


def to_compositions(state: State) -> list[Send] | str:
    request = PlaceProduct.model_validate(state["request"])
    one = {"request": state["request"], "steps": state["steps"], "seen": state["seen"]}
    sends = [
        Send("compose", one | {"place": place, "format": shape})
        for place in state.get("standing", [])
        for shape in request.formats
    ]
    return sends or "output"


def compose(state: OnePicture, runtime: Runtime[Desk]) -> State:
    """One finished picture: the recipe of this place and shape, over the photograph."""
    desk, place = runtime.context, state["place"]
    request = PlaceProduct.model_validate(state["request"])
    desk.tell(0.6, f"composition {place['variant']}, {state['format']}")
    try:
        recipe = recipe_for(request, place, state["steps"], state["format"], state["seen"])
        made = desk.make(
            desk.assets.get(request.product),
            recipe,
            name=request.name,
            seed=place["seed"],
            scene=place["picture"],
            painted=place["painted"],
            hints=request.hints,
        )
    except Cancelled:
        raise
    except PackshotError as error:
        failure = Failure(variant=place["variant"], step="composition", error=error.as_dict())
        return {"failures": [failure]}
    certificate = made.manifest.get("certificate") or {}
    if request.strict and certificate.get("verdict", "unknown") in ("altered", "unknown"):
        why = certificate.get("sentence", "nobody compared the two")
        changed = ProductChanged(
            f"in {state['format']} the product is not the photograph's: {why}",
            hint="allow its pixels to change with --enhance, or give a larger photograph or another format",
        )
        return {"failures": [Failure(variant=place["variant"], step="composition", error=changed.as_dict())]}
    picture = Picture(
        variant=place["variant"],
        format=state["format"],
        asset=desk.assets.put(made.data),
        manifest=desk.assets.put(canonical_json(made.manifest).encode()),
        by=place["by"],
        tried=place["tried"],
        verdict=str(made.manifest["verdict"]),
        reasons=list(made.manifest["reasons"]),
        certificate=str(certificate["verdict"]),
        score=float(made.manifest["score"]["after"]["total"]),
    )
    return {"pictures": [picture]}


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
    graph.add_node("surface", surface)
    graph.add_node("compose", compose)
    graph.add_node("output", output)
    graph.add_edge(START, "enhance")
    graph.add_edge("enhance", "cut_out")
    graph.add_conditional_edges("cut_out", to_scenes, ["scene"])
    graph.add_edge("scene", "analyse")
    graph.add_conditional_edges("analyse", to_surfaces, ["surface", "output"])
    graph.add_conditional_edges("surface", to_compositions, ["compose", "output"])
    graph.add_edge("compose", "output")
    graph.add_edge("output", END)
    return graph.compile(checkpointer=saver)


def place_product(request: PlaceProduct, desk: Desk, saver: BaseCheckpointSaver[str]) -> State:
    """Begin, or go on where the job of this desk was cut off."""
    graph = build(saver)
    thread = RunnableConfig(configurable={"thread_id": desk.job}, max_concurrency=2)
    before = graph.get_state(thread)
    if is_over(before):
        return _sorted(before.values)
    goes_on = bool(before.values) and _are_there(desk, before.values)
    if not goes_on:
        saver.delete_thread(desk.job)
    begin = None if goes_on else State(request=request.model_dump(mode="json"))
    return _sorted(graph.invoke(begin, thread, context=desk, durability="sync"))


def _are_there(desk: Desk, state: dict[str, Any]) -> bool:
    """Whether what was made so far still lies where it was put: of an old job it may have been cleaned away."""
    made = [state["cutout"]["asset"]] if "cutout" in state else []
    made += [place["picture"] for place in state.get("places", []) if place["picture"] is not None]
    made += [picture[part] for picture in state.get("pictures", []) for part in ("asset", "manifest")]
    try:
        for asset in made:
            desk.assets.get(asset)
    except NotFound:
        return False
    return True


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
