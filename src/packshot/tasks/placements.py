"""Placements: one job that can be cut off anywhere and goes on when the same thing is asked again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from packshot.errors import PackshotError
from packshot.jobs.running import Tell
from packshot.jobs.values import Claim
from packshot.ports import Hints
from packshot.recipe import Recipe
from packshot.services import Services
from packshot.storage.codec import decode
from packshot.storage.label import said_by
from packshot.tasks.images import Wishes, process_image
from packshot.tasks.now import asked_now, done_now
from packshot.tasks.provenance import metadata_in
from packshot.tasks.remembering import Remembering
from packshot.workflows.asked import PlaceProduct
from packshot.workflows.checkpoints import checkpoints
from packshot.workflows.desk import Desk, Finished
from packshot.workflows.facts import Failure, Picture
from packshot.workflows.placement import place_product

TASK = "place"


@dataclass(frozen=True)
class Placement:
    """What came of a placement. `went_on` says that it had been begun before."""

    job: str
    pictures: list[Picture]
    failures: list[Failure]
    seen: dict[str, Any]
    went_on: bool


def place(
    request: PlaceProduct,
    services: Services,
    memory: Remembering,
    *,
    again: bool = False,
    tell: Callable[[float, str], None] = lambda fraction, message: None,
) -> Placement:
    """Do it now, in this process; or go on, or give what is done already. `again` begins anew in any case.

    Raises Conflict where another process is at it, and the error of a job that failed.
    """
    job, went_on = asked_now(TASK, request.model_dump(mode="json"), memory, again=again)

    def work(claim: Claim, told: Tell) -> Mapping[str, Any]:
        return made_by(claim.id, PlaceProduct.model_validate(claim.request), services, memory, told)

    state = done_now(job, work, memory, tell)
    if state.status != "done" or state.result is None:
        raise error_of(state.error or {"message": "the placement was stopped", "hint": "give the same command again"})
    return Placement(job, state.result["pictures"], state.result["failures"], state.result["seen"], went_on)


def made_by(job: str, request: PlaceProduct, services: Services, memory: Remembering, tell: Tell) -> Mapping[str, Any]:
    """One placement as the work of a job: from where its graph is to its end."""

    def make(
        photo: bytes, recipe: Recipe, *, name: str, seed: int, scene: str | None, painted: bool, hints: Hints
    ) -> Finished:
        wishes = Wishes(seed, hints)
        if scene is not None:
            data, limits = memory.assets.get(scene), services.settings.limits
            code = "trainedAlgorithmicMedia" if painted else said_by(metadata_in(data, limits), data)
            pictures = {"scene": decode(data, limits, longest=None).image}
            wishes = Wishes(seed, hints, pictures, source_types={"scene": code} if code else {})
        made = process_image(photo, recipe, services, wishes, name=name)
        if made.over_budget:
            raise made.over_budget
        return Finished(made.data, made.manifest.model_dump(mode="json", by_alias=True))

    passing = memory.passing or memory.assets
    desk = Desk(services.settings, services.models, memory.assets, passing, make, tell, job=job)
    with checkpoints(memory.url, memory.state) as saver:
        state = place_product(request, desk, saver)
    pictures, failures = state.get("pictures", []), state.get("failures", [])
    if not pictures and failures:
        raise error_of(failures[0]["error"])
    return {"pictures": pictures, "failures": failures, "seen": state.get("seen", {})}


def error_of(data: Mapping[str, Any]) -> PackshotError:
    """The error that a row or a result keeps, of its own kind where it still is one of ours."""
    kind = next((each for each in _kinds(PackshotError) if each.code == data.get("code")), PackshotError)
    error = kind(str(data.get("message", "it failed")), hint=str(data.get("hint", "")))
    error.where = list(data.get("where", []))
    return error


def _kinds(root: type[PackshotError]) -> list[type[PackshotError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _kinds(child))]
