"""Jobs that are done in this process, and go on when the same thing is asked again."""

from collections.abc import Callable, Mapping
from typing import Any

from packshot.errors import Conflict
from packshot.jobs.claims import Claims
from packshot.jobs.names import worker_name
from packshot.jobs.running import Tell, Work, run_claim
from packshot.jobs.store import JobStore
from packshot.jobs.values import Claim, JobState
from packshot.manifest import canonical_json, digest_of
from packshot.tasks.remembering import Remembering


def asked_now(
    task: str, request: Mapping[str, Any], memory: Remembering, *, tenant: str = "", again: bool = False
) -> tuple[str, bool]:
    """The job of that request, and whether it had been begun before. `again` makes a new one in any case."""
    store = JobStore(memory.sessions)
    key = None if again else f"{task} {digest_of(canonical_json(request).encode())}"
    job = store.submit(task, request, tenant=tenant, key=key)
    return job, store.state(job).events > 1


def done_now(
    job: str,
    work: Work,
    memory: Remembering,
    tell: Callable[[float, str], None] = lambda fraction, message: None,
) -> JobState:
    """Do what is left of it; how it stands then. Raises Conflict where another process is at it."""
    store, claims = JobStore(memory.sessions), Claims(memory.sessions)
    claims.rescue()
    state = store.resume(job)
    if state.is_at_rest:
        return state
    claim = claims.claim(worker_name(), job)
    if claim is None:
        raise Conflict("another process is at it", hint="wait for it, or give --again")

    def told_here_too(claim: Claim, told: Tell) -> Mapping[str, Any]:
        def both(fraction: float, message: str) -> None:
            tell(fraction, message)
            told(fraction, message)

        return work(claim, both)

    run_claim(claims, claim, told_here_too)
    return store.state(job)
