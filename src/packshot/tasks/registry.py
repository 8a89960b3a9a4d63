"""Tasks by name: a function from a request to a result. Any of them can be submitted as a job.

Requests and results are plain data within the job's row; what is large lies beside it as an asset.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from packshot.errors import InputError, UnknownName
from packshot.jobs.running import Tell, Work
from packshot.jobs.values import Claim
from packshot.services import Services
from packshot.tasks.remembering import Remembering, of_tenant
from packshot.tasks.unfit import misfit


@dataclass(frozen=True)
class Errand:
    """For whom a task runs: the job and its tenant, where it tells how far it is (fraction 0..1, message), and which
    attempt it is, from 1.

    `tell` raises Cancelled where somebody asked for that.
    """

    job: str
    tenant: str
    tell: Tell
    attempt: int = 1


# Raises what no attempt would cure, before there is a job; takes what a task's function takes, and a tenant.
TaskCheck: TypeAlias = Callable[[Any, Services, Remembering, str], None]
TaskFunction: TypeAlias = Callable[[Any, Services, Remembering, Errand], BaseModel]


@dataclass(frozen=True)
class Task:
    """`request` and `result` are pydantic models; the first line of the request's docstring says what is done.

    `assets` are fields of the request that hold digests of bytes: who asks from outside gives ids of images there.
    """

    name: str
    request: type[BaseModel]
    result: type[BaseModel]
    function: TaskFunction
    assets: tuple[str, ...] = ()
    check: TaskCheck | None = None

    @property
    def summary(self) -> str:
        return (self.request.__doc__ or "").strip().partition("\n")[0]

    def asked(self, fields: Mapping[str, Any]) -> BaseModel:
        """The request that somebody gave. Raises InputError that names the field."""
        try:
            return self.request.model_validate(dict(fields))
        except ValidationError as error:
            first = error.errors()[0]
            hint = f"GET /api/v1/tasks has the schema of {self.name}"
            raise InputError(misfit(first, first["loc"]), hint=hint) from None  # the cause would hold it all


def task_of(name: str, tasks: Mapping[str, Task]) -> Task:
    """Raises UnknownName."""
    if name not in tasks:
        raise UnknownName.of("task", name, tasks)
    return tasks[name]


def work_of(tasks: Mapping[str, Task], services_of: Callable[[str], Services], memory: Remembering) -> Work:
    """What a worker does with a claim. `services_of` gives the services of a tenant."""

    def work(claim: Claim, tell: Tell) -> Mapping[str, Any]:
        task = task_of(claim.task, tasks)
        request = task.asked(claim.request)
        services = services_of(claim.tenant)
        charged = Services(services.settings, services.models.charged_to(job=claim.id), services.signer)
        mine = of_tenant(memory, services.settings, claim.tenant)
        result = task.function(request, charged, mine, Errand(claim.id, claim.tenant, tell, claim.attempt))
        return result.model_dump(mode="json")

    return work
