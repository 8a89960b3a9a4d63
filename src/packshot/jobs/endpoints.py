"""Where results are told: the addresses, their secrets, and what each wants to hear."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from packshot.database.base import is_id, new_id
from packshot.database.outbox import KINDS, address
from packshot.database.tables import WebhookDelivery, WebhookEndpoint
from packshot.database.tables.webhooks import DeliveryStatus
from packshot.errors import Conflict, InputError, NotFound, QuotaExceeded, UnknownName

OVERLAP: Final = timedelta(hours=24)  # in which a secret that was replaced signs too
MOST: Final = 100  # endpoints of one tenant; each hears of every job


@dataclass(frozen=True)
class Endpoint:
    """An address as one may see it: the secret is told once, when it is made."""

    id: str
    url: str
    events: tuple[str, ...]
    enabled: bool
    disabled_because: str
    created_at: datetime


@dataclass(frozen=True)
class Delivery:
    """A message to one endpoint. `answered` is the HTTP status of the last attempt, `problem` why it was none."""

    id: str
    endpoint: str
    kind: str
    payload: dict[str, Any]
    status: DeliveryStatus
    attempts: int
    next_at: datetime
    answered: int | None
    problem: str
    created_at: datetime
    delivered_at: datetime | None


def add_endpoint(session: Session, url: str, events: Sequence[str], at: datetime, tenant: str = "") -> tuple[str, str]:
    """Its id, and the secret that its messages are signed with. Raises UnknownName, InputError, QuotaExceeded."""
    wanted = _events(events)
    if (session.scalar(select(func.count()).where(WebhookEndpoint.tenant == tenant)) or 0) >= MOST:
        raise QuotaExceeded(f"there are {MOST} endpoints already", hint="remove one that nobody listens to any more")
    secret, row = new_secret(), new_id()
    session.add(WebhookEndpoint(id=row, tenant=tenant, url=url, secret=secret, events=wanted, created_at=at))
    return row, secret


def change_endpoint(session: Session, endpoint: str, events: Sequence[str], tenant: str = "") -> None:
    """It wants these from now on; what waits is still sent. Raises UnknownName, InputError, NotFound."""
    endpoint_of(session, endpoint, tenant).events = _events(events)


def _events(asked: Sequence[str]) -> list[str]:
    """Each once. Raises UnknownName, and InputError where there is none."""
    if not asked:
        raise InputError("an endpoint has to want something", hint="give an event, as image.completed, image.* or *")
    known = {"*", *KINDS, *(f"{kind.partition('.')[0]}.*" for kind in KINDS)}
    for event in asked:
        if event not in known:
            raise UnknownName.of("event", event, known)
    return list(dict.fromkeys(asked))


def endpoints(session: Session, tenant: str = "") -> list[Endpoint]:
    wanted = select(WebhookEndpoint).where(WebhookEndpoint.tenant == tenant).order_by(WebhookEndpoint.id)
    return [_endpoint(row) for row in session.scalars(wanted)]


def endpoint_seen(session: Session, endpoint: str, tenant: str = "") -> Endpoint:
    """Raises NotFound."""
    return _endpoint(endpoint_of(session, endpoint, tenant))


def remove_endpoint(session: Session, endpoint: str, tenant: str = "") -> None:
    """With all that was to be told there. Raises NotFound."""
    found = endpoint_of(session, endpoint, tenant)
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.endpoint_id == found.id))
    session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.id == found.id))


def enable_endpoint(session: Session, endpoint: str, at: datetime, tenant: str = "") -> None:
    """It hears again, what waited meanwhile included. Raises NotFound."""
    found = endpoint_of(session, endpoint, tenant)
    found.enabled, found.disabled_because = True, ""
    waiting = update(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == found.id, WebhookDelivery.status == "waiting"
    )
    session.execute(waiting.values(next_at=at, attempts=0), execution_options={"synchronize_session": False})


def rotate_secret(session: Session, endpoint: str, at: datetime, tenant: str = "") -> str:
    """A new secret; the one before signs beside it for a day, so that the receiver can change in its own time.

    Raises NotFound.
    """
    found = endpoint_of(session, endpoint, tenant)
    found.secret_before, found.secret_before_until, found.secret = found.secret, at + OVERLAP, new_secret()
    return found.secret


def send_on_trial(session: Session, endpoint: str, at: datetime, tenant: str = "") -> str:
    """A message for that endpoint, whatever it wants to hear; the id of the delivery. Raises NotFound, Conflict."""
    found = endpoint_of(session, endpoint, tenant)
    if not found.enabled:
        raise Conflict(f"nothing is sent there any more: {found.disabled_because}", hint="enable it first")
    return address(session, [found.id], "webhook.test", {"hello": "packshot"}, at)[0]


def deliveries(
    session: Session, tenant: str = "", *, endpoint: str | None = None, before: str | None = None, limit: int = 50
) -> list[Delivery]:
    """The newest first; those older than the id `before`."""
    wanted = (
        select(WebhookDelivery)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookEndpoint.tenant == tenant)
        .order_by(WebhookDelivery.id.desc())
        .limit(limit)
    )
    if endpoint is not None:
        wanted = wanted.where(WebhookDelivery.endpoint_id == endpoint_of(session, endpoint, tenant).id)
    if before is not None:
        wanted = wanted.where(WebhookDelivery.id < before)
    return [_delivery(row) for row in session.scalars(wanted)]


def delivery_of(session: Session, delivery: str, endpoint: str, tenant: str = "") -> Delivery:
    """One message to an endpoint. Raises NotFound."""
    row = session.get(WebhookDelivery, delivery) if is_id(delivery) else None
    if row is None or row.endpoint_id != endpoint_of(session, endpoint, tenant).id:
        raise NotFound("there is no such delivery", hint="packshot webhooks log shows them")
    return _delivery(row)


def replay(
    session: Session,
    at: datetime,
    tenant: str = "",
    *,
    delivery: str | None = None,
    endpoint: str | None = None,
    since: datetime | None = None,
) -> int:
    """Send again: one delivery whatever became of it, or all of an endpoint that failed since then; how many.

    The message keeps its id, by which a receiver knows that it has it. Raises NotFound.
    """
    wanted = select(WebhookDelivery.id).join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
    wanted = wanted.where(WebhookEndpoint.tenant == tenant)
    if delivery is not None:
        wanted = wanted.where(WebhookDelivery.id == (delivery if is_id(delivery) else new_id()))
    if endpoint is not None:
        of = endpoint_of(session, endpoint, tenant).id
        wanted = wanted.where(WebhookDelivery.endpoint_id == of, WebhookDelivery.status == "failed")
    if since is not None:
        wanted = wanted.where(WebhookDelivery.created_at >= since)
    ids = list(session.scalars(wanted))
    if delivery is not None and not ids:
        raise NotFound("there is no such delivery", hint="packshot webhooks log shows them")
    for first in range(0, len(ids), 500):
        again = update(WebhookDelivery).where(WebhookDelivery.id.in_(ids[first : first + 500]))
        values = {"status": "waiting", "attempts": 0, "next_at": at, "problem": "", "answered": None}
        session.execute(again.values(values), execution_options={"synchronize_session": False})
    return len(ids)


def endpoint_of(session: Session, endpoint: str, tenant: str) -> WebhookEndpoint:
    """Raises NotFound, also for another tenant's."""
    row = session.get(WebhookEndpoint, endpoint) if is_id(endpoint) else None
    if row is None or row.tenant != tenant:
        raise NotFound("there is no such endpoint", hint="packshot webhooks list shows them")
    return row


def new_secret() -> str:
    """As Standard Webhooks has it: 32 random bytes, in base64 behind a prefix."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _endpoint(row: WebhookEndpoint) -> Endpoint:
    return Endpoint(row.id, row.url, tuple(row.events), row.enabled, row.disabled_because, row.created_at)


def _delivery(row: WebhookDelivery) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint=row.endpoint_id,
        kind=row.kind,
        payload=row.payload,
        status=row.status,
        attempts=row.attempts,
        next_at=row.next_at,
        answered=row.answered,
        problem=row.problem,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )
