"""The Python door to listings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packshot.database import check_installed
from packshot.settings import Settings, resolve
from packshot.wiring import open_memory, open_services


@dataclass(frozen=True)
class ListedPicture:
    """One picture of a listing: its bytes, its receipt, and what the job says of it."""

    data: bytes
    manifest: dict[str, Any]
    facts: dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """What `listing` gives back: the pictures, the main one first, and `because` why; `consistency` is 0..100.

    `status` is done, or asking: then `asks` are the pictures that a person has to say something of.
    """

    job: str
    status: str
    pictures: list[ListedPicture]
    because: str
    consistency: float | None
    asks: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    failures: list[dict[str, Any]]


def listing(
    photographs: Iterable[str | Path | bytes] = (),
    *,
    sku: str | None = None,
    tenant: str = "",
    again: bool = False,
    settings: Settings | None = None,
    tell: Callable[[float, str], None] = lambda fraction, message: None,
    **asked: Any,
) -> Listed:
    """Make the photographs of one product (files, bytes, addresses, or all of a sku) into one listing.

    It is a job that goes on when the same is asked again: after a kill, or once people have spoken of its `asks`.

    `asked` are the fields of `ListPhotographs`, as recipe="amazon". Needs the extra 'workflow'.
    """
    chosen = settings or resolve().settings
    check_installed("langgraph", extra="workflow")
    from packshot.tasks.every import every_task
    from packshot.tasks.listings import TASK, kept_photograph, listing_now
    from packshot.tasks.pictures import rendition_of
    from packshot.tasks.registry import task_of, work_of

    def manifest_of(rendition: str) -> dict[str, Any]:
        return dict(rendition_of(memory.sessions, rendition, tenant).manifest)

    memory, tasks = open_memory(chosen), every_task()
    try:
        named = [kept_photograph(each, memory, chosen, tenant) for each in photographs]
        fields = {**asked, **({} if sku is None else {"sku": sku}), **({"photographs": named} if named else {})}
        request: Any = task_of(TASK, tasks).asked(fields)
        work = work_of(tasks, cache(lambda tenant: open_services(chosen, tenant=tenant)), memory)
        state = listing_now(request, work, memory, tenant=tenant, again=again, tell=tell)
        found = dict(state.result or {})
        found["pictures"] = [
            ListedPicture(
                memory.assets.get(each["asset"]),
                dict(rendition_of(memory.sessions, each["rendition"], tenant).manifest),
                each,
            )
            for each in found["pictures"]
        ]
    finally:
        memory.sessions.close()
    return Listed(state.id, state.status, **found)
