"""Jobs that wait for a person: nothing is lost between a verdict and the job that waits for it, on every server."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from catalogue import NOON, finished, photographs
from packshot.catalog.review import Reviewed, Said, Verdict, review
from packshot.database.base import now
from packshot.database.sessions import Sessions
from packshot.database.tables import WebhookDelivery, WebhookEndpoint
from packshot.jobs.claims import Claims
from packshot.jobs.running import Tell, run_claim
from packshot.jobs.store import JobStore
from packshot.jobs.values import Asking, Claim, Counts


@pytest.fixture
def doubted(sessions: Sessions) -> list[str]:
    """Three photographs whose renditions wait for a person."""
    images = photographs(sessions, "S1", "S2", "S3")
    for image in images:
        finished(sessions, image, 60)
    return images


def asks(sessions: Sessions, images: Sequence[str], batch: str | None = None) -> str:
    """A job that has run, and asks about these images."""
    job = JobStore(sessions).submit("listing", {}, batch=batch)
    ran(sessions, job, images)
    return job


def ran(sessions: Sessions, job: str, images: Sequence[str]) -> str:
    def work(claim: Claim, tell: Tell) -> Mapping[str, Any]:
        raise Asking(images, {"asks": list(images)})

    claims = claims_of(sessions)
    claim = claims.claim("host/1/2/3", job)
    assert claim is not None
    return run_claim(claims, claim, work)


def claims_of(sessions: Sessions) -> Claims:
    return Claims(sessions, clock=lambda: max(now(), NOON))  # what the catalogue of these tests does it does at noon


def say(sessions: Sessions, image: str, verdict: Verdict = "approve", **more: Any) -> Reviewed:
    return sessions.write(lambda session: review(session, Said(image, verdict), "anna", now(), **more))


def status(sessions: Sessions, job: str) -> str:
    return JobStore(sessions).state(job).status


def test_a_job_that_asks_says_so_holds_no_worker_and_goes_on_with_the_last_verdict(
    sessions: Sessions, doubted: list[str]
) -> None:
    job = asks(sessions, doubted)
    state = JobStore(sessions).state(job)
    assert (state.status, state.result, state.is_over) == ("asking", {"asks": doubted}, False)
    assert state.current_step == "asks about 3 pictures"
    assert claims_of(sessions).rescue() == []
    assert claims_of(sessions).claim("host/1/2/3") is None
    assert say(sessions, doubted[0]).go_on == ()
    assert say(sessions, doubted[1], "reject").go_on == ()
    assert status(sessions, job) == "asking"
    assert say(sessions, doubted[2]).go_on == (job,)
    assert (status(sessions, job), JobStore(sessions).state(job).result) == ("waiting", None)
    kinds = [event.kind for event in JobStore(sessions).events(job)]
    assert kinds == ["waiting", "running", "asking", "waiting"]
    claim = claims_of(sessions).claim("host/1/2/3")
    assert claim is not None
    assert (claim.id, claim.attempt) == (job, 1)


def test_the_verdict_and_the_job_that_goes_on_are_one_transaction(sessions: Sessions, doubted: list[str]) -> None:
    job = asks(sessions, doubted[:1])

    def broken(session):  # type: ignore[no-untyped-def]
        review(session, Said(doubted[0], "approve"), "anna", NOON)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        sessions.write(broken)
    assert status(sessions, job) == "asking"
    assert say(sessions, doubted[0]).go_on == (job,)


def test_what_was_settled_before_the_job_could_ask_is_not_asked_about(sessions: Sessions, doubted: list[str]) -> None:
    say(sessions, doubted[0])
    job = asks(sessions, doubted[:2])
    assert say(sessions, doubted[1]).go_on == (job,)
    say(sessions, doubted[2])
    assert status(sessions, asks(sessions, doubted)) == "waiting"


def test_two_jobs_may_ask_about_one_picture_and_both_hear(sessions: Sessions, doubted: list[str]) -> None:
    one, both = asks(sessions, doubted[:1]), asks(sessions, doubted[:2])
    assert say(sessions, doubted[0]).go_on == (one,)
    assert say(sessions, doubted[1]).go_on == (both,)


def test_of_two_last_verdicts_at_once_one_sends_the_job_on(sessions: Sessions, doubted: list[str]) -> None:
    jobs = [asks(sessions, doubted) for _ in range(2)]
    together = threading.Barrier(3)

    def reviewer(image: str) -> tuple[str, ...]:
        together.wait(timeout=30)
        return say(sessions, image).go_on

    with ThreadPoolExecutor(3) as pool:
        heard = [job for each in pool.map(reviewer, doubted) for job in each]
    assert sorted(heard) == sorted(jobs)
    assert [status(sessions, job) for job in jobs] == ["waiting", "waiting"]


def test_a_job_that_asks_while_the_verdict_comes_does_not_wait_for_ever(sessions: Sessions, doubted: list[str]) -> None:
    together = threading.Barrier(2)
    jobs = [JobStore(sessions).submit("listing", {}) for _ in doubted]

    def asking() -> None:
        for job, image in zip(jobs, doubted, strict=True):
            together.wait(timeout=30)
            ran(sessions, job, [image])

    def saying() -> None:
        for image in doubted:
            together.wait(timeout=30)
            say(sessions, image)

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(asking), pool.submit(saying)]:
            each.result()
    assert [status(sessions, job) for job in jobs] == ["waiting"] * 3


def test_a_picture_that_is_made_again_is_asked_about_until_it_is_there(sessions: Sessions, doubted: list[str]) -> None:
    job = asks(sessions, doubted[:1])
    again = say(sessions, doubted[0], "rework", reasons=["soft"])
    assert again.due == (again.job,)
    assert status(sessions, job) == "asking"
    finished(sessions, doubted[0], 60, recipe_digest="sha256:2")
    assert status(sessions, job) == "waiting"
    ran(sessions, job, doubted[:1])
    assert status(sessions, job) == "asking"


def test_a_job_that_asks_can_be_cancelled_and_resumed(sessions: Sessions, doubted: list[str]) -> None:
    store, job = JobStore(sessions), asks(sessions, doubted[:1])
    assert store.cancel(job).status == "cancelled"
    assert say(sessions, doubted[0]).go_on == ()
    assert store.resume(job).status == "waiting"
    ran(sessions, job, doubted[:2])
    assert status(sessions, job) == "asking"


def test_a_job_that_was_cancelled_before_it_could_ask_is_over(sessions: Sessions, doubted: list[str]) -> None:
    store, claims = JobStore(sessions), claims_of(sessions)
    job = store.submit("listing", {})
    claim = claims.claim("host/1/2/3", job)
    assert claim is not None
    store.cancel(job)
    claims.ask(claim, doubted, {})
    assert status(sessions, job) == "cancelled"


def test_a_batch_counts_those_that_ask_and_is_cancelled_with_them(sessions: Sessions, doubted: list[str]) -> None:
    store = JobStore(sessions)
    batch = store.submit("batch", {"requests": []})
    job = asks(sessions, doubted[:1], batch)
    assert store.counts(batch) == Counts(asking=1)
    assert (store.counts(batch).total, store.counts(batch).over) == (1, 0)
    store.cancel_batch(batch, "")
    assert status(sessions, job) == "cancelled"


def test_the_outside_hears_that_a_job_asks(sessions: Sessions, doubted: list[str]) -> None:
    endpoint = WebhookEndpoint(url="https://a.example/hook", secret="x", events=["job.asking"])
    sessions.write(lambda session: session.add(endpoint))
    job = asks(sessions, doubted[:1])
    (told,) = sessions.read(lambda session: session.scalars(select(WebhookDelivery.payload)).all())
    assert (told["type"], told["data"]["job"], told["data"]["result"]) == ("job.asking", job, {"asks": doubted[:1]})
