"""Telling endpoints: a real receiver with every fault that we know of, and a clock that passes when told."""

import base64
import hmac
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook

from listening import listening
from packshot.database.outbox import LARGEST, announce, shortened
from packshot.database.sessions import Sessions
from packshot.database.tables import WebhookDelivery
from packshot.errors import FetchFailed, ForbiddenUrl, InputError, NotFound, QuotaExceeded, UnknownName
from packshot.jobs.claims import Claims
from packshot.jobs.endpoints import (
    MOST,
    Delivery,
    add_endpoint,
    deliveries,
    enable_endpoint,
    endpoints,
    new_secret,
    remove_endpoint,
    replay,
    rotate_secret,
)
from packshot.jobs.notify import ATTEMPTS, PAUSES, Messenger, headers_of
from packshot.jobs.store import JobStore
from packshot.storage.addresses import Rules
from packshot.storage.posting import post

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
HERE = Rules(max_bytes=0, timeout=1.0, allow_http=True, allow_private=True)


@dataclass
class Receiver:
    """Answers as its state says, and keeps what it was told."""

    port: int = 0
    answers: list[int] = field(default_factory=list)  # one after the other, then 204
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    heard: list[tuple[dict[str, str], str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=1"

    @property
    def ids(self) -> Counter[str]:
        return Counter(headers["webhook-id"] for headers, _ in self.heard)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if state.fault == "cut":
                self.connection.close()
                return
            if state.fault == "silent":
                time.sleep(3)
                return
            if state.fault == "drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for number in range(12):
                    self.wfile.write(f"X-{number}: a\r\n".encode())
                    self.wfile.flush()
                    time.sleep(0.25)
                return
            self.send_response(state.answers.pop(0) if state.answers else 204)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()

    with listening(Handler) as state.port:
        yield state


class Shop:
    """The database, a messenger with its own clock, and one endpoint."""

    def __init__(self, sessions: Sessions, receiver: Receiver) -> None:
        self.sessions = sessions
        self.moment = NOON
        self.restart()
        self.endpoint, self.secret = sessions.write(lambda session: add_endpoint(session, receiver.url, ["*"], NOON))

    def announce(self, kind: str = "image.completed", count: int = 1, tenant: str = "") -> None:
        for number in range(count):
            self.sessions.write(partial(announce, tenant=tenant, kind=kind, data={"n": number}, at=self.moment))

    def restart(self) -> None:
        """Another messenger, which knows what is in the database."""
        self.messenger = Messenger(self.sessions, partial(post, rules=HERE), clock=lambda: self.moment)

    def deliver(self, **later: float) -> int:
        self.moment += timedelta(**later)
        return self.messenger.deliver_due()

    @property
    def log(self) -> list[Delivery]:
        return self.sessions.read(lambda session: deliveries(session, limit=1000))

    @property
    def is_enabled(self) -> bool:
        return self.sessions.read(lambda session: endpoints(session))[0].enabled


@pytest.fixture
def shop(sessions: Sessions, receiver: Receiver) -> Shop:
    return Shop(sessions, receiver)


def test_the_specifications_own_example_is_signed_as_it_says() -> None:
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime.fromtimestamp(1614265330, UTC)
    signed = Webhook(secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    headers = headers_of("01234567-89ab-7def-8123-456789abcdef", "{}", [secret], at)
    assert headers["webhook-id"] == "msg_0123456789ab7def8123456789abcdef"
    assert headers["webhook-timestamp"] == "1614265330"


def test_a_message_arrives_once_signed_and_as_the_specification_has_it(shop: Shop, receiver: Receiver) -> None:
    shop.moment = datetime.now(UTC)  # the receiver's library looks at its own clock
    shop.announce()
    assert (shop.deliver(), shop.deliver()) == (1, 0)
    ((headers, body),) = receiver.heard
    assert Webhook(shop.secret).verify(body, headers) == json.loads(body)
    assert json.loads(body)["type"] == "image.completed"
    assert json.loads(body)["data"] == {"n": 0}
    assert datetime.fromisoformat(json.loads(body)["timestamp"]) == shop.moment
    assert headers["content-type"] == "application/json"
    (line,) = shop.log
    assert (line.status, line.attempts, line.answered, line.delivered_at) == ("delivered", 1, 204, shop.moment)


def signed(secret: str, headers: dict[str, str], body: str) -> str:
    """The signature as the specification's text has it, without its library."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
    return "v1," + base64.b64encode(hmac.digest(key, content.encode(), "sha256")).decode()


def test_every_attempt_has_the_same_id_its_own_time_and_a_signature_over_both_and_the_body(
    shop: Shop, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    shop.announce()
    assert [shop.deliver(), shop.deliver(seconds=7), shop.deliver(seconds=400)] == [1, 1, 1]
    attempts = [headers for headers, _ in receiver.heard]
    assert len({headers["webhook-id"] for headers in attempts}) == 1
    assert "." not in attempts[0]["webhook-id"]
    times = [int(headers["webhook-timestamp"]) - int(NOON.timestamp()) for headers in attempts]
    assert times == [0, 7, 407]
    assert len({body for _, body in receiver.heard}) == 1
    assert [headers["webhook-signature"] for headers in attempts] == [
        signed(shop.secret, headers, body) for headers, body in receiver.heard
    ]


def test_a_secret_is_as_long_as_the_specification_wants_and_no_two_are_alike() -> None:
    secrets = {new_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert all(24 <= len(base64.b64decode(each.removeprefix("whsec_"), validate=True)) <= 64 for each in secrets)


def test_those_that_failed_together_do_not_come_back_together(shop: Shop, receiver: Receiver) -> None:
    for _ in range(11):
        shop.sessions.write(lambda session: add_endpoint(session, receiver.url, ["*"], NOON))
    receiver.answers = [500] * 12
    shop.announce()
    assert shop.deliver() == 12
    waits = [(line.next_at - NOON).total_seconds() for line in shop.log]
    assert len(set(waits)) == 12
    assert all(PAUSES[0] <= wait <= 1.2 * PAUSES[0] for wait in waits)


@pytest.mark.parametrize("fault", ["cut", "silent", "drip"])
def test_a_receiver_that_does_not_answer_is_given_up_in_time_and_asked_again(
    shop: Shop, receiver: Receiver, fault: str
) -> None:
    receiver.fault = fault
    shop.announce()
    began = time.monotonic()
    assert shop.deliver() == 1
    assert time.monotonic() - began < 2.5  # the time-out is one second
    assert shop.log[0].problem
    receiver.fault = ""
    assert shop.deliver(seconds=7) == 1
    assert shop.log[0].status == "delivered"
    assert set(receiver.ids.values()) == {2}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 401, 404, 500])
def test_what_is_no_2xx_is_a_failure_and_no_redirect_is_followed(shop: Shop, receiver: Receiver, status: int) -> None:
    receiver.answers, receiver.headers = [status], {"Location": receiver.url}
    shop.announce()
    shop.deliver()
    assert (shop.log[0].status, shop.log[0].answered) == ("waiting", status)
    assert len(receiver.heard) == 1


def test_attempts_follow_the_schedule_and_then_the_endpoint_is_disabled(shop: Shop, receiver: Receiver) -> None:
    receiver.answers = [500] * ATTEMPTS
    shop.announce()
    waits = []
    assert shop.deliver() == 1
    for pause in PAUSES:
        begun = shop.moment
        assert shop.deliver(seconds=pause - 1) == 0
        while not shop.deliver(seconds=max(1, pause / 50)):
            assert shop.moment < begun + timedelta(seconds=2 * pause + 5)
        waits.append((shop.moment - begun).total_seconds() / pause)
    assert all(0.99 <= wait <= 1.5 for wait in waits)
    assert len(receiver.heard) == ATTEMPTS
    assert (shop.log[0].status, shop.log[0].attempts, shop.is_enabled) == ("failed", ATTEMPTS, False)
    (endpoint,) = shop.sessions.read(lambda session: endpoints(session))
    assert "10 attempts" in endpoint.disabled_because


def test_410_disables_at_once_and_others_of_the_tenant_hear_of_it(shop: Shop, receiver: Receiver) -> None:
    shop.sessions.write(lambda session: add_endpoint(session, receiver.url, ["webhook.*"], NOON))
    receiver.answers = [410]
    shop.announce()
    shop.deliver()
    (first, other) = shop.sessions.read(lambda session: endpoints(session))
    assert (first.enabled, other.enabled) == (False, True)
    shop.deliver()
    assert json.loads(receiver.heard[-1][1])["type"] == "webhook.disabled"
    shop.announce()
    assert shop.deliver(days=3) == 0


@pytest.mark.parametrize(
    ("status", "said", "wait"), [(429, "600", 600), (503, "3600", 3600), (504, "60", 60), (502, None, 5)]
)
def test_a_receiver_that_wants_us_to_wait_is_waited_for(
    shop: Shop, receiver: Receiver, status: int, said: str | None, wait: int
) -> None:
    receiver.answers, receiver.headers = [status], {"Retry-After": said} if said else {}
    shop.announce(count=3)
    assert shop.deliver() == 1  # the others wait too
    assert shop.deliver(seconds=wait - 1) == 0
    receiver.headers = {}
    assert shop.deliver(seconds=wait) == 3


def test_a_date_to_wait_for_and_nonsense_are_understood(receiver: Receiver) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    waits = []
    for said in ("Wed, 21 Oct 2015 07:28:00 GMT", "soon", "Wed, 21 Oct 2015 07:28:00 -0000", soon):
        receiver.headers, receiver.answers = {"Retry-After": said}, [503]
        found = post(receiver.url, b"{}", {"Content-Length": "2"}, HERE)
        assert found.status == 503
        waits.append(found.retry_after)
    assert waits[:3] == [0.0, None, None]
    assert 500 < (waits[3] or 0) <= 600


def test_an_hour_of_outage_under_load_loses_nothing_and_repeats_nothing(shop: Shop, receiver: Receiver) -> None:
    """Also where the one that tells is started again every ten minutes."""
    receiver.fault = "cut"
    for minute in range(60):
        shop.announce(count=3)
        shop.deliver(minutes=1)
        if minute % 10 == 9:
            shop.restart()
    assert len(receiver.heard) <= 60  # it is not hammered: a round ends with the first that fails
    receiver.fault = ""
    receiver.heard.clear()
    for _ in range(600):
        shop.deliver(minutes=1)
    assert {line.status for line in shop.log} == {"delivered"}
    assert len(receiver.ids) == 180
    assert set(receiver.ids.values()) == {1}
    assert shop.is_enabled


def test_a_messenger_that_dies_in_the_middle_leaves_its_message_to_the_next(shop: Shop, receiver: Receiver) -> None:
    class Dies(BaseException):
        """As a kill: nothing after it is done."""

    def dying(*_: object) -> None:
        raise Dies

    shop.announce()
    with pytest.raises(Dies):
        Messenger(shop.sessions, dying, clock=lambda: shop.moment).deliver_due()  # type: ignore[arg-type]
    assert shop.deliver(seconds=60) == 0  # it might still be at it
    assert shop.deliver(seconds=61) == 1
    assert shop.log[0].status == "delivered"


def test_of_several_messengers_one_tells(shop: Shop, receiver: Receiver) -> None:
    shop.announce(count=12)
    others = [Messenger(shop.sessions, partial(post, rules=HERE), clock=lambda: shop.moment) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda each: each.deliver_due(), others)) == 12
    assert len(receiver.ids) == 12
    assert set(receiver.ids.values()) == {1}


def test_a_changed_secret_signs_beside_the_one_before_for_a_day(shop: Shop, receiver: Receiver) -> None:
    shop.moment = datetime.now(UTC)
    new = shop.sessions.write(lambda session: rotate_secret(session, shop.endpoint, shop.moment))
    shop.announce()
    shop.deliver()
    headers, body = receiver.heard[-1]
    assert headers["webhook-signature"].split(" ") == [signed(each, headers, body) for each in (new, shop.secret)]
    for secret in (new, shop.secret):
        Webhook(secret).verify(body, headers)
    shop.announce()
    shop.deliver(hours=25)
    assert len(receiver.heard[-1][0]["webhook-signature"].split()) == 1


def test_what_failed_is_sent_again_under_its_own_id(shop: Shop, receiver: Receiver) -> None:
    receiver.answers = [410]
    shop.announce(count=2)
    shop.deliver()
    sessions, at = shop.sessions, shop.moment
    assert shop.deliver() == 0
    sessions.write(lambda session: enable_endpoint(session, shop.endpoint, at))
    assert sessions.write(lambda session: replay(session, at, endpoint=shop.endpoint)) == 1
    assert shop.deliver() == 2
    assert sorted(receiver.ids.values()) == [1, 2]
    done = shop.log[0].id
    assert sessions.write(lambda session: replay(session, at, delivery=done)) == 1
    assert shop.deliver() == 1
    with pytest.raises(NotFound):
        sessions.write(lambda session: replay(session, at, delivery="nonsense"))
    with pytest.raises(NotFound):
        sessions.write(lambda session: replay(session, at, "other", delivery=done))


def test_only_what_an_endpoint_wants_and_only_of_its_tenant(sessions: Sessions, receiver: Receiver) -> None:
    shop = Shop(sessions, receiver)
    sessions.write(lambda session: add_endpoint(session, receiver.url, ["job.*"], NOON, "other"))
    shop.announce("image.failed")
    shop.announce("job.done", tenant="other")
    shop.announce("image.failed", tenant="other")
    assert shop.deliver() == 2
    sessions.write(lambda session: remove_endpoint(session, shop.endpoint))
    with pytest.raises(NotFound):
        sessions.write(lambda session: remove_endpoint(session, shop.endpoint))
    left = select(func.count()).select_from(WebhookDelivery)
    assert sessions.read(lambda session: session.scalar(left)) == 1


def test_the_begin_and_the_end_of_a_job_are_told_as_its_events_are(shop: Shop, receiver: Receiver) -> None:
    store, claims = JobStore(shop.sessions), Claims(shop.sessions)
    job = store.submit("paint", {})
    claim = claims.claim("host/1/1/1")
    assert claim is not None
    claims.progress(claim, 0.5, "half way")
    claims.finish(claim, {"asset": "x", "large": "y" * 2 * LARGEST})
    store.cancel(store.submit("paint", {}))
    shop.moment = datetime.now(UTC)
    assert shop.deliver() == 3
    told = [json.loads(body) for _, body in receiver.heard]
    assert [each["type"] for each in told] == ["job.running", "job.done", "job.cancelled"]
    begun, done = (each["data"] for each in told[:2])
    _, running, _, ended = store.events(job)
    assert begun == {**running.as_data(), "task": "paint", "batch": None}
    large = ended.as_data()
    assert large.pop("result")["asset"] == "x"
    assert done == {**large, "task": "paint", "batch": None, "shortened": True}
    assert all(len(body) < 20_000 for _, body in receiver.heard)


def test_data_that_is_too_large_keeps_its_short_values() -> None:
    assert shortened({"id": "1", "n": 2, "none": None, "long": "x" * 2 * LARGEST}) == {
        "id": "1",
        "n": 2,
        "none": None,
        "shortened": True,
    }


@pytest.mark.parametrize("events", [["image.*"], ["*"], ["job.done", "webhook.test"]])
def test_events_are_named_alone_by_family_or_all(sessions: Sessions, events: list[str]) -> None:
    made, secret = sessions.write(lambda session: add_endpoint(session, "https://a.example", events, NOON))
    assert secret.startswith("whsec_")
    assert [each.id for each in sessions.read(lambda session: endpoints(session))] == [made]


@pytest.mark.parametrize(("events", "error"), [([], InputError), (["image.complete"], UnknownName)])
def test_an_endpoint_that_would_never_hear_anything_is_refused(
    sessions: Sessions, events: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        sessions.write(lambda session: add_endpoint(session, "https://a.example", events, NOON))


def test_a_tenant_has_a_hundred_endpoints_at_most(sessions: Sessions) -> None:
    def add(tenant: str) -> None:
        sessions.write(lambda session: add_endpoint(session, "https://e.com/", ["*"], NOON, tenant))

    for _ in range(MOST):
        add("one")
    with pytest.raises(QuotaExceeded):
        add("one")
    add("other")


def test_a_target_inside_is_refused_when_it_is_told(sessions: Sessions, receiver: Receiver) -> None:
    shop = Shop(sessions, receiver)
    guarded = Messenger(sessions, partial(post, rules=Rules(0, 1.0, allow_http=True)), clock=lambda: shop.moment)
    shop.announce()
    assert guarded.deliver_due() == 1
    assert "this machine or of its own network" in shop.log[0].problem
    assert receiver.heard == []
    with pytest.raises(ForbiddenUrl):
        post("http://8.8.8.8/", b"", {}, Rules(0, 1.0))
    with pytest.raises(FetchFailed):
        post("http://127.0.0.1:1/", b"", {}, HERE)
