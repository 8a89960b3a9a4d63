"""All photographs of one product into the pictures of one listing; what the machine doubts a person decides.

Each photograph is made by the recipe, and one that cannot be made costs the others nothing. What is sure passes. Where
something is not, the graph is interrupted and the job asks (`jobs.questions`): it goes on with the last verdict.
Verdicts are of pictures and lie in the catalogue, so the graph looks there what became of each, and asks again about
those that were made anew and are still doubted. At the end the pictures are compared, and the main one is chosen.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

from packshot.consistency import FEWEST, Consistency
from packshot.jobs.values import Asking
from packshot.workflows.checkpoints import is_over

OPEN = ("needs_review", "rework")  # a person is to say something, or has, and it is made again
IN = ("auto_approved", "approved")


class Photograph(TypedDict):
    """One to be made; `number` is its place in the request, or in the catalogue, from 1."""

    number: int
    image: str
    name: str
    image_type: str


class Failure(TypedDict):
    """What could not be made; `image` is null where there is no such photograph."""

    number: int
    image: str | None
    name: str
    error: dict[str, Any]


class Picture(Photograph):
    """The rendition that stands for a photograph, as the catalogue has it, and what was said of it last."""

    version: int
    rendition: str
    asset: str
    format: str
    recipe: str
    recipe_digest: str
    score: float
    qc_status: str
    doubts: list[str]
    reviewer: str
    reasons: list[str]
    notes: str


class State(TypedDict, total=False):
    """How far a listing is."""

    photographs: list[Photograph]
    made: Annotated[list[Photograph], operator.add]
    failures: Annotated[list[Failure], operator.add]
    pictures: list[Picture]
    consistency: float | None  # 0..100; None of fewer than three
    stand_out: dict[str, list[str]]  # by image: what is otherwise than in the others


class OnePhotograph(TypedDict):
    photograph: Photograph
    count: int


@dataclass(frozen=True)
class Bench:
    """What the nodes work with. `make` has a rendition made and kept, and gives what went wrong or None; `seen` is what
    the catalogue says of photographs; `compare` takes assets by image."""

    photographs: Callable[[], tuple[list[Photograph], list[Failure]]]
    make: Callable[[Photograph, int], Failure | None]
    seen: Callable[[Sequence[Photograph]], list[Picture]]
    compare: Callable[[Mapping[str, str]], Consistency]
    tell: Callable[[float, str], None]


def gather(state: State, runtime: Runtime[Bench]) -> State:
    """Which photographs there are."""
    photographs, failures = runtime.context.photographs()
    return {"photographs": photographs, "failures": failures}


def to_photographs(state: State) -> list[Send] | str:
    count = len(state["photographs"])
    return [Send("enhance", {"photograph": each, "count": count}) for each in state["photographs"]] or "judge"


def enhance(state: OnePhotograph, runtime: Runtime[Bench]) -> State:
    """One of them by the recipe."""
    failure = runtime.context.make(state["photograph"], state["count"])
    return {"made": [state["photograph"]]} if failure is None else {"failures": [failure]}


def judge(state: State, runtime: Runtime[Bench]) -> State:
    """How the pictures stand by now, by score and by people."""
    made = sorted(state.get("made", []), key=lambda each: each["number"])
    return {"pictures": runtime.context.seen(made)}


def to_a_person(state: State) -> str:
    return "ask" if doubted(state) else "compare"


def ask(state: State) -> State:
    """A person, about what is not sure. Whatever they say is in the catalogue when this goes on."""
    interrupt([picture["image"] for picture in doubted(state)])
    return {}


def compare(state: State, runtime: Runtime[Bench]) -> State:
    """How alike the pictures are that go out."""
    assets = {picture["image"]: picture["asset"] for picture in state["pictures"] if picture["qc_status"] in IN}
    if len(assets) < FEWEST:
        return {"consistency": None, "stand_out": {}}
    runtime.context.tell(0.95, "compare")
    found = runtime.context.compare(assets)
    stand_out: dict[str, list[str]] = {}
    for outlier in found.outliers:
        stand_out.setdefault(outlier.picture, []).append(outlier.sentence)
    return {"consistency": found.score, "stand_out": stand_out}


def doubted(state: State) -> list[Picture]:
    return [picture for picture in state["pictures"] if picture["qc_status"] in OPEN]


def in_order(state: State) -> tuple[list[Picture], str]:
    """The pictures that go out, the main one first and the others as they came; and why it is that one."""
    going = [picture for picture in state["pictures"] if picture["qc_status"] in IN]
    if not going:
        return [], ""
    stand_out = state.get("stand_out", {})

    def rank(picture: Picture) -> tuple[bool, bool, float, int]:
        is_odd = picture["image"] in stand_out
        return picture["image_type"] != "primary", is_odd, -picture["score"], picture["number"]

    main = min(going, key=rank)
    rivals = [picture for picture in going if rank(picture)[:2] == rank(main)[:2]]
    if len(rivals) > 1:
        because = f"it has the best score of {len(rivals)} that could be"
    else:
        because = "it is the primary photograph" if main["image_type"] == "primary" else "no other could be"
    return [main, *(picture for picture in going if picture is not main)], because


def build(saver: BaseCheckpointSaver[str] | None = None) -> CompiledStateGraph[State, Bench, State, State]:
    graph = StateGraph(State, Bench)
    graph.add_node("gather", gather)
    graph.add_node("enhance", enhance)
    graph.add_node("judge", judge)
    graph.add_node("ask", ask)
    graph.add_node("compare", compare)
    graph.add_edge(START, "gather")
    graph.add_conditional_edges("gather", to_photographs, ["enhance", "judge"])
    graph.add_edge("enhance", "judge")
    graph.add_conditional_edges("judge", to_a_person, ["ask", "compare"])
    graph.add_edge("ask", "judge")
    graph.add_edge("compare", END)
    return graph.compile(checkpointer=saver)


def list_photographs(job: str, bench: Bench, saver: BaseCheckpointSaver[str]) -> State:
    """Begin, or go on where this job was cut off or asked. Raises Asking, with the state so far."""
    graph = build(saver)
    # One at a time: the cores are busy with other jobs, and the one photograph that kills workers is then known.
    thread = RunnableConfig(configurable={"thread_id": job}, max_concurrency=1)
    before = graph.get_state(thread)
    if is_over(before):
        return _state(before.values)
    begin: State | Command[Any] | None = None if before.values else State(failures=[])
    if before.interrupts:
        begin = Command(resume=True)
    done = graph.invoke(begin, thread, context=bench, durability="sync")
    if "__interrupt__" in done:
        raise Asking([picture["image"] for picture in doubted(_state(done))], _state(done))
    return _state(done)


def _state(values: dict[str, Any]) -> State:
    failures = sorted(values.get("failures", []), key=lambda each: each["number"])
    return State(
        pictures=values.get("pictures", []),
        failures=failures,
        consistency=values.get("consistency"),
        stand_out=values.get("stand_out", {}),
    )
