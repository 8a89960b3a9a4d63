"""`batch`: many requests of one task, each a job of its own, so that one that fails costs the others nothing."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from packshot.jobs.store import JobStore
from packshot.jobs.values import Priority
from packshot.services import Services
from packshot.tasks.registry import Errand
from packshot.tasks.remembering import Remembering

MOST = 10_000  # requests of one batch
_AT_ONCE = 500  # jobs that are written in one transaction


class Batch(BaseModel):
    """Do the same task for many requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str = Field(default="image.enhance", max_length=64, description="what is done for each")
    requests: list[dict[str, Any]] = Field(min_length=1, max_length=MOST, description="one for each job")
    priority: Priority = Field(default="normal", description="of the jobs")


class BatchBegun(BaseModel):
    """All jobs of the batch have been submitted; how they stand is counted when somebody asks."""

    jobs: int


def batch(request: Batch, services: Services, memory: Remembering, errand: Errand) -> BatchBegun:
    """Submit the jobs. Cut off and begun again, it submits what is missing."""
    store = JobStore(memory.sessions)
    total = len(request.requests)
    for first in range(0, total, _AT_ONCE):
        some = request.requests[first : first + _AT_ONCE]
        store.submit_batch(
            request.task, some, batch=errand.job, first=first, tenant=errand.tenant, priority=request.priority
        )
        errand.tell((first + len(some)) / total, f"{first + len(some)} of {total} jobs submitted")
    return BatchBegun(jobs=total)
