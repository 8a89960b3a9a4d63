"""`listing`: all photographs of one product as the pictures of one listing, by its graph."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from packshot.jobs.running import Work
from packshot.jobs.store import JobStore
from packshot.jobs.values import Asking, JobState
from packshot.services import Services
from packshot.settings import Settings
from packshot.tasks.batch import printable
from packshot.tasks.given import read_file
from packshot.tasks.listed import (
    MOST,
    DoubtedPicture,
    FailedPhotograph,
    ListedPicture,
    Listing,
    ListPhotographs,
    RejectedPicture,
)
from packshot.tasks.listing_maker import Maker
from packshot.tasks.now import asked_now, done_now
from packshot.tasks.pictures import keep_image
from packshot.tasks.placements import error_of
from packshot.tasks.registry import Errand
from packshot.tasks.remembering import Remembering, tenant_assets
from packshot.workflows.checkpoints import checkpoints
from packshot.workflows.listing import Bench, Picture, State, doubted, in_order, list_photographs

TASK = "listing"

T = TypeVar("T", bound=BaseModel)


def listing(request: ListPhotographs, services: Services, memory: Remembering, errand: Errand) -> Listing:
    """Raises Asking where a person is to say something, and the first failure where there is no picture at all."""
    maker = Maker(request, services, memory, errand)
    bench = Bench(maker.photographs, maker.make, maker.seen, maker.compare, errand.tell)
    try:
        with checkpoints(memory.url, memory.state) as saver:
            state = list_photographs(errand.job, bench, saver)
    except Asking as asking:
        raise Asking(asking.images, _listing_of(cast(State, asking.so_far)).model_dump(mode="json")) from None
    failures = state["failures"]
    if not state["pictures"] and failures:
        raise error_of(failures[0]["error"])
    return _listing_of(state)


def listing_now(
    request: ListPhotographs,
    work: Work,
    memory: Remembering,
    *,
    tenant: str = "",
    again: bool = False,
    tell: Callable[[float, str], None] = lambda fraction, message: None,
) -> JobState:
    """Do it in this process, or go on, or give what is done already; what people sent back is made again here too.

    The job is done or asks. Raises Conflict where another process is at it, and the error of a job that failed.
    """
    job, _ = asked_now(TASK, request.model_dump(mode="json", exclude_unset=True), memory, tenant=tenant, again=again)
    state = done_now(job, work, memory, tell)
    if state.status == "asking" and (sent_back := _sent_back(state, memory)):
        for each in sent_back:
            done_now(each, work, memory, tell)
        state = done_now(job, work, memory, tell)
    if state.status not in ("done", "asking"):
        raise error_of(state.error or {"message": "the listing was stopped", "hint": "give the same command again"})
    return state


def kept_photograph(source: str | Path | bytes, memory: Remembering, settings: Settings, tenant: str) -> str:
    """The id of an image with these bytes, or those of a file; an address stays one. Whether it is a picture is found
    out where one that is none costs the others nothing. Raises UnreadableImage where there is no such file."""
    if isinstance(source, str) and "://" in source:
        return source
    data = source if isinstance(source, bytes) else read_file(Path(source), settings.limits)
    name = "photograph" if isinstance(source, bytes) else printable(Path(source).name)
    asset = tenant_assets(memory, settings, tenant).put(data)
    return keep_image(memory.sessions, tenant, name=name, asset=asset).id


def _sent_back(state: JobState, memory: Remembering) -> list[str]:
    """The jobs that wait to make a picture again which this one asks about."""
    asked = {each["image"] for each in (state.result or {}).get("asks", [])}
    waiting = JobStore(memory.sessions).states(state.tenant, status="waiting", task="image.enhance", limit=MOST)
    return [each.id for each in waiting if each.request.get("image") in asked]


def _listing_of(state: State) -> Listing:
    going, because = in_order(state)
    stand_out = state.get("stand_out", {})
    pictures = state["pictures"]
    return Listing(
        pictures=[_told(ListedPicture, each, stands_out=stand_out.get(each["image"], [])) for each in going],
        because=because,
        consistency=state.get("consistency"),
        asks=[_told(DoubtedPicture, each) for each in doubted(state)],
        rejected=[_told(RejectedPicture, each) for each in pictures if each["qc_status"] == "rejected"],
        failures=[FailedPhotograph(**each) for each in state["failures"]],
    )


def _told(kind: type[T], picture: Picture, **more: Any) -> T:
    return kind.model_validate({name: picture[name] for name in kind.model_fields if name in picture} | more)  # type: ignore[literal-required]
