"""Tells endpoints what there is to tell, after Standard Webhooks 1.0.0: signed, tried again for days, and written down.

What is to be told is a row (`database.outbox`), so nothing is lost where this program or the receiver dies. It is told
at least once; the message's id is the same each time. Several messengers may run: a claim is one conditional UPDATE.
"""

import random
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeAlias

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from packshot.database.base import now
from packshot.database.outbox import announce, message_id
from packshot.database.sessions import Sessions
from packshot.database.tables import WebhookDelivery, WebhookEndpoint
from packshot.errors import DatabaseUnavailable, PackshotError
from packshot.manifest import canonical_json

# Seconds before each attempt after the first, as the specification proposes.
PAUSES: Final = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
ATTEMPTS: Final = len(PAUSES) + 1
LEASE: Final = timedelta(seconds=120)  # in which whoever has claimed a delivery must be done
LONGEST: Final = 86400.0  # seconds that a receiver may ask us to wait
SIDE_BY_SIDE: Final = 8  # endpoints
IDLE: Final = 1.0  # seconds between two looks
_TOGETHER: Final = 300.0  # the most that the other messages of an endpoint wait for one that failed
_THROTTLED: Final = {429, 502, 503, 504}


class Answer(Protocol):
    """What a receiver said; `retry_after` in seconds."""

    @property
    def status(self) -> int: ...

    @property
    def retry_after(self) -> float | None: ...


Post: TypeAlias = Callable[[str, bytes, Mapping[str, str]], Answer]  # url, body, headers; raises PackshotError


@dataclass(frozen=True)
class _Due:
    id: str
    endpoint: str
    url: str
    secrets: tuple[str, ...]
    kind: str
    payload: dict[str, Any]
    attempt: int  # from 1


class Messenger:
    """Delivers what is due. `post` reaches the outside; `clock` is only for tests."""

    def __init__(self, sessions: Sessions, post: Post, *, clock: Callable[[], datetime] = now) -> None:
        self._sessions = sessions
        self._post = post
        self._clock = clock

    def run(self, stop: threading.Event, idle: float = IDLE) -> None:
        """Until `stop`; a database that does not answer is asked again."""
        while not stop.is_set():
            try:
                done = self.deliver_due()
            except DatabaseUnavailable:
                done = 0
            if not done:
                stop.wait(idle)

    def deliver_due(self, limit: int = 200) -> int:
        """Try what is due, endpoints side by side and the messages of one in turn; how many attempts were made."""
        due = self._sessions.read(lambda session: self._due(session, limit))
        by_endpoint: dict[str, list[str]] = defaultdict(list)
        for row in due:
            by_endpoint[row.endpoint_id].append(row.id)
        if not by_endpoint:
            return 0
        with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(by_endpoint)), thread_name_prefix="webhook") as pool:
            return sum(pool.map(self._deliver, by_endpoint.values()))

    def _due(self, session: Session, limit: int) -> Sequence[Any]:
        return session.execute(
            select(WebhookDelivery.id, WebhookDelivery.endpoint_id)
            .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
            .where(
                WebhookDelivery.status == "waiting",
                WebhookDelivery.next_at <= self._clock(),
                WebhookEndpoint.enabled.is_(True),
            )
            .order_by(WebhookDelivery.next_at, WebhookDelivery.id)
            .limit(limit)
        ).all()

    def _deliver(self, deliveries: Sequence[str]) -> int:
        """Those of one endpoint, until one fails: the others would, too."""
        attempts = 0
        for delivery in deliveries:
            due = self._sessions.write(lambda session, delivery=delivery: self._claimed(session, delivery))  # type: ignore[misc]
            if due is None:
                continue
            attempts += 1
            if not self._told(due):
                break
        return attempts

    def _claimed(self, session: Session, delivery: str) -> _Due | None:
        at = self._clock()
        taken: Any = session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.id == delivery, WebhookDelivery.status == "waiting", WebhookDelivery.next_at <= at)
            .values(next_at=at + LEASE, attempts=WebhookDelivery.attempts + 1),
            execution_options={"synchronize_session": False},
        )
        if taken.rowcount != 1:
            return None
        row = session.get_one(WebhookDelivery, delivery)
        endpoint = session.get_one(WebhookEndpoint, row.endpoint_id)
        if not endpoint.enabled:
            row.next_at, row.attempts = at, row.attempts - 1
            return None
        also = endpoint.secret_before_until is not None and endpoint.secret_before_until > at
        secrets = (endpoint.secret, endpoint.secret_before) if also else (endpoint.secret,)
        known = tuple(secret for secret in secrets if secret)
        return _Due(row.id, endpoint.id, endpoint.url, known, row.kind, row.payload, row.attempts)

    def _told(self, due: _Due) -> bool:
        """Send it, and write down what came of it; whether it was taken."""
        body = canonical_json(due.payload)
        try:
            answer = self._post(due.url, body.encode(), headers_of(due.id, body, due.secrets, self._clock()))
        except PackshotError as error:
            why = error.message
            self._sessions.write(lambda session: self._failed(session, due, None, why, None))
            return False
        if 200 <= answer.status < 300:
            self._sessions.write(lambda session: self._delivered(session, due, answer.status))
            return True
        wait = answer.retry_after if answer.status in _THROTTLED else None
        self._sessions.write(lambda session: self._failed(session, due, answer.status, "", wait))
        return False

    def _delivered(self, session: Session, due: _Due, status: int) -> None:
        row = session.get(WebhookDelivery, due.id)
        if row is not None:
            row.status, row.answered, row.problem, row.delivered_at = "delivered", status, "", self._clock()

    def _failed(self, session: Session, due: _Due, status: int | None, problem: str, wait: float | None) -> None:
        row = session.get(WebhookDelivery, due.id)
        if row is None:
            return
        at = self._clock()
        row.answered, row.problem = status, problem
        if status == 410:
            row.status = "failed"
            self._disable(session, due.endpoint, "it answered 410 Gone", at)
            return
        if due.attempt >= ATTEMPTS:
            row.status = "failed"
            said = problem or f"it answered {status}"
            self._disable(session, due.endpoint, f"a message could not be told in {ATTEMPTS} attempts: {said}", at)
            return
        pause = PAUSES[due.attempt - 1] * random.uniform(1.0, 1.2)
        if wait is not None:
            pause = max(pause, min(wait, LONGEST))
        row.next_at = at + timedelta(seconds=pause)
        others = at + timedelta(seconds=pause if wait is not None else min(pause, _TOGETHER))
        session.execute(
            update(WebhookDelivery)
            .where(
                WebhookDelivery.endpoint_id == due.endpoint,
                WebhookDelivery.status == "waiting",
                WebhookDelivery.id != due.id,
                WebhookDelivery.next_at < others,
            )
            .values(next_at=others),
            execution_options={"synchronize_session": False},
        )

    def _disable(self, session: Session, endpoint: str, because: str, at: datetime) -> None:
        row = session.get(WebhookEndpoint, endpoint)
        if row is None or not row.enabled:
            return
        row.enabled, row.disabled_because = False, because
        session.flush()
        announce(session, row.tenant, "webhook.disabled", {"endpoint": endpoint, "because": because}, at)


def headers_of(delivery: str, body: str, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """Of one attempt: the id of the message, the second of the attempt, and a signature by each secret."""
    from standardwebhooks.webhooks import Webhook

    message = message_id(delivery)
    signatures = [Webhook(secret).sign(message, at, body) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
