"""Jobs in the database: what may happen to a row, and what never does; the same on every server."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from packshot.database.sessions import Sessions
from packshot.database.tables import Tenant
from packshot.errors import Cancelled, Conflict, ModelTimedOut, NotFound
from packshot.jobs.claims import ATTEMPTS, PATIENCE, Claims
from packshot.jobs.names import is_known_dead, worker_name
from packshot.jobs.rows import ClaimLost
from packshot.jobs.running import Tell, run_claim
from packshot.jobs.store import JobStore
from packshot.jobs.values import Claim, Counts

ELSEWHERE = "another-host/1/2/3"


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 28, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, time: timedelta) -> None:
        self.moment += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(sessions: Sessions, clock: Clock) -> JobStore:
    return JobStore(sessions, clock=clock)


@pytest.fixture
def claims(sessions: Sessions, clock: Clock) -> Claims:
    return Claims(sessions, clock=clock)


def claimed(claims: Claims, worker: str = ELSEWHERE, job: str | None = None) -> Claim:
    claim = claims.claim(worker, job)
    assert claim is not None
    return claim


def test_a_job_goes_from_waiting_to_done(store: JobStore, claims: Claims) -> None:
    job = store.submit("paint", {"asset": "x"})
    assert store.state(job).status == "waiting"
    claim = claimed(claims)
    assert (claim.id, claim.task, claim.request, claim.attempt) == (job, "paint", {"asset": "x"}, 1)
    claims.progress(claim, 0.5, "half way")
    assert (store.state(job).progress, store.state(job).current_step) == (0.5, "half way")
    claims.finish(claim, {"asset": "y"})
    state = store.state(job)
    assert (state.status, state.result, state.progress, state.error) == ("done", {"asset": "y"}, 1.0, None)
    assert claims.claim(ELSEWHERE) is None


def test_what_happened_is_numbered_and_read_on_from_any_number(store: JobStore, claims: Claims) -> None:
    job = store.submit("paint", {})
    claim = claimed(claims)
    for part in (1, 2, 3):
        claims.progress(claim, part / 4, f"part {part}")
    claims.finish(claim, {"n": 1})
    events = store.events(job)
    assert [event.number for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.kind for event in events] == ["waiting", "running", "progress", "progress", "progress", "done"]
    assert [event.data["message"] for event in store.events(job, after=3)[:2]] == ["part 2", "part 3"]
    assert store.state(job).events == 6


def test_no_two_claimers_get_the_same_job(store: JobStore, claims: Claims) -> None:
    jobs = {store.submit("paint", {"n": number}) for number in range(40)}

    def take(number: int) -> list[str]:
        taken = []
        while (claim := claims.claim(f"host/1/{number}/1")) is not None:
            taken.append(claim.id)
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = Counter(job for each in pool.map(take, range(8)) for job in each)
    assert set(taken) == jobs
    assert set(taken.values()) == {1}


def test_an_id_that_is_delivered_twice_runs_once(store: JobStore, claims: Claims) -> None:
    job = store.submit("paint", {})
    assert claims.claim(ELSEWHERE, job) is not None
    assert claims.claim(ELSEWHERE, job) is None


def test_the_urgent_go_first_and_among_equals_the_oldest(store: JobStore, claims: Claims) -> None:
    idle = store.submit("paint", {}, priority="idle")
    first, second = (store.submit("paint", {}) for _ in range(2))
    urgent = store.submit("paint", {}, priority="urgent")
    assert [claimed(claims).id for _ in range(4)] == [urgent, first, second, idle]


def test_the_same_key_gives_the_same_job(store: JobStore) -> None:
    job = store.submit("paint", {"a": 1}, key="order 7")
    assert store.submit("paint", {"a": 1}, key="order 7") == job
    assert store.submit("paint", {"a": 1}, key="order 7", tenant="another") != job
    with pytest.raises(Conflict):
        store.submit("paint", {"a": 2}, key="order 7")


def test_of_many_who_submit_under_one_key_all_get_one_job(store: JobStore) -> None:
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: store.submit("paint", {}, key="one"), range(12)))
    assert len(found) == 1


def test_a_job_of_another_tenant_is_not_there(store: JobStore) -> None:
    job = store.submit("paint", {}, tenant="one")
    for ask in (store.state, store.cancel, store.resume):
        with pytest.raises(NotFound):
            ask(job, "other")
    assert store.states("other") == []


@pytest.mark.parametrize("asked", ["", "1", "..%2f..", "01234567-89ab-7def-8123-456789abcdef"])
def test_what_was_never_a_job_is_not_found(store: JobStore, asked: str) -> None:
    with pytest.raises(NotFound):
        store.state(asked)


def test_jobs_are_listed_newest_first_in_pages(store: JobStore) -> None:
    jobs = [store.submit("paint", {}) for _ in range(5)]
    first = store.states("", limit=2)
    assert [state.id for state in first] == jobs[:2:-1]
    assert [state.id for state in store.states("", before=first[-1].id)] == jobs[2::-1]


def test_a_job_that_waits_is_cancelled_at_once(store: JobStore, claims: Claims) -> None:
    job = store.submit("paint", {})
    assert store.cancel(job).status == "cancelled"
    assert claims.claim(ELSEWHERE) is None


def test_a_job_that_runs_hears_of_it_at_its_next_word(store: JobStore, claims: Claims) -> None:
    job = store.submit("paint", {})
    claim = claimed(claims)
    assert store.cancel(job).status == "running"
    assert claims.heartbeat(claim) is False
    with pytest.raises(Cancelled):
        claims.progress(claim, 0.5, "half way")
    claims.give_up(claim)
    assert store.state(job).status == "cancelled"
    assert store.cancel(job).status == "cancelled"


def test_a_job_that_is_done_stays_done(store: JobStore, claims: Claims) -> None:
    job = store.submit("paint", {})
    claims.finish(claimed(claims), {})
    assert store.cancel(job).status == "done"
    assert store.resume(job).status == "done"


def test_an_error_that_may_pass_is_tried_three_times_with_growing_pauses(
    store: JobStore, claims: Claims, clock: Clock
) -> None:
    job = store.submit("paint", {})
    error = ModelTimedOut("it took too long").as_dict()
    pauses = []
    for _ in range(ATTEMPTS):
        started = clock.moment
        while (claim := claims.claim(ELSEWHERE)) is None:
            clock.pass_(timedelta(seconds=0.5))
        pauses.append((clock.moment - started).total_seconds())
        claims.fail(claim, error)
    assert 0 == pauses[0] < pauses[1] < pauses[2] < 60
    state = store.state(job)
    assert (state.status, state.attempts, state.error) == ("failed", ATTEMPTS, error)
    assert [event.kind for event in store.events(job)].count("waiting") == ATTEMPTS


def test_a_model_that_wants_us_to_wait_is_waited_for(store: JobStore, claims: Claims, clock: Clock) -> None:
    store.submit("paint", {})
    claims.fail(claimed(claims), {"retryable": True}, retry_after=40)
    clock.pass_(timedelta(seconds=39))
    assert claims.claim(ELSEWHERE) is None
    clock.pass_(timedelta(seconds=1))
    assert claimed(claims).attempt == 2


def test_an_error_that_stays_is_tried_once_and_resumed_on_request(store: JobStore, claims: Claims) -> None:
    job = store.submit("paint", {})
    claims.fail(claimed(claims), {"code": "input", "retryable": False})
    assert store.state(job).status == "failed"
    assert store.resume(job).status == "waiting"
    assert claimed(claims).attempt == 1


def test_a_job_whose_worker_fell_silent_is_done_by_another_and_ends_once(
    store: JobStore, claims: Claims, clock: Clock
) -> None:
    job = store.submit("paint", {})
    silent = claimed(claims)
    clock.pass_(PATIENCE / 2)
    assert claims.rescue() == []
    claims.heartbeat(silent)
    clock.pass_(PATIENCE + timedelta(seconds=1))
    assert claims.rescue() == [job]
    second = claimed(claims, "third-host/1/2/3")
    for too_late in (
        lambda: claims.heartbeat(silent),
        lambda: claims.progress(silent, 0.9, "back again"),
        lambda: claims.finish(silent, {"by": "the first"}),
        lambda: claims.fail(silent, {"retryable": False}),
        lambda: claims.release(silent),
    ):
        with pytest.raises(ClaimLost):
            too_late()
    claims.finish(second, {"by": "the second"})
    assert store.state(job).result == {"by": "the second"}
    assert [event.kind for event in store.events(job)].count("done") == 1


def test_a_job_that_kills_three_workers_is_given_up(store: JobStore, claims: Claims, clock: Clock) -> None:
    job = store.submit("paint", {})
    for _ in range(ATTEMPTS):
        claimed(claims)
        clock.pass_(PATIENCE + timedelta(seconds=1))
        claims.rescue()
    state = store.state(job)
    assert state.status == "failed"
    assert state.error is not None
    assert state.error["code"] == "worker-died"


def test_a_job_that_was_to_be_cancelled_when_its_worker_died_is_not_begun_again(
    store: JobStore, claims: Claims, clock: Clock
) -> None:
    job = store.submit("paint", {})
    claimed(claims)
    store.cancel(job)
    clock.pass_(PATIENCE * 2)
    assert claims.rescue() == []
    assert store.state(job).status == "cancelled"


def test_a_worker_that_must_leave_hands_its_job_back_and_it_counts_as_no_attempt(
    store: JobStore, claims: Claims
) -> None:
    store.submit("paint", {})
    claims.release(claimed(claims))
    assert claimed(claims).attempt == 1


def test_a_tenant_runs_no_more_jobs_at_once_than_it_may(sessions: Sessions, store: JobStore, clock: Clock) -> None:
    claims = Claims(sessions, running_limit=2, clock=clock)
    sessions.write(lambda session: session.add(Tenant(name="large", running_limit=3)))
    for tenant in ("small", "large"):
        for _ in range(6):
            store.submit("paint", {}, tenant=tenant)
    together = threading.Barrier(8, timeout=20)

    def take(number: int) -> list[Claim]:
        together.wait()
        return [claim for claim in (claims.claim(f"host/1/{number}/1") for _ in range(2)) if claim is not None]

    with ThreadPoolExecutor(8) as pool:
        taken = [claim for each in pool.map(take, range(8)) for claim in each]
    assert Counter(claim.tenant for claim in taken) == {"small": 2, "large": 3}
    claims.finish(next(claim for claim in taken if claim.tenant == "small"), {})
    assert claimed(claims).tenant == "small"


def test_the_jobs_of_a_batch_are_counted_by_how_they_stand(store: JobStore, claims: Claims) -> None:
    batch = store.submit("batch", {}, tenant="shop")
    claims.finish(claimed(claims), {})
    store.submit_batch("paint", [{"n": number} for number in range(5)], batch=batch, tenant="shop")
    claims.finish(claimed(claims), {})
    claims.fail(claimed(claims), {"retryable": False})
    claimed(claims)
    assert store.counts(batch) == Counts(waiting=2, running=1, done=1, failed=1)
    assert (store.counts(batch).total, store.counts(batch).over) == (5, 2)
    assert {state.batch for state in store.states("shop", batch=batch)} == {batch}
    assert len(store.states("shop", batch=batch, status="waiting")) == 2


def test_a_batch_that_is_submitted_again_by_a_second_worker_has_no_job_twice(store: JobStore) -> None:
    batch = store.submit("batch", {})
    store.submit_batch("paint", [{"n": 0}, {"n": 1}], batch=batch)
    store.submit_batch("paint", [{"n": 0}, {"n": 1}, {"n": 2}], batch=batch)
    store.submit_batch("paint", [{"n": 3}], batch=batch, first=3)
    assert sorted(state.request["n"] for state in store.states("", batch=batch)) == [0, 1, 2, 3]


def test_a_batch_is_cancelled_with_all_its_jobs(store: JobStore, claims: Claims) -> None:
    batch = store.submit("batch", {})
    claims.finish(claimed(claims), {})
    store.submit_batch("paint", [{}] * 3, batch=batch)
    running = claimed(claims)
    store.cancel_batch(batch, "")
    assert store.counts(batch) == Counts(running=1, cancelled=2)
    assert claims.heartbeat(running) is False
    assert store.state(batch).status == "done"


def test_work_that_raises_ends_as_its_error_says(
    store: JobStore, claims: Claims, capfd: pytest.CaptureFixture[str]
) -> None:
    def late(claim: Claim, tell: Tell) -> dict[str, int]:
        raise ModelTimedOut("it took too long")

    def broken(claim: Claim, tell: Tell) -> dict[str, int]:
        raise ZeroDivisionError("secret number 42")

    job = store.submit("paint", {})
    assert run_claim(claims, claimed(claims), late) == "failed"
    assert store.state(job).status == "waiting"
    other = store.submit("paint", {})
    assert run_claim(claims, claimed(claims), broken) == "failed"
    error = store.state(other).error
    assert error is not None
    assert (error["code"], error["message"]) == ("bug", "this is a bug in Packshot: ZeroDivisionError")
    assert "secret number 42" in capfd.readouterr().err


def test_work_that_is_interrupted_hands_its_job_back(store: JobStore, claims: Claims) -> None:
    def stopped(claim: Claim, tell: Tell) -> dict[str, int]:
        raise KeyboardInterrupt

    job = store.submit("paint", {})
    with pytest.raises(KeyboardInterrupt):
        run_claim(claims, claimed(claims), stopped)
    assert store.state(job).status == "waiting"


def test_work_that_is_cancelled_stops_at_one_of_its_next_words(store: JobStore, claims: Claims) -> None:
    job = store.submit("paint", {})
    reached = []

    def work(claim: Claim, tell: Tell) -> dict[str, int]:
        tell(0.1, "begun")
        store.cancel(job)
        for number in range(100):  # ten seconds: what is said in quick succession is written down once
            tell(0.2, f"going on, {number}")
            time.sleep(0.1)
        reached.append("too far")
        return {}

    assert run_claim(claims, claimed(claims), work) == "cancelled"
    assert reached == []
    assert store.state(job).status == "cancelled"


def test_a_heart_beats_while_work_is_silent(sessions: Sessions) -> None:
    store, claims = JobStore(sessions), Claims(sessions)
    job = store.submit("paint", {})
    claim = claimed(claims)
    beaten = threading.Event()
    beat, claims_beat = claims.heartbeat, []

    def counted(claim: Claim) -> bool:
        claims_beat.append(beat(claim))
        beaten.set()
        return True

    claims.heartbeat = counted  # type: ignore[method-assign]
    assert run_claim(claims, claim, lambda claim, tell: {"beaten": beaten.wait(20)}, beat=0.02) == "done"
    assert store.state(job).result == {"beaten": True}


def test_a_living_worker_of_this_machine_is_not_taken_for_dead() -> None:
    name = worker_name()
    assert not is_known_dead(name)
    host, namespace, pid, started = name.rsplit("/", 3)
    assert is_known_dead(f"{host}/{namespace}/{pid}/{int(started) + 1}")
    assert is_known_dead(f"{host}/{namespace}/4194304/1")
    assert not is_known_dead(f"{host}/another-namespace/4194304/1")
    assert not is_known_dead("another-host/1/4194304/1")
    assert not is_known_dead("nonsense")
