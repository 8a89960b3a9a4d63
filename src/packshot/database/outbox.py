"""What the outside is to hear of, written down in the transaction that made it so: both are kept, or neither is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from packshot.database.base import new_id
from packshot.database.tables.webhooks import WebhookDelivery, WebhookEndpoint

LARGEST: Final = 16_000  # characters of a message; receivers are to expect less than 20 kB

# Every kind of message, and what it tells.
KINDS: Final = {
    "job.asking": "a job waits for a person",
    "job.running": "a worker has begun a job",
    "job.done": "a job ended well",
    "job.failed": "a job failed for good",
    "job.cancelled": "somebody stopped a job",
    "image.completed": "a photograph has its rendition, and stands approved or for review",
    "image.failed": "a photograph could not be done",
    "image.approved": "a person approved a rendition",
    "image.rejected": "a person rejected it",
    "image.rework": "a person sent it back",
    "message.refused": "a message of a stream can be no job, and why",
    "webhook.disabled": "an endpoint hears nothing any more, and why",
    "webhook.test": "a message on trial",
}


def announce(session: Session, tenant: str, kind: str, data: Mapping[str, Any], at: datetime) -> int:
    """A message for every endpoint of `tenant` that wants that kind; how many.

    Data that is too large for a message is left out but for its short values: who hears of it asks for the rest.
    """
    wanted = select(WebhookEndpoint.id, WebhookEndpoint.events).where(
        WebhookEndpoint.tenant == tenant, WebhookEndpoint.enabled.is_(True)
    )
    to = [row.id for row in session.execute(wanted) if wants(row.events, kind)]
    if to:
        address(session, to, kind, data, at)
    return len(to)


def address(session: Session, to: Sequence[str], kind: str, data: Mapping[str, Any], at: datetime) -> list[str]:
    """A message for each of these endpoints, whatever it wants; the ids of the deliveries."""
    payload = {"type": kind, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": shortened(data)}
    made = [
        WebhookDelivery(id=new_id(), endpoint_id=each, kind=kind, payload=payload, next_at=at, created_at=at)
        for each in to
    ]
    session.add_all(made)
    return [each.id for each in made]


def message_id(delivery: str) -> str:
    """What a receiver knows a message by, the same at every attempt."""
    return f"msg_{delivery.replace('-', '')}"


def wants(events: list[str], kind: str) -> bool:
    """Whether `events` name that kind: itself, its family as `image.*`, or `*`."""
    return bool({kind, f"{kind.partition('.')[0]}.*", "*"} & set(events))


def shortened(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data`, or of data that is too large the values that are short."""
    if len(repr(data)) <= LARGEST:
        return dict(data)
    short = {
        key: value
        for key, value in data.items()
        if isinstance(value, bool | int | float | None) or len(repr(value)) <= 500
    }
    return {**short, "shortened": True}
